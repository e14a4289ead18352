{#
    The one reader of numbers: annexes, score sheets, statistics, surveys and editions. A point groups thousands, a comma
    marks decimals; `1.921` is 1921 and `7,03` is 7.03.

    number_rule names how a printed text reads as a number, or why it does not; number_value gives the number of
    those that do. Both take a text that number_text has prepared. Which rules are certain, doubtful or no number
    at all is said by the seed number_rules.

    One mark before three digits has two readings. What the figure is decides where only one of them can be right:
    count       a whole number: thousands, be the mark a point (`1.921`) or, the English way, a comma (`1,921`)
    percent     a comma marks decimals; so does a point where 1000 is more than the greatest value allowed
    points      below 1,000 (points, means, scales, errors): decimals, whichever the mark
    statistic   any size: decided by how the other figures of its file are written, or not at all
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

{#
    The figure before a note in brackets: `59 (17 NQ; 42 QĐ)` → `59`. A text that is no figure before the bracket stays,
    and so does `(36)`.
#}
{% macro before_brackets(value) -%}
    case
        when {{ matches(value, '^[-+]?[0-9][0-9.,]*( [0-9]{3})* ?%? ?[(].*[)][.;]?$') }}
            then trim(split_part({{ value }}, '(', 1))
        else {{ value }}
    end
{%- endmacro %}

{% macro number_rule(text, value_kind, max_value='null') -%}
    case
        when {{ text }} is null or {{ text }} = '' then 'blank'
        when {{ matches(text, '^[-–—−.…/]+$') }} then 'dash'
        -- More than 18 digits before the decimal mark: no figure of a report, and more than a fact holds.
        when
            {{ matches(text, '^[-+]?[0-9]{19,}([.,][0-9]+)?$') }}
            or {{ matches(text, '^[-+]?[0-9]{1,3}([. ,][0-9]{3}){6,}([.,][0-9]+)?$') }}
            then 'too_long'
        when {{ matches(text, '^[-+]?[0-9]+$') }} then 'whole'
        when {{ matches(text, '^[-+]?[0-9]{1,3}( [0-9]{3})+$') }} then 'spaced_thousands'
        when {{ matches(text, '^[-+]?[0-9]{1,3}( [0-9]{3})+,[0-9]+$') }} then 'spaced_thousands_decimal'
        when {{ matches(text, '^[-+]?0[.][0-9]+$') }} then 'decimal_point'
        when {{ matches(text, '^[-+]?[1-9][0-9]{0,2}[.][0-9]{3}$') }}
            then
                case
                    when {{ value_kind }} = 'points' then 'decimal_point'
                    when {{ value_kind }} = 'percent' and {{ max_value }} < 1000 then 'decimal_by_kind'
                    when {{ value_kind }} in ('percent', 'statistic') then 'undecidable'
                    else 'thousands'
                end
        when {{ matches(text, '^[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+$') }} then 'thousands'
        when {{ matches(text, '^[-+]?[1-9][0-9]{0,2}([.][0-9]{3})+,[0-9]+$') }} then 'thousands_decimal'
        when {{ matches(text, '^[-+]?[1-9][0-9]{0,2},[0-9]{3}$') }}
            then
                case
                    when {{ value_kind }} in ('percent', 'points') then 'decimal_comma'
                    when {{ value_kind }} = 'count' then 'thousands_by_kind'
                    else 'undecidable'
                end
        when {{ matches(text, '^[-+]?[0-9]+,[0-9]+$') }} then 'decimal_comma'
        when {{ matches(text, '^[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+[.][0-9]+$') }} then 'english_thousands_decimal'
        when {{ matches(text, '^[-+]?[1-9][0-9]{0,2}(,[0-9]{3}){2,}$') }} then 'english_thousands'
        when {{ matches(text, '^[-+]?[0-9]+[.][0-9]+$') }} then 'decimal_point'
        else 'words'
    end
{%- endmacro %}

{# The rule of a number that its kind leaves undecided, from the rules by which the other figures of its file read. #}
{% macro number_rule_in_file(text, rule, has_comma, has_point) -%}
    case
        when {{ rule }} <> 'undecidable' or {{ has_comma }} = {{ has_point }} then {{ rule }}
        when {{ has_comma }} then case when {{ text }} like '%.%' then 'thousands' else 'decimal_comma' end
        else case when {{ text }} like '%.%' then 'decimal_point' else 'english_thousands' end
    end
{%- endmacro %}

{# Text becomes a decimal of 18 digits fifty times faster than one of 24, which few values need. #}
{% macro number_value(text, rule, decimals=6) -%}
    {%- set number -%}
        case
            when {{ rule }} in ('whole', 'decimal_point', 'decimal_by_kind') then {{ text }}
            when {{ rule }} = 'spaced_thousands' then replace({{ text }}, ' ', '')
            when {{ rule }} = 'spaced_thousands_decimal' then replace(replace({{ text }}, ' ', ''), ',', '.')
            when {{ rule }} = 'thousands' then replace({{ text }}, '.', '')
            when {{ rule }} in ('thousands_decimal', 'decimal_comma') then replace(replace({{ text }}, '.', ''), ',', '.')
            when {{ rule }} in ('thousands_by_kind', 'english_thousands', 'english_thousands_decimal')
                then replace({{ text }}, ',', '')
        end
    {%- endset -%}
    coalesce(
        cast(try_cast({{ number }} as decimal(18, {{ decimals }})) as decimal(24, {{ decimals }})),
        try_cast({{ number }} as decimal(24, {{ decimals }}))
    )
{%- endmacro %}

{# A decimal as people write it: 1921.000000 → 1921, 7.030000 → 7,03. #}
{% macro number_printed(value) -%}
    replace(regexp_replace(cast({{ value }} as string), '[.]?0+$', ''), '.', ',')
{%- endmacro %}
