-- One row per file in quarantine that nobody has dealt with yet: not replaced, moved, taken out or dismissed.
with documents as (
    select * from {{ ref('int_documents') }}
),

final as (
    select
        cast(period_key as string) as period_key,
        cast(file_sha256 as string) as file_sha256,
        cast(file_name as string) as file_name,
        cast(inbox_path as string) as inbox_path,
        cast(province_name_claimed as string) as province_name_claimed,
        cast(reason_code as string) as reason_code,
        cast(reason_vi as string) as reason_vi,
        cast(reason_en as string) as reason_en,
        cast(is_final as boolean) as is_final,
        cast(first_seen_at as timestamp) as first_seen_at,
        cast({{ has_flag('flags', 'simulated') }} as boolean) as is_simulated
    from documents
    where status = 'quarantined'
)

select * from final
order by period_key, file_name, file_sha256
