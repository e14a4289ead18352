{#
    Numbers of score sheets: points are below 1,000, so a single point or comma marks decimals (`0,75`, `1.264`);
    only a text with both has thousands.
#}
{% macro score_number(text) -%}
    try_cast(
        case
            when {{ text }} like '%,%' and {{ text }} like '%.%' then replace(replace({{ text }}, '.', ''), ',', '.')
            else replace(replace(trim({{ text }}), '%', ''), ',', '.')
        end as decimal(24, 9)
    )
{%- endmacro %}

{# A number with a fixed count of decimals, as written in Vietnamese and in English. #}
{% macro decimal_vi(value, decimals) -%}
    replace(cast(cast(round(cast({{ value }} as decimal(24, 9)), {{ decimals }}) as decimal(24, {{ decimals }})) as string), '.', ',')
{%- endmacro %}

{% macro decimal_en(value, decimals) -%}
    cast(cast(round(cast({{ value }} as decimal(24, 9)), {{ decimals }}) as decimal(24, {{ decimals }})) as string)
{%- endmacro %}

{# A number without needless zeros: 31.000000000 → 31, 7.030000000 → 7,03. #}
{% macro short_vi(value) -%}
    replace(regexp_replace(cast(cast({{ value }} as decimal(24, 9)) as string), '[.]?0+$', ''), '.', ',')
{%- endmacro %}

{% macro short_en(value) -%}
    regexp_replace(cast(cast({{ value }} as decimal(24, 9)) as string), '[.]?0+$', '')
{%- endmacro %}
