-- One row per view, province, period and indicator: one figure as reported, carried forward or back-cast, with the
-- breaks that its series has passed. Only as_reported is official.
with history as (
    select * from {{ ref('int_indicator_history') }}
),

relations as (
    select * from {{ ref('indicator_relations') }}
),

periods as (
    select * from {{ ref('periods') }}
),

-- Where a series meets a change of definition or coverage.
breaks as (
    select
        relations.indicator_key,
        periods.window_end_date,
        relations.from_period_key || ': ' || relations.note_vi as break_vi
    from relations
    inner join periods on relations.from_period_key = periods.period_key
),

period_breaks as (
    select
        breaks.indicator_key,
        periods.period_key,
        {{ ordered_list('breaks.break_vi', '; ', 'breaks.break_vi') }} as break_vi
    from breaks
    inner join periods on breaks.window_end_date <= periods.window_end_date
    group by breaks.indicator_key, periods.period_key
),

final as (
    select
        cast(history.history_view as string) as history_view,
        cast(history.province_key as string) as province_key,
        cast(history.period_key as string) as period_key,
        cast(history.indicator_key as string) as indicator_key,
        cast(history.value as decimal(24, 6)) as value,
        cast(history.value_text as string) as value_text,
        cast(history.method as string) as method,
        cast(history.parts_expected as integer) as parts_expected,
        cast(history.parts_found as integer) as parts_found,
        cast(history.history_view = 'as_reported' as boolean) as is_official,
        cast(history.is_nine_months as boolean) as is_nine_months,
        cast(period_breaks.break_vi as string) as break_vi,
        cast(history.note_vi as string) as note_vi,
        cast(history.report_key as string) as report_key,
        cast(history.is_simulated as boolean) as is_simulated
    from history
    left join period_breaks
        on history.indicator_key = period_breaks.indicator_key and history.period_key = period_breaks.period_key
)

select * from final
order by history_view, period_key, province_key, indicator_key
