-- One row per indicator, whatever forms carry it; headings of the annex are indicators without a value.
with indicators as (
    select * from {{ ref('indicators') }}
),

final as (
    select
        cast(indicator_key as string) as indicator_key,
        cast(area_number as integer) as area_number,
        cast(area_name as string) as area_name,
        cast(area_name_en as string) as area_name_en,
        cast(indicator_name as string) as indicator_name,
        cast(indicator_name_en as string) as indicator_name_en,
        cast(unit_name as string) as unit_name,
        cast(unit_name_en as string) as unit_name_en,
        cast(value_kind as string) as value_kind,
        cast(measure_kind as string) as measure_kind,
        cast(is_to_date as boolean) as is_to_date,
        cast(province_aggregation as string) as province_aggregation,
        cast(numerator_indicator_key as string) as numerator_indicator_key,
        cast(denominator_indicator_key as string) as denominator_indicator_key,
        cast(direction as string) as direction,
        cast(min_value as decimal(24, 6)) as min_value,
        cast(max_value as decimal(24, 6)) as max_value,
        cast(source as string) as source
    from indicators
)

select * from final
order by area_number, indicator_key
