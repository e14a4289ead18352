-- One row per figure of the annex that the narrative of the same report, one that counts, states otherwise.
-- A wrong accusation is worse than a miss: a figure that any sentence repeats as the annex has it is not doubted, since
-- the other sentence may be about a part or another day, and the words of scans, read with doubt, accuse nobody.
with revisions as (
    select * from {{ ref('int_report_revisions') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

blocks as (
    select * from {{ ref('stg_blocks') }}
),

narrative_phrases as (
    select * from {{ ref('narrative_phrases') }}
),

number_rules as (
    select * from {{ ref('number_rules') }}
),

reports as (
    select
        report_key,
        period_key
    from revisions
    where
        is_current
        and file_format <> 'scan'
        and coalesce(flags, '') not like '%scanned_pages:%'
),

annex_tables as (
    select distinct
        report_key,
        table_number
    from annex_values
),

annex_starts as (
    select
        annex_tables.report_key,
        min(blocks.block_number) as first_block
    from annex_tables
    inner join blocks
        on annex_tables.report_key = blocks.report_key and annex_tables.table_number = blocks.table_number
    group by annex_tables.report_key
),

paragraphs as (
    select
        blocks.report_key,
        blocks.block_number,
        blocks.page,
        {{ without_marks('blocks.text_printed') }} as words_printed
    from blocks
    inner join reports on blocks.report_key = reports.report_key and blocks.period_key = reports.period_key
    inner join annex_starts on blocks.report_key = annex_starts.report_key
    where blocks.block_kind = 'paragraph' and blocks.block_number < annex_starts.first_block
),

phrases as (
    select
        phrase_key,
        indicator_key,
        {{ without_marks('words') }} as words,
        {{ without_marks('pattern') }} as pattern
    from narrative_phrases
),

-- A pattern costs a hundred times its words, so it is tried only where they stand.
sentences as (
    select
        paragraphs.report_key,
        paragraphs.block_number,
        paragraphs.page,
        phrases.phrase_key,
        phrases.indicator_key,
        case
            when contains(paragraphs.words_printed, phrases.words)
                then regexp_extract(paragraphs.words_printed, phrases.pattern, 1)
        end as figure
    from paragraphs
    cross join phrases
),

ruled as (
    select
        sentences.*,
        annex_values.province_key,
        annex_values.period_key,
        annex_values.value_used,
        annex_values.value,
        {{ number_rule('sentences.figure', 'annex_values.value_kind') }} as number_rule
    from sentences
    inner join annex_values
        on sentences.report_key = annex_values.report_key and sentences.indicator_key = annex_values.indicator_key
    where sentences.figure <> '' and annex_values.decision = 'resolved' and annex_values.value is not null
),

stated as (
    select
        ruled.*,
        {{ number_value('ruled.figure', 'ruled.number_rule') }} as stated_value
    from ruled
    inner join number_rules on ruled.number_rule = number_rules.rule
    where number_rules.is_number
),

compared as (
    select
        *,
        max(case when stated_value = value then 1 else 0 end) over (
            partition by report_key, indicator_key
        ) as is_repeated_rightly,
        row_number() over (
            partition by report_key, indicator_key order by block_number, phrase_key
        ) as sentence_number
    from stated
),

final as (
    select
        'narrative_contradicts' as rule,
        report_key,
        province_key,
        period_key,
        indicator_key as indicator_keys,
        value_used as expected,
        figure as found,
        page,
        cast(null as integer) as table_number,
        cast(null as integer) as row_number,
        block_number
    from compared
    where is_repeated_rightly = 0 and sentence_number = 1
)

select * from final
