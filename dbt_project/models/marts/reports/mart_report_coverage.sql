-- One row per province and period, from the first period that a report was received for to the last one that was
-- received or has been due. Nobody is called late where the deadline of that time is not documented.
with due as (
    select * from {{ ref('int_reports_due') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

form_rows as (
    select * from {{ ref('form_rows') }}
),

reported as (
    select
        province_key,
        period_key,
        count(*) as rows_reported,
        sum(case when is_missing then 1 else 0 end) as rows_blank
    from annex_values
    where decision = 'resolved'
    group by province_key, period_key
),

expected as (
    select
        form_code,
        count(*) as rows_expected
    from form_rows
    where row_kind in ('indicator', 'part')
    group by form_code
),

final as (
    select
        cast(due.province_key as string) as province_key,
        cast(due.period_key as string) as period_key,
        cast(due.due_date as date) as due_date,
        cast(
            case
                when due.sent_date <= due.due_date then 'on_time'
                when due.sent_date is not null and due.is_window_documented then 'late'
                when due.sent_date is not null then 'undocumented'
                when due.files_quarantined > 0 then 'quarantined'
                when not due.is_due then 'not_due'
                else 'missing'
            end as string
        ) as status,
        cast(due.sent_date as date) as sent_date,
        cast(due.sent_date_basis as string) as sent_date_basis,
        cast(
            case
                when due.sent_date <= due.due_date then 0
                when due.is_window_documented then {{ days_between('due.due_date', 'due.sent_date') }}
            end as integer
        ) as days_late,
        cast(expected.rows_expected as integer) as rows_expected,
        cast(coalesce(reported.rows_reported, 0) as integer) as rows_reported,
        cast(coalesce(reported.rows_blank, 0) as integer) as rows_blank,
        cast(due.files_quarantined as integer) as files_quarantined,
        cast(due.quarantine_reason_vi as string) as quarantine_reason_vi,
        cast(due.report_key as string) as report_key,
        cast(due.is_simulated as boolean) as is_simulated
    from due
    left join expected on due.form_code = expected.form_code
    left join reported
        on due.province_key = reported.province_key and due.period_key = reported.period_key
)

select * from final
order by period_key, province_key
