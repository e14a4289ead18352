-- One row per finding that a person accepted, the figure being right: the last decision about it.
with decisions as (
    select * from {{ ref('stg_decisions') }}
    where finding_key is not null and decision in ('accept', 'correct', 'reject')
),

documents as (
    select * from {{ ref('int_documents') }}
),

in_order as (
    select
        decisions.*,
        row_number() over (
            partition by decisions.finding_key
            order by {{ decision_order('decisions') }}
        ) as place
    from decisions
    inner join documents
        on decisions.file_sha256 = documents.file_sha256 and decisions.period_key = documents.period_key
    where documents.status = 'accepted'
),

final as (
    select
        finding_key,
        reason,
        decided_by,
        decided_at
    from in_order
    where place = 1 and decision = 'accept'
)

select * from final
