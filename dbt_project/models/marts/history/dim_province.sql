-- One row per province and period of validity: a new row whenever territory, name, type or region changes.
with provinces as (
    select * from {{ ref('provinces') }}
),

succession as (
    select * from {{ ref('int_province_succession') }}
),

regions as (
    select * from {{ ref('regions') }}
),

final as (
    select
        cast(provinces.province_key as string) as province_key,
        cast(provinces.province_code as string) as province_code,
        cast(provinces.province_name as string) as province_name,
        cast(provinces.province_name_en as string) as province_name_en,
        cast(provinces.province_type as string) as province_type,
        cast(provinces.region_name as string) as region_name,
        cast(regions.region_name_en as string) as region_name_en,
        cast(regions.north_to_south as integer) as north_to_south,
        cast(provinces.valid_from as date) as valid_from,
        cast(provinces.valid_to as date) as valid_to,
        cast(provinces.successor_province_key as string) as successor_province_key,
        cast(provinces.succession_kind as string) as succession_kind,
        cast(succession.today_province_key as string) as today_province_key,
        cast(succession.is_same_territory as boolean) as is_same_territory,
        cast(provinces.source as string) as source
    from provinces
    inner join succession on provinces.province_key = succession.province_key
    left join regions on provinces.region_name = regions.region_name
)

select * from final
order by province_key
