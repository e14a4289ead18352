{{ config(meta={'dagster': {'ref': {'name': 'mart_quality_finding'}}}) }}
-- Fails on a finding that the mart drops because its rule has no sentence, or doubles.
with found as (
    select
        rule,
        report_key
    from {{ ref('int_value_findings') }}
    union all
    select
        rule,
        report_key
    from {{ ref('int_identity_findings') }}
    union all
    select
        rule,
        report_key
    from {{ ref('int_comparison_findings') }}
    union all
    select
        rule,
        report_key
    from {{ ref('int_report_findings') }}
    union all
    select
        rule,
        report_key
    from {{ ref('int_version_findings') }}
    union all
    select
        rule,
        report_key
    from {{ ref('int_score_findings') }}
    union all
    select
        rule,
        report_key
    from {{ ref('int_sheet_findings') }}
    union all
    select
        'derived_flow_negative' as rule,
        facts.report_key
    from {{ ref('fct_indicator_quarter') }} as quarters
    inner join {{ ref('fct_indicator_value') }} as facts
        on
            quarters.province_key = facts.province_key
            and quarters.indicator_key = facts.indicator_key
            and facts.period_key = replace(replace(quarters.quarter_key, 'Q2', 'H1'), 'Q4', 'FY')
    where quarters.history_view = 'as_reported' and quarters.is_derived and quarters.value < 0
),

published as (
    select * from {{ ref('mart_quality_finding') }}
),

found_counts as (
    select
        rule,
        report_key,
        count(*) as times
    from found
    group by rule, report_key
),

published_counts as (
    select
        rule,
        report_key,
        count(*) as times
    from published
    group by rule, report_key
),

final as (
    select
        coalesce(found_counts.rule, published_counts.rule) as rule,
        coalesce(found_counts.report_key, published_counts.report_key) as report_key,
        found_counts.times as expected,
        published_counts.times as found
    from found_counts
    full outer join published_counts
        on found_counts.rule = published_counts.rule and found_counts.report_key = published_counts.report_key
    where coalesce(found_counts.times, 0) <> coalesce(published_counts.times, 0)
)

select * from final
