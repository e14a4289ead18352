-- One row per index and year whose own score file states its criteria: the oldest edition that has the same codes under
-- the same parents with the same names, be it of a seed or of a year's score file; at the latest it is the year's own.
with score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

editions as (
    select * from {{ ref('editions') }}
),

criteria as (
    select * from {{ ref('criteria') }}
),

stated as (
    select
        index_code,
        report_year,
        criterion_code,
        coalesce(max(parent_code), '') as parent_code,
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

placed as (
    select
        alike.*,
        row_number() over (
            partition by alike.index_code, alike.report_year
            order by
                alike.structure_year, alike.edition_code, case when alike.declared_year is null then 1 else 0 end,
                alike.declared_year
        ) as place
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

final as (
    select
        index_code,
        report_year,
        edition_code,
        declared_year
    from placed
    where place = 1
)

select * from final
