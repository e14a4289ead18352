{# Which basis stands at a place of an index's order of bases ('verified survey …'); the criterion's own where none (0). #}
{% macro basis_at(bases, place, otherwise) -%}
    case
        when coalesce({{ place }}, 0) = 0 then {{ otherwise }}
        else split_part(substr({{ bases }}, cast({{ place }} as integer)), ' ', 1)
    end
{%- endmacro %}

{# Why a criterion gets no points: nothing was given on the basis that governs it. #}
{% macro not_given_vi(basis) -%}
    case {{ basis }}
        when 'verified' then 'không có điểm thẩm định nên không được điểm; điểm tự chấm không thay thế'
        when 'survey' then 'không có kết quả khảo sát nên không được điểm'
        when 'computed' then 'không có số liệu để tính nên không được điểm; điểm tự chấm không thay thế'
        when 'published' then 'không có điểm công bố'
        else 'tỉnh không tự chấm nên không được điểm'
    end
{%- endmacro %}

{% macro not_given_en(basis) -%}
    case {{ basis }}
        when 'verified' then 'no verified points, so none are given; a claim does not take their place'
        when 'survey' then 'no survey result, so no points are given'
        when 'computed' then 'no figures to compute from, so no points are given; a claim does not take their place'
        when 'published' then 'no published points'
        else 'the province claims nothing, so no points are given'
    end
{%- endmacro %}
