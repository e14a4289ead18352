-- One row per row of a file's annex, as printed; texts trimmed, nothing decided.
with annex_rows as (
    select rows_read.*
    from {{ source('raw', 'annex_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        period as period_key,
        file_sha256,
        substr(file_sha256, 1, 16) as report_key,
        row_number as annex_row_number,
        code_printed,
        code as row_code,
        parent_code,
        ordinal,
        code_source,
        label as label_printed,
        unit as unit_printed,
        value_raw,
        trim(value_raw) as value_text,
        value_typed,
        note,
        page,
        "table" as table_number,
        "row" as table_row,
        confidence,
        {{ joined_list('flags') }} as flags
    from annex_rows
)

select * from final
