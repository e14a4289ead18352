{{ config(meta={'dagster': {'ref': {'name': 'fct_indicator_value'}}}) }}
-- Fails on a value whose table and row are no block of its file, and on a resolved row that is no fact.
with facts as (
    select * from {{ ref('fct_indicator_value') }}
),

blocks as (
    select * from {{ ref('stg_blocks') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

places as (
    select distinct
        report_key,
        period_key,
        page,
        table_number,
        row_number
    from blocks
    where row_number is not null
),

without_place as (
    select
        facts.report_key,
        facts.indicator_key
    from facts
    left join places
        on
            facts.report_key = places.report_key
            and facts.period_key = places.period_key
            and facts.table_number = places.table_number
            and facts.row_number = places.row_number
            and coalesce(facts.page, 0) = coalesce(places.page, 0)
    where places.report_key is null
),

without_fact as (
    select
        annex_values.report_key,
        annex_values.indicator_key
    from annex_values
    left join facts
        on annex_values.report_key = facts.report_key and annex_values.indicator_key = facts.indicator_key
    where annex_values.decision = 'resolved' and facts.report_key is null
),

final as (
    select * from without_place
    union all
    select * from without_fact
)

select * from final
