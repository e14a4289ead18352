-- One row per accepted document; is_current marks the revision that counts for its province and period.
with revisions as (
    select * from {{ ref('int_report_revisions') }}
),

final as (
    select
        cast(report_key as string) as report_key,
        cast(province_key as string) as province_key,
        cast(period_key as string) as period_key,
        cast(form_code as string) as form_code,
        cast(report_number as string) as report_number,
        cast(report_date as date) as report_date,
        cast(signatory as string) as signatory,
        cast(first_seen_at as timestamp) as first_seen_at,
        cast(file_name as string) as file_name,
        cast(file_format as string) as file_format,
        cast(file_sha256 as string) as file_sha256,
        cast(page_count as integer) as page_count,
        cast(row_count as integer) as row_count,
        cast(rows_expected as integer) as rows_expected,
        cast(rows_unmatched as integer) as rows_unmatched,
        cast(revision_number as integer) as revision_number,
        cast(is_current as boolean) as is_current,
        cast(is_withdrawn as boolean) as is_withdrawn,
        cast(withdrawn_reason as string) as withdrawn_reason,
        cast(withdrawn_by as string) as withdrawn_by,
        cast(withdrawn_at as string) as withdrawn_at,
        cast(revision_reason as string) as revision_reason,
        cast(flags as string) as flags,
        cast(coalesce(is_simulated, false) as boolean) as is_simulated
    from revisions
)

select * from final
order by period_key, province_key, revision_number
