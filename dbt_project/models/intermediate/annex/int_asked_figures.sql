-- One row per report that counts and indicator that its form asks for: the figure, and whether a rule may use it. A row
-- of the form that the report left out, or left blank, is a figure that was asked for and not given.
with reports as (
    select * from {{ ref('int_report_revisions') }}
    where is_current
),

form_rows as (
    select distinct
        form_code,
        indicator_key
    from {{ ref('form_rows') }}
    where indicator_key is not null
),

indicators as (
    select * from {{ ref('indicators') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
    where decision = 'resolved'
),

unusable as (
    select * from {{ ref('int_unusable_values') }}
),

final as (
    select
        reports.report_key,
        reports.province_key,
        reports.period_key,
        form_rows.indicator_key,
        annex_values.value,
        unusable.report_key is null as is_usable,
        unusable.reason_vi,
        unusable.reason_en,
        reports.is_simulated
    from reports
    inner join form_rows on reports.form_code = form_rows.form_code
    inner join indicators on form_rows.indicator_key = indicators.indicator_key
    left join annex_values
        on
            reports.report_key = annex_values.report_key
            and reports.period_key = annex_values.period_key
            and form_rows.indicator_key = annex_values.indicator_key
    left join unusable
        on
            annex_values.report_key = unusable.report_key
            and annex_values.period_key = unusable.period_key
            and annex_values.indicator_key = unusable.indicator_key
    where indicators.value_kind <> 'heading'
)

select * from final
