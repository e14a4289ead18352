-- One row per province, period and indicator: the value of the revision that counts, with its place in the document.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

final as (
    select
        cast(province_key as string) as province_key,
        cast(period_key as string) as period_key,
        cast(indicator_key as string) as indicator_key,
        cast(value as decimal(24, 6)) as value,
        cast(value_text as string) as value_text,
        cast(value_raw as string) as raw_value,
        cast(is_missing as boolean) as is_missing,
        cast(is_corrected as boolean) as is_corrected,
        cast(correction_reason_vi as string) as correction_reason_vi,
        cast(number_rule as string) as number_rule,
        cast(confidence as double) as confidence,
        cast(note as string) as note,
        cast(report_key as string) as report_key,
        cast(row_code as string) as row_code,
        cast(ordinal as integer) as ordinal,
        cast(page as integer) as page,
        cast(table_number as integer) as "table",
        cast(table_row as integer) as "row",
        cast(coalesce(is_simulated, false) as boolean) as is_simulated
    from annex_values
    where decision = 'resolved'
)

select * from final
order by period_key, province_key, indicator_key
