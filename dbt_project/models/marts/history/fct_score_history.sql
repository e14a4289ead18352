-- One row per view, index, province, year, criterion and basis: a score as given, or why a unit of today has none.
-- Points never add and have no denominator, so a merged unit has no score before its merger: the back-cast says so.
with scores as (
    select * from {{ ref('fct_criterion_score') }}
),

succession as (
    select * from {{ ref('int_province_succession') }}
),

placed as (
    select
        scores.index_code,
        scores.report_year,
        scores.province_key,
        scores.criterion_code,
        scores.basis,
        scores.points,
        scores.max_points,
        coalesce(scores.is_simulated, false) as is_simulated,
        succession.today_province_key,
        succession.is_same_territory
    from scores
    inner join succession on scores.province_key = succession.province_key
),

as_reported as (
    select
        'as_reported' as history_view,
        index_code,
        report_year,
        province_key,
        criterion_code,
        basis,
        points,
        max_points,
        'reported' as method,
        1 as parts_found,
        basis = 'published' as is_official,
        is_simulated
    from placed
),

carried_forward as (
    select
        'carried_forward' as history_view,
        index_code,
        report_year,
        today_province_key as province_key,
        criterion_code,
        basis,
        points,
        max_points,
        'unchanged_unit' as method,
        1 as parts_found,
        false as is_official,
        is_simulated
    from placed
    where is_same_territory
),

back_cast as (
    select
        'back_cast' as history_view,
        index_code,
        report_year,
        today_province_key as province_key,
        criterion_code,
        basis,
        max(case when is_same_territory then points end) as points,
        max(max_points) as max_points,
        case when min(case when is_same_territory then 1 else 0 end) = 1 then 'unchanged_unit' else 'not_computable' end
            as method,
        count(*) as parts_found,
        false as is_official,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from placed
    group by index_code, report_year, today_province_key, criterion_code, basis
),

united as (
    select * from as_reported
    union all
    select * from carried_forward
    union all
    select * from back_cast
),

final as (
    select
        cast(history_view as string) as history_view,
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(province_key as string) as province_key,
        cast(criterion_code as string) as criterion_code,
        cast(basis as string) as basis,
        cast(points as decimal(18, 9)) as points,
        cast(max_points as decimal(18, 9)) as max_points,
        cast(method as string) as method,
        cast(parts_found as integer) as parts_found,
        cast(is_official as boolean) as is_official,
        cast(
            case
                when method = 'not_computable'
                    then 'Điểm không cộng được: đơn vị hợp nhất không có điểm trước khi hợp nhất'
                when history_view <> 'as_reported' then 'Đơn vị không đổi địa bàn; không phải kết quả công bố'
            end as string
        ) as note_vi,
        cast(is_simulated as boolean) as is_simulated
    from united
)

select * from final
order by history_view, index_code, report_year, province_key, criterion_code, basis
