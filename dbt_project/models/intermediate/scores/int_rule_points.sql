-- One row per index, year, province and criterion that a rule gives points to, from annex rows and statistics. A rule
-- gives nothing where an input that was asked for is blank (status blank) or cannot be right (refused).
with figures as (
    select * from {{ ref('int_rule_figures') }}
),

steps as (
    select * from {{ ref('int_rule_steps') }}
),

measured as (
    select
        *,
        denominator is not null and denominator = 0 and rule_kind <> 'growth_steps' as is_nothing_due,
        case
            when rule_kind = 'growth_steps' and denominator > 0
                then try_cast(cast((numerator - denominator) * 100 as double) / denominator as decimal(30, 12))
            when rule_kind = 'growth_steps' then null
            when denominator is null then try_cast(numerator as decimal(30, 12))
            when denominator = 0 then null
            else try_cast(cast(numerator * 100 as double) / denominator as decimal(30, 12))
        end as measure
    from figures
),

-- The highest step that was reached.
reached as (
    select
        measured.index_code,
        measured.criterion_code,
        measured.variant,
        measured.report_year,
        measured.province_key,
        steps.threshold,
        steps.share,
        row_number() over (
            partition by
                measured.index_code, measured.criterion_code, measured.variant, measured.report_year,
                measured.province_key
            order by steps.threshold desc
        ) as place
    from measured
    inner join steps
        on
            measured.index_code = steps.index_code
            and measured.edition_code = steps.edition_code
            and measured.criterion_code = steps.criterion_code
            and measured.variant = steps.variant
            and measured.measure >= steps.threshold
),

shared as (
    select
        measured.*,
        reached.threshold as step_reached,
        try_cast(case
            when measured.is_nothing_due and measured.when_nothing_due = 'full' then 1
            when measured.measure is null then null
            when measured.rule_kind = 'ratio_floor' and measured.measure >= measured.full_value then 1
            when measured.rule_kind = 'ratio_floor' and measured.measure >= measured.floor_value
                then cast(measured.measure as double) / measured.full_value
            when measured.rule_kind = 'ratio_floor' then 0
            when measured.rule_kind = 'ratio_at_most' and measured.measure <= measured.full_value then 1
            when measured.rule_kind = 'ratio_at_most' then 0
            when measured.rule_kind = 'yes_no' and measured.measure >= measured.full_value then 1
            when measured.rule_kind = 'yes_no' then 0
            when measured.rule_kind = 'none_or_zero' and measured.measure = 0 then 1
            when measured.rule_kind = 'none_or_zero' then 0
            when measured.rule_kind in ('ratio_steps', 'count_steps', 'growth_steps') then coalesce(reached.share, 0)
            when measured.rule_kind = 'linear' and measured.measure >= measured.full_value then 1
            when measured.rule_kind = 'linear' and measured.measure <= measured.floor_value then 0
            when measured.rule_kind = 'linear'
                then
                    cast(measured.measure - measured.floor_value as double)
                    / (measured.full_value - measured.floor_value)
        end as decimal(18, 15)) as share
    from measured
    left join reached
        on
            measured.index_code = reached.index_code
            and measured.criterion_code = reached.criterion_code
            and measured.variant = reached.variant
            and measured.report_year = reached.report_year
            and measured.province_key = reached.province_key
            and reached.place = 1
),

-- Whatever went in, a share is between nothing and all of the maximum, or it is none.
bounded as (
    select
        *,
        case
            when refused_inputs > 0 then 'refused'
            when blank_inputs > 0 then 'blank'
            when share is null and (denominator > 0 or denominator is null) then 'refused'
            when share not between 0 and 1 or max_points < 0 then 'refused'
            -- Nothing was due, or there was nothing to grow from: stated, and no fault of the province.
            when share is null then 'does_not_apply'
            else 'given'
        end as status
    from shared
),

-- The first variant that the form asks for decides: to leave its figures out must not lead to another, better one.
scored as (
    select
        *,
        case
            when status = 'given' then cast(cast(share as double) * cast(max_points as double) as decimal(24, 9))
        end as points,
        row_number() over (
            partition by index_code, criterion_code, report_year, province_key
            order by variant
        ) as place
    from bounded
),

final as (
    select
        index_code,
        edition_code,
        report_year,
        province_key,
        criterion_code,
        rule_kind,
        max_points,
        floor_value,
        full_value,
        step_reached,
        unit_vi,
        unit_en,
        status,
        is_nothing_due,
        numerator,
        denominator,
        measure,
        share,
        points,
        reason_vi,
        reason_en,
        is_simulated
    from scored
    where place = 1
)

select * from final
