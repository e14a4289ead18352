-- One row per index, day of a snapshot and province: the published points of that day and the rank among the provinces
-- of that day. Ranked only where every province that existed then has points; else the announced rank stands alone, and
-- rank_low and rank_high are the best and the worst rank that what is published leaves open: an area that is not known
-- may be nothing or full. Movement is from the day before on which the same territory has points.
with results as (
    select * from {{ ref('mart_official_result') }}
    where is_snapshot and subject_kind = 'province' and measure = 'score' and province_key is not null
),

components as (
    select * from {{ ref('official_components') }}
),

editions as (
    select * from {{ ref('editions') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
    where depth = 1
),

provinces as (
    select * from {{ ref('provinces') }}
),

territories as (
    select * from {{ ref('int_province_territories') }}
),

edition_totals as (
    select
        index_code,
        edition_code,
        count(*) as areas,
        sum(max_points) as max_points
    from criteria
    group by index_code, edition_code
),

measured as (
    select
        results.index_name as index_code,
        results.result_year as report_year,
        results.as_of_date,
        results.province_key,
        results.is_simulated,
        editions.edition_code,
        edition_totals.areas,
        edition_totals.max_points,
        settings.tie_rule,
        max(results.score) filter (where components.component_kind = 'total') as total_points,
        max(results.rank) filter (where components.component_kind = 'total') as official_rank,
        max(results.ranked_count) filter (where components.component_kind = 'total') as official_ranked_count,
        max(results.status) filter (where components.component_kind = 'total') as status,
        max(results.source) filter (where components.component_kind = 'total') as total_source,
        max(results.source) as any_source,
        count(results.score) filter (where components.component_kind = 'area') as areas_given,
        sum(results.score) filter (where components.component_kind = 'area') as areas_points,
        sum(criteria.max_points) filter (where components.component_kind = 'area' and results.score is not null)
            as areas_max_points
    from results
    inner join components on results.index_name = components.index_code and results.component = components.component
    inner join editions
        on
            results.index_name = editions.index_code
            and results.result_year between editions.first_year and coalesce(editions.last_year, 9999)
    inner join edition_totals
        on editions.index_code = edition_totals.index_code and editions.edition_code = edition_totals.edition_code
    inner join settings on results.index_name = settings.index_code
    left join criteria
        on
            editions.index_code = criteria.index_code
            and editions.edition_code = criteria.edition_code
            and components.criterion_code = criteria.criterion_code
    group by
        results.index_name, results.result_year, results.as_of_date, results.province_key, results.is_simulated,
        editions.edition_code, edition_totals.areas, edition_totals.max_points, settings.tie_rule
),

-- The announced total, else the sum of all areas; nothing else is a total, and none above the maximum.
totalled as (
    select
        *,
        coalesce(total_points, case when areas_given = areas then areas_points end) as points
    from measured
),

counted as (
    select
        *,
        sum(case when points between 0 and max_points then 1 else 0 end) over (
            partition by index_code, as_of_date, is_simulated
        ) as provinces_given,
        points is not null and points between 0 and max_points as has_points,
        count(*) over (partition by index_code, as_of_date, is_simulated) as provinces_listed
    from totalled
),

days as (
    select
        counted.as_of_date,
        count(distinct provinces.province_key) as provinces_due
    from (select distinct as_of_date from counted) as counted
    inner join provinces
        on
            counted.as_of_date >= provinces.valid_from
            and counted.as_of_date <= coalesce(provinces.valid_to, date '9999-12-31')
    group by counted.as_of_date
),

eligible as (
    select
        counted.*,
        days.provinces_due,
        counted.has_points and counted.provinces_given = days.provinces_due as is_ranked,
        case
            when counted.has_points then counted.points
            else least(coalesce(counted.areas_points, 0), counted.max_points)
        end as low_points,
        case
            when counted.has_points then counted.points
            else
                least(
                    coalesce(counted.areas_points, 0) + counted.max_points - coalesce(counted.areas_max_points, 0),
                    counted.max_points
                )
        end as high_points
    from counted
    inner join days on counted.as_of_date = days.as_of_date
),

ranked as (
    select
        *,
        case when is_ranked then {{ rank_by_rule('index_code, as_of_date, is_simulated', 'points') }} end
            as rank_of_day,
        cast(provinces_given as string) as given_printed,
        cast(provinces_due as string) as due_printed
    from eligible
),

-- Of a province that no file names everything is open.
bounds as (
    select
        ranked.index_code,
        ranked.as_of_date,
        ranked.province_key,
        ranked.is_simulated,
        1 + count(*) filter (where rivals.low_points > ranked.high_points) as rank_low,
        1
        + count(*) filter (
            where rivals.province_key <> ranked.province_key and rivals.high_points > ranked.low_points
        )
        + max(case
            when ranked.low_points < ranked.max_points
                then greatest(ranked.provinces_due - ranked.provinces_listed, 0)
            else 0
        end) as rank_high
    from ranked
    inner join ranked as rivals
        on
            ranked.index_code = rivals.index_code
            and ranked.as_of_date = rivals.as_of_date
            and ranked.is_simulated = rivals.is_simulated
    group by ranked.index_code, ranked.as_of_date, ranked.province_key, ranked.is_simulated
),

days_before as (
    select
        ranked.index_code,
        ranked.as_of_date,
        ranked.province_key,
        ranked.is_simulated,
        earlier.as_of_date as previous_date,
        earlier.edition_code as previous_edition_code,
        earlier.points as previous_points,
        earlier.rank_of_day as previous_rank,
        earlier.provinces_due as previous_provinces_due,
        row_number() over (
            partition by ranked.index_code, ranked.as_of_date, ranked.province_key, ranked.is_simulated
            order by earlier.as_of_date desc
        ) as place
    from ranked
    inner join territories on ranked.province_key = territories.province_key
    inner join ranked as earlier
        on
            ranked.index_code = earlier.index_code
            and ranked.is_simulated = earlier.is_simulated
            and territories.earlier_province_key = earlier.province_key
            and ranked.as_of_date > earlier.as_of_date
    where earlier.has_points
),

mergers as (
    select
        province_key,
        merged_from
    from territories
    where province_key = earlier_province_key and merged_from is not null
),

moved as (
    select
        ranked.*,
        least(bounds.rank_low, ranked.rank_of_day) as rank_low,
        greatest(bounds.rank_high, ranked.rank_of_day) as rank_high,
        days_before.previous_date,
        days_before.previous_edition_code,
        days_before.previous_points,
        days_before.previous_rank,
        days_before.previous_provinces_due,
        mergers.merged_from,
        days_before.previous_edition_code = ranked.edition_code as is_comparable
    from ranked
    inner join bounds
        on
            ranked.index_code = bounds.index_code
            and ranked.as_of_date = bounds.as_of_date
            and ranked.province_key = bounds.province_key
            and ranked.is_simulated = bounds.is_simulated
    left join days_before
        on
            ranked.index_code = days_before.index_code
            and ranked.as_of_date = days_before.as_of_date
            and ranked.province_key = days_before.province_key
            and ranked.is_simulated = days_before.is_simulated
            and days_before.place = 1
    left join mergers on ranked.province_key = mergers.province_key
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(as_of_date as date) as as_of_date,
        cast(province_key as string) as province_key,
        cast(edition_code as string) as edition_code,
        cast(case when has_points then points end as decimal(18, 9)) as points,
        cast(max_points as decimal(18, 9)) as max_points,
        cast(areas_points as decimal(18, 9)) as areas_points,
        cast(areas_given as integer) as areas_given,
        cast(
            case when total_points is not null and areas_given = areas then total_points - areas_points end
            as decimal(18, 9)
        ) as total_less_areas,
        cast(rank_of_day as integer) as rank,
        cast(rank_low as integer) as rank_low,
        cast(rank_high as integer) as rank_high,
        cast(previous_date as date) as previous_date,
        cast(previous_points as decimal(18, 9)) as previous_points,
        cast(previous_rank as integer) as previous_rank,
        cast(case when is_comparable and has_points then points - previous_points end as decimal(18, 9))
            as points_change,
        cast(case
            when is_comparable and previous_provinces_due = provinces_due then previous_rank - rank_of_day
        end as integer) as rank_change,
        cast(case
            when previous_date is null and merged_from is not null
                then 'sáp nhập từ ' || merged_from || ', không có điểm ngày trước của cùng địa bàn'
            when previous_date is null then 'không có điểm của ngày nào trước đó'
            when not is_comparable
                then 'ngày trước theo bộ tiêu chí khác (' || previous_edition_code || '), không so sánh được'
            when previous_provinces_due <> provinces_due
                then
                    'số đơn vị đổi từ ' || cast(previous_provinces_due as string) || ' thành ' || due_printed
                    || ', thứ hạng không so sánh được'
            when not is_ranked then 'ngày này không xếp hạng'
            when previous_rank is null then 'ngày trước không xếp hạng'
        end as string) as no_movement_reason_vi,
        cast(case
            when previous_date is null and merged_from is not null
                then 'merged from ' || merged_from || ': no points of the same territory on an earlier day'
            when previous_date is null then 'no points of an earlier day'
            when not is_comparable
                then 'the day before is of another edition (' || previous_edition_code || '), not comparable'
            when previous_provinces_due <> provinces_due
                then
                    'the number of provinces went from ' || cast(previous_provinces_due as string) || ' to '
                    || due_printed || ': ranks are not comparable'
            when not is_ranked then 'not ranked on this day'
            when previous_rank is null then 'not ranked on the day before'
        end as string) as no_movement_reason_en,
        cast(official_rank as integer) as official_rank,
        cast(official_ranked_count as integer) as official_ranked_count,
        cast(provinces_given as integer) as provinces_given,
        cast(provinces_due as integer) as provinces_due,
        cast(case
            when is_ranked then null
            when not has_points then 'không có tổng điểm của ngày này'
            else 'chỉ có điểm của ' || given_printed || '/' || due_printed || ' đơn vị'
        end as string) as not_ranked_reason_vi,
        cast(case
            when is_ranked then null
            when not has_points then 'no total of this day'
            else 'points of ' || given_printed || ' of ' || due_printed || ' provinces alone'
        end as string) as not_ranked_reason_en,
        cast(status as string) as status,
        cast(coalesce(total_source, any_source) as string) as source,
        cast(is_simulated as boolean) as is_simulated
    from moved
)

select * from final
order by index_code, as_of_date, rank, official_rank, province_key
