-- One row per figure of a report that counts that is too far from what it is compared with: the units that exist, the
-- same period of the year before, the period before in the year, the other provinces of the period; or that a later
-- revision lost.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

comparison_rules as (
    select * from {{ ref('comparison_rules') }}
),

periods as (
    select * from {{ ref('periods') }}
),

unit_counts as (
    select * from {{ ref('unit_counts') }}
),

unit_indicators as (
    select * from {{ ref('unit_indicators') }}
),

revisions as (
    select * from {{ ref('int_report_revisions') }}
),

counted as (
    select
        annex_values.report_key,
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key,
        annex_values.value,
        annex_values.value_raw,
        annex_values.page,
        annex_values.table_number,
        annex_values.row_number,
        annex_values.is_simulated,
        indicators.measure_kind,
        periods.report_year,
        periods.period_kind,
        periods.is_cumulative,
        periods.window_end_date
    from annex_values
    inner join indicators on annex_values.indicator_key = indicators.indicator_key
    inner join periods on annex_values.period_key = periods.period_key
    where annex_values.decision = 'resolved' and annex_values.value is not null and indicators.value_kind = 'count'
),

with_units as (
    select
        counted.*,
        'units' as compared_with,
        cast(unit_counts.unit_count as double) as other_value,
        cast(unit_counts.unit_count as string) as other_printed,
        cast(null as double) as deviations,
        counted.window_end_date as other_end_date
    from counted
    inner join unit_indicators on counted.indicator_key = unit_indicators.indicator_key
    inner join unit_counts
        on
            counted.province_key = unit_counts.province_key
            and unit_indicators.unit_kind = unit_counts.unit_kind
            and counted.window_end_date >= unit_counts.valid_from
            and counted.window_end_date <= coalesce(unit_counts.valid_to, date '9999-12-31')
),

with_last_year as (
    select
        counted.*,
        'last_year' as compared_with,
        cast(year_before.value as double) as other_value,
        year_before.value_raw || ' (' || year_before.period_key || ')' as other_printed,
        cast(null as double) as deviations,
        year_before.window_end_date as other_end_date
    from counted
    inner join counted as year_before
        on
            counted.province_key = year_before.province_key
            and counted.indicator_key = year_before.indicator_key
            and counted.period_kind = year_before.period_kind
            and counted.report_year = year_before.report_year + 1
            and counted.is_simulated = year_before.is_simulated
),

-- A cumulative figure of the year is compared with the cumulative one before it, a stock with the one before it.
within_year as (
    select
        *,
        lag(value) over (
            partition by province_key, indicator_key, report_year, is_simulated order by window_end_date
        ) as value_before,
        lag(value_raw || ' (' || period_key || ')') over (
            partition by province_key, indicator_key, report_year, is_simulated order by window_end_date
        ) as printed_before,
        lag(period_kind) over (
            partition by province_key, indicator_key, report_year, is_simulated order by window_end_date
        ) as kind_before,
        lag(window_end_date) over (
            partition by province_key, indicator_key, report_year, is_simulated order by window_end_date
        ) as end_before
    from counted
    where measure_kind = 'stock' or (measure_kind = 'flow' and is_cumulative)
),

third_quarters as (
    select distinct
        province_key,
        indicator_key,
        report_year,
        is_simulated
    from counted
    where period_kind = 'Q3'
),

with_last_period as (
    select
        within_year.report_key,
        within_year.province_key,
        within_year.period_key,
        within_year.indicator_key,
        within_year.value,
        within_year.value_raw,
        within_year.page,
        within_year.table_number,
        within_year.row_number,
        within_year.is_simulated,
        within_year.measure_kind,
        within_year.report_year,
        within_year.period_kind,
        within_year.is_cumulative,
        within_year.window_end_date,
        'last_period' as compared_with,
        cast(within_year.value_before as double) as other_value,
        within_year.printed_before as other_printed,
        cast(null as double) as deviations,
        within_year.end_before as other_end_date,
        -- A quarter that the difference gives is found below zero by its own rule.
        within_year.period_kind = 'FY' and third_quarters.province_key is null as is_shrinking_unsaid
    from within_year
    left join third_quarters
        on
            within_year.province_key = third_quarters.province_key
            and within_year.indicator_key = third_quarters.indicator_key
            and within_year.report_year = third_quarters.report_year
            and within_year.is_simulated = third_quarters.is_simulated
    where within_year.kind_before is not null
),

medians as (
    select
        period_key,
        indicator_key,
        is_simulated,
        median(log10(1 + cast(value as double))) as middle,
        count(*) as province_count
    from counted
    group by period_key, indicator_key, is_simulated
),

spreads as (
    select
        counted.period_key,
        counted.indicator_key,
        counted.is_simulated,
        -- 1.4826 times the median deviation estimates a standard deviation; a tenth of ten times is always allowed.
        greatest(
            0.1, 1.4826 * median(abs(log10(1 + cast(counted.value as double)) - medians.middle))
        ) as spread
    from counted
    inner join medians
        on
            counted.period_key = medians.period_key
            and counted.indicator_key = medians.indicator_key
            and counted.is_simulated = medians.is_simulated
    where medians.province_count >= 20
    group by counted.period_key, counted.indicator_key, counted.is_simulated
),

with_peers as (
    select
        counted.*,
        'peers' as compared_with,
        power(10, medians.middle) - 1 as other_value,
        {{ number_printed('cast(round(power(10, medians.middle) - 1) as decimal(24, 6))') }} as other_printed,
        cast(abs(log10(1 + cast(counted.value as double)) - medians.middle) as double)
        / spreads.spread as deviations,
        counted.window_end_date as other_end_date
    from counted
    inner join medians
        on
            counted.period_key = medians.period_key
            and counted.indicator_key = medians.indicator_key
            and counted.is_simulated = medians.is_simulated
    inner join spreads
        on
            counted.period_key = spreads.period_key
            and counted.indicator_key = spreads.indicator_key
            and counted.is_simulated = spreads.is_simulated
),

pairs as (
    select
        *,
        false as is_shrinking_unsaid
    from with_units
    union all
    select
        *,
        false as is_shrinking_unsaid
    from with_last_year
    union all
    select * from with_last_period
    union all
    select
        *,
        false as is_shrinking_unsaid
    from with_peers
),

measured as (
    select
        *,
        case when value > 0 and other_value > 0 then abs(log10(cast(value as double) / other_value)) end as tens_apart
    from pairs
),

broken as (
    select
        comparison_rules.rule,
        measured.report_key,
        measured.province_key,
        measured.period_key,
        measured.indicator_key,
        measured.other_printed,
        measured.value_raw,
        measured.page,
        measured.table_number,
        measured.row_number,
        row_number() over (
            partition by measured.report_key, measured.period_key, measured.indicator_key
            order by comparison_rules.priority
        ) as choice
    from measured
    inner join comparison_rules
        on
            measured.compared_with = comparison_rules.compared_with
            and contains(' ' || comparison_rules.measure_kinds || ' ', ' ' || measured.measure_kind || ' ')
            and greatest(cast(measured.value as double), measured.other_value) >= comparison_rules.least_value
    where
        (
            comparison_rules.not_across is null
            or measured.window_end_date < comparison_rules.not_across
            or measured.other_end_date >= comparison_rules.not_across
        )
        and case comparison_rules.metric
            when 'excess' then measured.value > (1 + comparison_rules.tolerance) * measured.other_value
            when 'shrinks' then measured.is_shrinking_unsaid and measured.value < measured.other_value
            when 'ratio' then measured.tens_apart > log10(comparison_rules.tolerance)
            when 'deviations' then measured.deviations > comparison_rules.tolerance
            when 'factor'
                then
                    round(measured.tens_apart) between 1 and 3
                    and abs(measured.tens_apart - round(measured.tens_apart)) <= comparison_rules.tolerance
        end
),

earlier as (
    select
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key,
        annex_values.value_raw,
        revisions.revision_number
    from annex_values
    inner join revisions
        on annex_values.report_key = revisions.report_key and annex_values.period_key = revisions.period_key
    where annex_values.decision = 'superseded' and not annex_values.is_missing and not revisions.is_withdrawn
),

lost as (
    select
        'revision_lost_figure' as rule,
        annex_values.report_key,
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key,
        earlier.value_raw as other_printed,
        annex_values.value_raw,
        annex_values.page,
        annex_values.table_number,
        annex_values.row_number
    from annex_values
    inner join revisions
        on annex_values.report_key = revisions.report_key and annex_values.period_key = revisions.period_key
    inner join earlier
        on
            annex_values.province_key = earlier.province_key
            and annex_values.period_key = earlier.period_key
            and annex_values.indicator_key = earlier.indicator_key
            and revisions.revision_number = earlier.revision_number + 1
    where annex_values.decision = 'resolved' and annex_values.is_missing
),

final as (
    select
        rule,
        report_key,
        province_key,
        period_key,
        indicator_key as indicator_keys,
        other_printed as expected,
        value_raw as found,
        page,
        table_number,
        row_number
    from broken
    where choice = 1
    union all
    select
        rule,
        report_key,
        province_key,
        period_key,
        indicator_key as indicator_keys,
        other_printed as expected,
        value_raw as found,
        page,
        table_number,
        row_number
    from lost
)

select * from final
