-- One row per index, year and province: the index, the rank, the group and the movement, or why there is none.
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

official_totals as (
    select * from {{ ref('int_official_totals') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

score_groups as (
    select * from {{ ref('groups') }}
),

territories as (
    select * from {{ ref('int_province_territories') }}
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
        cast(case
            when edition_years.total_unit = 'points'
                then cast(official_totals.score * 100 as decimal(30, 9)) / edition_totals.max_points
            else official_totals.score
        end as decimal(18, 9)) as official_index_pct,
        official_totals.official_rank,
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
    -- A result that was announced is not the result of a made-up nation, nor the other way round.
    left join official_totals
        on
            totals.index_code = official_totals.index_code
            and totals.report_year = official_totals.report_year
            and totals.province_key = official_totals.province_key
            and official_totals.component_kind = 'total'
            and totals.is_simulated = official_totals.is_simulated
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
        count(*) filter (where is_ranked) over (partition by index_code, report_year, is_simulated) as ranked_count
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

-- The same territory a year before, whatever its name, type or region was then.
last_years as (
    select
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        max(earlier.edition_code) as edition_code,
        max(earlier.national_rank) as national_rank,
        max(earlier.index_pct) as index_pct,
        max(case when earlier.is_ranked then 1 else 0 end) = 1 as is_ranked
    from ranked
    inner join territories on ranked.province_key = territories.province_key
    inner join ranked as earlier
        on
            ranked.index_code = earlier.index_code
            and ranked.report_year = earlier.report_year + 1
            and territories.earlier_province_key = earlier.province_key
            and ranked.is_simulated = earlier.is_simulated
    group by ranked.index_code, ranked.report_year, ranked.province_key
),

mergers as (
    select
        province_key,
        merged_from
    from territories
    where province_key = earlier_province_key and merged_from is not null
),

grouped as (
    select
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        score_groups.group_name,
        row_number() over (
            partition by ranked.index_code, ranked.report_year, ranked.province_key
            order by score_groups.min_index_pct desc
        ) as place
    from ranked
    inner join score_groups
        on
            ranked.index_code = score_groups.index_code
            and ranked.report_year >= score_groups.first_year
            and ranked.report_year <= coalesce(score_groups.last_year, 9999)
            and ranked.index_pct >= score_groups.min_index_pct
    where ranked.is_ranked
),

-- A rank among 34 units says nothing about a rank among 63: movement stops where the map changed.
units_in_year as (
    select
        years.report_year,
        count(provinces.province_key) as unit_count
    from (select distinct report_year from ranked) as years
    left join provinces
        on
            make_date(years.report_year, 12, 31) >= provinces.valid_from
            and make_date(years.report_year, 12, 31) <= coalesce(provinces.valid_to, date '9999-12-31')
    group by years.report_year
),

final as (
    select
        cast(ranked.index_code as string) as index_code,
        cast(ranked.report_year as integer) as report_year,
        cast(ranked.province_key as string) as province_key,
        cast(ranked.edition_code as string) as edition_code,
        cast(ranked.decision as string) as decision,
        cast(ranked.is_verified as boolean) as is_edition_verified,
        cast(ranked.is_stand_in as boolean) as is_stand_in,
        cast(ranked.total_unit as string) as total_unit,
        cast(ranked.index_pct as decimal(18, 9)) as index_pct,
        cast(ranked.index_covered_pct as decimal(18, 9)) as index_covered_pct,
        cast(ranked.index_high_pct as decimal(18, 9)) as index_high_pct,
        cast(round(ranked.index_pct, 2) as decimal(9, 2)) as index_printed_pct,
        cast(ranked.national_rank as integer) as rank,
        cast(ranked.ranked_count as integer) as ranked_count,
        cast(grouped.group_name as string) as group_name,
        cast(ranked.points as decimal(18, 9)) as points,
        cast(ranked.max_points as decimal(18, 9)) as max_points,
        cast(ranked.points_covered as decimal(18, 9)) as points_covered,
        cast(ranked.points_not_given as decimal(18, 9)) as points_not_given,
        cast(ranked.points_not_applicable as decimal(18, 9)) as points_not_applicable,
        cast(ranked.points_not_in as decimal(18, 9)) as points_not_in,
        cast(ranked.is_level_mixed as boolean) as is_level_mixed,
        cast(ranked.criteria_covered as integer) as criteria_covered,
        cast(ranked.coverage_pct as decimal(18, 6)) as coverage_pct,
        cast(case
            when ranked.is_ranked then null
            when ranked.coverage_pct is null then 'không tiêu chí nào áp dụng cho tỉnh'
            when ranked.coverage_pct >= ranked.min_coverage_pct
                then 'thiếu ' || {{ short_vi('ranked.points_not_given') }} || ' điểm không được cho'
            else
                'bao phủ ' || {{ decimal_vi('ranked.coverage_pct', 1) }} || ' % dưới ngưỡng '
                || {{ short_vi('ranked.min_coverage_pct') }} || ' %'
        end as string) as not_ranked_reason_vi,
        -- By the rule for ties a rank may stand outside of what counting the better ones gives.
        cast(least(bounds.rank_low, ranked.national_rank) as integer) as rank_low,
        cast(greatest(bounds.rank_high, ranked.national_rank) as integer) as rank_high,
        cast(ranked.region_name as string) as region_name,
        cast(ranked.region_rank as integer) as region_rank,
        cast(ranked.province_type as string) as province_type,
        cast(ranked.peer_rank as integer) as peer_rank,
        cast(last_year.national_rank as integer) as last_year_rank,
        cast(case
            when last_year.edition_code = ranked.edition_code and units_before.unit_count = units_now.unit_count
                then last_year.national_rank - ranked.national_rank
        end as integer) as rank_change,
        cast(case
            when last_year.edition_code = ranked.edition_code and last_year.is_ranked and ranked.is_ranked
                then ranked.index_pct - last_year.index_pct
        end as decimal(18, 9)) as index_change_pct,
        cast(case
            when last_year.province_key is null and mergers.merged_from is not null
                then 'sáp nhập từ ' || mergers.merged_from || ', không có chỉ số năm trước của cùng địa bàn'
            when last_year.province_key is null then 'không có điểm của năm trước'
            when last_year.edition_code <> ranked.edition_code
                then 'năm trước theo bộ tiêu chí khác (' || last_year.edition_code || '), không so sánh được'
            when units_before.unit_count <> units_now.unit_count
                then
                    'số đơn vị xếp hạng đổi từ ' || cast(units_before.unit_count as string) || ' thành '
                    || cast(units_now.unit_count as string) || ', thứ hạng không so sánh được'
            when not ranked.is_ranked then 'năm nay không xếp hạng'
            when not last_year.is_ranked then 'năm trước không xếp hạng'
        end as string) as no_movement_reason_vi,
        cast(ranked.official_index_pct as decimal(18, 9)) as official_index_pct,
        cast(ranked.official_rank as integer) as official_rank,
        cast(ranked.is_simulated as boolean) as is_simulated
    from ranked
    left join grouped
        on
            ranked.index_code = grouped.index_code
            and ranked.report_year = grouped.report_year
            and ranked.province_key = grouped.province_key
            and grouped.place = 1
    left join bounds
        on
            ranked.index_code = bounds.index_code
            and ranked.report_year = bounds.report_year
            and ranked.province_key = bounds.province_key
    left join last_years as last_year
        on
            ranked.index_code = last_year.index_code
            and ranked.report_year = last_year.report_year
            and ranked.province_key = last_year.province_key
    left join mergers on ranked.province_key = mergers.province_key
    left join units_in_year as units_now on ranked.report_year = units_now.report_year
    left join units_in_year as units_before on ranked.report_year = units_before.report_year + 1
)

select * from final
order by index_code, report_year, rank, province_key
