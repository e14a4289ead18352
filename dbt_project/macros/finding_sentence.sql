{#
    The sentence of a rule with what one finding says: {expected}, {found}, {criterion}, {place} (where the expected
    figure stands) and {quote} (the sentence that says otherwise) are replaced.
#}
{% macro finding_sentence(message, expected, found, criterion="''", place="''", quote="''") -%}
    {%- set filled = namespace(sentence=message) -%}
    {%- for sign, value in [
        ('{expected}', expected), ('{found}', found), ('{criterion}', criterion), ('{place}', place), ('{quote}', quote)
    ] -%}
        {%- set filled.sentence = "replace(" ~ filled.sentence ~ ", '" ~ sign ~ "', coalesce(" ~ value ~ ", ''))" -%}
    {%- endfor -%}
    {{ filled.sentence }}
{%- endmacro %}
