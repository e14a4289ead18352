-- One row per province and period of validity and unit of the same territory: itself, and those before it under another
-- name, type or region, over at most three changes. merged_from: the units that it was made of, if it was.
with provinces as (
    select * from {{ ref('provinces') }}
),

made_of as (
    select
        successor_province_key as province_key,
        count(*) as unit_count,
        max(case when succession_kind = 'merged' then 1 else 0 end) as is_merged,
        min(province_key) as first_unit,
        {{ ordered_list('province_name', ', ', 'province_key') }} as unit_names
    from provinces
    where successor_province_key is not null
    group by successor_province_key
),

before as (
    select
        province_key,
        first_unit as earlier_province_key
    from made_of
    where unit_count = 1 and is_merged = 0
),

two_before as (
    select
        before.province_key,
        earlier.earlier_province_key
    from before
    inner join before as earlier on before.earlier_province_key = earlier.province_key
),

three_before as (
    select
        two_before.province_key,
        earlier.earlier_province_key
    from two_before
    inner join before as earlier on two_before.earlier_province_key = earlier.province_key
),

pairs as (
    select
        province_key,
        province_key as earlier_province_key
    from provinces
    union all
    select * from before
    union all
    select * from two_before
    union all
    select * from three_before
),

final as (
    select
        pairs.province_key,
        pairs.earlier_province_key,
        case when made_of.unit_count > 1 or made_of.is_merged = 1 then made_of.unit_names end as merged_from
    from pairs
    left join made_of on pairs.province_key = made_of.province_key
)

select * from final
