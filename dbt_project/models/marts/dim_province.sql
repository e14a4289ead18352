-- One row per province and period of validity: a new row whenever territory, name, type or region changes.
with provinces as (
    select * from {{ ref('provinces') }}
),

final as (
    select
        cast(province_key as string) as province_key,
        cast(province_code as string) as province_code,
        cast(province_name as string) as province_name,
        cast(province_name_en as string) as province_name_en,
        cast(province_type as string) as province_type,
        cast(region_name as string) as region_name,
        cast(valid_from as date) as valid_from,
        cast(valid_to as date) as valid_to,
        cast(successor_province_key as string) as successor_province_key,
        cast(succession_kind as string) as succession_kind,
        cast(source as string) as source
    from provinces
)

select * from final
order by province_key
