-- One row per figure in which the revision that counts differs from another accepted one of the same day: which of the
-- two counts follows from when we saw them alone, so somebody should look.
with revisions as (
    select * from {{ ref('int_report_revisions') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

dated as (
    select
        report_key,
        province_key,
        period_key,
        file_name,
        is_current,
        coalesce(report_date, {{ local_date('first_seen_at') }}) as sent_date
    from revisions
    where not is_withdrawn
),

pairs as (
    select
        counting.report_key,
        other_reports.report_key as other_report_key,
        counting.province_key,
        counting.period_key,
        other_reports.file_name as other_file_name
    from dated as counting
    inner join dated as other_reports
        on
            counting.province_key = other_reports.province_key
            and counting.period_key = other_reports.period_key
            and counting.sent_date = other_reports.sent_date
            and counting.is_current
            and not other_reports.is_current
),

final as (
    select
        'versions_differ' as rule,
        pairs.report_key,
        pairs.province_key,
        pairs.period_key,
        annex_values.indicator_key as indicator_keys,
        coalesce(other_values.value_raw, '–') || ' (' || pairs.other_file_name || ')' as expected,
        coalesce(annex_values.value_raw, '–') as found,
        annex_values.page,
        annex_values.table_number,
        annex_values.row_number
    from pairs
    inner join annex_values
        on pairs.report_key = annex_values.report_key and annex_values.decision = 'resolved'
    inner join annex_values as other_values
        on
            pairs.other_report_key = other_values.report_key
            and annex_values.indicator_key = other_values.indicator_key
            and other_values.decision = 'superseded'
    where
        annex_values.value is distinct from other_values.value
        or annex_values.value_text is distinct from other_values.value_text
        or annex_values.is_missing <> other_values.is_missing
)

select * from final
