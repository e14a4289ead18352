-- One row per finding on a figure of a score sheet or a survey: no such figure can be, or nobody knows whose it is.
-- A province or a criterion that is not known is one finding a table, at the first row that names it.
with score_rows as (
    select * from {{ ref('int_score_rows') }}
),

survey_rows as (
    select * from {{ ref('stg_survey_rows') }}
),

decisions as (
    select * from {{ ref('int_score_decisions') }}
),

published_rows as (
    select * from {{ ref('int_published_rows') }}
),

edition_rows as (
    select * from {{ ref('int_edition_rows') }}
),

edition_mistakes as (
    select * from {{ ref('int_edition_mistakes') }}
),

edition_places as (
    select * from {{ ref('stg_edition_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

edition_years as (
    select * from {{ ref('int_edition_years') }}
),

periods as (
    select * from {{ ref('periods') }}
),

-- The editions of a year, for a sheet that names no index.
editions_of_year as (
    select
        report_year,
        {{ ordered_list("index_code || ' ' || edition_code", ', ', 'index_code') }} as edition_codes
    from edition_years
    group by report_year
),

refused as (
    select
        decision_reason as rule,
        file_sha256,
        period_key,
        report_year,
        province_key,
        index_code,
        criterion_code,
        measure,
        expected,
        found,
        table_number,
        row_number,
        is_simulated
    from score_rows
    where decision = 'refused'
),

-- What is nobody's is a loss only where a figure stands.
unknown_provinces as (
    select
        'score_province_unknown' as rule,
        file_sha256,
        min(period_key) as period_key,
        report_year,
        cast(null as string) as province_key,
        max(index_code) as index_code,
        cast(null as string) as criterion_code,
        cast(null as string) as measure,
        cast(report_year as string) as expected,
        trim(coalesce(province_code, '') || ' ' || coalesce(province_printed, '')) as found,
        table_number,
        min(row_number) as row_number,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from score_rows
    where decision = 'unmatched' and decision_reason = 'province_unknown' and not is_blank
    group by file_sha256, report_year, province_code, province_printed, table_number
),

unknown_criteria as (
    select
        'score_criterion_unknown' as rule,
        file_sha256,
        min(period_key) as period_key,
        report_year,
        case when count(distinct province_key) = 1 then max(province_key) end as province_key,
        max(index_code) as index_code,
        criterion_code,
        cast(null as string) as measure,
        trim(coalesce(criterion_code, '') || ' ' || coalesce(max(criterion_name), '')) as found,
        table_number,
        min(row_number) as row_number,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from score_rows
    where decision = 'unmatched' and decision_reason = 'criterion_unknown' and not is_blank
    group by file_sha256, report_year, criterion_code, table_number
),

-- No figure is computed from the number of answers, so the result beside it stands.
unreadable_respondents as (
    select
        'survey_respondents_not_a_number' as rule,
        survey_rows.file_sha256,
        survey_rows.period_key,
        survey_rows.report_year,
        survey_rows.province_key,
        survey_rows.index_code,
        survey_rows.criterion_code,
        cast(null as string) as measure,
        cast(null as string) as expected,
        survey_rows.respondents_raw as found,
        survey_rows.table_number,
        survey_rows.row_number,
        survey_rows.is_simulated
    from survey_rows
    inner join documents
        on survey_rows.file_sha256 = documents.file_sha256 and survey_rows.period_key = documents.period_key
    where
        documents.status = 'accepted'
        and survey_rows.respondents is null
        and survey_rows.respondents_rule not in ('blank', 'dash')
),

published_findings as (
    select
        case when decision = 'refused' then decision_reason else 'score_province_unknown' end as rule,
        file_sha256,
        period_key,
        report_year,
        province_key,
        index_code,
        cast(null as string) as criterion_code,
        cast(null as string) as measure,
        case
            when decision = 'unmatched' then cast(report_year as string)
            when rank < 1 or rank > ranked_count then '1 – ' || coalesce(cast(ranked_count as string), '…')
            else '0 – ' || {{ short_vi('max_points') }}
        end as expected,
        case
            when decision = 'unmatched' then trim(coalesce(province_code, '') || ' ' || coalesce(province_printed, ''))
            when rank < 1 or rank > ranked_count then cast(rank as string)
            else score_raw
        end as found,
        table_number,
        row_number,
        is_simulated
    from published_rows
    where decision in ('refused', 'unmatched')
),

expired_decisions as (
    select distinct
        'decision_expired' as rule,
        score_rows.file_sha256,
        score_rows.period_key,
        score_rows.report_year,
        score_rows.province_key,
        score_rows.index_code,
        score_rows.criterion_code,
        score_rows.measure,
        coalesce(decisions.value_expected, '(trống)') as expected,
        coalesce(score_rows.value_raw, '(trống)') as found,
        score_rows.table_number,
        score_rows.row_number,
        score_rows.is_simulated
    from score_rows
    inner join decisions
        on
            score_rows.file_sha256 = decisions.target_sha256
            and score_rows.report_year = decisions.report_year
            and score_rows.province_key = decisions.province_key
            and score_rows.criterion_code = decisions.criterion_code
            and score_rows.measure = decisions.measure
    where score_rows.decision in ('used', 'refused') and score_rows.decided is null
),

edition_findings as (
    select
        edition_mistakes.rule,
        edition_mistakes.file_sha256,
        edition_mistakes.period_key,
        edition_places.first_year as report_year,
        cast(null as string) as province_key,
        edition_places.index_code,
        edition_mistakes.criterion_code,
        edition_mistakes.column_name as measure,
        edition_mistakes.expected,
        edition_mistakes.found,
        edition_places.table_number,
        edition_places.row_number,
        false as is_simulated
    from edition_mistakes
    inner join edition_rows
        on
            edition_mistakes.file_sha256 = edition_rows.file_sha256
            and edition_mistakes.period_key = edition_rows.period_key
            and edition_mistakes.sheet_row_number = edition_rows.sheet_row_number
    inner join edition_places
        on
            edition_mistakes.file_sha256 = edition_places.file_sha256
            and edition_mistakes.period_key = edition_places.period_key
            and edition_mistakes.sheet_row_number = edition_places.sheet_row_number
    where edition_rows.decision <> 'superseded'
),

findings as (
    select * from refused
    union all
    select * from expired_decisions
    union all
    select * from edition_findings
    union all
    select * from published_findings
    union all
    select * from unreadable_respondents
    union all
    select * from unknown_provinces
    union all
    select
        unknown_criteria.rule,
        unknown_criteria.file_sha256,
        unknown_criteria.period_key,
        unknown_criteria.report_year,
        unknown_criteria.province_key,
        unknown_criteria.index_code,
        unknown_criteria.criterion_code,
        unknown_criteria.measure,
        cast(unknown_criteria.report_year as string) || ': '
        || coalesce(
            edition_years.index_code || ' ' || edition_years.edition_code, editions_of_year.edition_codes, '–'
        ) as expected,
        unknown_criteria.found,
        unknown_criteria.table_number,
        unknown_criteria.row_number,
        unknown_criteria.is_simulated
    from unknown_criteria
    left join edition_years
        on
            unknown_criteria.index_code = edition_years.index_code
            and unknown_criteria.report_year = edition_years.report_year
    left join editions_of_year on unknown_criteria.report_year = editions_of_year.report_year
),

final as (
    select
        findings.rule,
        documents.report_key,
        findings.file_sha256,
        findings.province_key,
        coalesce(periods.period_key, findings.period_key) as period_key,
        findings.index_code,
        findings.criterion_code,
        findings.measure,
        findings.expected,
        findings.found,
        findings.table_number,
        findings.row_number,
        documents.file_name,
        findings.is_simulated
    from findings
    inner join documents
        on findings.file_sha256 = documents.file_sha256 and findings.period_key = documents.period_key
    left join periods on cast(findings.report_year as string) || '-FY' = periods.period_key
)

select * from final
