{# The day in Việt Nam of a moment in UTC: seven hours ahead, all the year round. #}
{% macro local_date(moment) %}cast({{ moment }} + interval '7' hour as date){% endmacro %}
