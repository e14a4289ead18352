{# The words of a text, apart by one space, a row each; stands alone in a select list. #}
{% macro each_word(text) -%}
    {{ return(adapter.dispatch('each_word', 'par_warehouse')(text)) }}
{%- endmacro %}

{% macro default__each_word(text) -%}
    unnest(string_split({{ text }}, ' '))
{%- endmacro %}

{% macro spark__each_word(text) -%}
    explode(split({{ text }}, ' '))
{%- endmacro %}
