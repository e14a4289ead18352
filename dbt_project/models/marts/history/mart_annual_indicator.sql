-- One row per province, year and indicator expected for the year: its figure of the full-year report, and no other.
-- Where there is none the row says why; a half-year or third-quarter figure never takes its place.
with coverage as (
    select * from {{ ref('mart_report_coverage') }}
),

facts as (
    select * from {{ ref('fct_indicator_value') }}
),

periods as (
    select * from {{ ref('periods') }}
),

form_rows as (
    select * from {{ ref('form_rows') }}
),

reports as (
    select * from {{ ref('int_report_revisions') }}
),

forms as (
    select * from {{ ref('int_form_validity') }}
),

years as (
    select
        coverage.province_key,
        coverage.period_key,
        periods.report_year,
        coverage.status,
        coverage.report_key,
        coalesce(reports.form_code, forms.form_code) as form_code
    from coverage
    inner join periods on coverage.period_key = periods.period_key and periods.period_kind = 'FY'
    left join forms on coverage.period_key = forms.period_key
    left join reports on coverage.report_key = reports.report_key and coverage.period_key = reports.period_key
),

expected as (
    select
        years.*,
        form_rows.indicator_key
    from years
    inner join form_rows on years.form_code = form_rows.form_code
    where form_rows.row_kind in ('indicator', 'part')
),

other_periods as (
    select
        facts.province_key,
        facts.indicator_key,
        periods.report_year,
        string_agg(facts.period_key, ' ' order by periods.window_end_date) as period_keys
    from facts
    inner join periods on facts.period_key = periods.period_key
    where periods.period_kind <> 'FY' and facts.value is not null
    group by facts.province_key, facts.indicator_key, periods.report_year
),

final as (
    select
        cast(expected.province_key as string) as province_key,
        cast(expected.report_year as integer) as report_year,
        cast(expected.indicator_key as string) as indicator_key,
        cast(facts.value as decimal(24, 6)) as value,
        cast(facts.value_text as string) as value_text,
        cast(
            case
                when facts.value is not null then null
                when expected.report_key is null and expected.status = 'quarantined' then 'report_quarantined'
                when expected.report_key is null then 'report_missing'
                when facts.indicator_key is null then 'row_missing'
                when facts.is_missing then 'blank'
                else 'not_a_number'
            end as string
        ) as missing_reason,
        cast(case when facts.value is null then other_periods.period_keys end as string) as other_period_keys,
        cast(facts.report_key as string) as report_key,
        cast(coalesce(facts.is_simulated, false) as boolean) as is_simulated
    from expected
    left join facts
        on
            expected.province_key = facts.province_key
            and expected.period_key = facts.period_key
            and expected.indicator_key = facts.indicator_key
    left join other_periods
        on
            expected.province_key = other_periods.province_key
            and expected.indicator_key = other_periods.indicator_key
            and expected.report_year = other_periods.report_year
)

select * from final
order by report_year, province_key, indicator_key
