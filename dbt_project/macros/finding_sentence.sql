{# The sentence of a rule with the figures of one finding: {expected}, {found} and {criterion} are replaced. #}
{% macro finding_sentence(message, expected, found, criterion="''") -%}
    replace(
        replace(
            replace({{ message }}, '{expected}', coalesce({{ expected }}, '')), '{found}', coalesce({{ found }}, '')
        ), '{criterion}', coalesce({{ criterion }}, '')
    )
{%- endmacro %}
