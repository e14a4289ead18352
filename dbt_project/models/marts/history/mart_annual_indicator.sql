-- One row per province, year and indicator expected for the year: its figure of the full-year report, and no other.
-- Where there is none the row says why; a half-year or third-quarter figure never takes its place.
with due as (
    select * from {{ ref('int_reports_due') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

unusable as (
    select * from {{ ref('int_unusable_values') }}
),

periods as (
    select * from {{ ref('periods') }}
),

form_rows as (
    select * from {{ ref('form_rows') }}
),

facts as (
    select
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key,
        annex_values.value,
        annex_values.value_text,
        annex_values.is_missing,
        annex_values.report_key,
        annex_values.is_simulated,
        unusable.report_key is null as is_usable
    from annex_values
    left join unusable
        on
            annex_values.report_key = unusable.report_key
            and annex_values.period_key = unusable.period_key
            and annex_values.indicator_key = unusable.indicator_key
    where annex_values.decision = 'resolved'
),

expected as (
    select
        due.province_key,
        due.period_key,
        periods.report_year,
        due.report_key,
        due.files_quarantined,
        form_rows.indicator_key
    from due
    inner join periods on due.period_key = periods.period_key and periods.period_kind = 'FY'
    inner join form_rows on due.form_code = form_rows.form_code
    where form_rows.row_kind in ('indicator', 'part')
),

other_periods as (
    select
        facts.province_key,
        facts.indicator_key,
        periods.report_year,
        {{ ordered_list('facts.period_key', ' ', 'periods.window_end_date') }} as period_keys
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
        cast(case when facts.value is not null then facts.is_usable end as boolean) as is_usable,
        cast(
            case
                when facts.value is not null then null
                when expected.report_key is null and expected.files_quarantined > 0 then 'report_quarantined'
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
