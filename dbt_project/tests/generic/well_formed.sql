{#
    A table says what it must: one row for each value of its grain and of each of its other keys (a missing part counts
    as a value of its own), required columns filled, listed columns with listed values, and keys that another table
    knows (known_keys: column → [model, its column]). One test a table instead of one a column, because each test costs
    nearly a tenth of a second of every run.
#}
{% test well_formed(model, grain, other_keys=[], required_columns=[], accepted_values={}, known_keys={}) %}
with rows_of_table as (
    select * from {{ model }}
)

{% for columns in [grain] + other_keys %}
    select
        'more than one row with the same {{ columns | join(", ") | replace("'", "''") }}' as problem,
        concat_ws(
            ' · '
            {%- for column in columns %}, coalesce(cast({{ column }} as string), '–'){% endfor %}
        ) as value
    from rows_of_table
    group by {{ columns | join(', ') }}
    having count(*) > 1
    union all
{% endfor %}
{% for column in required_columns %}
    select
        '{{ column }} is blank' as problem,
        cast(null as string) as value
    from rows_of_table
    where {{ column }} is null
    union all
{% endfor %}
{% for column, values in accepted_values.items() %}
    select
        '{{ column }} has an unlisted value' as problem,
        cast({{ column }} as string) as value
    from rows_of_table
    where cast({{ column }} as string) not in ('{{ values | join("', '") }}')
    union all
{% endfor %}
{% for column, known in known_keys.items() %}
    select
        '{{ column }} is not in {{ known[0] }}' as problem,
        cast(rows_of_table.{{ column }} as string) as value
    from rows_of_table
    left join {{ ref(known[0]) }} as known_rows on rows_of_table.{{ column }} = known_rows.{{ known[1] }}
    where rows_of_table.{{ column }} is not null and known_rows.{{ known[1] }} is null
    union all
{% endfor %}
select
    'never' as problem,
    cast(null as string) as value
from rows_of_table
where 1 = 0
{% endtest %}
