{# Whether a list of flags, joined by spaces, holds one flag. #}
{% macro has_flag(flags, flag) -%}
    (' ' || coalesce({{ flags }}, '') || ' ') like '% {{ flag }} %'
{%- endmacro %}
