{# Whether a heading is about plans, or a year after `year`: what stands below it is not yet done. #}
{% macro of_what_is_to_come(heading, year) -%}
    ({{ matches(heading, "phương hướng|nhiệm vụ trọng tâm|nhiệm vụ (năm|quý|tháng|[0-9]+ tháng)|nhiệm vụ giải pháp|thời gian tới") }}
    or contains({{ heading }}, 'năm ' || cast(cast({{ year }} as integer) + 1 as string)))
{%- endmacro %}
