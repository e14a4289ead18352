-- One row per decision of a person about a file or a figure, as written in a decision file; nothing decided here.
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
        decisions.period as period_key,
        decisions.file_sha256,
        decisions.sheet_row_number,
        decisions.decision,
        decisions.target_sha256,
        decisions.target_name,
        decisions.reason,
        decisions.decided_by,
        decisions.decided_at,
        decisions.finding_key,
        decisions.row_code,
        coalesce(try_cast(decisions.ordinal as integer), 0) as ordinal,
        decisions.criterion_code,
        decisions.measure,
        decisions.province_key,
        try_cast(decisions.report_year as integer) as report_year,
        decisions.value_expected,
        decisions.value_corrected,
        cast(first_seen_at as timestamp) as first_seen_at,
        decisions.table_number,
        decisions.row_number
    from decisions
)

select * from final
