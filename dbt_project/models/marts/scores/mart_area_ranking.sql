-- One row per index, year, province and area: its points, its index, and its rank among provinces covered enough.
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
    select distinct
        index_code,
        report_year,
        province_key
    from points
),

area_points as (
    select
        index_code,
        report_year,
        province_key,
        area_code,
        sum(points) filter (where is_used) as points,
        coalesce(sum(max_points) filter (where is_used), 0) as points_covered,
        coalesce(sum(max_points) filter (where is_governing and status in ('not_given', 'refused')), 0)
            as points_not_given,
        coalesce(sum(max_points) filter (where is_governing and status = 'does_not_apply'), 0) as points_not_applicable,
        max(case when is_used and not is_leaf then 1 else 0 end) = 1 as is_whole,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
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
        cast(
            cast(coalesce(area_points.points_covered, 0) * 100 as decimal(30, 9))
            / nullif(criteria.max_points - coalesce(area_points.points_not_applicable, 0), 0) as decimal(18, 6)
        ) as coverage_pct,
        cast(
            cast(area_points.points * 100 as decimal(30, 9)) / nullif(area_points.points_covered, 0) as decimal(18, 9)
        ) as area_index_covered_pct,
        cast(
            cast(coalesce(area_points.points, 0) * 100 as decimal(30, 9))
            / nullif(area_points.points_covered + area_points.points_not_given, 0) as decimal(18, 9)
        ) as area_index_low_pct,
        cast(
            cast((coalesce(area_points.points, 0) + area_points.points_not_given) * 100 as decimal(30, 9))
            / nullif(area_points.points_covered + area_points.points_not_given, 0) as decimal(18, 9)
        ) as area_index_high_pct,
        coalesce(area_points.is_simulated, false) as is_simulated,
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

final as (
    select
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(province_key as string) as province_key,
        cast(area_code as string) as area_code,
        cast(area_name as string) as area_name,
        cast(edition_code as string) as edition_code,
        cast(is_verified as boolean) as is_edition_verified,
        cast(points as decimal(18, 9)) as points,
        cast(max_points as decimal(18, 9)) as max_points,
        cast(points_covered as decimal(18, 9)) as points_covered,
        cast(coverage_pct as decimal(18, 6)) as coverage_pct,
        cast(points_not_given as decimal(18, 9)) as points_not_given,
        cast(is_whole as boolean) as is_whole,
        cast(area_index_pct as decimal(18, 9)) as area_index_pct,
        cast(area_index_covered_pct as decimal(18, 9)) as area_index_covered_pct,
        cast(area_index_high_pct as decimal(18, 9)) as area_index_high_pct,
        cast(
            case
                when is_ranked then {{ rank_by_rule('index_code, report_year, area_code', 'area_index_pct') }}
            end as integer
        )
            as rank,
        cast(is_simulated as boolean) as is_simulated
    from eligible
)

select * from final
order by index_code, report_year, area_code, rank, province_key
