-- One row per index and year with figures: the edition that governs it, where its criteria come from, and its settings.
-- A file of the ministry comes before the seed; a year that neither covers takes the criteria of its own score file,
-- and belongs to the newest earlier edition of the same structure, if there is one.
with score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

survey_rows as (
    select * from {{ ref('stg_survey_rows') }}
),

edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

periods as (
    select * from {{ ref('periods') }}
),

indicator_values as (
    select * from {{ ref('fct_indicator_value') }}
),

editions as (
    select * from {{ ref('editions') }}
),

criteria as (
    select * from {{ ref('criteria') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

years_with_figures as (
    select report_year from score_rows
    union
    select report_year from survey_rows
    union
    select periods.report_year
    from indicator_values
    inner join periods on indicator_values.period_key = periods.period_key
    where periods.period_kind = 'FY'
),

file_editions as (
    select
        edition_rows.index_code,
        edition_rows.edition_code,
        edition_rows.file_sha256,
        max(documents.first_seen_at) as first_seen_at,
        max(coalesce(edition_rows.first_year, editions.first_year)) as first_year,
        max(coalesce(edition_rows.last_year, editions.last_year)) as last_year,
        max(coalesce(edition_rows.decision, editions.decision)) as decision,
        min(case when edition_rows.is_verified then 1 else 0 end) = 1 as is_verified
    from edition_rows
    inner join documents
        on
            edition_rows.file_sha256 = documents.file_sha256
            and edition_rows.period_key = documents.period_key
            and documents.status = 'accepted'
    left join editions
        on edition_rows.index_code = editions.index_code and edition_rows.edition_code = editions.edition_code
    group by edition_rows.index_code, edition_rows.edition_code, edition_rows.file_sha256
),

covered as (
    select
        file_editions.index_code,
        years_with_figures.report_year,
        file_editions.edition_code,
        file_editions.edition_code as criteria_edition_code,
        'file' as criteria_origin,
        file_editions.file_sha256,
        cast(null as integer) as declared_year,
        file_editions.decision,
        file_editions.is_verified,
        row_number() over (
            partition by file_editions.index_code, years_with_figures.report_year
            order by file_editions.first_seen_at desc, file_editions.file_sha256 asc
        ) as choice
    from file_editions
    inner join years_with_figures
        on
            file_editions.first_year <= years_with_figures.report_year
            and coalesce(file_editions.last_year, 9999) >= years_with_figures.report_year
    union all
    select
        editions.index_code,
        years_with_figures.report_year,
        editions.edition_code,
        coalesce(editions.criteria_from, editions.edition_code) as criteria_edition_code,
        'seed' as criteria_origin,
        cast(null as string) as file_sha256,
        cast(null as integer) as declared_year,
        editions.decision,
        editions.is_verified,
        1000 as choice
    from editions
    inner join years_with_figures
        on
            editions.first_year <= years_with_figures.report_year
            and coalesce(editions.last_year, 9999) >= years_with_figures.report_year
),

-- The structure that a year's own score file states: codes under their parents, with their names.
stated as (
    select
        index_code,
        report_year,
        criterion_code,
        max(parent_code) as parent_code,
        lower(trim(max(coalesce(criterion_name_en, criterion_name, '')))) as name
    from score_rows
    where measure = 'published' and index_code is not null and criterion_code is not null
    group by index_code, report_year, criterion_code
),

structures as (
    select
        index_code,
        cast(report_year as string) as edition_code,
        report_year as structure_year,
        report_year as declared_year,
        criterion_code,
        parent_code,
        name
    from stated
    union all
    select
        criteria.index_code,
        criteria.edition_code,
        editions.first_year as structure_year,
        cast(null as integer) as declared_year,
        criteria.criterion_code,
        coalesce(criteria.parent_code, '') as parent_code,
        lower(trim(coalesce(criteria.criterion_name_en, criteria.criterion_name, ''))) as name
    from criteria
    inner join editions
        on criteria.index_code = editions.index_code and criteria.edition_code = editions.edition_code
),

structure_sizes as (
    select
        index_code,
        edition_code,
        declared_year,
        count(*) as criteria
    from structures
    group by index_code, edition_code, declared_year
),

stated_sizes as (
    select
        index_code,
        report_year,
        count(*) as criteria
    from stated
    group by index_code, report_year
),

alike as (
    select
        stated.index_code,
        stated.report_year,
        structures.edition_code,
        structures.structure_year,
        structures.declared_year,
        count(*) as shared
    from stated
    inner join structures
        on
            stated.index_code = structures.index_code
            and stated.criterion_code = structures.criterion_code
            and stated.parent_code = structures.parent_code
            and stated.name = structures.name
            and stated.report_year >= structures.structure_year
    group by
        stated.index_code, stated.report_year, structures.edition_code, structures.structure_year,
        structures.declared_year
),

own as (
    select
        alike.index_code,
        alike.report_year,
        alike.edition_code,
        alike.edition_code as criteria_edition_code,
        case when alike.declared_year is null then 'seed' else 'stated' end as criteria_origin,
        cast(null as string) as file_sha256,
        alike.declared_year,
        'theo tệp điểm của năm ' || cast(alike.report_year as string) as decision,
        false as is_verified,
        2000 + row_number() over (
            partition by alike.index_code, alike.report_year order by alike.structure_year, alike.edition_code
        ) as choice
    from alike
    inner join stated_sizes
        on
            alike.index_code = stated_sizes.index_code
            and alike.report_year = stated_sizes.report_year
            and alike.shared = stated_sizes.criteria
    inner join structure_sizes
        on
            alike.index_code = structure_sizes.index_code
            and alike.edition_code = structure_sizes.edition_code
            and alike.declared_year is not distinct from structure_sizes.declared_year
            and alike.shared = structure_sizes.criteria
),

chosen as (
    select
        *,
        row_number() over (partition by index_code, report_year order by choice, edition_code) as place
    from (
        select * from covered
        union all
        select * from own
    ) as candidates
),

final as (
    select
        chosen.index_code,
        chosen.report_year,
        chosen.edition_code,
        chosen.criteria_edition_code,
        chosen.criteria_origin,
        chosen.file_sha256,
        chosen.declared_year,
        chosen.decision,
        chosen.is_verified,
        chosen.edition_code <> chosen.criteria_edition_code as is_stand_in,
        settings.tie_rule,
        settings.bases,
        settings.min_coverage_pct,
        settings.not_given_counts,
        settings.area_max_points,
        settings.total_unit
    from chosen
    inner join settings on chosen.index_code = settings.index_code
    where chosen.place = 1
)

select * from final
