-- One row per figure of an edition file that is no number or cannot be: which cell, what it says, what it should.
-- A criterion without a maximum leaves its edition (int_criteria); a rule with such a figure gives nobody points
-- (int_rules). The reader refuses such a file; what raw/ holds all the same goes no further than this.
with edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

parents as (
    select
        file_sha256,
        period_key,
        criterion_code,
        min(max_points) as max_points
    from edition_rows
    where max_points > 0
    group by file_sha256, period_key, criterion_code
),

maxima as (
    select
        edition_rows.file_sha256,
        edition_rows.period_key,
        edition_rows.sheet_row_number,
        edition_rows.criterion_code,
        edition_rows.variant,
        'max_points' as column_name,
        'edition_maximum_unusable' as rule,
        '> 0' || coalesce(', ≤ ' || {{ short_vi('parents.max_points') }}, '') as expected,
        coalesce(edition_rows.max_points_raw, '') as found
    from edition_rows
    left join parents
        on
            edition_rows.file_sha256 = parents.file_sha256
            and edition_rows.period_key = parents.period_key
            and edition_rows.parent_code = parents.criterion_code
    where
        edition_rows.max_points is null
        or edition_rows.max_points <= 0
        or edition_rows.max_points > parents.max_points
),

rules as (
    select
        *,
        rule_kind in ('ratio_floor', 'linear') as needs_floor,
        rule_kind in ('ratio_floor', 'linear', 'ratio_at_most', 'yes_no') as needs_full,
        rule_kind in ('ratio_steps', 'count_steps', 'growth_steps') as needs_steps
    from edition_rows
    where rule_kind is not null
),

split_steps as (
    select
        file_sha256,
        period_key,
        sheet_row_number,
        {{ each_word('steps') }} as step
    from rules
),

read_steps as (
    select
        file_sha256,
        period_key,
        sheet_row_number,
        step,
        {{ matches('step', '^-?[0-9]{1,15}([.][0-9]{1,9})?:[0-9]([.][0-9]{1,9})?$') }} as is_read,
        try_cast(split_part(step, ':', 1) as decimal(24, 9)) as threshold,
        try_cast(split_part(step, ':', 2) as decimal(24, 9)) as share
    from split_steps
    where step <> ''
),

counted_steps as (
    select
        *,
        count(*) over (partition by file_sha256, period_key, sheet_row_number, threshold) as shares_at_threshold
    from read_steps
),

rule_figures as (
    select
        file_sha256,
        period_key,
        sheet_row_number,
        'floor_value' as column_name,
        case when floor_value >= full_value then '< ' || {{ short_vi('full_value') }} else '1; 99,5 …' end as expected,
        coalesce(floor_value_raw, '') as found
    from rules
    where
        (floor_value is null and (needs_floor or trim(coalesce(floor_value_raw, '')) <> ''))
        or floor_value >= full_value
    union all
    select
        file_sha256,
        period_key,
        sheet_row_number,
        'full_value' as column_name,
        '1; 99,5 …' as expected,
        coalesce(full_value_raw, '') as found
    from rules
    where full_value is null and (needs_full or trim(coalesce(full_value_raw, '')) <> '')
    union all
    select
        file_sha256,
        period_key,
        sheet_row_number,
        'steps' as column_name,
        '30:1 20:0.5' as expected,
        '' as found
    from rules
    where needs_steps and trim(steps) = ''
    union all
    select distinct
        file_sha256,
        period_key,
        sheet_row_number,
        'steps' as column_name,
        '30:1 20:0.5' as expected,
        step as found
    from counted_steps
    where not is_read or threshold is null or share is null or share not between 0 and 1 or shares_at_threshold > 1
),

final as (
    select * from maxima
    union all
    select
        rules.file_sha256,
        rules.period_key,
        rules.sheet_row_number,
        rules.criterion_code,
        rules.variant,
        rule_figures.column_name,
        'edition_rule_unusable' as rule,
        rule_figures.column_name || ' = ' || rule_figures.expected as expected,
        rule_figures.column_name || ' = ' || rule_figures.found as found
    from rule_figures
    inner join rules
        on
            rule_figures.file_sha256 = rules.file_sha256
            and rule_figures.period_key = rules.period_key
            and rule_figures.sheet_row_number = rules.sheet_row_number
)

select * from final
