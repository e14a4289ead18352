-- One row per index, year, real or made-up nation and criterion: how far it tells provinces apart and goes with the
-- rest.
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
        cast(ranking.is_simulated as boolean) as is_simulated,
        cast(ranking.edition_code as string) as edition_code,
        cast(points.criterion_code as string) as criterion_code,
        cast(points.area_code as string) as area_code,
        cast(null as integer) as province_count,
        cast(null as decimal(9, 2)) as mean_share_pct,
        cast(null as decimal(9, 2)) as deviation_share_pct,
        cast(null as decimal(9, 2)) as at_maximum_pct,
        cast(null as decimal(9, 2)) as at_zero_pct,
        cast(null as decimal(9, 6)) as rest_correlation,
        cast(null as decimal(9, 6)) as area_rest_correlation,
        cast(null as boolean) as is_against_area,
        cast(null as decimal(9, 6)) as alpha_without,
        cast(null as decimal(9, 2)) as mean_shift_places,
        cast(null as integer) as most_shift_places
    from ranking
    inner join points on ranking.index_code = points.index_code
    where 1 = 0
)

select * from final
order by index_code, report_year, is_simulated, criterion_code
