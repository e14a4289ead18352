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
    regexp_replace({{ plain_text('cast(' ~ value ~ ' as decimal(30, 9))') }}, '[.]?0+$', '')
{%- endmacro %}
