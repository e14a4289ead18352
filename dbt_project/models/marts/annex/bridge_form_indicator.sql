-- One row per form and annex row: which indicator it carries. A coded row has ordinal 0, a "Trong đó" row 1, 2, …
with form_rows as (
    select * from {{ ref('form_rows') }}
),

final as (
    select
        cast(form_code as string) as form_code,
        cast(position as integer) as position,
        cast(row_code as string) as row_code,
        cast(coalesce(ordinal, 0) as integer) as ordinal,
        cast(parent_code as string) as parent_code,
        cast(row_kind as string) as row_kind,
        cast(label as string) as label,
        cast(unit as string) as unit,
        cast(options as string) as options,
        cast(indicator_key as string) as indicator_key,
        cast(source as string) as source
    from form_rows
)

select * from final
order by form_code, position
