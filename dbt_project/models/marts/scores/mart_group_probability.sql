-- One row per index, year, ranked province and group: the chance that the province is in the group.
-- Drawn with numpy after the build, which fills the table (orchestration/analysis): here stand its inputs and contract.
with ranking as (
    select * from {{ ref('int_province_ranks') }}
),

score_groups as (
    select * from {{ ref('groups') }}
),

doubts as (
    select * from {{ ref('int_point_doubts') }}
),

final as (
    select
        cast(ranking.index_code as string) as index_code,
        cast(ranking.report_year as integer) as report_year,
        cast(ranking.province_key as string) as province_key,
        cast(score_groups.group_name as string) as group_name,
        cast(null as decimal(9, 2)) as probability_pct,
        cast(ranking.is_simulated as boolean) as is_simulated
    from ranking
    inner join score_groups on ranking.index_code = score_groups.index_code
    inner join doubts on ranking.index_code = doubts.index_code
    where 1 = 0
)

select * from final
order by index_code, report_year, province_key, group_name
