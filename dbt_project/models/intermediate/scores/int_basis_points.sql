-- One row per index, year, province, criterion and basis on which something was sent, be it a blank: the points of that
-- basis, with their explanation. Which basis counts is decided after it (int_criterion_points).
with edition_years as (
    select * from {{ ref('int_edition_years') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

score_rows as (
    select * from {{ ref('int_score_rows') }}
),

rule_points as (
    select * from {{ ref('int_rule_explanations') }}
),

finding_rules as (
    select * from {{ ref('finding_rules') }}
),

year_criteria as (
    select
        edition_years.report_year,
        criteria.*
    from edition_years
    inner join criteria
        on edition_years.index_code = criteria.index_code and edition_years.edition_code = criteria.edition_code
),

-- The figure of each basis that counts, be it refused.
given_points as (
    select
        score_rows.index_code,
        score_rows.edition_code,
        score_rows.report_year,
        score_rows.province_key,
        score_rows.criterion_code,
        score_rows.basis,
        score_rows.appraisal_round,
        cast(case
            when score_rows.decision = 'refused' or score_rows.is_not_applicable then null
            when score_rows.basis = 'survey'
                then
                    cast(score_rows.value as double) * cast(score_rows.max_points as double) / score_rows.scale
            else score_rows.value
        end as decimal(24, 9)) as points,
        case
            when score_rows.decision = 'refused' then 'refused'
            when score_rows.is_not_applicable then 'does_not_apply'
            when score_rows.is_blank then 'blank'
            else 'given'
        end as status,
        score_rows.note,
        case
            when score_rows.decision = 'refused'
                then
                    'không cho điểm, vì: '
                    || {{ finding_sentence(
                        'finding_rules.message_vi', 'score_rows.expected', 'score_rows.found',
                        'score_rows.criterion_code'
                    ) }}
            when score_rows.is_not_applicable then 'không đánh giá: tiêu chí không áp dụng cho tỉnh'
            when score_rows.basis <> 'survey' then null
            when score_rows.sheet_kind = 'sipas'
                then
                    {{ decimal_vi('score_rows.value', 2) }}
                    || ' % × '
                    || {{ short_vi('score_rows.max_points') }}
                    || '/100'
            else
                'trung bình ' || {{ short_vi('score_rows.value') }} || '/' || {{ short_vi('score_rows.scale') }}
                || ' × ' || {{ decimal_vi('score_rows.max_points', 2) }}
        end as explanation_vi,
        case
            when score_rows.decision = 'refused'
                then
                    'not given, because: '
                    || {{ finding_sentence(
                        'finding_rules.message_en', 'score_rows.expected', 'score_rows.found',
                        'score_rows.criterion_code'
                    ) }}
            when score_rows.is_not_applicable then 'not assessed: the criterion does not apply to the province'
            when score_rows.basis <> 'survey' then null
            when score_rows.sheet_kind = 'sipas'
                then
                    {{ decimal_en('score_rows.value', 2) }}
                    || '% × '
                    || {{ short_en('score_rows.max_points') }}
                    || '/100'
            else
                'mean ' || {{ short_en('score_rows.value') }} || '/' || {{ short_en('score_rows.scale') }}
                || ' × ' || {{ decimal_en('score_rows.max_points', 2) }}
        end as explanation_en,
        case
            when score_rows.is_corrected
                then
                    ' (in «' || coalesce(score_rows.value_raw, '') || '», sửa: ' || score_rows.decided_reason || ', '
                    || score_rows.decided_by || ')'
        end as correction_vi,
        case
            when score_rows.is_corrected
                then
                    ' (printed «' || coalesce(score_rows.value_raw, '') || '», corrected: '
                    || score_rows.decided_reason || ', ' || score_rows.decided_by || ')'
        end as correction_en,
        score_rows.is_simulated,
        score_rows.file_sha256,
        score_rows.row_number
    from score_rows
    left join finding_rules on score_rows.decision_reason = finding_rules.rule
    where
        score_rows.decision in ('used', 'refused')
        and score_rows.basis in ('self', 'verified', 'survey', 'published')
),

computed_points as (
    select
        rule_points.index_code,
        rule_points.edition_code,
        rule_points.report_year,
        rule_points.province_key,
        rule_points.criterion_code,
        'computed' as basis,
        cast(null as integer) as appraisal_round,
        rule_points.points,
        rule_points.status,
        cast(null as string) as note,
        rule_points.explanation_vi,
        rule_points.explanation_en,
        cast(null as string) as correction_vi,
        cast(null as string) as correction_en,
        rule_points.is_simulated,
        cast(null as string) as file_sha256,
        cast(null as integer) as row_number
    from rule_points
),

every_point as (
    select * from given_points
    union all
    select * from computed_points
),

-- Something real is known of these: what is made up does not stand beside it.
real_figures as (
    select distinct
        index_code,
        report_year,
        province_key
    from every_point
    where not is_simulated and status <> 'blank'
),

final as (
    select
        every_point.index_code,
        every_point.edition_code,
        every_point.report_year,
        every_point.province_key,
        every_point.criterion_code,
        every_point.basis,
        every_point.appraisal_round,
        every_point.points,
        every_point.status,
        year_criteria.max_points,
        year_criteria.is_leaf,
        year_criteria.area_code,
        every_point.note,
        case
            when every_point.basis = 'survey' and every_point.status = 'given'
                then every_point.explanation_vi || ' = ' || {{ decimal_vi('every_point.points', 2) }}
            when every_point.explanation_vi is not null then every_point.explanation_vi
            when every_point.basis = 'self'
                then
                    'tỉnh tự chấm '
                    || {{ short_vi('every_point.points') }}
                    || '/'
                    || {{ short_vi('year_criteria.max_points') }}
            when every_point.basis = 'verified'
                then
                    'thẩm định '
                    || coalesce('lần ' || cast(every_point.appraisal_round as string) || ' ', '')
                    || {{ short_vi('every_point.points') }}
                    || '/'
                    || {{ short_vi('year_criteria.max_points') }}
            else 'công bố ' || {{ short_vi('every_point.points') }}
        end || coalesce(every_point.correction_vi, '') as explanation_vi,
        case
            when every_point.basis = 'survey' and every_point.status = 'given'
                then every_point.explanation_en || ' = ' || {{ decimal_en('every_point.points', 2) }}
            when every_point.explanation_en is not null then every_point.explanation_en
            when every_point.basis = 'self'
                then
                    'claimed '
                    || {{ short_en('every_point.points') }}
                    || '/'
                    || {{ short_en('year_criteria.max_points') }}
            when every_point.basis = 'verified'
                then
                    'accepted '
                    || coalesce('in round ' || cast(every_point.appraisal_round as string) || ' ', '')
                    || {{ short_en('every_point.points') }}
                    || '/'
                    || {{ short_en('year_criteria.max_points') }}
            else 'published ' || {{ short_en('every_point.points') }}
        end || coalesce(every_point.correction_en, '') as explanation_en,
        every_point.is_simulated,
        every_point.file_sha256,
        every_point.row_number
    from every_point
    inner join year_criteria
        on
            every_point.index_code = year_criteria.index_code
            and every_point.report_year = year_criteria.report_year
            and every_point.criterion_code = year_criteria.criterion_code
    left join real_figures
        on
            every_point.index_code = real_figures.index_code
            and every_point.report_year = real_figures.report_year
            and every_point.province_key = real_figures.province_key
    where not every_point.is_simulated or real_figures.province_key is null
)

select * from final
