{# The texts of a group as one, in an order; a text once where it is `distinct`, which is then its own order. #}
{% macro ordered_list(text, separator, order_by) -%}
    {{ return(adapter.dispatch('ordered_list', 'par_warehouse')(text, separator, order_by)) }}
{%- endmacro %}

{% macro default__ordered_list(text, separator, order_by) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }})
{%- endmacro %}

{% macro spark__ordered_list(text, separator, order_by) -%}
    listagg({{ text }}, '{{ separator }}') within group (order by {{ order_by }})
{%- endmacro %}
