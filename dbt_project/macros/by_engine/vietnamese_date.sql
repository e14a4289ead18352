{# The day that a text like 3/11/2023 or 2023-11-03 says; null for anything else. #}
{% macro vietnamese_date(text) -%}
    {{ return(adapter.dispatch('vietnamese_date', 'par_warehouse')(text)) }}
{%- endmacro %}

{% macro default__vietnamese_date(text) -%}
    try_cast(
        regexp_replace(trim({{ text }}), '^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})$', '\3-\2-\1') as date
    )
{%- endmacro %}

{% macro spark__vietnamese_date(text) -%}
    try_cast(
        regexp_replace(trim({{ text }}), '^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})$', '$3-$2-$1') as date
    )
{%- endmacro %}
