-- One row per decision of a person about a file, as written in a decision file; nothing decided here.
with decisions as (
    select
        rows_read.*,
        documents.first_seen_at
    from {{ source('raw', 'decisions') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        period as period_key,
        file_sha256,
        row_number as sheet_row_number,
        decision,
        target_sha256,
        target_name,
        reason,
        decided_by,
        decided_at,
        cast(first_seen_at as timestamp) as first_seen_at,
        "table" as table_number,
        "row" as table_row
    from decisions
)

select * from final
