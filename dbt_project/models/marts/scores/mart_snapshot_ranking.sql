-- One row per index, day of a snapshot and province: the published points of that day and the rank among the provinces
-- of that day. Ranked only where every province that existed then has points; else the announced rank stands alone.
with results as (
    select * from {{ ref('mart_official_result') }}
    where is_snapshot and subject_kind = 'province' and province_key is not null
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
        sum(results.score) filter (where components.component_kind = 'area') as areas_points
    from results
    inner join components on results.index_name = components.index_code and results.component = components.component
    inner join editions
        on
            results.index_name = editions.index_code
            and results.result_year between editions.first_year and coalesce(editions.last_year, 9999)
    inner join edition_totals
        on editions.index_code = edition_totals.index_code and editions.edition_code = edition_totals.edition_code
    inner join settings on results.index_name = settings.index_code
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
        points is not null and points between 0 and max_points as has_points
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
        counted.has_points and counted.provinces_given = days.provinces_due as is_ranked
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
    from ranked
)

select * from final
order by index_code, as_of_date, rank, official_rank, province_key
