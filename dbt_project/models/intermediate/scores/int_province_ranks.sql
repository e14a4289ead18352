-- One row per index, year and province with figures: its points, its index and its rank, or that it is not ranked.
-- What a province was not given counts as nothing in the index (or it is not ranked, as the index says) and as full in
-- index_high_pct; rank_low and rank_high are its best and its worst rank between the two. What nobody has yet, and what
-- does not apply to the province, is out of the total. Made-up provinces are ranked among themselves.
with points as (
    select * from {{ ref('int_criterion_points') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

edition_years as (
    select * from {{ ref('int_edition_years') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

edition_totals as (
    select
        index_code,
        edition_code,
        sum(max_points) as max_points
    from criteria
    where is_leaf
    group by index_code, edition_code
),

totals as (
    select
        index_code,
        report_year,
        province_key,
        {{ points_counted() }},
        count(*) filter (where is_used) as criteria_covered,
        coalesce(sum(max_points) filter (where is_governing and status = 'source_not_in'), 0) as points_not_in,
        max(case when is_used and not is_leaf then 1 else 0 end) as has_whole_areas,
        max(case when is_used and is_leaf then 1 else 0 end) as has_parts,
        max(case when is_governing and is_simulated then 1 else 0 end) = 1 as is_simulated
    from points
    group by index_code, report_year, province_key
),

-- Points of whole areas stand beside points of criteria.
levels as (
    select
        index_code,
        report_year,
        is_simulated,
        max(has_whole_areas) = 1 and max(has_parts) = 1 as is_level_mixed
    from totals
    group by index_code, report_year, is_simulated
),

measured as (
    select
        totals.index_code,
        totals.report_year,
        totals.province_key,
        provinces.region_name,
        provinces.province_type,
        edition_years.edition_code,
        edition_years.decision,
        edition_years.is_verified,
        edition_years.is_stand_in,
        edition_years.tie_rule,
        edition_years.min_coverage_pct,
        edition_years.not_given_counts,
        edition_years.total_unit,
        edition_totals.max_points,
        totals.points,
        totals.points_covered,
        totals.points_not_given,
        totals.points_refused,
        totals.points_not_applicable,
        totals.points_not_in,
        totals.criteria_covered,
        levels.is_level_mixed,
        {{ pct_of('totals.points_covered', 'edition_totals.max_points - totals.points_not_applicable') }}
            as coverage_pct,
        {{ pct_of('totals.points', 'totals.points_covered') }} as index_covered_pct,
        {{ pct_of('coalesce(totals.points, 0)', 'totals.points_covered + totals.points_not_given') }} as index_low_pct,
        {{ pct_of(
            'coalesce(totals.points, 0) + totals.points_not_given',
            'totals.points_covered + totals.points_not_given'
        ) }} as index_high_pct,
        totals.is_simulated
    from totals
    inner join edition_years
        on totals.index_code = edition_years.index_code and totals.report_year = edition_years.report_year
    inner join edition_totals
        on
            edition_years.index_code = edition_totals.index_code
            and edition_years.edition_code = edition_totals.edition_code
    inner join levels
        on
            totals.index_code = levels.index_code
            and totals.report_year = levels.report_year
            and totals.is_simulated = levels.is_simulated
    inner join provinces on totals.province_key = provinces.province_key
),

judged as (
    select
        *,
        points is not null
        and coverage_pct >= min_coverage_pct
        and (not_given_counts = 'nothing' or points_not_given = 0) as is_ranked
    from measured
),

eligible as (
    select
        *,
        case when is_ranked then index_low_pct end as index_pct
    from judged
),

ranked as (
    select
        *,
        case when is_ranked then {{ rank_by_rule('index_code, report_year, is_simulated', 'index_pct') }} end
            as national_rank,
        case
            when is_ranked then {{ rank_by_rule('index_code, report_year, is_simulated, region_name', 'index_pct') }}
        end as region_rank,
        case
            when is_ranked then {{ rank_by_rule('index_code, report_year, is_simulated, province_type', 'index_pct') }}
        end as peer_rank,
        cast(
            sum(case when is_ranked then 1 else 0 end) over (partition by index_code, report_year, is_simulated)
            as integer
        ) as ranked_count
    from eligible
),

bounds as (
    select
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        1 + count(*) filter (where rivals.index_pct > ranked.index_high_pct) as rank_low,
        1 + count(*) filter (where rivals.index_high_pct > ranked.index_pct) as rank_high
    from ranked
    inner join ranked as rivals
        on
            ranked.index_code = rivals.index_code
            and ranked.report_year = rivals.report_year
            and ranked.is_simulated = rivals.is_simulated
            and rivals.is_ranked
            and (
                ranked.province_key <> rivals.province_key
                -- Alone it is first.
                or ranked.ranked_count = 1
            )
    where ranked.is_ranked
    group by ranked.index_code, ranked.report_year, ranked.province_key
),

final as (
    select
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        ranked.region_name,
        ranked.province_type,
        ranked.edition_code,
        ranked.decision,
        ranked.is_verified,
        ranked.is_stand_in,
        ranked.min_coverage_pct,
        ranked.total_unit,
        ranked.max_points,
        ranked.points,
        ranked.points_covered,
        ranked.points_not_given,
        ranked.points_refused,
        ranked.points_not_applicable,
        ranked.points_not_in,
        ranked.criteria_covered,
        ranked.is_level_mixed,
        ranked.coverage_pct,
        ranked.index_pct,
        ranked.index_covered_pct,
        ranked.index_high_pct,
        ranked.is_ranked,
        ranked.ranked_count,
        ranked.national_rank as rank,
        -- By the rule for ties a rank may stand outside of what counting the better ones gives.
        least(bounds.rank_low, ranked.national_rank) as rank_low,
        greatest(bounds.rank_high, ranked.national_rank) as rank_high,
        ranked.region_rank,
        ranked.peer_rank,
        ranked.is_simulated
    from ranked
    left join bounds
        on
            ranked.index_code = bounds.index_code
            and ranked.report_year = bounds.report_year
            and ranked.province_key = bounds.province_key
)

select * from final
