{# The order of decisions about one thing, the last one first: by the time that each names, else by when it came. #}
{% macro decision_order(decisions) -%}
    coalesce(try_cast({{ decisions }}.decided_at as timestamp), {{ decisions }}.first_seen_at) desc,
                {{ decisions }}.first_seen_at desc,
                {{ decisions }}.file_sha256 asc,
                {{ decisions }}.sheet_row_number desc
{%- endmacro %}
