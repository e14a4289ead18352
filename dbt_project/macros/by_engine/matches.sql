{# Whether a part of a text matches a pattern. #}
{% macro matches(text, pattern) -%}
    {{ return(adapter.dispatch('matches', 'par_warehouse')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches(text, pattern) -%}
    regexp_like({{ text }}, '{{ pattern }}')
{%- endmacro %}
