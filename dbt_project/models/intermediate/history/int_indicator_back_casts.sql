-- One row per province of today, period and indicator: its figure in that period, computed from the units of the time
-- where it did not exist yet, or why there is none. Counts add only where every part is there; a rate needs numerator
-- and denominator of every part, a mean its weights; codes, ranks and words are never combined.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

periods as (
    select * from {{ ref('periods') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

succession as (
    select * from {{ ref('int_province_succession') }}
),

reports as (
    select * from {{ ref('int_report_revisions') }}
),

facts as (
    select
        annex_values.province_key,
        annex_values.period_key,
        annex_values.indicator_key,
        annex_values.value,
        annex_values.value_text,
        annex_values.report_key,
        coalesce(annex_values.is_simulated, false) as is_simulated,
        {{ has_flag('reports.flags', 'cumulative_nine_months') }} as is_nine_months
    from annex_values
    inner join reports
        on annex_values.report_key = reports.report_key and annex_values.period_key = reports.period_key
    where annex_values.decision = 'resolved'
),

-- A unit that was valid when the period's window ended: the others' reports are findings and no part.
units as (
    select
        periods.period_key,
        provinces.province_key,
        provinces.province_name,
        succession.today_province_key,
        succession.is_same_territory
    from periods
    inner join provinces
        on
            periods.window_end_date >= provinces.valid_from
            and periods.window_end_date <= coalesce(provinces.valid_to, date '9999-12-31')
    inner join succession on provinces.province_key = succession.province_key
),

compositions as (
    select
        today_province_key,
        period_key,
        cast(count(*) as integer) as parts_expected,
        min(province_key) as only_province_key,
        min(is_same_territory) as is_same_territory,
        {{ ordered_list('province_name', ', ', 'province_key') }} as part_names
    from units
    group by today_province_key, period_key
),

parts as (
    select
        units.today_province_key,
        facts.period_key,
        facts.indicator_key,
        indicators.measure_kind,
        indicators.province_aggregation,
        facts.value,
        facts.value_text,
        facts.report_key,
        facts.is_simulated,
        facts.is_nine_months,
        case
            when numerator.value is not null and denominator.value is not null then numerator.value
        end as numerator_value,
        case
            when numerator.value is not null and denominator.value is not null then denominator.value
        end as denominator_value,
        case when facts.value is not null then denominator.value end as weight
    from facts
    inner join indicators on facts.indicator_key = indicators.indicator_key
    inner join units on facts.province_key = units.province_key and facts.period_key = units.period_key
    left join facts as numerator
        on
            facts.province_key = numerator.province_key
            and facts.period_key = numerator.period_key
            and indicators.numerator_indicator_key = numerator.indicator_key
    left join facts as denominator
        on
            facts.province_key = denominator.province_key
            and facts.period_key = denominator.period_key
            and indicators.denominator_indicator_key = denominator.indicator_key
),

sums as (
    select
        today_province_key,
        period_key,
        indicator_key,
        measure_kind,
        province_aggregation,
        cast(sum(value) as decimal(24, 6)) as value_sum,
        cast(sum(numerator_value) as decimal(24, 6)) as numerator_sum,
        cast(sum(denominator_value) as decimal(24, 6)) as denominator_sum,
        sum(cast(value * weight as decimal(38, 6))) as weighted_sum,
        cast(sum(weight) as decimal(24, 6)) as weight_sum,
        max(value_text) as value_text,
        max(report_key) as report_key,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated,
        max(case when is_nine_months then 1 else 0 end) = 1 as is_nine_months,
        measure_kind = 'flow' and min(is_nine_months) <> max(is_nine_months) as is_mixed,
        case
            when province_aggregation = 'recompute' then count(denominator_value)
            when province_aggregation = 'weighted_mean' then count(weight)
            else count(value)
        end as parts_found,
        count(value) as values_found
    from parts
    group by today_province_key, period_key, indicator_key, measure_kind, province_aggregation
),

judged as (
    select
        sums.*,
        compositions.parts_expected,
        compositions.part_names,
        case
            when
                compositions.parts_expected = 1 and compositions.only_province_key = sums.today_province_key
                then 'reported'
            when compositions.parts_expected = 1 and compositions.is_same_territory then 'unchanged_unit'
            when sums.parts_found < compositions.parts_expected or sums.is_mixed then 'not_computable'
            when sums.province_aggregation = 'sum' then 'sum_of_parts'
            when sums.province_aggregation = 'recompute' and sums.denominator_sum > 0 then 'recomputed_rate'
            when sums.province_aggregation = 'weighted_mean' and sums.weight_sum > 0 then 'weighted_mean'
            else 'not_computable'
        end as method
    from sums
    inner join compositions
        on sums.today_province_key = compositions.today_province_key and sums.period_key = compositions.period_key
),

final as (
    select
        today_province_key as province_key,
        period_key,
        indicator_key,
        case
            when method in ('reported', 'unchanged_unit', 'sum_of_parts') then value_sum
            when method = 'recomputed_rate'
                then cast(cast(100 * numerator_sum as double) / cast(denominator_sum as double) as decimal(24, 6))
            when method = 'weighted_mean'
                then cast(cast(weighted_sum as double) / cast(weight_sum as double) as decimal(24, 6))
        end as value,
        case when method in ('reported', 'unchanged_unit') then value_text end as value_text,
        method,
        parts_expected,
        cast(
            case when method in ('reported', 'unchanged_unit') then values_found else parts_found end as integer
        ) as parts_found,
        is_nine_months,
        case when method in ('reported', 'unchanged_unit') then report_key end as report_key,
        is_simulated,
        case
            when method = 'reported' then 'Số của đơn vị hiện nay'
            when method = 'unchanged_unit' then 'Số của ' || part_names || ', địa giới không đổi'
            when method = 'sum_of_parts' then 'Cộng từ ' || part_names
            when method = 'recomputed_rate' then 'Tính lại từ tử số và mẫu số của ' || part_names
            when method = 'weighted_mean' then 'Trung bình có trọng số của ' || part_names
            when province_aggregation = 'none' then 'Không gộp được giữa các tỉnh: ' || part_names
            when is_mixed then 'Không cộng được: có tỉnh báo cáo 9 tháng, có tỉnh báo cáo quý III; ' || part_names
            when parts_found < parts_expected then 'Không đủ số liệu của mọi tỉnh: ' || part_names
            else 'Mẫu số bằng không: ' || part_names
        end as note_vi
    from judged
)

select * from final
