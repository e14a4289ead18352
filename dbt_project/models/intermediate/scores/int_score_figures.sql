-- One row per figure of a score sheet or a survey and index it speaks for: the number it is, the criterion it is of,
-- and the finding rule that says why no such figure can be. Which of several counts comes after it (int_score_rows).
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

decisions as (
    select * from {{ ref('int_score_decisions') }}
),

marks as (
    select * from {{ ref('score_marks') }}
    where status = 'does_not_apply'
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
        appraisal_round,
        variable_code,
        case
            when measure like 'official_%' then 'official'
            when criterion_code = '' then 'total'
            else 'points'
        end as way,
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
        row_number
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
        cast(null as integer) as appraisal_round,
        cast(null as string) as variable_code,
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
        row_number
    from survey_rows
),

-- A decision is made for what the sheet says: where it says something else the case is open again.
decided_figures as (
    select
        figures_read.*,
        decisions.decision as decided,
        decisions.reason as decided_reason,
        decisions.decided_by,
        decisions.decided_at,
        decisions.value_corrected,
        {{ number_text('decisions.value_corrected', "''", "'percent'") }} as corrected_text
    from figures_read
    left join decisions
        on
            figures_read.file_sha256 = decisions.target_sha256
            and figures_read.report_year = decisions.report_year
            and figures_read.province_key = decisions.province_key
            and figures_read.measure = decisions.measure
            -- A table of satisfaction names no criterion; what is placed there says which it is of.
            and case when figures_read.way = 'sipas' then 'sipas' else figures_read.criterion_code end
            = case when decisions.measure = 'sipas' then 'sipas' else decisions.criterion_code end
            and coalesce(trim(figures_read.value_raw), '') = coalesce(decisions.value_expected, '')
),

corrected as (
    select
        *,
        {{ number_rule(
            'corrected_text', "case when measure in ('current', 'previous', 'plan') then 'statistic' else 'points' end"
        ) }} as corrected_rule
    from decided_figures
),

received as (
    select
        corrected.row_source,
        corrected.file_sha256,
        corrected.period_key,
        corrected.sheet_row_number,
        corrected.sheet_kind,
        corrected.index_code,
        corrected.report_year,
        corrected.province_key,
        corrected.province_code,
        corrected.province_printed,
        corrected.criterion_code,
        corrected.criterion_name,
        corrected.measure,
        corrected.basis,
        corrected.appraisal_round,
        corrected.variable_code,
        corrected.way,
        corrected.value_raw,
        coalesce(corrected.value_corrected, corrected.value_raw) as value_used,
        case
            when corrected.value_corrected is null then corrected.number_text
            else corrected.corrected_text
        end as number_text,
        case when corrected.value_corrected is null then corrected.rule_read else corrected.corrected_rule end
            as rule_read,
        case
            when corrected.value_corrected is null then corrected.value_read
            else {{ number_value('corrected.corrected_text', 'corrected.corrected_rule', 9) }}
        end as value_read,
        corrected.scale_raw,
        corrected.scale,
        corrected.standard_error_raw,
        corrected.standard_error_rule,
        corrected.standard_error,
        corrected.note,
        corrected.is_simulated,
        corrected.table_number,
        corrected.row_number,
        corrected.decided,
        corrected.decided_reason,
        corrected.decided_by,
        corrected.decided_at,
        documents.status = 'accepted' as is_accepted,
        documents.first_seen_at,
        -- A province cannot take a criterion out of its own total.
        marks.mark is not null and corrected.basis <> 'self' as is_not_applicable,
        marks.mark is not null as is_marked,
        coalesce(
            corrected.measure in ('current', 'previous', 'plan') or corrected.measure like 'variable_%', false
        ) as is_statistic
    from corrected
    inner join documents
        on corrected.file_sha256 = documents.file_sha256 and corrected.period_key = documents.period_key
    left join marks on lower(trim(coalesce(corrected.value_corrected, corrected.value_raw))) = marks.mark
),

-- How the statistics and variables of a file mark decimals, where one of them leaves no doubt.
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
        cast(sum(max_points) as decimal(24, 9)) as max_points,
        case when count(*) filter (where scored_by <> 'published') > 0 then 'mixed' else 'published' end as scored_by
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

-- A sheet of points may name any criterion, and its total; a survey names only those that surveys score.
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
    union all
    select
        'total' as way,
        '' as match_code,
        edition_years.report_year,
        edition_years.index_code,
        edition_years.edition_code,
        '' as criterion_code,
        edition_totals.max_points,
        false as is_leaf,
        edition_totals.scored_by
    from edition_years
    inner join edition_totals
        on
            edition_years.index_code = edition_totals.index_code
            and edition_years.edition_code = edition_totals.edition_code
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
    where scored_by <> 'published'
    union all
    select
        'official' as way,
        '' as match_code,
        settings.index_code as match_index,
        years.report_year,
        settings.index_code,
        edition_years.edition_code,
        cast(null as string) as criterion_code,
        cast(
            case when settings.total_unit = 'points' then edition_totals.max_points else 100 end as decimal(24, 9)
        ) as max_points
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
        addressed.appraisal_round,
        addressed.variable_code,
        addressed.way,
        addressed.value_raw,
        addressed.value_used,
        addressed.value,
        addressed.is_blank,
        addressed.is_not_applicable,
        addressed.is_statistic,
        addressed.number_rule,
        addressed.scale_raw,
        addressed.scale,
        addressed.standard_error_raw,
        addressed.standard_error_rule,
        addressed.standard_error,
        addressed.note,
        addressed.decided,
        addressed.decided_reason,
        addressed.decided_by,
        addressed.decided_at,
        places.max_points,
        places.index_code is not null as is_matched,
        addressed.is_accepted,
        addressed.first_seen_at,
        addressed.is_simulated,
        addressed.table_number,
        addressed.row_number
    from addressed
    left join places
        on
            addressed.way = places.way
            and addressed.report_year = places.report_year
            and addressed.match_code = places.match_code
            and addressed.match_index = places.match_index
),

final as (
    select
        *,
        case
            when not is_matched then null
            when decided = 'reject' then 'score_rejected'
            when is_blank or is_not_applicable then null
            when number_rule = 'undecidable' then 'statistic_undecidable'
            when number_rule = 'too_long' then 'number_too_long'
            when value is null then 'score_not_a_number'
            when measure = 'official_rank' and (value < 1 or value <> floor(value)) then 'official_out_of_range'
            when way = 'official' and measure <> 'official_rank' and (value < 0 or value > max_points)
                then 'official_out_of_range'
            when way = 'official' or is_statistic then null
            when way = 'total' and (value < 0 or value > max_points) then 'score_total_out_of_range'
            when way = 'total' then null
            when way = 'points' and (value < 0 or value > max_points) then 'score_' || basis || '_out_of_range'
            when way = 'points' then null
            when scale is null or scale <= 0 then 'survey_scale_unknown'
            when value < 0 or value > scale then 'survey_' || measure || '_out_of_range'
            when standard_error is null and standard_error_rule not in ('blank', 'dash')
                then 'survey_error_not_a_number'
            when standard_error < 0 or standard_error > scale then 'survey_error_out_of_range'
        end as finding_rule
    from placed
)

select * from final
