{# The days from one date to another; negative where the other is earlier. #}
{% macro days_between(from_date, to_date) %}{{ dbt.datediff(from_date, to_date, 'day') }}{% endmacro %}
