-- One row per finding on a single value of a report that counts.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

reading_flags as (
    select * from {{ ref('reading_flags') }}
),

counted as (
    select
        annex_values.*,
        indicators.min_value,
        indicators.max_value
    from annex_values
    left join indicators on annex_values.indicator_key = indicators.indicator_key
    where annex_values.decision = 'resolved'
),

number_findings as (
    select
        report_key,
        annex_row_number,
        number_finding as rule,
        {{ number_printed('value') }} as expected,
        value_raw as found
    from counted
    where number_finding is not null and value_kind <> 'text'
),

option_findings as (
    select
        report_key,
        annex_row_number,
        'code_outside_options' as rule,
        options as expected,
        value_raw as found
    from counted
    where
        value_kind = 'code'
        and value is not null
        and (
            value <> floor(value)
            or (';' || options) not like '%;' || cast(cast(value as integer) as string) || '=%'
        )
),

whole_findings as (
    select
        report_key,
        annex_row_number,
        'count_not_whole' as rule,
        cast(null as string) as expected,
        value_raw as found
    from counted
    where value_kind in ('count', 'code') and value is not null and value <> floor(value)
),

range_findings as (
    select
        report_key,
        annex_row_number,
        'out_of_range' as rule,
        coalesce({{ number_printed('min_value') }}, '−∞')
        || ' – '
        || coalesce({{ number_printed('max_value') }}, '∞') as expected,
        value_raw as found
    from counted
    where value < min_value or value > max_value
),

flag_findings as (
    select distinct
        counted.report_key,
        counted.annex_row_number,
        reading_flags.rule,
        replace(counted.value_typed, '.', ',') as expected,
        coalesce(counted.value_raw, '(trống)') as found
    from counted
    inner join reading_flags
        on reading_flags.level = 'value' and ' ' || counted.flags like '% ' || reading_flags.flag || '%'
),

-- Units by their letters alone: dust and rules of a picture become points and dashes.
units as (
    select
        report_key,
        annex_row_number,
        unit_name,
        unit_printed,
        trim(translate({{ without_marks('unit_printed') }}, '.,;:-–—ˆ^|_"', '')) as letters_printed,
        trim(translate({{ without_marks('unit_name') }}, '.,;:-–—ˆ^|_"', '')) as letters_of_form
    from counted
    where value_kind in ('count', 'percent') and value is not null and coalesce(flags, '') not like '%unit:%'
),

-- A letter more, less or other is a slip of typing or of recognition, a unit that ends early was cut off, and one that
-- is printed twice is itself; under a code the unit column explains the codes. A cell that a reader is not sure of says
-- nothing about the unit.
unit_findings as (
    select
        report_key,
        annex_row_number,
        'unit_differs' as rule,
        unit_name as expected,
        unit_printed as found
    from units
    where
        levenshtein(letters_printed, letters_of_form) > case when length(unit_name) > 3 then 1 else 0 end
        and substr(letters_of_form, 1, length(letters_printed) + 1) <> letters_printed || ' '
        and trim(replace(letters_printed, letters_of_form, '')) <> ''
),

findings as (
    select * from number_findings
    union all
    select * from option_findings
    union all
    select * from whole_findings
    union all
    select * from range_findings
    union all
    select * from flag_findings
    union all
    select * from unit_findings
),

final as (
    select
        findings.rule,
        counted.report_key,
        counted.province_key,
        counted.period_key,
        counted.indicator_key as indicator_keys,
        findings.expected,
        findings.found,
        counted.page,
        counted.table_number,
        counted.row_number
    from findings
    inner join counted
        on findings.report_key = counted.report_key and findings.annex_row_number = counted.annex_row_number
)

select * from final
