-- One row per index and year with published totals: how near the computed ranking comes to the announced one.
with comparison as (
    select * from {{ ref('mart_official_comparison') }}
),

area_ranking as (
    select * from {{ ref('mart_area_ranking') }}
),

scores as (
    select * from {{ ref('fct_criterion_score') }}
),

pairs as (
    select
        index_code,
        report_year,
        province_key,
        computed_difference,
        computed_rank,
        coalesce(official_rank, official_score_rank) as official_place
    from comparison
    where computed_rank is not null and coalesce(official_rank, official_score_rank) is not null
),

-- Equal places share the mean of the places they take.
placed as (
    select
        *,
        rank() over (partition by index_code, report_year order by computed_rank)
        + cast(count(*) over (partition by index_code, report_year, computed_rank) - 1 as double) / 2 as computed_place,
        rank() over (partition by index_code, report_year order by official_place)
        + cast(count(*) over (partition by index_code, report_year, official_place) - 1 as double)
        / 2 as announced_place
    from pairs
),

agreement as (
    select
        index_code,
        report_year,
        count(*) as provinces_ranked,
        corr(computed_place, announced_place) as spearman,
        count(*) filter (where computed_rank = official_place) as ranks_equal
    from placed
    group by index_code, report_year
),

totals as (
    select
        index_code,
        report_year,
        count(*) as provinces_published,
        count(computed_difference) as provinces_compared,
        avg(abs(computed_difference)) as mean_absolute_difference,
        max(abs(computed_difference)) as greatest_difference,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from comparison
    group by index_code, report_year
),

areas as (
    select
        area_ranking.index_code,
        area_ranking.report_year,
        count(*) as areas_compared,
        max(abs(area_ranking.points - scores.points)) as greatest_area_difference
    from area_ranking
    inner join scores
        on
            area_ranking.index_code = scores.index_code
            and area_ranking.report_year = scores.report_year
            and area_ranking.province_key = scores.province_key
            and area_ranking.area_code = scores.criterion_code
            and scores.basis = 'published'
            and not scores.is_leaf
    where area_ranking.points is not null and scores.points is not null
    group by area_ranking.index_code, area_ranking.report_year
),

final as (
    select
        cast(totals.index_code as string) as index_code,
        cast(totals.report_year as integer) as report_year,
        cast(totals.provinces_published as integer) as provinces_published,
        cast(totals.provinces_compared as integer) as provinces_compared,
        cast(totals.mean_absolute_difference as decimal(18, 9)) as mean_absolute_difference,
        cast(totals.greatest_difference as decimal(18, 9)) as greatest_difference,
        cast(agreement.provinces_ranked as integer) as provinces_ranked,
        cast(agreement.ranks_equal as integer) as ranks_equal,
        cast(case when not isnan(agreement.spearman) then agreement.spearman end as decimal(18, 9)) as spearman,
        cast(areas.areas_compared as integer) as areas_compared,
        cast(areas.greatest_area_difference as decimal(18, 9)) as greatest_area_difference,
        cast(totals.is_simulated as boolean) as is_simulated
    from totals
    left join agreement
        on totals.index_code = agreement.index_code and totals.report_year = agreement.report_year
    left join areas on totals.index_code = areas.index_code and totals.report_year = areas.report_year
)

select * from final
order by index_code, report_year
