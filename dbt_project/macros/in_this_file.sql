{# A table that a view reads, by schema alone: the file is renamed when it is published, and the view with it. #}
{% macro in_this_file(relation) -%}
    {{ relation.include(database=false) }}
{%- endmacro %}
