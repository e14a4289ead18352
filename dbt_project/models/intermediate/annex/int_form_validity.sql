-- One row per period: the form in force in it; before the first known form the first one stands in.
with forms as (
    select * from {{ ref('forms') }}
),

periods as (
    select * from {{ ref('periods') }}
),

uses as (
    select
        periods.period_key,
        forms.form_code,
        row_number() over (
            partition by periods.period_key
            order by
                case
                    when periods.window_end_date < first_period.window_end_date then 1
                    else 0
                end,
                abs({{ days_between('first_period.window_end_date', 'periods.window_end_date') }}),
                forms.form_code
        ) as nearness,
        periods.window_end_date >= first_period.window_end_date as is_in_force
    from periods
    cross join forms
    inner join periods as first_period on forms.first_period_key = first_period.period_key
    left join periods as last_period on forms.last_period_key = last_period.period_key
    where periods.window_end_date <= coalesce(last_period.window_end_date, date '9999-12-31')
),

final as (
    select
        period_key,
        form_code,
        is_in_force
    from uses
    where nearness = 1
)

select * from final
