-- One row per tile of a map of tiles: where a province, or its islands, stands in the grid.
with tiles as (
    select * from {{ ref('map_tiles') }}
),

final as (
    select
        cast(unit_count as integer) as unit_count,
        cast(province_code as string) as province_code,
        cast(tile_kind as string) as tile_kind,
        cast(tile_name as string) as tile_name,
        cast(grid_column as integer) as grid_column,
        cast(grid_row as integer) as grid_row
    from tiles
)

select * from final
order by unit_count, province_code, tile_kind
