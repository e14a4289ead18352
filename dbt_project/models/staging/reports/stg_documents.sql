-- One row per file read in a period, accepted or quarantined.
with documents as (
    select * from {{ source('raw', 'documents') }}
),

final as (
    select
        period as period_key,
        file_sha256,
        substr(file_sha256, 1, 16) as report_key,
        file_name,
        inbox_path,
        cast(first_seen_at as timestamp) as first_seen_at,
        cast(file_time as timestamp) as file_time,
        is_in_inbox,
        format as file_format,
        file_bytes,
        reader_version,
        coalesce(document_kind, 'report') as document_kind,
        status,
        reason_code,
        reason_vi,
        reason_en,
        is_final,
        period_claimed,
        province_claimed as province_name_claimed,
        period_found,
        province_found as province_key,
        province_printed,
        report_number,
        try_cast(report_date as date) as report_date,
        signatory,
        form_code,
        page_count,
        row_count,
        rows_expected,
        rows_unmatched,
        {{ joined_list('rows_not_found') }} as rows_not_found,
        {{ joined_list('flags') }} as flags
    from documents
)

select * from final
