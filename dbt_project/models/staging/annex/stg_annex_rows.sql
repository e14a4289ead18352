-- One row per row of a file's annex, as printed; texts trimmed, nothing decided.
with annex_rows as (
    select rows_read.*
    from {{ source('raw', 'annex_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        annex_rows.period as period_key,
        annex_rows.file_sha256,
        substr(annex_rows.file_sha256, 1, 16) as report_key,
        annex_rows.annex_row_number,
        annex_rows.code_printed,
        annex_rows.row_code,
        annex_rows.parent_code,
        annex_rows.ordinal,
        annex_rows.code_source,
        annex_rows.label_printed,
        annex_rows.unit_printed,
        annex_rows.value_raw,
        trim(annex_rows.value_raw) as value_trimmed,
        annex_rows.value_typed,
        annex_rows.note,
        annex_rows.page,
        annex_rows.table_number,
        annex_rows.row_number,
        annex_rows.confidence,
        {{ joined_list('flags') }} as flags
    from annex_rows
)

select * from final
