-- One row per view, province, period and indicator: one figure as reported, carried forward or back-cast.
-- as_reported: the unit of the time, untouched, also one that had ended when it reported.
-- carried_forward: today's unit in the periods in which its territory was the same.
-- back_cast: today's unit in every period.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

reports as (
    select * from {{ ref('int_report_revisions') }}
),

back_casts as (
    select * from {{ ref('int_indicator_back_casts') }}
),

as_reported as (
    select
        'as_reported' as history_view,
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key,
        annex_values.value,
        annex_values.value_text,
        'reported' as method,
        1 as parts_expected,
        case when annex_values.value is null then 0 else 1 end as parts_found,
        {{ has_flag('reports.flags', 'cumulative_nine_months') }} as is_nine_months,
        annex_values.report_key,
        coalesce(annex_values.is_simulated, false) as is_simulated,
        cast(null as string) as note_vi
    from annex_values
    inner join reports
        on annex_values.report_key = reports.report_key and annex_values.period_key = reports.period_key
    where annex_values.decision = 'resolved'
),

carried_forward as (
    select
        'carried_forward' as history_view,
        province_key,
        period_key,
        indicator_key,
        value,
        value_text,
        method,
        parts_expected,
        parts_found,
        is_nine_months,
        report_key,
        is_simulated,
        note_vi
    from back_casts
    where method in ('reported', 'unchanged_unit')
),

back_cast as (
    select
        'back_cast' as history_view,
        province_key,
        period_key,
        indicator_key,
        value,
        value_text,
        method,
        parts_expected,
        parts_found,
        is_nine_months,
        report_key,
        is_simulated,
        note_vi
    from back_casts
),

final as (
    select * from as_reported
    union all
    select * from carried_forward
    union all
    select * from back_cast
)

select * from final
