-- One row per reporting period.
with periods as (
    select * from {{ ref('periods') }}
),

final as (
    select
        cast(period_key as string) as period_key,
        cast(report_year as integer) as report_year,
        cast(period_kind as string) as period_kind,
        cast(period_name as string) as period_name,
        cast(window_start_date as date) as window_start_date,
        cast(window_end_date as date) as window_end_date,
        cast(due_date as date) as due_date,
        cast(is_cumulative as boolean) as is_cumulative,
        cast(is_window_documented as boolean) as is_window_documented
    from periods
)

select * from final
order by due_date
