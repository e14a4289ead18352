-- One row per index, year and province: the index, the rank, the group and the movement, or why there is none.
-- Movement is of the same territory under the same edition among as many units; an announced result stands beside.
with ranked as (
    select * from {{ ref('int_province_ranks') }}
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

-- The same territory a year before, whatever its name, type or region was then.
last_years as (
    select
        ranked.index_code,
        ranked.report_year,
        ranked.province_key,
        max(earlier.edition_code) as edition_code,
        max(earlier.rank) as rank,
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
        cast(ranked.rank as integer) as rank,
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
        end
        || case
            when not ranked.is_ranked and ranked.points_refused > 0
                then ', trong đó ' || {{ short_vi('ranked.points_refused') }} || ' điểm bị từ chối vì có lỗi chưa xử lý'
            else ''
        end as string) as not_ranked_reason_vi,
        cast(ranked.rank_low as integer) as rank_low,
        cast(ranked.rank_high as integer) as rank_high,
        cast(ranked.region_name as string) as region_name,
        cast(ranked.region_rank as integer) as region_rank,
        cast(ranked.province_type as string) as province_type,
        cast(ranked.peer_rank as integer) as peer_rank,
        cast(last_year.rank as integer) as last_year_rank,
        cast(case
            when last_year.edition_code = ranked.edition_code and units_before.unit_count = units_now.unit_count
                then last_year.rank - ranked.rank
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
        cast(case
            when ranked.total_unit = 'points'
                then cast(official_totals.score * 100 as double) / ranked.max_points
            else official_totals.score
        end as decimal(18, 9)) as official_index_pct,
        cast(official_totals.official_rank as integer) as official_rank,
        cast(ranked.is_simulated as boolean) as is_simulated
    from ranked
    left join grouped
        on
            ranked.index_code = grouped.index_code
            and ranked.report_year = grouped.report_year
            and ranked.province_key = grouped.province_key
            and grouped.place = 1
    left join last_years as last_year
        on
            ranked.index_code = last_year.index_code
            and ranked.report_year = last_year.report_year
            and ranked.province_key = last_year.province_key
    -- A result that was announced is not the result of a made-up nation, nor the other way round.
    left join official_totals
        on
            ranked.index_code = official_totals.index_code
            and ranked.report_year = official_totals.report_year
            and ranked.province_key = official_totals.province_key
            and official_totals.component_kind = 'total'
            and ranked.is_simulated = official_totals.is_simulated
    left join mergers on ranked.province_key = mergers.province_key
    left join units_in_year as units_now on ranked.report_year = units_now.report_year
    left join units_in_year as units_before on ranked.report_year = units_before.report_year + 1
)

select * from final
order by index_code, report_year, rank, province_key
