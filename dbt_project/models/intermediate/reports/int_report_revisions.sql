-- One row per accepted file: which revision of its province's report for the period it is, and whether it counts.
-- The revision that counts is the one signed last and not withdrawn; of equal dates the one that we saw last. Of files
-- that we saw in the same run the names decide, and a finding says so where their figures differ.
with documents as (
    select * from {{ ref('int_documents') }}
),

accepted as (
    select
        *,
        status = 'withdrawn' as is_withdrawn
    from documents
    where status in ('accepted', 'withdrawn') and document_kind = 'report'
),

ordered as (
    select
        *,
        row_number() over (
            partition by province_key, period_found
            order by coalesce(report_date, {{ local_date('first_seen_at') }}), first_seen_at, inbox_path, file_sha256
        ) as revision_number,
        count(*) over (partition by province_key, period_found) as revision_count
    from accepted
),

-- The last one that nobody withdrew.
counting as (
    select
        province_key,
        period_found,
        max(revision_number) as revision_number
    from ordered
    where not is_withdrawn
    group by province_key, period_found
),

final as (
    select
        ordered.report_key,
        ordered.file_sha256,
        ordered.file_name,
        ordered.file_format,
        ordered.province_key,
        ordered.province_printed,
        ordered.period_found as period_key,
        ordered.form_code,
        ordered.report_number,
        ordered.report_date,
        ordered.signatory,
        ordered.first_seen_at,
        ordered.page_count,
        ordered.row_count,
        ordered.rows_expected,
        ordered.rows_unmatched,
        ordered.rows_not_found,
        ordered.flags,
        {{ has_flag('ordered.flags', 'simulated') }} as is_simulated,
        ordered.revision_number,
        ordered.revision_count,
        ordered.is_withdrawn,
        ordered.decision_reason as withdrawn_reason,
        ordered.decided_by as withdrawn_by,
        ordered.decided_at as withdrawn_at,
        counting.revision_number is not null and ordered.revision_number = counting.revision_number as is_current,
        case
            when ordered.is_withdrawn then 'withdrawn'
            when ordered.revision_count = 1 then 'only_report'
            when ordered.revision_number = counting.revision_number then 'latest_revision'
            else 'superseded_by_later_revision'
        end as revision_reason
    from ordered
    left join counting
        on ordered.province_key = counting.province_key and ordered.period_found = counting.period_found
)

select * from final
