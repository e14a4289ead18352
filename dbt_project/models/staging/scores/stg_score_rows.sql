-- One row per figure of a score sheet, as printed: points claimed, accepted, published, or a statistic.
with score_rows as (
    select rows_read.*
    from {{ source('raw', 'score_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        score_rows.period as period_key,
        score_rows.file_sha256,
        score_rows.row_number as sheet_row_number,
        score_rows.sheet_kind,
        score_rows.index_code,
        score_rows.edition_code,
        score_rows.report_year,
        score_rows.province_key,
        score_rows.province_code,
        score_rows.province_printed,
        score_rows.criterion_code,
        coalesce(score_rows.parent_code, '') as parent_code,
        score_rows.level as level_printed,
        score_rows.criterion_name,
        score_rows.criterion_name_en,
        score_rows.measure,
        score_rows.value_raw,
        score_rows.value_typed,
        cast({{ score_number("coalesce(score_rows.value_typed, score_rows.value_raw)") }} as decimal(24, 9)) as value,
        score_rows.note,
        score_rows.is_simulated,
        score_rows."table" as table_number,
        score_rows."row" as table_row
    from score_rows
)

select * from final
