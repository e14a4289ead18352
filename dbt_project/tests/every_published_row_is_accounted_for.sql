{{ config(meta={'dagster': {'ref': {'name': 'int_published_rows'}}}) }}
-- Fails on a published figure that the decisions drop, double or leave open, and on one in use that the mart lacks:
-- rows in = used + superseded + refused + unmatched.
with rows_in as (
    select
        file_sha256,
        period_key,
        sheet_row_number
    from {{ ref('stg_published_rows') }}
),

published_rows as (
    select * from {{ ref('int_published_rows') }}
),

rows_out as (
    select
        file_sha256,
        period_key,
        sheet_row_number,
        count(*) as decisions
    from published_rows
    where decision in ('used', 'superseded', 'refused', 'unmatched')
    group by file_sha256, period_key, sheet_row_number
),

dropped_or_doubled as (
    select coalesce(rows_in.sheet_row_number, rows_out.sheet_row_number) as place
    from rows_in
    full outer join rows_out
        on
            rows_in.file_sha256 = rows_out.file_sha256
            and rows_in.period_key = rows_out.period_key
            and rows_in.sheet_row_number = rows_out.sheet_row_number
    where rows_in.file_sha256 is null or rows_out.file_sha256 is null or rows_out.decisions <> 1
),

used as (
    select count(*) as figures
    from published_rows
    where decision = 'used'
),

published as (
    select count(*) as figures from {{ ref('mart_official_result') }}
),

not_as_many as (
    select used.figures as place
    from used
    cross join published
    where used.figures <> published.figures
),

final as (
    select * from dropped_or_doubled
    union all
    select * from not_as_many
)

select * from final
