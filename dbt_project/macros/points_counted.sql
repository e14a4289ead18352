{# What a group of rows of int_criterion_points adds up to: given, its maximum, and the maxima of what was not given. #}
{% macro points_counted() -%}
    sum(points) filter (where is_used) as points,
        coalesce(sum(max_points) filter (where is_used), 0) as points_covered,
        coalesce(sum(max_points) filter (where is_governing and status in ('not_given', 'refused')), 0)
            as points_not_given,
        coalesce(sum(max_points) filter (where is_governing and status = 'refused'), 0) as points_refused,
        coalesce(sum(max_points) filter (where is_governing and status = 'does_not_apply'), 0) as points_not_applicable
{%- endmacro %}

{# A part of a whole in percent, unrounded; null where there is no whole. #}
{% macro pct_of(part, whole) -%}
    cast(cast(({{ part }}) * 100 as double) / nullif({{ whole }}, 0) as decimal(18, 9))
{%- endmacro %}
