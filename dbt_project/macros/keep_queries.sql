{#
    At the end of a build: the query of every intermediate model and mart as a row of warehouse.model_query, so that whoever
    has the warehouse sees how a figure was made, and can make it again with one figure changed (orchestration/rerun.py).
#}
{% macro keep_queries(results) %}
    {%- set queries = [] -%}
    {%- for result in results -%}
        {%- set node = result.node -%}
        {#- The day of the build is a table, so that they can be run again as of another. -#}
        {%- if node.resource_type == 'model' and node.schema in ('intermediate', 'marts') and node.compiled_code -%}
            {%- set query = node.compiled_code | replace('"' ~ target.database ~ '".', '')
                | replace(as_of_date(), '(select as_of from "warehouse"."build")') | replace("'", "''") -%}
            {%- do queries.append("('" ~ node.schema ~ "', '" ~ node.name ~ "', '" ~ query ~ "')") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if target.type == 'duckdb' and queries -%}
        create schema if not exists warehouse;
        create or replace table warehouse.build as select {{ as_of_date() }} as as_of;
        create or replace table warehouse.model_query as
        select * from (values {{ queries | sort | join(', ') }}) as queries (schema_name, table_name, query)
    {%- endif -%}
{% endmacro %}
