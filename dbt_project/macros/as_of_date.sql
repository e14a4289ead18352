{#
    The day as which the warehouse is built: a run says it (the day in Việt Nam), so that a build can be repeated to the
    byte on another day.
#}
{% macro as_of_date() %}cast('{{ env_var("PAR_AS_OF_DATE", run_started_at.strftime("%Y-%m-%d")) }}' as date){% endmacro %}
