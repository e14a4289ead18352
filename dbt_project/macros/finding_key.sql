{#
    The key of a finding of a row source: made of its rule, file, place and content, so that another figure is another
    finding, about which nobody has decided.  absent: columns that the source has not.
#}
{% macro finding_key(source, absent=()) -%}
    {%- set parts = [] -%}
    {%- for column in [
        'rule', 'report_key', 'indicator_keys', 'expected', 'page', 'table_number', 'row_number', 'index_code',
        'criterion_code', 'measure', 'found', 'block_number'
    ] -%}
        {%- do parts.append(
            "'–'" if column in absent else "coalesce(cast(" ~ source ~ "." ~ column ~ " as string), '–')"
        ) -%}
    {%- endfor -%}
    md5(concat_ws(' · ', {{ parts | join(', ') }}))
{%- endmacro %}
