{#
    Vietnamese numbers: a point groups thousands, a comma marks decimals; `1.921` is 1921 and `7,03` is 7.03.

    number_rule names how a printed text reads as a number, or why it does not; number_value gives the number of
    those that do. Both take a text that number_text has prepared. Which rules are certain, doubtful or no number
    at all is said by the seed number_rules.
#}

{#
    The text of a value without the spaces around it, its unit's own name or the percent sign: `36 nhiệm vụ` → `36`.
    Under any unit but a percentage the percent sign stays, so that `92%` is no count.
#}
{% macro number_text(value, unit, value_kind) -%}
    trim(
        replace(
            case
                when
                    length({{ value }}) > length({{ unit }})
                    and lower(substr({{ value }}, length({{ value }}) - length({{ unit }}) + 1)) = lower({{ unit }})
                    then substr({{ value }}, 1, length({{ value }}) - length({{ unit }}))
                else {{ value }}
            end,
            case when {{ value_kind }} = 'percent' then '%' else '' end, ''
        )
    )
{%- endmacro %}

{% macro number_rule(text, value_kind) -%}
    case
        when {{ text }} is null or {{ text }} = '' then 'blank'
        when regexp_matches({{ text }}, '^[-–—−.…/]+$') then 'dash'
        -- More than 18 digits before the decimal mark: no figure of a report, and more than a fact holds.
        when
            regexp_matches({{ text }}, '^[-+]?[0-9]{19,}([.,][0-9]+)?$')
            or regexp_matches({{ text }}, '^[-+]?[0-9]{1,3}([. ,][0-9]{3}){6,}([.,][0-9]+)?$')
            then 'too_long'
        when regexp_matches({{ text }}, '^[-+]?[0-9]+$') then 'whole'
        when regexp_matches({{ text }}, '^[-+]?[0-9]{1,3}( [0-9]{3})+$') then 'spaced_thousands'
        when regexp_matches({{ text }}, '^[-+]?0[.][0-9]+$') then 'decimal_point'
        when
            regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}[.][0-9]{3}$') and {{ value_kind }} = 'percent'
            then 'undecidable'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+$') then 'thousands'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+,[0-9]+$') then 'thousands_decimal'
        when
            regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2},[0-9]{3}$') and {{ value_kind }} <> 'percent'
            then 'undecidable'
        when regexp_matches({{ text }}, '^[-+]?[0-9]+,[0-9]+$') then 'decimal_comma'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+[.][0-9]+$') then 'english_thousands_decimal'
        when regexp_matches({{ text }}, '^[-+]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}$') then 'english_thousands'
        when regexp_matches({{ text }}, '^[-+]?[0-9]+[.][0-9]+$') then 'decimal_point'
        else 'words'
    end
{%- endmacro %}

{# Text becomes a decimal of 18 digits fifty times faster than one of 24, which few values need. #}
{% macro number_value(text, rule) -%}
    {%- set number -%}
        case
            when {{ rule }} in ('whole', 'decimal_point') then {{ text }}
            when {{ rule }} = 'spaced_thousands' then replace({{ text }}, ' ', '')
            when {{ rule }} = 'thousands' then replace({{ text }}, '.', '')
            when {{ rule }} in ('thousands_decimal', 'decimal_comma') then replace(replace({{ text }}, '.', ''), ',', '.')
            when {{ rule }} in ('english_thousands', 'english_thousands_decimal') then replace({{ text }}, ',', '')
        end
    {%- endset -%}
    coalesce(
        cast(try_cast({{ number }} as decimal(18, 6)) as decimal(24, 6)),
        try_cast({{ number }} as decimal(24, 6))
    )
{%- endmacro %}

{# A decimal as people write it: 1921.000000 → 1921, 7.030000 → 7,03. #}
{% macro number_printed(value) -%}
    replace(regexp_replace(cast({{ value }} as string), '[.]?0+$', ''), '.', ',')
{%- endmacro %}
