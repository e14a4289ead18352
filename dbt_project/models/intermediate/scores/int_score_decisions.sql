-- One row per figure of a score sheet or a survey that a person decided about: the last decision, to correct it, to
-- reject it or to leave it. A decision counts while its own file does; it is made for a printed value, which
-- int_score_figures compares.
with decisions as (
    select * from {{ ref('stg_decisions') }}
    where decision in ('correct', 'reject', 'accept') and criterion_code is not null
),

documents as (
    select * from {{ ref('int_documents') }}
),

in_order as (
    select
        decisions.*,
        row_number() over (
            partition by
                decisions.target_sha256, decisions.report_year, decisions.province_key, decisions.criterion_code,
                decisions.measure
            order by {{ decision_order('decisions') }}
        ) as place
    from decisions
    inner join documents
        on decisions.file_sha256 = documents.file_sha256 and decisions.period_key = documents.period_key
    where documents.status = 'accepted'
),

final as (
    select
        target_sha256,
        report_year,
        province_key,
        criterion_code,
        measure,
        decision,
        value_expected,
        case when decision = 'correct' then value_corrected end as value_corrected,
        reason,
        decided_by,
        decided_at
    from in_order
    where place = 1
)

select * from final
