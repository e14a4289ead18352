{# A list column as one text, in its order, parts apart by a space. #}
{% macro joined_list(column) -%}
    {{ return(adapter.dispatch('joined_list', 'par_warehouse')(column)) }}
{%- endmacro %}

{% macro default__joined_list(column) -%}
    array_to_string({{ column }}, ' ')
{%- endmacro %}

{% macro spark__joined_list(column) -%}
    array_join({{ column }}, ' ')
{%- endmacro %}
