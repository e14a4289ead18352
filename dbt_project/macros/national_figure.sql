{# What the figures of several provinces come to: a sum, or what is above over what is below, rounded to six decimals. #}
{% macro national_figure(above, below, aggregation) -%}
    case
            when {{ aggregation }} = 'sum' then cast({{ above }} as decimal(24, 6))
            when {{ below }} > 0 then cast(cast({{ above }} as double) / cast({{ below }} as double) as decimal(24, 6))
        end
{%- endmacro %}
