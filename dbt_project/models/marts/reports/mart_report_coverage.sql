-- One row per province and period, from the first period that a report was received for to the last one that was
-- received or has been due. A report is on time by the date it was signed; a file without a date counts from the day
-- in Việt Nam on which we first saw it. Nobody is called late where the deadline of that time is not documented.
with provinces as (
    select * from {{ ref('provinces') }}
),

periods as (
    select * from {{ ref('periods') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

revisions as (
    select * from {{ ref('int_report_revisions') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

form_validity as (
    select * from {{ ref('int_form_validity') }}
),

horizon as (
    select
        min(periods.due_date) as first_due_date,
        max(periods.due_date) as last_due_date
    from documents
    inner join periods on documents.period_key = periods.period_key
    where documents.document_kind = 'report'
),

due as (
    select
        periods.period_key,
        periods.due_date,
        periods.due_date < {{ as_of_date() }} as is_due,
        periods.is_window_documented,
        provinces.province_key,
        provinces.province_name
    from periods
    inner join horizon
        on
            periods.due_date >= horizon.first_due_date
            and (periods.due_date <= horizon.last_due_date or periods.due_date < {{ as_of_date() }})
    inner join provinces
        on
            periods.window_end_date >= provinces.valid_from
            and periods.window_end_date <= coalesce(provinces.valid_to, date '9999-12-31')
),

counting_reports as (
    select
        province_key,
        period_key,
        coalesce(report_date, {{ local_date('first_seen_at') }}) as sent_date,
        case when report_date is null then 'first_seen_at' else 'report_date' end as sent_date_basis,
        row_number() over (partition by province_key, period_key order by revision_number) as place
    from revisions
    where not is_withdrawn
),

first_reports as (
    select * from counting_reports
    where place = 1
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
        form_rows.form_code,
        count(*) as rows_expected
    from {{ ref('form_rows') }} as form_rows
    where form_rows.row_kind in ('indicator', 'part')
    group by form_rows.form_code
),

quarantined as (
    select
        documents.period_key,
        documents.province_name_claimed as province_name,
        count(*) as files_quarantined,
        min(documents.reason_vi) as reason_vi,
        max(case when {{ has_flag('documents.flags', 'simulated') }} then 1 else 0 end) = 1 as is_simulated
    from documents
    where documents.status = 'quarantined'
    group by documents.period_key, documents.province_name_claimed
),

final as (
    select
        cast(due.province_key as string) as province_key,
        cast(due.period_key as string) as period_key,
        cast(due.due_date as date) as due_date,
        cast(
            case
                when first_reports.sent_date <= due.due_date then 'on_time'
                when first_reports.sent_date is not null and due.is_window_documented then 'late'
                when first_reports.sent_date is not null then 'undocumented'
                when quarantined.files_quarantined > 0 then 'quarantined'
                when not due.is_due then 'not_due'
                else 'missing'
            end as string
        ) as status,
        cast(first_reports.sent_date as date) as sent_date,
        cast(first_reports.sent_date_basis as string) as sent_date_basis,
        cast(
            case
                when first_reports.sent_date <= due.due_date then 0
                when due.is_window_documented then datediff('day', due.due_date, first_reports.sent_date)
            end as integer
        ) as days_late,
        cast(expected.rows_expected as integer) as rows_expected,
        cast(coalesce(reported.rows_reported, 0) as integer) as rows_reported,
        cast(coalesce(reported.rows_blank, 0) as integer) as rows_blank,
        cast(coalesce(quarantined.files_quarantined, 0) as integer) as files_quarantined,
        cast(quarantined.reason_vi as string) as quarantine_reason_vi,
        cast(current_report.report_key as string) as report_key,
        cast(coalesce(current_report.is_simulated, quarantined.is_simulated, false) as boolean) as is_simulated
    from due
    left join first_reports
        on due.province_key = first_reports.province_key and due.period_key = first_reports.period_key
    left join revisions as current_report
        on
            due.province_key = current_report.province_key
            and due.period_key = current_report.period_key
            and current_report.is_current
    left join form_validity on due.period_key = form_validity.period_key
    left join expected on coalesce(current_report.form_code, form_validity.form_code) = expected.form_code
    left join reported
        on due.province_key = reported.province_key and due.period_key = reported.period_key
    left join quarantined
        on due.province_name = quarantined.province_name and due.period_key = quarantined.period_key
)

select * from final
order by period_key, province_key
