-- One row per result of a survey, as printed: the mean answer on a criterion, or a satisfaction percentage.
with survey_rows as (
    select rows_read.*
    from {{ source('raw', 'survey_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

prepared as (
    select
        *,
        {{ number_text('score_raw', "''", "'percent'") }} as score_text,
        {{ number_text('scale_raw', "''", "'percent'") }} as scale_text,
        {{ number_text('respondents_raw', "''", "'percent'") }} as respondents_text,
        {{ number_text('standard_error_raw', "''", "'percent'") }} as standard_error_text
    from survey_rows
),

ruled as (
    select
        *,
        case
            when score_typed is not null then 'typed'
            else {{ number_rule('score_text', "'points'") }}
        end as score_rule,
        {{ number_rule('scale_text', "'points'") }} as scale_rule,
        {{ number_rule('respondents_text', "'count'") }} as respondents_rule,
        {{ number_rule('standard_error_text', "'points'") }} as standard_error_rule
    from prepared
),

final as (
    select
        ruled.period as period_key,
        ruled.file_sha256,
        ruled.sheet_row_number,
        ruled.sheet_kind,
        ruled.index_code,
        ruled.report_year,
        ruled.province_key,
        ruled.province_code,
        ruled.province_printed,
        ruled.criterion_code,
        ruled.score_raw,
        ruled.score_rule,
        coalesce(
            try_cast(ruled.score_typed as decimal(24, 9)), {{ number_value('ruled.score_text', 'ruled.score_rule', 9) }}
        ) as score,
        ruled.scale_raw,
        {{ number_value('ruled.scale_text', 'ruled.scale_rule', 9) }} as scale,
        ruled.respondents_raw,
        ruled.respondents_rule,
        {{ number_value('ruled.respondents_text', 'ruled.respondents_rule', 9) }} as respondents,
        ruled.standard_error_raw,
        ruled.standard_error_rule,
        {{ number_value('ruled.standard_error_text', 'ruled.standard_error_rule', 9) }} as standard_error,
        ruled.is_simulated,
        ruled.table_number,
        ruled.row_number
    from ruled
)

select * from final
