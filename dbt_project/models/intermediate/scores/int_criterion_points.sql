-- One row per index, year, province, criterion and basis: the points that count on that basis, with their explanation.
--
-- The first basis on which something was given governs. Where what was given is impossible, the criterion is not
-- covered: nothing below it takes its place. Else a slip in the ministry's sheet would let a province's own claim
-- count, and an impossible figure in a report would spare the province the rule; neither must ever pay.
with edition_years as (
    select * from {{ ref('int_edition_years') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

score_rows as (
    select * from {{ ref('int_score_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

rule_points as (
    select * from {{ ref('int_rule_points') }}
),

periods as (
    select * from {{ ref('periods') }}
),

finding_rules as (
    select * from {{ ref('finding_rules') }}
),

indicator_documents as (
    select
        documents.province_key,
        periods.report_year,
        max(case when {{ has_flag('documents.flags', 'simulated') }} then 1 else 0 end) = 1 as is_simulated
    from documents
    inner join periods on documents.period_found = periods.period_key
    where documents.status = 'accepted' and periods.period_kind = 'FY'
    group by documents.province_key, periods.report_year
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
        cast(case
            when score_rows.decision = 'refused' then null
            when score_rows.basis = 'survey'
                then
                    cast(score_rows.value * score_rows.max_points as decimal(38, 12)) / score_rows.scale
            else score_rows.value
        end as decimal(24, 9)) as points,
        case when score_rows.decision = 'refused' then 'refused' when score_rows.is_blank then 'blank' else 'given' end
            as status,
        score_rows.note,
        case
            when score_rows.decision = 'refused'
                then
                    'không cho điểm, vì: '
                    || {{ finding_sentence(
                        'finding_rules.message_vi', 'score_rows.expected', 'score_rows.found',
                        'score_rows.criterion_code'
                    ) }}
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
        score_rows.is_simulated,
        score_rows.file_sha256,
        score_rows.table_row
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
        rule_points.points,
        rule_points.status,
        cast(null as string) as note,
        rule_points.explanation_vi,
        rule_points.explanation_en,
        coalesce(indicator_documents.is_simulated, false) as is_simulated,
        cast(null as string) as file_sha256,
        cast(null as integer) as table_row
    from rule_points
    left join indicator_documents
        on
            rule_points.province_key = indicator_documents.province_key
            and rule_points.report_year = indicator_documents.report_year
),

every_point as (
    select * from given_points
    union all
    select * from computed_points
),

preferred as (
    select
        every_point.*,
        strpos(edition_years.bases, every_point.basis) as preference
    from every_point
    inner join edition_years
        on every_point.index_code = edition_years.index_code and every_point.report_year = edition_years.report_year
),

-- A blank is nothing given; a basis that the index does not know comes after all others.
ordered as (
    select
        *,
        row_number() over (
            partition by index_code, report_year, province_key, criterion_code
            order by
                case when status = 'blank' then 1 else 0 end,
                case when preference = 0 then 999 else preference end
        ) as place
    from preferred
),

final as (
    select
        ordered.index_code,
        ordered.edition_code,
        ordered.report_year,
        ordered.province_key,
        ordered.criterion_code,
        ordered.basis,
        ordered.points,
        ordered.status,
        year_criteria.max_points,
        year_criteria.is_leaf,
        year_criteria.area_code,
        ordered.note,
        case
            when ordered.basis = 'survey' and ordered.status = 'given'
                then ordered.explanation_vi || ' = ' || {{ decimal_vi('ordered.points', 2) }}
            when ordered.explanation_vi is not null then ordered.explanation_vi
            when ordered.basis = 'self'
                then
                    'tỉnh tự chấm '
                    || {{ short_vi('ordered.points') }}
                    || '/'
                    || {{ short_vi('year_criteria.max_points') }}
            when ordered.basis = 'verified'
                then
                    'thẩm định '
                    || {{ short_vi('ordered.points') }}
                    || '/'
                    || {{ short_vi('year_criteria.max_points') }}
            else 'công bố ' || {{ short_vi('ordered.points') }}
        end as explanation_vi,
        case
            when ordered.basis = 'survey' and ordered.status = 'given'
                then ordered.explanation_en || ' = ' || {{ decimal_en('ordered.points', 2) }}
            when ordered.explanation_en is not null then ordered.explanation_en
            when ordered.basis = 'self'
                then 'claimed ' || {{ short_en('ordered.points') }} || '/' || {{ short_en('year_criteria.max_points') }}
            when ordered.basis = 'verified'
                then
                    'accepted ' || {{ short_en('ordered.points') }} || '/' || {{ short_en('year_criteria.max_points') }}
            else 'published ' || {{ short_en('ordered.points') }}
        end as explanation_en,
        ordered.is_simulated,
        ordered.file_sha256,
        ordered.table_row,
        year_criteria.is_leaf
        and ordered.status = 'given'
        and ordered.preference > 0
        and ordered.place = 1 as is_used
    from ordered
    inner join year_criteria
        on
            ordered.index_code = year_criteria.index_code
            and ordered.report_year = year_criteria.report_year
            and ordered.criterion_code = year_criteria.criterion_code
)

select * from final
