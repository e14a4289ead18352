-- One row per figure of a file's narrative, and per status, province and year that it names; nothing decided.
with narrative_figures as (
    select rows_read.*
    from {{ source('raw', 'narrative_figures') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        narrative_figures.period as period_key,
        narrative_figures.file_sha256,
        substr(narrative_figures.file_sha256, 1, 16) as report_key,
        narrative_figures.figure_number,
        narrative_figures.figure_kind,
        narrative_figures.figure_printed,
        narrative_figures.value_raw,
        narrative_figures.whole_raw,
        narrative_figures.in_words,
        narrative_figures.phrase_printed,
        narrative_figures.words_before,
        narrative_figures.words_after,
        narrative_figures.words_beside,
        narrative_figures.words_above,
        narrative_figures.words_ahead,
        narrative_figures.part_of_figure,
        cast(narrative_figures.year_printed as integer) as year_printed,
        try_cast(narrative_figures.day_printed as date) as day_printed,
        narrative_figures.named_unit,
        narrative_figures.items_least,
        narrative_figures.items_most,
        narrative_figures.section,
        narrative_figures.section_words,
        narrative_figures.sentence,
        narrative_figures.block_number,
        narrative_figures.page
    from narrative_figures
)

select * from final
