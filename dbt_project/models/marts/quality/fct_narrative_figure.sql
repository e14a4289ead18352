-- One row per figure of the narrative of a report that counts: what it says, where, and which indicator it repeats.
with figures as (
    select * from {{ ref('stg_narrative_figures') }}
    where figure_kind in ('number', 'percent', 'ratio')
),

revisions as (
    select * from {{ ref('int_report_revisions') }}
    where is_current
),

matches as (
    select * from {{ ref('int_narrative_matches') }}
),

ruled as (
    select
        figures.*,
        revisions.province_key,
        revisions.is_simulated,
        {{ number_rule(
            'figures.value_raw', "case when figures.figure_kind = 'percent' then 'percent' else 'count' end", '1000'
        ) }} as number_rule,
        {{ number_rule('figures.whole_raw', "'count'") }} as whole_rule
    from figures
    inner join revisions on figures.report_key = revisions.report_key and figures.period_key = revisions.period_key
),

final as (
    select
        cast(ruled.report_key as string) as report_key,
        cast(ruled.figure_number as integer) as figure_number,
        cast(ruled.province_key as string) as province_key,
        cast(ruled.period_key as string) as period_key,
        cast(ruled.figure_kind as string) as figure_kind,
        cast(ruled.figure_printed as string) as figure_printed,
        cast({{ number_value('ruled.value_raw', 'ruled.number_rule') }} as decimal(24, 6)) as value,
        cast(
            case when ruled.whole_raw is not null then {{ number_value('ruled.whole_raw', 'ruled.whole_rule') }} end
            as decimal(24, 6)
        ) as whole_value,
        cast(ruled.phrase_printed as string) as phrase_printed,
        cast(
            case when ruled.figure_kind = 'percent' then '%' else split_part(ruled.words_after, ' ', 1) end as string
        ) as unit_printed,
        cast(ruled.section as string) as section,
        cast(ruled.sentence as string) as sentence,
        cast(ruled.page as integer) as page,
        cast(ruled.block_number as integer) as block_number,
        cast(ruled.part_of_figure as integer) as part_of_figure,
        cast(ruled.year_printed as integer) as year_printed,
        cast(matches.indicator_keys as string) as indicator_keys,
        cast(matches.match_score as decimal(6, 4)) as match_score,
        cast(matches.annex_value as decimal(24, 6)) as annex_value,
        cast(case when matches.is_of_other_year then 'other_year' else matches.verdict end as string) as verdict,
        cast(ruled.is_simulated as boolean) as is_simulated
    from ruled
    left join matches
        on
            ruled.report_key = matches.report_key
            and ruled.period_key = matches.period_key
            and ruled.figure_number = matches.figure_number
)

select * from final
order by period_key, province_key, figure_number
