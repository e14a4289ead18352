-- One row per accepted file: which revision of its province's report for the period it is, and whether it counts.
-- The revision that counts is the one signed last; of equal dates the one received last.
with documents as (
    select * from {{ ref('stg_documents') }}
),

accepted as (
    select *
    from documents
    where status = 'accepted' and coalesce(document_kind, 'report') = 'report'
),

ordered as (
    select
        *,
        row_number() over (
            partition by province_key, period_found
            order by coalesce(report_date, cast(received_at as date)), received_at, file_sha256
        ) as revision_number,
        count(*) over (partition by province_key, period_found) as revision_count
    from accepted
),

final as (
    select
        report_key,
        file_sha256,
        file_name,
        file_format,
        province_key,
        province_printed,
        period_found as period_key,
        form_code,
        report_number,
        report_date,
        signatory,
        received_at,
        page_count,
        row_count,
        rows_expected,
        rows_unmatched,
        rows_not_found,
        flags,
        {{ has_flag('flags', 'simulated') }} as is_simulated,
        revision_number,
        revision_count,
        revision_number = revision_count as is_current,
        case
            when revision_count = 1 then 'only_report'
            when revision_number = revision_count then 'latest_revision'
            else 'superseded_by_later_revision'
        end as revision_reason
    from ordered
)

select * from final
