-- One row per figure that a later revision of a report changed, against the revision before it: both figures, when each
-- came, whether after the deadline. Withdrawn revisions are not compared.
with revisions as (
    select * from {{ ref('int_report_revisions') }}
    where not is_withdrawn
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
    where indicator_key is not null and decision in ('resolved', 'superseded')
),

periods as (
    select * from {{ ref('periods') }}
),

ordered as (
    select
        *,
        row_number() over (partition by province_key, period_key order by revision_number) as place
    from revisions
),

pairs as (
    select
        later.report_key,
        earlier.report_key as earlier_report_key,
        later.province_key,
        later.period_key,
        later.revision_number,
        later.first_seen_at,
        coalesce(later.report_date, {{ local_date('later.first_seen_at') }}) as sent_date,
        later.is_current,
        later.is_simulated
    from ordered as later
    inner join ordered as earlier
        on
            later.province_key = earlier.province_key
            and later.period_key = earlier.period_key
            and later.place = earlier.place + 1
),

keys as (
    select
        pairs.report_key,
        pairs.period_key,
        annex_values.indicator_key
    from pairs
    inner join annex_values
        on pairs.report_key = annex_values.report_key and pairs.period_key = annex_values.period_key
    union
    select
        pairs.report_key,
        pairs.period_key,
        annex_values.indicator_key
    from pairs
    inner join annex_values
        on pairs.earlier_report_key = annex_values.report_key and pairs.period_key = annex_values.period_key
),

compared as (
    select
        pairs.*,
        keys.indicator_key,
        earlier.value as value_before,
        later.value as value_after,
        earlier.value_raw as printed_before,
        later.value_raw as printed_after,
        coalesce(later.page, earlier.page) as page,
        coalesce(later.table_number, earlier.table_number) as table_number,
        coalesce(later.row_number, earlier.row_number) as row_number,
        earlier.value_text as text_before,
        later.value_text as text_after,
        coalesce(earlier.is_missing, true) as was_missing,
        coalesce(later.is_missing, true) as is_missing
    from keys
    inner join pairs on keys.report_key = pairs.report_key and keys.period_key = pairs.period_key
    left join annex_values as earlier
        on
            pairs.earlier_report_key = earlier.report_key
            and pairs.period_key = earlier.period_key
            and keys.indicator_key = earlier.indicator_key
    left join annex_values as later
        on
            pairs.report_key = later.report_key
            and pairs.period_key = later.period_key
            and keys.indicator_key = later.indicator_key
),

final as (
    select
        cast(compared.report_key as string) as report_key,
        cast(compared.earlier_report_key as string) as earlier_report_key,
        cast(compared.province_key as string) as province_key,
        cast(compared.period_key as string) as period_key,
        cast(compared.indicator_key as string) as indicator_key,
        cast(compared.revision_number as integer) as revision_number,
        cast(case
            when compared.is_missing then 'removed'
            when compared.was_missing then 'added'
            else 'changed'
        end as string) as change_kind,
        cast(compared.printed_before as string) as printed_before,
        cast(compared.printed_after as string) as printed_after,
        cast(compared.value_before as decimal(24, 6)) as value_before,
        cast(compared.value_after as decimal(24, 6)) as value_after,
        cast(compared.sent_date as date) as sent_date,
        cast(periods.due_date as date) as due_date,
        cast(compared.sent_date > periods.due_date as boolean) as is_after_deadline,
        cast(compared.is_current as boolean) as is_current,
        cast(compared.page as integer) as page,
        cast(compared.table_number as integer) as table_number,
        cast(compared.row_number as integer) as row_number,
        cast(compared.is_simulated as boolean) as is_simulated
    from compared
    inner join periods on compared.period_key = periods.period_key
    where
        compared.value_before is distinct from compared.value_after
        or compared.text_before is distinct from compared.text_after
        or compared.was_missing <> compared.is_missing
)

select * from final
order by period_key, province_key, revision_number, indicator_key
