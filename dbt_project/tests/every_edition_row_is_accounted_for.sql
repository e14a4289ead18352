{{ config(meta={'dagster': {'ref': {'name': 'int_edition_rows'}}}) }}
-- Fails on a row of an edition file that the decisions drop, double or leave open, and on a criterion or a rule of a
-- file that no used row states, or two do: rows in = used + superseded + unmatched.
with rows_in as (
    select
        file_sha256,
        period_key,
        sheet_row_number
    from {{ ref('stg_edition_rows') }}
),

edition_rows as (
    select * from {{ ref('int_edition_rows') }}
),

rows_out as (
    select
        file_sha256,
        period_key,
        sheet_row_number,
        count(*) as decisions
    from edition_rows
    where decision in ('used', 'superseded', 'unmatched')
    group by file_sha256, period_key, sheet_row_number
),

used_criteria as (
    select
        file_sha256,
        criterion_code,
        variant,
        count(*) as rows_used
    from edition_rows
    where decision = 'used'
    group by file_sha256, criterion_code, variant
),

-- Which criteria and which rules stand on a file.
stated as (
    select distinct
        file_sha256,
        criterion_code,
        cast(null as integer) as variant
    from {{ ref('int_criteria') }}
    where criteria_origin = 'file'
    union all
    select distinct
        file_sha256,
        criterion_code,
        variant
    from {{ ref('int_rules') }}
    where file_sha256 is not null
),

dropped_or_doubled as (
    select
        coalesce(rows_in.file_sha256, rows_out.file_sha256) as file_sha256,
        cast(coalesce(rows_in.sheet_row_number, rows_out.sheet_row_number) as string) as place
    from rows_in
    full outer join rows_out
        on
            rows_in.file_sha256 = rows_out.file_sha256
            and rows_in.period_key = rows_out.period_key
            and rows_in.sheet_row_number = rows_out.sheet_row_number
    where rows_in.file_sha256 is null or rows_out.file_sha256 is null or rows_out.decisions <> 1
),

without_a_row as (
    select
        stated.file_sha256,
        stated.criterion_code as place
    from stated
    left join used_criteria
        on
            stated.file_sha256 = used_criteria.file_sha256
            and stated.criterion_code = used_criteria.criterion_code
            and coalesce(stated.variant, used_criteria.variant) = used_criteria.variant
    where used_criteria.rows_used is null or used_criteria.rows_used <> 1
),

final as (
    select * from dropped_or_doubled
    union all
    select * from without_a_row
)

select * from final
