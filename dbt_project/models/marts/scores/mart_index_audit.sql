-- One row per index, year, real or made-up nation and statistic: how coherent and how robust the index is.
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
        cast(null as string) as statistic_name,
        cast(null as decimal(18, 6)) as value,
        cast(null as string) as name_vi,
        cast(null as string) as name_en
    from ranking
    inner join points on ranking.index_code = points.index_code
    where 1 = 0
)

select * from final
order by index_code, report_year, is_simulated, statistic_name
