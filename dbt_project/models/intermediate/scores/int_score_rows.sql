-- One row per figure of a score sheet or a survey and index it speaks for: what it says, and what became of it.
-- decision: used (the figure that counts on its basis, be it blank), refused (that figure, but no such figure can be),
-- superseded (a later round or a later figure counts, or its file was withdrawn) or unmatched (no such province, no
-- such criterion).
--
-- A later round of the appraisal comes before an earlier one, whichever file came last; a sheet that names no round is
-- of the first. Where a later round says nothing the earlier one stands. Within a round the figure received last counts
-- even where it is impossible: an earlier one does not come back in its place, because it was replaced on purpose, and
-- what replaced it has to be put right by whoever sent it.
with figures as (
    select * from {{ ref('int_score_figures') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

periods as (
    select * from {{ ref('periods') }}
),

-- Province-years of which something real is known: points or a result of the index, or a report of the year.
real_figures as (
    select distinct
        index_code,
        report_year,
        province_key
    from figures
    where is_matched and is_accepted and not is_simulated and not is_blank
),

real_reports as (
    select distinct
        periods.report_year,
        documents.province_key
    from documents
    inner join periods on documents.period_found = periods.period_key
    where
        documents.status = 'accepted'
        and documents.document_kind = 'report'
        and periods.period_kind = 'FY'
        and not {{ has_flag('documents.flags', 'simulated') }}
),

told_apart as (
    select
        figures.*,
        figures.is_simulated
        and (real_figures.province_key is not null or real_reports.province_key is not null) as is_outdone
    from figures
    left join real_figures
        on
            figures.index_code = real_figures.index_code
            and figures.report_year = real_figures.report_year
            and figures.province_key = real_figures.province_key
    left join real_reports
        on figures.report_year = real_reports.report_year and figures.province_key = real_reports.province_key
),

rounds as (
    select
        *,
        coalesce(appraisal_round, 1) as round_number,
        coalesce(appraisal_round > 1 and is_blank, false) as is_round_silent
    from told_apart
),

ordered as (
    select
        *,
        max(case when is_round_silent then 1 else round_number end) over (
            partition by
                is_matched, is_outdone, index_code, report_year, province_key, criterion_code, basis, variable_code
        ) as last_round,
        row_number() over (
            partition by
                is_matched, is_outdone, index_code, report_year, province_key, criterion_code, basis, variable_code
            order by
                case when way = 'official' and value is null then 1 else 0 end,
                case when is_round_silent then 1 else 0 end,
                round_number desc,
                first_seen_at desc,
                file_sha256 asc,
                period_key asc,
                sheet_row_number desc
        ) as recency
    from rounds
),

final as (
    select
        row_source,
        file_sha256,
        period_key,
        sheet_row_number,
        sheet_kind,
        index_code,
        edition_code,
        report_year,
        province_key,
        province_code,
        province_printed,
        criterion_code,
        criterion_name,
        measure,
        basis,
        appraisal_round,
        variable_code,
        value_raw,
        value_used,
        value,
        is_blank,
        is_not_applicable,
        scale,
        standard_error,
        max_points,
        note,
        decided,
        decided_reason,
        decided_by,
        decided_at,
        coalesce(decided = 'correct', false) as is_corrected,
        case
            when not is_accepted then 'superseded'
            when not is_matched then 'unmatched'
            when is_outdone then 'superseded'
            when is_round_silent or recency > 1 then 'superseded'
            when finding_rule is not null then 'refused'
            else 'used'
        end as decision,
        case
            when not is_accepted then 'file_withdrawn'
            when not is_matched and province_key is null then 'province_unknown'
            when not is_matched then 'criterion_unknown'
            when is_outdone then 'real_figure_known'
            when is_round_silent then 'round_without_points'
            when recency > 1 and round_number < last_round then 'later_round'
            when recency > 1 then 'later_figure'
            when finding_rule is not null then finding_rule
            when is_blank then 'blank'
            when is_not_applicable then 'does_not_apply'
            else 'figure'
        end as decision_reason,
        case
            when finding_rule = 'score_rejected' then decided_reason
            when finding_rule = 'survey_scale_unknown' then '> 0'
            when
                finding_rule in (
                    'score_not_a_number', 'statistic_undecidable', 'number_too_long', 'survey_error_not_a_number'
                )
                then null
            when finding_rule is not null and measure = 'official_rank' then '1, 2, 3 …'
            when finding_rule is not null
                then '0 – ' || {{ short_vi("case when basis = 'survey' then scale else max_points end") }}
        end as expected,
        case
            when finding_rule = 'survey_scale_unknown' then scale_raw
            when finding_rule like 'survey_error_%' then standard_error_raw
            when finding_rule is not null then value_used
        end as found,
        first_seen_at,
        is_simulated,
        table_number,
        row_number
    from ordered
)

select * from final
