-- One row per figure of a score sheet or a survey and index it speaks for: what it says, and what became of it.
-- decision: used (the figure that counts on its basis, be it blank), refused (that figure, but no such figure can be),
-- superseded (a later one counts, or its file was withdrawn) or unmatched (no such province, no such criterion).
--
-- The figure received last counts even where it is impossible: an earlier one does not come back in its place, because
-- it was replaced on purpose, and what replaced it has to be put right by whoever sent it.
with score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

survey_rows as (
    select * from {{ ref('stg_survey_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

edition_years as (
    select * from {{ ref('int_edition_years') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

periods as (
    select * from {{ ref('periods') }}
),

marks as (
    select * from {{ ref('score_marks') }}
),

figures_read as (
    select
        'score_rows' as row_source,
        file_sha256,
        period_key,
        sheet_row_number,
        sheet_kind,
        index_code,
        report_year,
        province_key,
        province_code,
        province_printed,
        criterion_code,
        criterion_name,
        measure,
        case when measure = 'points' then 'verified' else measure end as basis,
        case when measure like 'official_%' then 'official' else 'points' end as way,
        value_raw,
        number_text,
        number_rule as rule_read,
        value as value_read,
        cast(null as string) as scale_raw,
        cast(null as decimal(24, 9)) as scale,
        cast(null as string) as standard_error_raw,
        'blank' as standard_error_rule,
        cast(null as decimal(24, 9)) as standard_error,
        note,
        is_simulated,
        table_number,
        table_row
    from score_rows
    union all
    select
        'survey_rows' as row_source,
        file_sha256,
        period_key,
        sheet_row_number,
        sheet_kind,
        index_code,
        report_year,
        province_key,
        province_code,
        province_printed,
        criterion_code,
        cast(null as string) as criterion_name,
        case when sheet_kind = 'sipas' then 'sipas' else 'mean' end as measure,
        'survey' as basis,
        sheet_kind as way,
        score_raw as value_raw,
        score_raw as number_text,
        score_rule as rule_read,
        score as value_read,
        scale_raw,
        case when sheet_kind = 'sipas' then 100 else scale end as scale,
        standard_error_raw,
        standard_error_rule,
        standard_error,
        cast(null as string) as note,
        is_simulated,
        table_number,
        table_row
    from survey_rows
),

received as (
    select
        figures_read.*,
        documents.status = 'accepted' as is_accepted,
        documents.first_seen_at,
        -- A province cannot take a criterion out of its own total.
        marks.mark is not null and figures_read.basis <> 'self' as is_not_applicable,
        marks.mark is not null as is_marked,
        coalesce(figures_read.measure in ('current', 'previous', 'plan'), false) as is_statistic
    from figures_read
    inner join documents
        on figures_read.file_sha256 = documents.file_sha256 and figures_read.period_key = documents.period_key
    left join marks on lower(trim(figures_read.value_raw)) = marks.mark
),

-- How the statistics of a file mark decimals, where one of them leaves no doubt.
file_notations as (
    select
        file_sha256,
        period_key,
        max(case when rule_read in ('decimal_comma', 'thousands', 'thousands_decimal') then 1 else 0 end) = 1
            as has_comma,
        max(
            case when rule_read in ('decimal_point', 'english_thousands', 'english_thousands_decimal') then 1 else 0 end
        ) = 1 as has_point
    from received
    where is_statistic
    group by file_sha256, period_key
),

ruled as (
    select
        received.*,
        case
            when received.is_statistic then {{ number_rule_in_file(
                'received.number_text', 'received.rule_read', 'file_notations.has_comma', 'file_notations.has_point'
            ) }}
            else received.rule_read
        end as number_rule
    from received
    left join file_notations
        on received.file_sha256 = file_notations.file_sha256 and received.period_key = file_notations.period_key
),

numbered as (
    select
        *,
        number_rule in ('blank', 'dash') or (is_marked and not is_not_applicable) as is_blank,
        case when number_rule = rule_read then value_read else {{ number_value('number_text', 'number_rule', 9) }} end
            as value
    from ruled
),

edition_totals as (
    select
        index_code,
        edition_code,
        sum(max_points) as max_points
    from criteria
    where is_leaf
    group by index_code, edition_code
),

year_criteria as (
    select
        edition_years.report_year,
        criteria.index_code,
        criteria.edition_code,
        criteria.criterion_code,
        criteria.max_points,
        criteria.is_leaf,
        criteria.scored_by
    from edition_years
    inner join criteria
        on edition_years.index_code = criteria.index_code and edition_years.edition_code = criteria.edition_code
),

years as (
    select distinct report_year from score_rows
),

-- A sheet of points may name any criterion, a survey only those that surveys score.
open_places as (
    select
        'points' as way,
        year_criteria.criterion_code as match_code,
        year_criteria.*
    from year_criteria
    union all
    select
        'leadership' as way,
        year_criteria.criterion_code as match_code,
        year_criteria.*
    from year_criteria
    where year_criteria.is_leaf and year_criteria.scored_by in ('survey', 'mixed')
    union all
    select
        'sipas' as way,
        '' as match_code,
        year_criteria.*
    from year_criteria
    where year_criteria.is_leaf and year_criteria.scored_by = 'sipas'
),

-- A sheet that names no index speaks for each that has the criterion, but for those whose points are published.
places as (
    select
        way,
        match_code,
        index_code as match_index,
        report_year,
        index_code,
        edition_code,
        criterion_code,
        max_points
    from open_places
    union all
    select
        way,
        match_code,
        '' as match_index,
        report_year,
        index_code,
        edition_code,
        criterion_code,
        max_points
    from open_places
    where way <> 'points' or scored_by <> 'published'
    union all
    select
        'official' as way,
        '' as match_code,
        settings.index_code as match_index,
        years.report_year,
        settings.index_code,
        edition_years.edition_code,
        cast(null as string) as criterion_code,
        case when settings.total_unit = 'points' then edition_totals.max_points else 100 end as max_points
    from settings
    cross join years
    left join edition_years
        on settings.index_code = edition_years.index_code and years.report_year = edition_years.report_year
    left join edition_totals
        on
            edition_years.index_code = edition_totals.index_code
            and edition_years.edition_code = edition_totals.edition_code
),

addressed as (
    select
        *,
        case
            when not is_accepted or province_key is null then null
            when way in ('official', 'sipas') then ''
            else criterion_code
        end as match_code,
        coalesce(index_code, '') as match_index
    from numbered
),

placed as (
    select
        addressed.row_source,
        addressed.file_sha256,
        addressed.period_key,
        addressed.sheet_row_number,
        addressed.sheet_kind,
        coalesce(places.index_code, addressed.index_code) as index_code,
        places.edition_code,
        addressed.report_year,
        addressed.province_key,
        addressed.province_code,
        addressed.province_printed,
        coalesce(places.criterion_code, addressed.criterion_code) as criterion_code,
        addressed.criterion_name,
        addressed.measure,
        addressed.basis,
        addressed.way,
        addressed.value_raw,
        addressed.value,
        addressed.is_blank,
        addressed.is_not_applicable,
        addressed.number_rule,
        addressed.scale_raw,
        addressed.scale,
        addressed.standard_error_raw,
        addressed.standard_error_rule,
        addressed.standard_error,
        addressed.note,
        places.max_points,
        places.index_code is not null as is_matched,
        addressed.is_accepted,
        addressed.first_seen_at,
        addressed.is_simulated,
        addressed.table_number,
        addressed.table_row
    from addressed
    left join places
        on
            addressed.way = places.way
            and addressed.report_year = places.report_year
            and addressed.match_code = places.match_code
            and addressed.match_index = places.match_index
),

judged as (
    select
        *,
        case
            when not is_matched or is_blank or is_not_applicable then null
            when number_rule = 'undecidable' then 'statistic_undecidable'
            when number_rule = 'too_long' then 'number_too_long'
            when value is null then 'score_not_a_number'
            when measure = 'official_rank' and (value < 1 or value <> floor(value)) then 'official_out_of_range'
            when way = 'official' and measure <> 'official_rank' and (value < 0 or value > max_points)
                then 'official_out_of_range'
            when way = 'official' or measure in ('current', 'previous', 'plan') then null
            when way = 'points' and (value < 0 or value > max_points) then 'score_' || basis || '_out_of_range'
            when way = 'points' then null
            when scale is null or scale <= 0 then 'survey_scale_unknown'
            when value < 0 or value > scale then 'survey_' || measure || '_out_of_range'
            when standard_error is null and standard_error_rule not in ('blank', 'dash')
                then 'survey_error_not_a_number'
            when standard_error < 0 or standard_error > scale then 'survey_error_out_of_range'
        end as finding_rule
    from placed
),

-- Province-years of which something real is known: points or a result of the index, or a report of the year.
real_figures as (
    select distinct
        index_code,
        report_year,
        province_key
    from judged
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
        judged.*,
        judged.is_simulated
        and (real_figures.province_key is not null or real_reports.province_key is not null) as is_outdone
    from judged
    left join real_figures
        on
            judged.index_code = real_figures.index_code
            and judged.report_year = real_figures.report_year
            and judged.province_key = real_figures.province_key
    left join real_reports
        on judged.report_year = real_reports.report_year and judged.province_key = real_reports.province_key
),

ordered as (
    select
        *,
        row_number() over (
            partition by is_matched, is_outdone, index_code, report_year, province_key, criterion_code, basis
            order by
                case when way = 'official' and value is null then 1 else 0 end,
                first_seen_at desc,
                file_sha256 asc,
                period_key asc,
                sheet_row_number desc
        ) as recency
    from told_apart
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
        value_raw,
        value,
        is_blank,
        is_not_applicable,
        scale,
        standard_error,
        max_points,
        note,
        case
            when not is_accepted then 'superseded'
            when not is_matched then 'unmatched'
            when is_outdone then 'superseded'
            when recency > 1 then 'superseded'
            when finding_rule is not null then 'refused'
            else 'used'
        end as decision,
        case
            when not is_accepted then 'file_withdrawn'
            when not is_matched and province_key is null then 'province_unknown'
            when not is_matched then 'criterion_unknown'
            when is_outdone then 'real_figure_known'
            when recency > 1 then 'later_figure'
            when finding_rule is not null then finding_rule
            when is_blank then 'blank'
            when is_not_applicable then 'does_not_apply'
            else 'figure'
        end as decision_reason,
        case
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
            when finding_rule is not null then value_raw
        end as found,
        first_seen_at,
        is_simulated,
        table_number,
        table_row
    from ordered
)

select * from final
