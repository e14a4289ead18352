{{ config(meta={'dagster': {'ref': {'name': 'fct_indicator_value'}}}) }}
-- Fails on a value of a report that does not count, and on a province and period without exactly one that does where
-- not all of its reports were withdrawn.
with facts as (
    select * from {{ ref('fct_indicator_value') }}
),

reports as (
    select * from {{ ref('dim_report') }}
),

superseded_facts as (
    select
        facts.province_key,
        facts.period_key,
        facts.report_key
    from facts
    left join reports on facts.report_key = reports.report_key and reports.is_current
    where reports.report_key is null
),

not_one_current as (
    select
        province_key,
        period_key,
        cast(null as string) as report_key
    from reports
    group by province_key, period_key
    having
        sum(case when is_current then 1 else 0 end)
        <> max(case when is_withdrawn then 0 else 1 end)
),

final as (
    select * from superseded_facts
    union all
    select * from not_one_current
)

select * from final
