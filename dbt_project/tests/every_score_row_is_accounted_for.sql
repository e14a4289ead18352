{{ config(meta={'dagster': {'ref': {'name': 'int_score_rows'}}}) }}
-- Fails on a row of a score sheet or a survey that the decisions drop, double or leave open: rows in = used +
-- superseded + refused + unmatched. A row that speaks for several indices has one decision for each of them.
with rows_in as (
    select
        'score_rows' as row_source,
        file_sha256,
        period_key,
        sheet_row_number
    from {{ ref('stg_score_rows') }}
    union all
    select
        'survey_rows' as row_source,
        file_sha256,
        period_key,
        sheet_row_number
    from {{ ref('stg_survey_rows') }}
),

score_rows as (
    select * from {{ ref('int_score_rows') }}
),

rows_out as (
    select
        row_source,
        file_sha256,
        period_key,
        sheet_row_number,
        count(*) as decisions,
        count(distinct coalesce(index_code, '')) as index_count,
        count(*) filter (where decision in ('used', 'superseded', 'refused')) as matched_count,
        count(*) filter (where decision = 'unmatched') as unmatched_count
    from score_rows
    group by row_source, file_sha256, period_key, sheet_row_number
),

final as (
    select
        coalesce(rows_in.row_source, rows_out.row_source) as row_source,
        coalesce(rows_in.file_sha256, rows_out.file_sha256) as file_sha256,
        coalesce(rows_in.sheet_row_number, rows_out.sheet_row_number) as sheet_row_number,
        rows_out.decisions,
        rows_out.matched_count,
        rows_out.unmatched_count
    from rows_in
    full outer join rows_out
        on
            rows_in.row_source = rows_out.row_source
            and rows_in.file_sha256 = rows_out.file_sha256
            and rows_in.period_key = rows_out.period_key
            and rows_in.sheet_row_number = rows_out.sheet_row_number
    where
        rows_in.file_sha256 is null
        or rows_out.file_sha256 is null
        or rows_out.decisions <> rows_out.index_count
        or not (
            (rows_out.matched_count = rows_out.decisions and rows_out.unmatched_count = 0)
            or (rows_out.matched_count = 0 and rows_out.unmatched_count = 1)
        )
)

select * from final
