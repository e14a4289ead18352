-- One row per index, year, ranked province and criterion that it could still raise: what its maximum would add, and the
-- rank that this alone would give while all others stand still.
with ranked as (
    select * from {{ ref('int_province_ranks') }}
    where is_ranked
),

points as (
    select * from {{ ref('int_criterion_points') }}
    where is_governing and is_leaf and status in ('given', 'not_given', 'refused')
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

costs as (
    select * from {{ ref('improvement_costs') }}
    where cost_per_step > 0
),

raisable as (
    select distinct
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        points.criterion_code,
        ranked.is_simulated,
        ranked.index_pct,
        ranked.rank,
        points.max_points - coalesce(points.points, 0) as gain_points,
        {{ pct_of(
            'points.max_points - coalesce(points.points, 0)', 'ranked.points_covered + ranked.points_not_given'
        ) }} as gain_pct
    from ranked
    inner join points
        on
            ranked.index_code = points.index_code
            and ranked.report_year = points.report_year
            and ranked.province_key = points.province_key
    inner join criteria
        on
            points.index_code = criteria.index_code
            and points.edition_code = criteria.edition_code
            and points.criterion_code = criteria.criterion_code
    inner join costs
        on
            points.index_code = costs.index_code
            and criteria.scored_by = costs.scored_by
            and coalesce(costs.criterion_code, points.criterion_code) = points.criterion_code
    where points.max_points > coalesce(points.points, 0)
),

final as (
    select
        cast(raisable.index_code as string) as index_code,
        cast(raisable.report_year as integer) as report_year,
        cast(raisable.province_key as string) as province_key,
        cast(raisable.criterion_code as string) as criterion_code,
        cast(raisable.gain_points as decimal(18, 9)) as gain_points,
        cast(raisable.gain_pct as decimal(18, 9)) as gain_pct,
        cast(raisable.rank as integer) as rank,
        cast(
            1 + count(*) filter (where rivals.index_pct > raisable.index_pct + raisable.gain_pct) as integer
        ) as rank_if_full,
        cast(raisable.is_simulated as boolean) as is_simulated
    from raisable
    inner join ranked as rivals
        on
            raisable.index_code = rivals.index_code
            and raisable.report_year = rivals.report_year
            and raisable.is_simulated = rivals.is_simulated
    where raisable.province_key <> rivals.province_key
    group by
        raisable.index_code, raisable.report_year, raisable.province_key, raisable.criterion_code,
        raisable.gain_points, raisable.gain_pct, raisable.rank, raisable.is_simulated
)

select * from final
order by index_code, report_year, province_key, criterion_code
