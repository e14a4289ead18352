{#
    The rank of a row among the ranked rows of its partition, highest measure first, by the index's tie rule. Rows that
    are not ranked (is_ranked is false) stand after all others and their rank is not to be used.
#}
{% macro rank_by_rule(partition, measure) -%}
    case tie_rule
        when 'equal_rank_next_follows' then dense_rank() over (
            partition by {{ partition }} order by case when is_ranked then 0 else 1 end, {{ measure }} desc
        )
        when 'by_province_code' then row_number() over (
            partition by {{ partition }} order by case when is_ranked then 0 else 1 end, {{ measure }} desc, province_key
        )
        else rank() over (
            partition by {{ partition }} order by case when is_ranked then 0 else 1 end, {{ measure }} desc
        )
    end
{%- endmacro %}
