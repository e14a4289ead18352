-- One row per figure of a narrative that counts, layer of its words and term heard in them: its own clause, what it
-- shares with its sentence (beside), what it is a part of (above), the sentences ahead, its section; `|` opens the
-- clause and stands for the figure in it. A term within a longer one that is heard there is not heard.
with figures as (
    select stg_narrative_figures.*
    from {{ ref('stg_narrative_figures') }} as stg_narrative_figures
    inner join {{ ref('int_report_revisions') }} as revisions
        on
            stg_narrative_figures.report_key = revisions.report_key
            and stg_narrative_figures.period_key = revisions.period_key
    where revisions.is_current
),

narrative_terms as (
    select
        term_key,
        facet,
        ' ' || words || ' ' as words,
        split_part(words, ' ', 1) as first_word
    from {{ ref('narrative_terms') }}
),

layers as (
    select
        report_key,
        period_key,
        figure_number,
        'own' as layer,
        '| ' || words_before || ' | ' || words_after as words
    from figures
    union all
    select
        report_key,
        period_key,
        figure_number,
        'beside' as layer,
        words_beside as words
    from figures
    union all
    select
        report_key,
        period_key,
        figure_number,
        'above' as layer,
        words_above as words
    from figures
    union all
    select
        report_key,
        period_key,
        figure_number,
        'ahead' as layer,
        words_ahead as words
    from figures
    union all
    select
        report_key,
        period_key,
        figure_number,
        'section' as layer,
        section_words as words
    from figures
),

texts as (
    select distinct words
    from layers
    where words <> ''
),

text_words as (
    select distinct
        words,
        {{ each_word('words') }} as first_word
    from texts
),

heard as (
    select
        text_words.words as heard_in,
        narrative_terms.term_key,
        narrative_terms.facet,
        narrative_terms.words
    from text_words
    inner join narrative_terms
        on
            text_words.first_word = narrative_terms.first_word
            and contains(' ' || text_words.words || ' ', narrative_terms.words)
),

-- A longer term hides the shorter one that it holds or overlaps, as often as it does, unless it is hidden itself; what
-- is heard once more than it is hidden stays heard.
covered_letters as (
    select
        shorter.heard_in,
        shorter.words,
        longer.words as longer_words,
        length(' ' || shorter.heard_in || ' ')
        - length(replace(' ' || shorter.heard_in || ' ', shorter.words, '')) as letters_heard,
        length(replace(' ' || shorter.heard_in || ' ', longer.words, ' | '))
        - length(replace(replace(' ' || shorter.heard_in || ' ', longer.words, ' | '), shorter.words, ''))
            as letters_left
    from heard as shorter
    inner join heard as longer
        on shorter.heard_in = longer.heard_in and length(longer.words) > length(shorter.words)
),

{% set depth = 3 %}
{%- for step in range(1, depth + 1) %}
    hidden_{{ step }} as (
        select
            covered_letters.heard_in,
            covered_letters.words
        from
            covered_letters
        {%- if step > 1 %}
        left join hidden_{{ step - 1 }} as hidden_hider
            on
                covered_letters.heard_in = hidden_hider.heard_in
                and covered_letters.longer_words = hidden_hider.words
        where hidden_hider.words is null
        {%- endif %}
        group by covered_letters.heard_in, covered_letters.words
        having sum(covered_letters.letters_heard - covered_letters.letters_left) >= max(covered_letters.letters_heard)
    ),
{% endfor %}

final as (
    select distinct
        layers.report_key,
        layers.period_key,
        layers.figure_number,
        layers.layer,
        heard.term_key,
        heard.facet
    from layers
    inner join heard on layers.words = heard.heard_in
    left join hidden_{{ depth }} as hidden on heard.heard_in = hidden.heard_in and heard.words = hidden.words
    where
        hidden.words is null
        and heard.facet <> 'neutral'
        -- Sentences before it say what a paragraph speaks of, not what was done or when.
        and (
            layers.layer <> 'ahead'
            or heard.facet in ('plan', 'staff', 'units', 'survey', 'portal', 'system', 'timely', 'level', 'autonomy')
        )
)

select * from final
