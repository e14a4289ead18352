-- One row per province and period of validity: the unit of today that it became, over at most six changes.
-- is_same_territory: every change on the way was of name, type or region, and nobody else joined.
with provinces as (
    select * from {{ ref('provinces') }}
),

predecessors as (
    select
        successor_province_key as province_key,
        count(*) as predecessor_count
    from provinces
    where successor_province_key is not null
    group by successor_province_key
),

steps as (
    select
        provinces.province_key,
        provinces.successor_province_key,
        provinces.succession_kind <> 'merged' and predecessors.predecessor_count = 1 as is_same_territory
    from provinces
    left join predecessors on provinces.successor_province_key = predecessors.province_key
),

final as (
    select
        steps.province_key,
        coalesce(
            step_six.successor_province_key,
            step_five.successor_province_key,
            step_four.successor_province_key,
            step_three.successor_province_key,
            step_two.successor_province_key,
            steps.successor_province_key,
            steps.province_key
        ) as today_province_key,
        coalesce(steps.is_same_territory, true)
        and coalesce(step_two.is_same_territory, true)
        and coalesce(step_three.is_same_territory, true)
        and coalesce(step_four.is_same_territory, true)
        and coalesce(step_five.is_same_territory, true)
        and coalesce(step_six.is_same_territory, true) as is_same_territory,
        case when steps.successor_province_key is null then 0 else 1 end
        + case when step_two.successor_province_key is null then 0 else 1 end
        + case when step_three.successor_province_key is null then 0 else 1 end
        + case when step_four.successor_province_key is null then 0 else 1 end
        + case when step_five.successor_province_key is null then 0 else 1 end
        + case when step_six.successor_province_key is null then 0 else 1 end as change_count
    from steps
    left join steps as step_two on steps.successor_province_key = step_two.province_key
    left join steps as step_three on step_two.successor_province_key = step_three.province_key
    left join steps as step_four on step_three.successor_province_key = step_four.province_key
    left join steps as step_five on step_four.successor_province_key = step_five.province_key
    left join steps as step_six on step_five.successor_province_key = step_six.province_key
)

select * from final
