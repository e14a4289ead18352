-- One row per index, year, ranked province and other way of adding up the areas: the rank that it would give.
-- Computed with numpy after the build, which fills the table (orchestration/analysis): here stand its inputs and
-- contract.
with ranking as (
    select * from {{ ref('int_province_ranks') }}
),

points as (
    select * from {{ ref('int_criterion_points') }}
),

final as (
    select
        cast(ranking.index_code as string) as index_code,
        cast(ranking.report_year as integer) as report_year,
        cast(ranking.province_key as string) as province_key,
        cast(null as string) as method,
        cast(null as integer) as rank,
        cast(null as integer) as rank_low,
        cast(null as integer) as rank_high,
        cast(ranking.is_simulated as boolean) as is_simulated
    from ranking
    inner join points on ranking.index_code = points.index_code
    where 1 = 0
)

select * from final
order by index_code, report_year, province_key, method
