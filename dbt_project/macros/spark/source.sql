{# Where raw Parquet stands, read in place: DuckDB has it from the source's own settings, Spark reads the folder. #}
{% macro source(source_name, table_name) %}
    {%- set relation = builtins.source(source_name, table_name) -%}
    {%- if target.type == 'spark' and source_name == 'raw' and relation.schema == 'raw' -%}
        {%- do return('parquet.`' ~ env_var('PAR_RAW') ~ '/' ~ table_name ~ '`') -%}
    {%- endif -%}
    {%- do return(relation) -%}
{% endmacro %}
