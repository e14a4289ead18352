-- One row per index: its name, and the settings by which it is counted and ranked.
with settings as (
    select * from {{ ref('score_settings') }}
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(index_name as string) as index_name,
        cast(index_name_en as string) as index_name_en,
        cast(tie_rule as string) as tie_rule,
        cast(min_coverage_pct as decimal(24, 9)) as min_coverage_pct,
        cast(not_given_counts as string) as not_given_counts,
        cast(total_unit as string) as total_unit,
        cast(source as string) as source,
        cast(note as string) as note
    from settings
)

select * from final
order by index_code
