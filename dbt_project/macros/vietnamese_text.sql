{#
    A text in lower case, without Vietnamese marks and with single spaces, for comparison only: `Thủ  tục` → `thu tuc`.

    Files write the same word composed or decomposed and set the tone on either vowel (hòa, hoà); here they are one.
#}
{% macro without_marks(text) -%}
    {%- set vowels = 'àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ' -%}
    {%- set plain = 'a' * 17 ~ 'e' * 11 ~ 'i' * 5 ~ 'o' * 17 ~ 'u' * 11 ~ 'y' * 5 ~ 'd' -%}
    {%- set spaces = '\u00a0\t\n' -%}
    {%- set loose_marks = '\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323' -%}
    trim(
        replace(
            replace(
                translate(
                    lower({{ text }}), '{{ vowels ~ spaces ~ loose_marks }}', '{{ plain ~ ' ' * (spaces | length) }}'
                ), '  ', ' '
            ), '  ', ' '
        )
    )
{%- endmacro %}
