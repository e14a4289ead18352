-- One row per index, year, area (or the whole index) and set of ranked provinces: mean, median, lowest and highest.
-- Means are of ranked provinces alone, made-up ones apart; a mean is of exact sums, so that it is the same everywhere.
with ranking as (
    select * from {{ ref('mart_national_ranking') }}
    where rank is not null
),

areas as (
    select * from {{ ref('mart_area_ranking') }}
),

indices as (
    select
        index_code,
        report_year,
        province_key,
        is_simulated,
        'total' as area_code,
        index_pct,
        points,
        rank,
        index_change_pct,
        region_name,
        province_type,
        group_name
    from ranking
    union all
    select
        areas.index_code,
        areas.report_year,
        areas.province_key,
        areas.is_simulated,
        areas.area_code,
        areas.area_index_pct as index_pct,
        areas.points,
        areas.rank,
        null as index_change_pct,
        ranking.region_name,
        ranking.province_type,
        ranking.group_name
    from areas
    inner join ranking
        on
            areas.index_code = ranking.index_code
            and areas.report_year = ranking.report_year
            and areas.province_key = ranking.province_key
    where areas.area_index_pct is not null
),

scopes as (
    select
        *,
        'nation' as scope_kind,
        'Cả nước' as scope_name
    from indices
    union all
    select
        *,
        'region' as scope_kind,
        region_name as scope_name
    from indices
    union all
    select
        *,
        'province_type' as scope_kind,
        province_type as scope_name
    from indices
    union all
    select
        *,
        'group' as scope_kind,
        group_name as scope_name
    from indices
    where group_name is not null
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(area_code as string) as area_code,
        cast(scope_kind as string) as scope_kind,
        cast(scope_name as string) as scope_name,
        cast(is_simulated as boolean) as is_simulated,
        cast(count(*) as integer) as ranked_count,
        cast(cast(sum(index_pct) as double) / count(*) as decimal(18, 9)) as mean_index_pct,
        cast(median(cast(index_pct as double)) as decimal(18, 9)) as median_index_pct,
        cast(min(index_pct) as decimal(18, 9)) as lowest_index_pct,
        cast(max(index_pct) as decimal(18, 9)) as highest_index_pct,
        cast(cast(sum(points) as double) / count(*) as decimal(18, 9)) as mean_points,
        -- Like for like: only where every province of the set can be compared with its year before.
        cast(case
            when count(index_change_pct) = count(*) then cast(sum(index_change_pct) as double) / count(*)
        end as decimal(18, 9)) as mean_change_pct
    from scopes
    group by index_code, report_year, is_simulated, area_code, scope_kind, scope_name
)

select * from final
order by index_code, report_year, area_code, scope_kind, scope_name, is_simulated
