-- One row per index, year, province, criterion and basis: the points that count on that basis, with their explanation.
-- Of several files the one received last counts.
with edition_years as (
    select * from {{ ref('int_edition_years') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

survey_rows as (
    select * from {{ ref('stg_survey_rows') }}
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

sheet_points as (
    select
        year_criteria.index_code,
        year_criteria.edition_code,
        score_rows.report_year,
        score_rows.province_key,
        year_criteria.criterion_code,
        case score_rows.measure when 'points' then 'verified' else score_rows.measure end as basis,
        score_rows.value as points,
        score_rows.note,
        cast(null as string) as explanation_vi,
        cast(null as string) as explanation_en,
        score_rows.is_simulated,
        score_rows.file_sha256,
        score_rows.table_row,
        documents.first_seen_at,
        score_rows.sheet_row_number
    from score_rows
    inner join documents
        on score_rows.file_sha256 = documents.file_sha256 and score_rows.period_key = documents.period_key
    inner join year_criteria
        on
            score_rows.report_year = year_criteria.report_year
            and score_rows.criterion_code = year_criteria.criterion_code
            and (
                score_rows.index_code = year_criteria.index_code
                or (score_rows.index_code is null and year_criteria.scored_by <> 'published')
            )
    where
        score_rows.measure in ('self', 'verified', 'points', 'published')
        and score_rows.province_key is not null
        and documents.status = 'accepted'
),

survey_points as (
    select
        year_criteria.index_code,
        year_criteria.edition_code,
        survey_rows.report_year,
        survey_rows.province_key,
        year_criteria.criterion_code,
        'survey' as basis,
        cast(case
            when survey_rows.sheet_kind = 'sipas'
                then cast(survey_rows.score * year_criteria.max_points as decimal(30, 12)) / 100
            when survey_rows.scale > 0
                then cast(survey_rows.score * year_criteria.max_points as decimal(30, 12)) / survey_rows.scale
        end as decimal(24, 9)) as points,
        cast(null as string) as note,
        case
            when survey_rows.sheet_kind = 'sipas'
                then
                    {{ decimal_vi('survey_rows.score', 2) }}
                    || ' % × '
                    || {{ short_vi('year_criteria.max_points') }}
                    || '/100'
            else
                'trung bình ' || {{ short_vi('survey_rows.score') }} || '/' || {{ short_vi('survey_rows.scale') }}
                || ' × ' || {{ decimal_vi('year_criteria.max_points', 2) }}
        end as explanation_vi,
        case
            when survey_rows.sheet_kind = 'sipas'
                then
                    {{ decimal_en('survey_rows.score', 2) }}
                    || '% × '
                    || {{ short_en('year_criteria.max_points') }}
                    || '/100'
            else
                'mean ' || {{ short_en('survey_rows.score') }} || '/' || {{ short_en('survey_rows.scale') }}
                || ' × ' || {{ decimal_en('year_criteria.max_points', 2) }}
        end as explanation_en,
        survey_rows.is_simulated,
        survey_rows.file_sha256,
        survey_rows.table_row,
        documents.first_seen_at,
        survey_rows.sheet_row_number
    from survey_rows
    inner join documents
        on survey_rows.file_sha256 = documents.file_sha256 and survey_rows.period_key = documents.period_key
    inner join year_criteria
        on
            survey_rows.report_year = year_criteria.report_year
            and coalesce(survey_rows.index_code, year_criteria.index_code) = year_criteria.index_code
            and (
                (survey_rows.sheet_kind = 'sipas' and year_criteria.scored_by = 'sipas')
                or (
                    survey_rows.sheet_kind = 'leadership'
                    and survey_rows.criterion_code = year_criteria.criterion_code
                    and year_criteria.scored_by in ('survey', 'mixed')
                )
            )
    where survey_rows.province_key is not null and documents.status = 'accepted' and year_criteria.is_leaf
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
        cast(null as string) as note,
        rule_points.explanation_vi,
        rule_points.explanation_en,
        coalesce(indicator_documents.is_simulated, false) as is_simulated,
        cast(null as string) as file_sha256,
        cast(null as integer) as table_row,
        cast(null as timestamp) as first_seen_at,
        1 as sheet_row_number
    from rule_points
    left join indicator_documents
        on
            rule_points.province_key = indicator_documents.province_key
            and rule_points.report_year = indicator_documents.report_year
),

every_point as (
    select * from sheet_points
    union all
    select * from survey_points
    union all
    select * from computed_points
),

ordered as (
    select
        *,
        row_number() over (
            partition by index_code, report_year, province_key, criterion_code, basis
            order by
                case when first_seen_at is null then 1 else 0 end,
                first_seen_at desc,
                file_sha256 asc,
                sheet_row_number desc
        ) as recency
    from every_point
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
        year_criteria.max_points,
        year_criteria.is_leaf,
        year_criteria.area_code,
        ordered.note,
        case
            when ordered.basis = 'survey' then ordered.explanation_vi || ' = ' || {{ decimal_vi('ordered.points', 2) }}
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
            when ordered.basis = 'survey' then ordered.explanation_en || ' = ' || {{ decimal_en('ordered.points', 2) }}
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
        case
            when year_criteria.is_leaf and ordered.points is not null
                then row_number() over (
                    partition by
                        ordered.index_code, ordered.report_year, ordered.province_key, ordered.criterion_code,
                        ordered.points is null
                    order by
                        case
                            when strpos(edition_years.bases, ordered.basis) = 0 then 999
                            else strpos(edition_years.bases, ordered.basis)
                        end
                ) = 1 and strpos(edition_years.bases, ordered.basis) > 0
            else false
        end as is_used
    from ordered
    inner join year_criteria
        on
            ordered.index_code = year_criteria.index_code
            and ordered.report_year = year_criteria.report_year
            and ordered.criterion_code = year_criteria.criterion_code
    inner join edition_years
        on ordered.index_code = edition_years.index_code and ordered.report_year = edition_years.report_year
    where ordered.recency = 1
)

select * from final
