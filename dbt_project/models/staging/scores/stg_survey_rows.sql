-- One row per result of a survey, as printed: the mean answer on a criterion, or a satisfaction percentage.
with survey_rows as (
    select rows_read.*
    from {{ source('raw', 'survey_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        survey_rows.period as period_key,
        survey_rows.file_sha256,
        survey_rows.row_number as sheet_row_number,
        survey_rows.sheet_kind,
        survey_rows.index_code,
        survey_rows.report_year,
        survey_rows.province_key,
        survey_rows.province_code,
        survey_rows.province_printed,
        survey_rows.criterion_code,
        survey_rows.score_raw,
        cast({{ score_number("coalesce(survey_rows.score_typed, survey_rows.score_raw)") }} as decimal(24, 9)) as score,
        survey_rows.scale_raw,
        cast({{ score_number("survey_rows.scale_raw") }} as decimal(24, 9)) as scale,
        cast({{ score_number("survey_rows.respondents_raw") }} as decimal(24, 9)) as respondents,
        survey_rows.standard_error_raw,
        cast({{ score_number("survey_rows.standard_error_raw") }} as decimal(24, 9)) as standard_error,
        survey_rows.is_simulated,
        survey_rows."table" as table_number,
        survey_rows."row" as table_row
    from survey_rows
)

select * from final
