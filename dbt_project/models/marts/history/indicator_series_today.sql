-- One row per province of today, period and indicator: its figure, computed for periods in which it did not exist yet.
{{ config(materialized='view') }}
with history as (
    select * from {{ in_this_file(ref('fct_indicator_history')) }}
),

periods as (
    select * from {{ in_this_file(ref('dim_period')) }}
),

final as (
    select
        history.province_key,
        history.period_key,
        periods.report_year,
        periods.period_kind,
        history.indicator_key,
        history.value,
        history.value_text,
        history.method,
        history.parts_expected,
        history.parts_found,
        history.is_nine_months,
        history.break_vi,
        history.note_vi,
        history.report_key,
        history.is_simulated
    from history
    inner join periods on history.period_key = periods.period_key
    where history.history_view = 'back_cast'
)

select * from final
