-- One row per file read in a period: what has become of it. An accepted file counts until a decision withdraws it; a
-- quarantined one is open until it is replaced, moved to where it was accepted, taken out of the inbox, or dismissed.
with documents as (
    select * from {{ ref('stg_documents') }}
),

decisions as (
    select * from {{ ref('stg_decisions') }}
),

decisions_in_order as (
    select
        decisions.target_sha256,
        decisions.decision,
        decisions.reason,
        decisions.decided_by,
        decisions.decided_at,
        row_number() over (
            partition by decisions.target_sha256
            order by {{ decision_order('decisions') }}
        ) as place
    from decisions
    where decisions.decision in ('withdraw', 'dismiss', 'restore')
),

last_decisions as (
    select * from decisions_in_order
    where place = 1
),

accepted_files as (
    select distinct file_sha256
    from documents
    where status = 'accepted'
),

final as (
    select
        documents.period_key,
        documents.file_sha256,
        documents.report_key,
        documents.file_name,
        documents.inbox_path,
        documents.first_seen_at,
        documents.file_time,
        documents.is_in_inbox,
        documents.file_format,
        documents.document_kind,
        documents.status as status_read,
        case
            when documents.status = 'accepted' and last_decisions.decision = 'withdraw' then 'withdrawn'
            when documents.status = 'accepted' then 'accepted'
            when last_decisions.decision in ('withdraw', 'dismiss') then 'dismissed'
            when not documents.is_in_inbox then 'removed'
            when accepted_files.file_sha256 is not null then 'accepted_elsewhere'
            else 'quarantined'
        end as status,
        documents.reason_code,
        documents.reason_vi,
        documents.reason_en,
        documents.is_final,
        documents.period_claimed,
        documents.province_name_claimed,
        documents.period_found,
        documents.province_key,
        documents.province_printed,
        documents.report_number,
        documents.report_date,
        documents.signatory,
        documents.form_code,
        documents.page_count,
        documents.row_count,
        documents.rows_expected,
        documents.rows_unmatched,
        documents.rows_not_found,
        documents.flags,
        case when last_decisions.decision <> 'restore' then last_decisions.reason end as decision_reason,
        case when last_decisions.decision <> 'restore' then last_decisions.decided_by end as decided_by,
        case when last_decisions.decision <> 'restore' then last_decisions.decided_at end as decided_at
    from documents
    left join last_decisions on documents.file_sha256 = last_decisions.target_sha256
    left join accepted_files on documents.file_sha256 = accepted_files.file_sha256
)

select * from final
