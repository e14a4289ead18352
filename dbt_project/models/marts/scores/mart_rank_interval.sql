-- One row per index, year, ranked province and area (or the whole index): the interval of its rank, and what it rests
-- on.
-- Drawn with numpy after the build, which fills the table (orchestration/analysis): here stand its inputs and contract.
with ranking as (
    select * from {{ ref('int_province_ranks') }}
),

points as (
    select * from {{ ref('int_criterion_points') }}
),

doubts as (
    select * from {{ ref('int_point_doubts') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

final as (
    select
        cast(ranking.index_code as string) as index_code,
        cast(ranking.report_year as integer) as report_year,
        cast(ranking.province_key as string) as province_key,
        cast(points.area_code as string) as area_code,
        cast(ranking.index_pct as decimal(18, 9)) as index_pct,
        cast(ranking.rank as integer) as rank,
        cast(null as decimal(18, 9)) as index_interval_low_pct,
        cast(null as decimal(18, 9)) as index_interval_high_pct,
        cast(null as integer) as rank_low,
        cast(null as integer) as rank_high,
        cast(null as integer) as edition_rank_low,
        cast(null as integer) as edition_rank_high,
        cast(null as decimal(9, 2)) as top_ten_pct,
        cast(null as decimal(9, 2)) as above_next_pct,
        cast(null as boolean) as is_tied_with_next,
        cast(null as integer) as tied_count,
        cast(null as integer) as survey_count,
        cast(null as integer) as not_given_count,
        cast(null as integer) as flagged_count,
        cast(null as decimal(9, 2)) as level_pct,
        cast(null as string) as reason_vi,
        cast(null as string) as reason_en,
        cast(ranking.is_simulated as boolean) as is_simulated
    from ranking
    inner join points on ranking.index_code = points.index_code
    inner join doubts on ranking.index_code = doubts.index_code
    inner join criteria on ranking.index_code = criteria.index_code
    where 1 = 0
)

select * from final
order by index_code, report_year, province_key, area_code
