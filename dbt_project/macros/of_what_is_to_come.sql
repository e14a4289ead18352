{# Whether a heading is about plans: what stands below it is not yet done. #}
{% macro of_what_is_to_come(heading) -%}
    {{ matches(heading, "phương hướng|nhiệm vụ trọng tâm|nhiệm vụ (năm|quý|tháng|[0-9]+ tháng)|nhiệm vụ giải pháp|thời gian tới") }}
{%- endmacro %}
