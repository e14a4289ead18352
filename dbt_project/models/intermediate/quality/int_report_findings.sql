-- One row per finding on a report as a whole, on its narrative, or on a row that has no indicator.
with revisions as (
    select * from {{ ref('int_report_revisions') }}
),

unmatched as (
    select * from {{ ref('int_annex_rows_unmatched') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

form_rows as (
    select * from {{ ref('form_rows') }}
),

decisions as (
    select * from {{ ref('int_figure_decisions') }}
),

reading_flags as (
    select * from {{ ref('reading_flags') }}
),

narrative_findings as (
    select * from {{ ref('int_narrative_findings') }}
),

current_reports as (
    select *
    from revisions
    where is_current
),

missing_rows as (
    select
        'row_missing' as rule,
        current_reports.report_key,
        current_reports.province_key,
        current_reports.period_key,
        form_rows.indicator_key as indicator_keys,
        form_rows.row_code
        || case when form_rows.ordinal > 0 then ' (' || cast(form_rows.ordinal as string) || ')' else '' end
        || ' ' || form_rows.label as expected,
        cast(null as string) as found,
        cast(null as integer) as page,
        cast(null as integer) as table_number,
        cast(null as integer) as row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from current_reports
    inner join form_rows on current_reports.form_code = form_rows.form_code
    left join annex_values
        on
            current_reports.report_key = annex_values.report_key
            and form_rows.indicator_key = annex_values.indicator_key
    where annex_values.report_key is null
),

unmatched_rows as (
    select
        'unmatched_row' as rule,
        unmatched.report_key,
        unmatched.province_key,
        unmatched.period_key,
        cast(null as string) as indicator_keys,
        coalesce(unmatched.suggested_row_code || ' ' || unmatched.suggested_label, '') as expected,
        trim(coalesce(unmatched.code_printed, '') || ' ' || coalesce(unmatched.label_printed, '')) as found,
        unmatched.page,
        unmatched.table_number,
        unmatched.row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from unmatched
    inner join current_reports on unmatched.report_key = current_reports.report_key
),

wrong_era as (
    select
        'province_not_valid_then' as rule,
        report_key,
        province_key,
        period_key,
        cast(null as string) as indicator_keys,
        period_key as expected,
        province_printed as found,
        cast(null as integer) as page,
        cast(null as integer) as table_number,
        cast(null as integer) as row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from current_reports
    where {{ has_flag('flags', 'province_not_valid_then') }}
),

flagged_reports as (
    select
        reading_flags.rule,
        current_reports.report_key,
        current_reports.province_key,
        current_reports.period_key,
        cast(null as string) as indicator_keys,
        cast(null as string) as expected,
        cast(null as string) as found,
        cast(null as integer) as page,
        cast(null as integer) as table_number,
        cast(null as integer) as row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from current_reports
    inner join reading_flags
        on
            reading_flags.level = 'report'
            and ' ' || current_reports.flags || ' ' like '% ' || reading_flags.flag || ' %'
),

expired_decisions as (
    select
        'decision_expired' as rule,
        annex_values.report_key,
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key as indicator_keys,
        decisions.value_expected as expected,
        annex_values.value_raw as found,
        annex_values.page,
        annex_values.table_number,
        annex_values.row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from decisions
    inner join annex_values
        on
            decisions.target_sha256 = annex_values.file_sha256
            and decisions.row_code = annex_values.row_code
            and decisions.ordinal = annex_values.ordinal
    where coalesce(trim(annex_values.value_raw), '') <> coalesce(decisions.value_expected, '')
),

rejected_figures as (
    select
        'figure_rejected' as rule,
        report_key,
        province_key,
        period_key,
        indicator_key as indicator_keys,
        rejection_reason_vi as expected,
        value_raw as found,
        page,
        table_number,
        row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from annex_values
    where rejection_reason_vi is not null and decision = 'resolved'
),

final as (
    select * from missing_rows
    union all
    select * from unmatched_rows
    union all
    select * from wrong_era
    union all
    select * from flagged_reports
    union all
    select * from expired_decisions
    union all
    select * from rejected_figures
    union all
    select
        rule,
        report_key,
        province_key,
        period_key,
        indicator_keys,
        expected,
        found,
        page,
        table_number,
        row_number,
        block_number,
        expected_place,
        found_quote
    from narrative_findings
)

select * from final
