{#
    Seeds on Spark as literals: the adapter's own loader (dbt-spark 1.11, method session) writes a blank as the word
    None and does not escape a quotation mark.
#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- set statements = [] -%}
    {%- for chunk in agate_table.rows | batch(1000) -%}
        {%- set sql -%}
            insert into {{ this.render() }}
            select
            {%- for name in agate_table.column_names %}
                cast({{ name }} as {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}) as {{ name }}
                {{- ',' if not loop.last }}
            {%- endfor %}
            from values
            {% for row in chunk -%}
                (
                {%- for cell in row -%}
                    {%- if cell is none -%}cast(null as string)
                    {%- else -%}'{{ (cell | string).replace('\\', '\\\\').replace("'", "\\'") }}'
                    {%- endif -%}{{ ',' if not loop.last }}
                {%- endfor -%}
                ){{ ',' if not loop.last }}
            {%- endfor %}
            as t({{ agate_table.column_names | join(', ') }})
        {%- endset -%}
        {%- do adapter.add_query(sql, abridge_sql_log=True) -%}
        {%- do statements.append(sql) -%}
    {%- endfor -%}
    {{ return(statements[0]) }}
{% endmacro %}
