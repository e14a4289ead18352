-- One row per province, period and indicator: the value of the revision that counts, with its place in the document.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

unusable as (
    select * from {{ ref('int_unusable_values') }}
),

final as (
    select
        cast(annex_values.province_key as string) as province_key,
        cast(annex_values.period_key as string) as period_key,
        cast(annex_values.indicator_key as string) as indicator_key,
        cast(annex_values.value as decimal(24, 6)) as value,
        cast(annex_values.value_text as string) as value_text,
        cast(annex_values.value_raw as string) as value_raw,
        cast(annex_values.is_missing as boolean) as is_missing,
        cast(annex_values.is_corrected as boolean) as is_corrected,
        cast(annex_values.correction_reason_vi as string) as correction_reason_vi,
        cast(unusable.report_key is null as boolean) as is_usable,
        cast(unusable.reason_vi as string) as not_usable_reason_vi,
        cast(unusable.reason_en as string) as not_usable_reason_en,
        cast(annex_values.number_rule as string) as number_rule,
        cast(annex_values.confidence as double) as confidence,
        cast(annex_values.note as string) as note,
        cast(annex_values.report_key as string) as report_key,
        cast(annex_values.row_code as string) as row_code,
        cast(annex_values.ordinal as integer) as ordinal,
        cast(annex_values.page as integer) as page,
        cast(annex_values.table_number as integer) as table_number,
        cast(annex_values.row_number as integer) as row_number,
        cast(coalesce(annex_values.is_simulated, false) as boolean) as is_simulated
    from annex_values
    left join unusable
        on
            annex_values.report_key = unusable.report_key
            and annex_values.period_key = unusable.period_key
            and annex_values.indicator_key = unusable.indicator_key
    where annex_values.decision = 'resolved'
)

select * from final
order by period_key, province_key, indicator_key
