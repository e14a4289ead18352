-- One row per index, edition and criterion: its place in the tree, its maximum, and whether points are given to it.
-- A file replaces the seed of the same edition. An edition whose table is not known whole stands on another's and says
-- so: what is known of it itself (its areas) comes before what it borrows.
with edition_years as (
    select * from {{ ref('int_edition_years') }}
),

edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

mistakes as (
    select * from {{ ref('int_edition_mistakes') }}
),

score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

seed_criteria as (
    select * from {{ ref('criteria') }}
),

criterion_names as (
    select * from {{ ref('criterion_names') }}
),

editions as (
    select * from {{ ref('editions') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

-- Every edition once, with where its criteria stand; those of the seeds are there even in a year without figures.
used as (
    select distinct
        index_code,
        edition_code,
        criteria_edition_code,
        criteria_origin,
        file_sha256,
        declared_year,
        is_verified
    from edition_years
    union
    select
        editions.index_code,
        editions.edition_code,
        coalesce(editions.criteria_from, editions.edition_code) as criteria_edition_code,
        'seed' as criteria_origin,
        cast(null as string) as file_sha256,
        cast(null as integer) as declared_year,
        editions.is_verified
    from editions
),

ranked as (
    select
        *,
        row_number() over (
            partition by index_code, edition_code
            order by
                case criteria_origin when 'file' then 1 when 'seed' then 2 else 3 end,
                file_sha256, declared_year
        ) as place
    from used
),

filed as (
    select
        index_code,
        edition_code,
        file_sha256
    from ranked
    where place = 1 and criteria_origin = 'file'
),

-- A stand-in takes the table of the edition it stands on, from the file that replaced that, if one did.
placed as (
    select
        ranked.index_code,
        ranked.edition_code,
        ranked.criteria_edition_code,
        case
            when ranked.criteria_origin = 'seed' and filed.file_sha256 is not null then 'file'
            else ranked.criteria_origin
        end as criteria_origin,
        coalesce(ranked.file_sha256, case when ranked.criteria_origin = 'seed' then filed.file_sha256 end)
            as file_sha256,
        ranked.declared_year,
        ranked.is_verified
    from ranked
    left join filed
        on ranked.index_code = filed.index_code and ranked.criteria_edition_code = filed.edition_code
    where ranked.place = 1
),

-- A table that names its parts in English alone is shown under their Vietnamese names where those are known.
stated as (
    select
        score_rows.index_code,
        score_rows.report_year,
        score_rows.criterion_code,
        max(score_rows.parent_code) as parent_code,
        coalesce(
            max(score_rows.criterion_name), max(criterion_names.criterion_name), max(score_rows.criterion_name_en)
        ) as criterion_name,
        max(score_rows.criterion_name_en) as criterion_name_en
    from score_rows
    left join criterion_names
        on
            score_rows.index_code = criterion_names.index_code
            and score_rows.criterion_name_en = criterion_names.criterion_name_en
    where score_rows.measure = 'published' and score_rows.criterion_code is not null
    group by score_rows.index_code, score_rows.report_year, score_rows.criterion_code
),

seed_choices as (
    select
        placed.index_code,
        placed.edition_code,
        placed.criteria_edition_code,
        placed.criteria_origin,
        placed.file_sha256,
        placed.is_verified as is_edition_verified,
        seed_criteria.criterion_code,
        coalesce(seed_criteria.parent_code, '') as parent_code,
        seed_criteria.criterion_name,
        seed_criteria.criterion_name_en,
        seed_criteria.max_points as max_points_stated,
        seed_criteria.scored_by,
        case when placed.edition_code = seed_criteria.edition_code then seed_criteria.provenance else 'assigned' end
            as provenance,
        seed_criteria.is_verified and placed.edition_code = seed_criteria.edition_code as is_verified,
        seed_criteria.source,
        row_number() over (
            partition by placed.index_code, placed.edition_code, seed_criteria.criterion_code
            order by case when placed.edition_code = seed_criteria.edition_code then 0 else 1 end
        ) as choice
    from placed
    inner join seed_criteria
        on
            placed.index_code = seed_criteria.index_code
            and seed_criteria.edition_code in (placed.edition_code, placed.criteria_edition_code)
    where placed.criteria_origin = 'seed'
),

without_maximum as (
    select distinct
        file_sha256,
        criterion_code
    from mistakes
    where column_name = 'max_points'
),

-- The variants of a rule repeat their criterion.
edition_criteria as (
    select
        edition_rows.*,
        case when without_maximum.criterion_code is null then edition_rows.max_points end as usable_max_points,
        row_number() over (
            partition by edition_rows.file_sha256, edition_rows.criterion_code
            order by edition_rows.variant, edition_rows.sheet_row_number
        ) as choice
    from edition_rows
    left join without_maximum
        on
            edition_rows.file_sha256 = without_maximum.file_sha256
            and edition_rows.criterion_code = without_maximum.criterion_code
),

listed as (
    select
        index_code,
        edition_code,
        criteria_edition_code,
        criteria_origin,
        file_sha256,
        is_edition_verified,
        criterion_code,
        parent_code,
        criterion_name,
        criterion_name_en,
        max_points_stated,
        scored_by,
        provenance,
        is_verified,
        source
    from seed_choices
    where choice = 1
    union all
    select
        placed.index_code,
        placed.edition_code,
        placed.criteria_edition_code,
        placed.criteria_origin,
        placed.file_sha256,
        placed.is_verified as is_edition_verified,
        edition_criteria.criterion_code,
        edition_criteria.parent_code,
        edition_criteria.criterion_name,
        edition_criteria.criterion_name_en,
        edition_criteria.usable_max_points as max_points_stated,
        edition_criteria.scored_by,
        case
            when placed.edition_code <> placed.criteria_edition_code then 'assigned'
            when placed.is_verified then 'verified' else 'file'
        end as provenance,
        placed.is_verified and placed.edition_code = placed.criteria_edition_code as is_verified,
        coalesce(edition_criteria.source, 'tệp bộ tiêu chí') as source
    from placed
    inner join edition_criteria
        on
            placed.file_sha256 = edition_criteria.file_sha256
            and placed.index_code = edition_criteria.index_code
            and placed.criteria_edition_code = edition_criteria.edition_code
            and edition_criteria.choice = 1
    where placed.criteria_origin = 'file'
    union all
    select
        placed.index_code,
        placed.edition_code,
        placed.criteria_edition_code,
        placed.criteria_origin,
        placed.file_sha256,
        placed.is_verified as is_edition_verified,
        stated.criterion_code,
        stated.parent_code,
        stated.criterion_name,
        stated.criterion_name_en,
        cast(null as decimal(24, 9)) as max_points_stated,
        'published' as scored_by,
        'stated' as provenance,
        false as is_verified,
        'tệp điểm của năm ' || cast(stated.report_year as string) as source
    from placed
    inner join stated on placed.index_code = stated.index_code and placed.declared_year = stated.report_year
    where placed.criteria_origin = 'stated'
),

parents as (
    select distinct
        index_code,
        edition_code,
        parent_code
    from listed
),

-- Up to four levels above a criterion; a code of which no parent is listed is an area.
climbed as (
    select
        listed.*,
        parents.parent_code is null as is_leaf,
        coalesce(above_3.criterion_code, above_2.criterion_code, above_1.criterion_code, listed.criterion_code)
            as area_code,
        1 + case when above_1.criterion_code is null then 0 else 1 end
        + case when above_2.criterion_code is null then 0 else 1 end
        + case when above_3.criterion_code is null then 0 else 1 end as depth,
        above_1.criterion_code as parent_1,
        above_2.criterion_code as parent_2,
        above_3.criterion_code as parent_3
    from listed
    left join parents
        on
            listed.index_code = parents.index_code
            and listed.edition_code = parents.edition_code
            and listed.criterion_code = parents.parent_code
    left join listed as above_1
        on
            listed.index_code = above_1.index_code
            and listed.edition_code = above_1.edition_code
            and listed.parent_code = above_1.criterion_code
    left join listed as above_2
        on
            above_1.index_code = above_2.index_code
            and above_1.edition_code = above_2.edition_code
            and above_1.parent_code = above_2.criterion_code
    left join listed as above_3
        on
            above_2.index_code = above_3.index_code
            and above_2.edition_code = above_3.edition_code
            and above_2.parent_code = above_3.criterion_code
),

area_leaves as (
    select
        index_code,
        edition_code,
        area_code,
        count(*) as leaves
    from climbed
    where is_leaf
    group by index_code, edition_code, area_code
),

-- Whose maximum the file leaves open is no criterion: nobody gets points on it, and it is in nobody's total.
leaves as (
    select
        climbed.index_code,
        climbed.edition_code,
        climbed.criterion_code,
        climbed.parent_1,
        climbed.parent_2,
        climbed.parent_3,
        coalesce(
            climbed.max_points_stated,
            cast(cast(settings.area_max_points as double) / area_leaves.leaves as decimal(24, 9))
        ) as max_points
    from climbed
    inner join area_leaves
        on
            climbed.index_code = area_leaves.index_code
            and climbed.edition_code = area_leaves.edition_code
            and climbed.area_code = area_leaves.area_code
    inner join settings on climbed.index_code = settings.index_code
    where climbed.is_leaf and (climbed.criteria_origin <> 'file' or climbed.max_points_stated is not null)
),

below as (
    select
        climbed.index_code,
        climbed.edition_code,
        climbed.criterion_code,
        sum(leaves.max_points) as max_points
    from climbed
    inner join leaves
        on
            climbed.index_code = leaves.index_code
            and climbed.edition_code = leaves.edition_code
            and climbed.criterion_code in (leaves.criterion_code, leaves.parent_1, leaves.parent_2, leaves.parent_3)
    group by climbed.index_code, climbed.edition_code, climbed.criterion_code
),

final as (
    select
        climbed.index_code,
        climbed.edition_code,
        climbed.criterion_code,
        climbed.parent_code,
        climbed.area_code,
        climbed.depth,
        ' ' || coalesce(climbed.parent_1, '') || ' ' || coalesce(climbed.parent_2, '') || ' '
        || coalesce(climbed.parent_3, '') || ' ' as parents,
        case climbed.depth when 1 then 'area' when 2 then 'criterion' else 'subcriterion' end as level,
        climbed.is_leaf,
        climbed.criterion_name,
        climbed.criterion_name_en,
        climbed.max_points_stated,
        cast(below.max_points as decimal(24, 9)) as max_points,
        climbed.scored_by,
        climbed.criteria_edition_code,
        climbed.criteria_origin,
        climbed.file_sha256,
        climbed.provenance,
        climbed.is_verified,
        climbed.is_edition_verified,
        climbed.source
    from climbed
    inner join below
        on
            climbed.index_code = below.index_code
            and climbed.edition_code = below.edition_code
            and climbed.criterion_code = below.criterion_code
)

select * from final
