-- One row per view, province, quarter and flow: what happened in that quarter alone, derived where no report says it.
-- Q1 and Q3 are reported; Q2 = H1 − Q1; Q4 = FY − H1 − Q3; a nine-month figure gives Q3 = 9M − H1 and Q4 = FY − 9M.
-- Stocks, rates, codes and figures to date have no quarter and no row here.
with history as (
    select * from {{ ref('int_indicator_history') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

periods as (
    select * from {{ ref('periods') }}
),

years as (
    select
        history.history_view,
        history.province_key,
        history.indicator_key,
        periods.report_year,
        max(case when periods.period_kind = 'Q1' then 1 else 0 end) as has_q1,
        max(case when periods.period_kind = 'H1' then 1 else 0 end) as has_h1,
        max(case when periods.period_kind = 'Q3' then 1 else 0 end) as has_q3,
        max(case when periods.period_kind = 'FY' then 1 else 0 end) as has_fy,
        max(case when periods.period_kind = 'Q1' then history.value end) as q1,
        max(case when periods.period_kind = 'H1' then history.value end) as h1,
        max(case when periods.period_kind = 'Q3' and not history.is_nine_months then history.value end) as q3,
        max(case when periods.period_kind = 'Q3' and history.is_nine_months then history.value end) as nine_months,
        max(case when periods.period_kind = 'Q3' and history.is_nine_months then 1 else 0 end) as has_nine_months,
        max(case when periods.period_kind = 'FY' then history.value end) as fy,
        max(case when history.is_simulated then 1 else 0 end) = 1 as is_simulated
    from history
    inner join indicators on history.indicator_key = indicators.indicator_key
    inner join periods on history.period_key = periods.period_key
    where indicators.measure_kind = 'flow' and not indicators.is_to_date
    group by history.history_view, history.province_key, history.indicator_key, periods.report_year
),

quarters as (
    select
        history_view,
        province_key,
        indicator_key,
        report_year,
        'Q1' as quarter,
        q1 as value,
        'reported' as method,
        case when q1 is null then 'Q1' end as missing,
        is_simulated
    from years
    where has_q1 = 1
    union all
    select
        history_view,
        province_key,
        indicator_key,
        report_year,
        'Q2' as quarter,
        h1 - q1 as value,
        'h1_minus_q1' as method,
        trim(case when q1 is null then 'Q1 ' else '' end || case when h1 is null then 'H1' else '' end) as missing,
        is_simulated
    from years
    where has_h1 = 1
    union all
    select
        history_view,
        province_key,
        indicator_key,
        report_year,
        'Q3' as quarter,
        case when has_nine_months = 1 then nine_months - h1 else q3 end as value,
        case when has_nine_months = 1 then 'nine_months_minus_h1' else 'reported' end as method,
        trim(
            case when has_nine_months = 1 and h1 is null then 'H1 ' else '' end
            || case when coalesce(q3, nine_months) is null then 'Q3' else '' end
        ) as missing,
        is_simulated
    from years
    where has_q3 = 1
    union all
    select
        history_view,
        province_key,
        indicator_key,
        report_year,
        'Q4' as quarter,
        case when has_nine_months = 1 then fy - nine_months else fy - h1 - q3 end as value,
        case when has_nine_months = 1 then 'fy_minus_nine_months' else 'fy_minus_h1_minus_q3' end as method,
        trim(
            case when has_nine_months = 0 and h1 is null then 'H1 ' else '' end
            || case when coalesce(q3, nine_months) is null then 'Q3 ' else '' end
            || case when fy is null then 'FY' else '' end
        ) as missing,
        is_simulated
    from years
    where has_fy = 1
),

final as (
    select
        cast(history_view as string) as history_view,
        cast(province_key as string) as province_key,
        cast(cast(report_year as string) || '-' || quarter as string) as quarter_key,
        cast(indicator_key as string) as indicator_key,
        cast(report_year as integer) as report_year,
        cast(quarter as string) as quarter,
        cast(value as decimal(24, 6)) as value,
        cast(method as string) as method,
        cast(method <> 'reported' as boolean) as is_derived,
        cast(case when missing <> '' then missing end as string) as missing_periods,
        cast(is_simulated as boolean) as is_simulated
    from quarters
)

select * from final
order by history_view, quarter_key, province_key, indicator_key
