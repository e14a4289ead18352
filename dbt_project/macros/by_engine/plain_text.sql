{# A decimal as digits: Spark writes 0.000000000 as 0E-9. #}
{% macro plain_text(value) -%}
    {{ return(adapter.dispatch('plain_text', 'par_warehouse')(value)) }}
{%- endmacro %}

{% macro default__plain_text(value) -%}
    cast({{ value }} as string)
{%- endmacro %}

{% macro spark__plain_text(value) -%}
    case
        when abs({{ value }}) >= 0.000001 then cast({{ value }} as string)
        when {{ value }} is not null then format_number({{ value }}, '0.000000000')
    end
{%- endmacro %}
