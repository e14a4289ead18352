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
    replace({{ decimal_en(value, decimals) }}, '.', ',')
{%- endmacro %}

{% macro decimal_en(value, decimals) -%}
    cast(cast(round(cast({{ value }} as decimal(30, 9)), {{ decimals }}) as decimal(30, {{ decimals }})) as string)
{%- endmacro %}

{# A number without needless zeros: 31.000000000 → 31, 7.030000000 → 7,03. #}
{% macro short_vi(value) -%}
    replace({{ short_en(value) }}, '.', ',')
{%- endmacro %}

{% macro short_en(value) -%}
    regexp_replace(cast(cast({{ value }} as decimal(30, 9)) as string), '[.]?0+$', '')
{%- endmacro %}

{#
    How the text of a statistic is written. Statistics go beyond 1,000, so `9.800` alone may be 9800 or 9.8: `either_…`
    is decided by how the other figures of its file are written (comma_… or point_…), and not at all if they do not say.
#}
{% macro statistic_notation(text) -%}
    case
        when regexp_matches({{ text }}, '^[-+]?[0-9]+$') then 'whole'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}[.][0-9]{3}$') then 'either_point'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2},[0-9]{3}$') then 'either_comma'
        when regexp_matches({{ text }}, '^[-+]?[0-9]+,[0-9]+$') then 'comma_decimal'
        when regexp_matches({{ text }}, '^[-+]?[0-9]+[.][0-9]+$') then 'point_decimal'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+,[0-9]+$') then 'comma_thousands'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}([.][0-9]{3}){2,}$') then 'comma_thousands'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+[.][0-9]+$') then 'point_thousands'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}$') then 'point_thousands'
    end
{%- endmacro %}

{# The number of a statistic's text where the decimal mark is known: a comma, or a point. #}
{% macro statistic_number(text, is_comma) -%}
    try_cast(
        case
            when {{ is_comma }} then replace(replace({{ text }}, '.', ''), ',', '.')
            else replace({{ text }}, ',', '')
        end as decimal(24, 9)
    )
{%- endmacro %}
