{{ config(meta={'dagster': {'ref': {'name': 'int_annex_values'}}}) }}
-- Fails on an annex row of an accepted file that the decisions drop or double, and on a file whose rows in raw are not
-- as many as its reader counted: rows in = resolved + heading + superseded + unmatched.
with documents as (
    select * from {{ ref('stg_documents') }}
),

annex_rows as (
    select * from {{ ref('stg_annex_rows') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

accepted as (
    select *
    from documents
    where status = 'accepted'
),

rows_in as (
    select
        accepted.report_key,
        annex_rows.annex_row_number,
        count(*) as times_in
    from accepted
    inner join annex_rows
        on accepted.file_sha256 = annex_rows.file_sha256 and accepted.period_key = annex_rows.period_key
    group by accepted.report_key, annex_rows.annex_row_number
),

rows_out as (
    select
        report_key,
        annex_row_number,
        count(*) as times_out
    from annex_values
    where decision in ('resolved', 'heading', 'superseded', 'unmatched')
    group by report_key, annex_row_number
),

dropped_or_doubled as (
    select
        coalesce(rows_in.report_key, rows_out.report_key) as report_key,
        coalesce(rows_in.annex_row_number, rows_out.annex_row_number) as annex_row_number,
        rows_in.times_in as expected,
        rows_out.times_out as found
    from rows_in
    full outer join rows_out
        on rows_in.report_key = rows_out.report_key and rows_in.annex_row_number = rows_out.annex_row_number
    where coalesce(rows_in.times_in, 0) <> 1 or coalesce(rows_out.times_out, 0) <> 1
),

counted as (
    select
        report_key,
        count(*) as row_count
    from rows_in
    group by report_key
),

not_as_counted as (
    select
        accepted.report_key,
        cast(null as integer) as annex_row_number,
        accepted.row_count as expected,
        counted.row_count as found
    from accepted
    left join counted on accepted.report_key = counted.report_key
    where accepted.row_count <> coalesce(counted.row_count, 0)
),

final as (
    select * from dropped_or_doubled
    union all
    select * from not_as_counted
)

select * from final
