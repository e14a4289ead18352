{#
    A staging table on an older file keeps what it has read: only the periods that it has no row of are read again, for
    opening hundreds of small files again costs seconds. Who builds on an older file takes the rows of every changed
    period out first (orchestration/defs/warehouse.py).
#}
{% macro only_new_periods() %}
    {% if is_incremental() %}
        {% set known = run_query("select distinct period_key from " ~ this).columns[0].values() %}
        {% if known %} where period not in ('{{ known | join("', '") }}') {% endif %}
    {% endif %}
{% endmacro %}
