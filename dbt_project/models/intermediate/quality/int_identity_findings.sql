-- One row per arithmetic identity of the form that a report that counts breaks; unknown parts break nothing.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

arithmetic as (
    select * from {{ ref('arithmetic') }}
),

resolved as (
    select *
    from annex_values
    where decision = 'resolved'
),

parts as (
    select
        identity_key,
        total_indicator_key,
        {{ ordered_list('part_indicator_key', ' ', 'part_indicator_key') }} as part_indicator_keys
    from arithmetic
    group by identity_key, total_indicator_key
),

sums as (
    select
        arithmetic.identity_key,
        arithmetic.identity_kind,
        arithmetic.severity,
        arithmetic.description_vi,
        total.report_key,
        sum(part.value) as part_sum,
        count(part.value) as part_count,
        count(*) as part_expected
    from arithmetic
    inner join resolved as total on arithmetic.total_indicator_key = total.indicator_key
    left join resolved as part
        on arithmetic.part_indicator_key = part.indicator_key and total.report_key = part.report_key
    where total.value is not null
    group by
        arithmetic.identity_key,
        arithmetic.identity_kind,
        arithmetic.severity,
        arithmetic.description_vi,
        total.report_key
),

compared as (
    select
        sums.*,
        total.value as total_value,
        total.province_key,
        total.period_key,
        total.page,
        total.table_number,
        total.row_number,
        parts.total_indicator_key || ' ' || parts.part_indicator_keys as indicator_keys
    from sums
    inner join parts on sums.identity_key = parts.identity_key
    inner join resolved as total
        on parts.total_indicator_key = total.indicator_key and sums.report_key = total.report_key
),

final as (
    select
        case when severity = 'error' then 'identity_broken' else 'identity_doubtful' end as rule,
        report_key,
        province_key,
        period_key,
        indicator_keys,
        description_vi as expected,
        {{ number_printed('total_value') }} || ' / ' || {{ number_printed('part_sum') }} as found,
        page,
        table_number,
        row_number
    from compared
    where
        (identity_kind = 'sum_equals' and part_count = part_expected and part_sum <> total_value)
        or (identity_kind = 'at_most' and part_sum > total_value)
)

select * from final
