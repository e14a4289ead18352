-- One row per broken identity and figure in it: what speaks for it being the wrong one. is_confirmed: the narrative
-- repeats it, or another sum that holds has it. suspicion: how much nearer to what stands beside it would be, were it
-- mended so that the identity holds, in squares of what such a figure varies by; 0 where nothing stands beside. Beside
-- a stock stand the reports before and after it in its year, beside any figure those of the years before and after. A
-- total is less suspect: more people see it.
with identity_findings as (
    select * from {{ ref('int_identity_findings') }}
),

arithmetic as (
    select * from {{ ref('arithmetic') }}
    where identity_kind = 'sum_equals'
),

figures as (
    select
        report_key,
        province_key,
        period_key,
        indicator_key,
        value
    from {{ ref('int_annex_values') }}
    where decision = 'resolved' and value is not null
),

periods as (
    select * from {{ ref('periods') }}
),

stocks as (
    select indicator_key from {{ ref('indicators') }}
    where measure_kind = 'stock'
),

settings as (
    select
        cast(max(case when setting_name = 'figure_spread_pct' then value end) as double) / 100.0 as figure_spread,
        cast(max(case when setting_name = 'total_trust' then value end) as double) as total_trust
    from {{ ref('uncertainty_settings') }}
),

in_year as (
    select
        figures.report_key,
        figures.period_key,
        figures.indicator_key,
        lag(figures.value) over (
            partition by figures.province_key, figures.indicator_key, periods.report_year order by periods.due_date
        ) as value_before,
        lead(figures.value) over (
            partition by figures.province_key, figures.indicator_key, periods.report_year order by periods.due_date
        ) as value_after
    from figures
    inner join stocks on figures.indicator_key = stocks.indicator_key
    inner join periods on figures.period_key = periods.period_key
),

repeated as (
    select distinct
        report_key,
        period_key,
        indicator_keys as indicator_key
    from {{ ref('int_narrative_matches') }}
    where verdict = 'agrees' and not is_of_other_year and match_score >= 0.6
),

sums as (
    select
        arithmetic.identity_key,
        arithmetic.total_indicator_key,
        total.report_key,
        total.period_key
    from arithmetic
    inner join figures as total on arithmetic.total_indicator_key = total.indicator_key
    left join figures as part
        on
            arithmetic.part_indicator_key = part.indicator_key
            and total.report_key = part.report_key
            and total.period_key = part.period_key
    group by arithmetic.identity_key, arithmetic.total_indicator_key, total.report_key, total.period_key
    having count(*) = count(part.value) and sum(part.value) = max(total.value)
),

added_up as (
    select
        report_key,
        period_key,
        total_indicator_key as indicator_key
    from sums
    union
    select
        sums.report_key,
        sums.period_key,
        arithmetic.part_indicator_key as indicator_key
    from sums
    inner join arithmetic on sums.identity_key = arithmetic.identity_key
),

confirmed as (
    select * from repeated
    union
    select * from added_up
),

members as (
    select distinct
        report_key,
        province_key,
        period_key,
        indicator_keys,
        split_part(indicator_keys, ' ', 1) as total_indicator_key,
        {{ each_word('indicator_keys') }} as indicator_key
    from identity_findings
),

valued as (
    select
        members.*,
        figures.value,
        coalesce(
            in_year.value_before, in_year.value_after, year_before.value, year_after.value
        ) as value_beside,
        case when members.indicator_key = members.total_indicator_key then -1 else 1 end as direction,
        confirmed.indicator_key is not null as is_confirmed
    from members
    inner join figures
        on
            members.report_key = figures.report_key
            and members.period_key = figures.period_key
            and members.indicator_key = figures.indicator_key
    left join in_year
        on
            members.report_key = in_year.report_key
            and members.period_key = in_year.period_key
            and members.indicator_key = in_year.indicator_key
    left join figures as year_before
        on
            members.province_key = year_before.province_key
            and members.indicator_key = year_before.indicator_key
            and year_before.period_key
            = cast(cast(substr(members.period_key, 1, 4) as integer) - 1 as string) || substr(members.period_key, 5)
    left join figures as year_after
        on
            members.province_key = year_after.province_key
            and members.indicator_key = year_after.indicator_key
            and year_after.period_key
            = cast(cast(substr(members.period_key, 1, 4) as integer) + 1 as string) || substr(members.period_key, 5)
    left join confirmed
        on
            members.report_key = confirmed.report_key
            and members.period_key = confirmed.period_key
            and members.indicator_key = confirmed.indicator_key
),

mended as (
    select
        *,
        value - direction * sum(direction * value) over (
            partition by report_key, period_key, indicator_keys
        ) as value_mended
    from valued
),

final as (
    select
        mended.report_key,
        mended.period_key,
        mended.indicator_keys,
        mended.indicator_key,
        -- What is less than nothing when mended was not the wrong one.
        mended.is_confirmed or mended.value_mended < 0 as is_confirmed,
        mended.value,
        coalesce(
            cast(
                power(cast(mended.value - mended.value_beside as double), 2)
                - power(cast(mended.value_mended - mended.value_beside as double), 2) as double
            ) / (
                cast(mended.value_beside as double) + 1
                + power(settings.figure_spread * cast(mended.value_beside as double), 2)
            ),
            0
        ) - case when mended.direction = -1 then settings.total_trust else 0 end as suspicion
    from mended
    cross join settings
)

select * from final
