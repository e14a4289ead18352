-- One row per index, span of years and group: the lowest index that a group asks for.
with score_groups as (
    select * from {{ ref('groups') }}
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(first_year as integer) as first_year,
        cast(last_year as integer) as last_year,
        cast(group_name as string) as group_name,
        cast(min_index_pct as decimal(24, 9)) as min_index_pct,
        cast(source as string) as source
    from score_groups
)

select * from final
order by index_code, first_year, group_name
