-- One row per index, year, province, criterion and variable of its formula: the value that each side gives it.
with score_rows as (
    select * from {{ ref('int_score_rows') }}
    where variable_code is not null and decision in ('used', 'refused') and criterion_code <> ''
),

sheet_rows as (
    select * from {{ ref('stg_score_rows') }}
),

final as (
    select
        cast(score_rows.index_code as string) as index_code,
        cast(score_rows.report_year as integer) as report_year,
        cast(score_rows.province_key as string) as province_key,
        cast(score_rows.criterion_code as string) as criterion_code,
        cast(score_rows.variable_code as string) as variable_code,
        cast(max(sheet_rows.variable_name) as string) as variable_name,
        cast(max(score_rows.value) filter (where score_rows.measure = 'variable_self') as decimal(24, 9)) as self_value,
        cast(max(score_rows.value) filter (where score_rows.measure = 'variable_first') as decimal(24, 9))
            as first_value,
        cast(max(score_rows.value) filter (where score_rows.measure = 'variable_second') as decimal(24, 9))
            as second_value,
        cast(max(score_rows.note) as string) as note,
        cast(max(case when score_rows.is_simulated then 1 else 0 end) = 1 as boolean) as is_simulated
    from score_rows
    inner join sheet_rows
        on
            score_rows.file_sha256 = sheet_rows.file_sha256
            and score_rows.period_key = sheet_rows.period_key
            and score_rows.sheet_row_number = sheet_rows.sheet_row_number
    where score_rows.row_source = 'score_rows'
    group by
        score_rows.index_code, score_rows.report_year, score_rows.province_key, score_rows.criterion_code,
        score_rows.variable_code
)

select * from final
order by index_code, report_year, province_key, criterion_code, variable_code
