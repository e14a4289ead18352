-- One row per index, year, province and area: its points, its index, and its rank among provinces covered enough.
-- Made-up provinces are ranked among themselves.
with points as (
    select * from {{ ref('int_criterion_points') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

edition_years as (
    select * from {{ ref('int_edition_years') }}
),

listed as (
    select
        index_code,
        report_year,
        province_key,
        max(case when is_governing and is_simulated then 1 else 0 end) = 1 as is_simulated
    from points
    group by index_code, report_year, province_key
),

area_points as (
    select
        index_code,
        report_year,
        province_key,
        area_code,
        {{ points_counted() }},
        max(case when is_used and not is_leaf then 1 else 0 end) = 1 as is_whole
    from points
    group by index_code, report_year, province_key, area_code
),

measured as (
    select
        listed.index_code,
        listed.report_year,
        listed.province_key,
        edition_years.edition_code,
        criteria.criterion_code as area_code,
        criteria.criterion_name as area_name,
        criteria.max_points,
        area_points.points,
        coalesce(area_points.points_covered, 0) as points_covered,
        coalesce(area_points.points_not_given, 0) as points_not_given,
        coalesce(area_points.is_whole, false) as is_whole,
        {{ pct_of(
            'coalesce(area_points.points_covered, 0)',
            'criteria.max_points - coalesce(area_points.points_not_applicable, 0)'
        ) }} as coverage_pct,
        {{ pct_of('area_points.points', 'area_points.points_covered') }} as area_index_covered_pct,
        {{ pct_of(
            'coalesce(area_points.points, 0)', 'area_points.points_covered + area_points.points_not_given'
        ) }} as area_index_low_pct,
        {{ pct_of(
            'coalesce(area_points.points, 0) + area_points.points_not_given',
            'area_points.points_covered + area_points.points_not_given'
        ) }} as area_index_high_pct,
        listed.is_simulated,
        edition_years.tie_rule,
        edition_years.min_coverage_pct,
        edition_years.not_given_counts,
        edition_years.is_verified
    from listed
    inner join edition_years
        on listed.index_code = edition_years.index_code and listed.report_year = edition_years.report_year
    inner join criteria
        on
            edition_years.index_code = criteria.index_code
            and edition_years.edition_code = criteria.edition_code
            and criteria.depth = 1
    left join area_points
        on
            listed.index_code = area_points.index_code
            and listed.report_year = area_points.report_year
            and listed.province_key = area_points.province_key
            and criteria.criterion_code = area_points.area_code
),

judged as (
    select
        *,
        coalesce(coverage_pct >= min_coverage_pct, false)
        and points is not null
        and (not_given_counts = 'nothing' or points_not_given = 0) as is_ranked
    from measured
),

eligible as (
    select
        *,
        case when is_ranked then area_index_low_pct end as area_index_pct
    from judged
),

ranked as (
    select
        *,
        case
            when is_ranked
                then {{ rank_by_rule('index_code, report_year, is_simulated, area_code', 'area_index_pct') }}
        end as area_rank
    from eligible
),

bounds as (
    select
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        ranked.area_code,
        1 + count(*) filter (where rivals.area_index_pct > ranked.area_index_high_pct) as rank_low,
        1 + count(*) filter (
            where
            rivals.area_index_high_pct > ranked.area_index_pct and rivals.province_key <> ranked.province_key
        ) as rank_high
    from ranked
    inner join ranked as rivals
        on
            ranked.index_code = rivals.index_code
            and ranked.report_year = rivals.report_year
            and ranked.is_simulated = rivals.is_simulated
            and ranked.area_code = rivals.area_code
            and rivals.is_ranked
    where ranked.is_ranked
    group by ranked.index_code, ranked.report_year, ranked.province_key, ranked.area_code
),

final as (
    select
        cast(ranked.index_code as string) as index_code,
        cast(ranked.report_year as integer) as report_year,
        cast(ranked.province_key as string) as province_key,
        cast(ranked.area_code as string) as area_code,
        cast(ranked.area_name as string) as area_name,
        cast(ranked.edition_code as string) as edition_code,
        cast(ranked.is_verified as boolean) as is_edition_verified,
        cast(ranked.points as decimal(18, 9)) as points,
        cast(ranked.max_points as decimal(18, 9)) as max_points,
        cast(ranked.points_covered as decimal(18, 9)) as points_covered,
        cast(ranked.coverage_pct as decimal(18, 6)) as coverage_pct,
        cast(ranked.points_not_given as decimal(18, 9)) as points_not_given,
        cast(ranked.is_whole as boolean) as is_whole,
        cast(ranked.area_index_pct as decimal(18, 9)) as area_index_pct,
        cast(ranked.area_index_covered_pct as decimal(18, 9)) as area_index_covered_pct,
        cast(ranked.area_index_high_pct as decimal(18, 9)) as area_index_high_pct,
        cast(ranked.area_rank as integer) as rank,
        cast(least(bounds.rank_low, ranked.area_rank) as integer) as rank_low,
        cast(greatest(bounds.rank_high, ranked.area_rank) as integer) as rank_high,
        cast(ranked.is_simulated as boolean) as is_simulated
    from ranked
    left join bounds
        on
            ranked.index_code = bounds.index_code
            and ranked.report_year = bounds.report_year
            and ranked.province_key = bounds.province_key
            and ranked.area_code = bounds.area_code
)

select * from final
order by index_code, report_year, area_code, rank, province_key
