-- One row per year and indicator, made-up reports apart: what the full-year figures of the provinces come to, as far as
-- the indicator allows. Counts add, rates are taken again from numerators and denominators, means are weighted; codes
-- and rates without a denominator have no national figure. A figure with an open error is left out.
-- A total of fewer provinces than last year is no fall: the change is that of the same provinces in both years.
with annual as (
    select * from {{ ref('mart_annual_indicator') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

relations as (
    select * from {{ ref('indicator_relations') }}
),

periods as (
    select * from {{ ref('periods') }}
),

territories as (
    select * from {{ ref('int_province_territories') }}
),

-- A national figure is a sum of what is above, over a sum of what is below where there is something below.
figures as (
    select
        annual.report_year,
        annual.indicator_key,
        annual.is_simulated,
        annual.province_key,
        annual.value,
        indicators.province_aggregation,
        case
            when indicators.province_aggregation = 'sum' and annual.is_usable then annual.value
            when indicators.province_aggregation = 'recompute' and numerator.is_usable and denominator.is_usable
                then cast(100 * numerator.value as decimal(38, 6))
            when indicators.province_aggregation = 'weighted_mean' and annual.is_usable and denominator.is_usable
                then cast(annual.value * denominator.value as decimal(38, 6))
        end as above,
        case when indicators.province_aggregation <> 'sum' then denominator.value end as below
    from annual
    inner join indicators on annual.indicator_key = indicators.indicator_key
    left join annual as numerator
        on
            annual.province_key = numerator.province_key
            and annual.report_year = numerator.report_year
            and indicators.numerator_indicator_key = numerator.indicator_key
    left join annual as denominator
        on
            annual.province_key = denominator.province_key
            and annual.report_year = denominator.report_year
            and indicators.denominator_indicator_key = denominator.indicator_key
),

due as (
    select
        report_year,
        indicator_key,
        count(*) as provinces_due
    from figures
    group by report_year, indicator_key
),

totals as (
    select
        report_year,
        indicator_key,
        is_simulated,
        province_aggregation,
        count(value) as provinces_reported,
        count(above) as provinces_counted,
        sum(above) as above,
        sum(below) filter (where above is not null) as below
    from figures
    group by report_year, indicator_key, is_simulated, province_aggregation
),

-- Where nobody reported, one row says so; where some did, the others are not made-up provinces without a figure.
listed as (
    select
        *,
        row_number() over (
            partition by report_year, indicator_key
            order by provinces_counted desc, provinces_reported desc, is_simulated asc
        ) as place
    from totals
),

pairs as (
    select
        figures.report_year,
        figures.indicator_key,
        figures.is_simulated,
        count(*) as provinces_compared,
        sum(figures.above) as above,
        sum(figures.below) as below,
        sum(last_year.above) as last_year_above,
        sum(last_year.below) as last_year_below
    from figures
    inner join territories on figures.province_key = territories.province_key
    inner join figures as last_year
        on
            territories.earlier_province_key = last_year.province_key
            and figures.report_year = last_year.report_year + 1
            and figures.indicator_key = last_year.indicator_key
            and figures.is_simulated = last_year.is_simulated
    where figures.above is not null and last_year.above is not null
    group by figures.report_year, figures.indicator_key, figures.is_simulated
),

full_years as (
    select
        report_year,
        window_end_date
    from periods
    where period_kind = 'FY'
),

breaks as (
    select
        full_years.report_year,
        relations.indicator_key,
        {{ ordered_list(
            "relations.from_period_key || ': ' || relations.note_vi", '; ',
            'relations.from_period_key, relations.note_vi'
        ) }} as break_vi
    from relations
    inner join periods on relations.from_period_key = periods.period_key
    inner join full_years on periods.window_end_date <= full_years.window_end_date
    inner join full_years as last_year
        on full_years.report_year = last_year.report_year + 1 and periods.window_end_date > last_year.window_end_date
    group by full_years.report_year, relations.indicator_key
),

measured as (
    select
        listed.*,
        due.provinces_due,
        coalesce(pairs.provinces_compared, 0) as provinces_compared,
        {{ national_figure('listed.above', 'listed.below', 'listed.province_aggregation') }} as value,
        {{ national_figure('pairs.above', 'pairs.below', 'listed.province_aggregation') }} as compared_value,
        {{ national_figure('pairs.last_year_above', 'pairs.last_year_below', 'listed.province_aggregation') }}
            as compared_last_year_value,
        breaks.break_vi
    from listed
    inner join due on listed.report_year = due.report_year and listed.indicator_key = due.indicator_key
    left join pairs
        on
            listed.report_year = pairs.report_year
            and listed.indicator_key = pairs.indicator_key
            and listed.is_simulated = pairs.is_simulated
    left join breaks on listed.report_year = breaks.report_year and listed.indicator_key = breaks.indicator_key
    where listed.place = 1 or listed.provinces_reported > 0 or listed.provinces_counted > 0
),

final as (
    select
        cast(report_year as integer) as report_year,
        cast(indicator_key as string) as indicator_key,
        cast(is_simulated as boolean) as is_simulated,
        cast(
            case
                when value is null then 'not_computable'
                when province_aggregation = 'sum' then 'sum_of_parts'
                when province_aggregation = 'recompute' then 'recomputed_rate'
                else 'weighted_mean'
            end as string
        ) as method,
        cast(value as decimal(24, 6)) as value,
        cast(provinces_due as integer) as provinces_due,
        cast(provinces_reported as integer) as provinces_reported,
        cast(provinces_counted as integer) as provinces_counted,
        cast(provinces_compared as integer) as provinces_compared,
        cast(compared_value as decimal(24, 6)) as compared_value,
        cast(compared_last_year_value as decimal(24, 6)) as compared_last_year_value,
        cast(compared_value - compared_last_year_value as decimal(24, 6)) as compared_change,
        cast(break_vi as string) as break_vi
    from measured
)

select * from final
order by report_year, indicator_key, is_simulated
