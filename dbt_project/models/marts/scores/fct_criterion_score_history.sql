-- One row per index, year, province, criterion, step of the appraisal (claim, acceptance, explanation) and revision:
-- the points as said then, by whom, when and why, and whether they count. Nothing that was said is left out, also
-- where a later round, a later sheet or a withdrawal took its place.
with score_rows as (
    select * from {{ ref('int_score_rows') }}
),

sheet_rows as (
    select * from {{ ref('stg_score_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

score_findings as (
    select * from {{ ref('int_score_findings') }}
    union all
    select * from {{ ref('int_sheet_findings') }}
),

findings as (
    select
        *,
        {{ finding_key('score_findings', ['indicator_keys', 'page', 'block_number']) }} as finding_key
    from score_findings
),

accepted as (
    select * from {{ ref('int_accepted_findings') }}
),

-- Of several findings on one figure the one accepted last.
accepted_figures as (
    select
        findings.report_key,
        findings.index_code,
        findings.province_key,
        findings.criterion_code,
        findings.measure,
        findings.row_number,
        accepted.reason,
        accepted.decided_by,
        accepted.decided_at,
        row_number() over (
            partition by
                findings.report_key, findings.index_code, findings.province_key, findings.criterion_code,
                findings.measure, findings.row_number
            order by accepted.decided_at desc, findings.finding_key asc
        ) as place
    from findings
    inner join accepted on findings.finding_key = accepted.finding_key
),

steps as (
    select
        score_rows.*,
        sheet_rows.evidence,
        sheet_rows.evidence_page,
        sheet_rows.explanation_asked,
        sheet_rows.appraising_unit,
        sheet_rows.appraised_by,
        sheet_rows.appraised_on,
        sheet_rows.appraised_date,
        documents.report_key,
        documents.file_name,
        row_number() over (
            partition by
                score_rows.index_code, score_rows.report_year, score_rows.province_key, score_rows.criterion_code,
                score_rows.basis
            order by
                coalesce(score_rows.appraisal_round, 1), score_rows.first_seen_at, score_rows.file_sha256,
                score_rows.period_key, score_rows.sheet_row_number
        ) as revision_number
    from score_rows
    inner join sheet_rows
        on
            score_rows.row_source = 'score_rows'
            and score_rows.file_sha256 = sheet_rows.file_sha256
            and score_rows.period_key = sheet_rows.period_key
            and score_rows.sheet_row_number = sheet_rows.sheet_row_number
    inner join documents
        on score_rows.file_sha256 = documents.file_sha256 and score_rows.period_key = documents.period_key
    where
        score_rows.basis in ('self', 'verified', 'explanation')
        and score_rows.measure <> 'points'
        and score_rows.index_code is not null
        and score_rows.province_key is not null
        and score_rows.criterion_code <> ''
        and score_rows.decision_reason <> 'round_without_points'
),

-- Only what counts has findings, so only that can have been accepted.
compared as (
    select
        steps.*,
        case
            when steps.decided in ('correct', 'reject') then steps.decided
            when accepted_figures.report_key is not null then 'accept'
        end as decided_as,
        coalesce(steps.decided_reason, accepted_figures.reason) as decided_because,
        coalesce(steps.decided_by, accepted_figures.decided_by) as decided_by_whom,
        coalesce(steps.decided_at, accepted_figures.decided_at) as decided_when,
        lag(steps.value) over (
            partition by
                steps.index_code, steps.report_year, steps.province_key, steps.criterion_code, steps.basis
            order by steps.revision_number
        ) as value_before
    from steps
    left join accepted_figures
        on
            steps.report_key = accepted_figures.report_key
            and steps.index_code = accepted_figures.index_code
            and steps.province_key = accepted_figures.province_key
            and steps.criterion_code = accepted_figures.criterion_code
            and steps.measure = accepted_figures.measure
            and steps.row_number = accepted_figures.row_number
            and steps.decision in ('used', 'refused')
            and accepted_figures.place = 1
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(province_key as string) as province_key,
        cast(criterion_code as string) as criterion_code,
        cast(basis as string) as basis,
        cast(revision_number as integer) as revision_number,
        cast(appraisal_round as integer) as appraisal_round,
        cast(value as decimal(18, 9)) as points,
        cast(value - value_before as decimal(18, 9)) as change_points,
        cast(value_raw as string) as points_printed,
        cast(decision as string) as decision,
        cast(decision_reason as string) as decision_reason,
        cast(decision = 'used' and basis <> 'explanation' as boolean) as is_counting,
        cast(note as string) as note,
        cast(decided_as as string) as decided,
        cast(case when decided_as is not null then decided_because end as string) as decided_reason,
        cast(case when decided_as is not null then decided_by_whom end as string) as decided_by,
        cast(case when decided_as is not null then decided_when end as string) as decided_at,
        cast(explanation_asked as string) as explanation_asked,
        cast(evidence as string) as evidence,
        cast(evidence_page as string) as evidence_page,
        cast(appraising_unit as string) as appraising_unit,
        cast(appraised_by as string) as appraised_by,
        cast(appraised_on as string) as appraised_on,
        cast(appraised_date as date) as appraised_date,
        cast(first_seen_at as timestamp) as first_seen_at,
        cast(report_key as string) as report_key,
        cast(file_name as string) as source_file_name,
        cast(table_number as integer) as table_number,
        cast(row_number as integer) as row_number,
        cast(is_simulated as boolean) as is_simulated
    from compared
)

select * from final
order by index_code, report_year, province_key, criterion_code, basis, revision_number
