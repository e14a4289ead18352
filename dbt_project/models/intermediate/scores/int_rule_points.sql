-- One row per index, year, province and criterion that a rule gives points to, from annex rows and statistics:
-- the points, and the arithmetic in words. A rule gives nothing where an input that was asked for is blank (status
-- blank) or cannot be right (refused, and the explanation says why); a form without the input gives no row at all.
with edition_years as (
    select * from {{ ref('int_edition_years') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

seed_rules as (
    select * from {{ ref('criterion_rules') }}
),

edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

score_rows as (
    select * from {{ ref('int_score_rows') }}
),

indicator_values as (
    select * from {{ ref('fct_indicator_value') }}
),

periods as (
    select * from {{ ref('periods') }}
),

finding_rules as (
    select * from {{ ref('finding_rules') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

indicator_documents as (
    select
        documents.province_key,
        periods.report_year,
        max(case when {{ has_flag('documents.flags', 'simulated') }} then 1 else 0 end) = 1 as is_simulated
    from documents
    inner join periods on documents.period_found = periods.period_key
    where documents.status = 'accepted' and periods.period_kind = 'FY'
    group by documents.province_key, periods.report_year
),

rules as (
    select
        criteria.index_code,
        criteria.edition_code,
        criteria.criterion_code,
        criteria.max_points,
        seed_rules.variant,
        seed_rules.rule_kind,
        coalesce(seed_rules.numerator_keys, '') as numerator_keys,
        coalesce(seed_rules.denominator_keys, '') as denominator_keys,
        seed_rules.combine,
        seed_rules.floor_value,
        seed_rules.full_value,
        coalesce(seed_rules.steps, '') as steps,
        seed_rules.when_nothing_due,
        coalesce(seed_rules.unit_vi, '') as unit_vi,
        coalesce(seed_rules.unit_en, '') as unit_en
    from criteria
    inner join seed_rules
        on
            criteria.index_code = seed_rules.index_code
            and criteria.criteria_edition_code = seed_rules.edition_code
            and criteria.criterion_code = seed_rules.criterion_code
    where criteria.criteria_origin = 'seed' and criteria.is_leaf
    union all
    select
        criteria.index_code,
        criteria.edition_code,
        criteria.criterion_code,
        criteria.max_points,
        edition_rows.variant,
        edition_rows.rule_kind,
        edition_rows.numerator_keys,
        edition_rows.denominator_keys,
        edition_rows.combine,
        edition_rows.floor_value,
        edition_rows.full_value,
        edition_rows.steps,
        edition_rows.when_nothing_due,
        coalesce(edition_rows.unit_vi, '') as unit_vi,
        coalesce(edition_rows.unit_en, '') as unit_en
    from criteria
    inner join edition_rows
        on
            criteria.file_sha256 = edition_rows.file_sha256
            and criteria.index_code = edition_rows.index_code
            and criteria.criteria_edition_code = edition_rows.edition_code
            and criteria.criterion_code = edition_rows.criterion_code
    where criteria.criteria_origin = 'file' and criteria.is_leaf and edition_rows.rule_kind is not null
),

statistics_received as (
    select
        score_rows.index_code,
        score_rows.report_year,
        score_rows.province_key,
        score_rows.criterion_code,
        'socio_' || score_rows.measure as indicator_key,
        score_rows.value,
        score_rows.decision = 'used' as is_usable,
        {{ finding_sentence(
            'finding_rules.message_vi', 'score_rows.expected', 'score_rows.found', 'score_rows.criterion_code'
        ) }} as reason_vi,
        {{ finding_sentence(
            'finding_rules.message_en', 'score_rows.expected', 'score_rows.found', 'score_rows.criterion_code'
        ) }} as reason_en,
        score_rows.is_simulated
    from score_rows
    left join finding_rules on score_rows.decision_reason = finding_rules.rule
    where score_rows.measure in ('current', 'previous', 'plan') and score_rows.decision in ('used', 'refused')
),

-- A figure that cannot be right is an input too, though none to reckon with: the rule has to say that it was there.
inputs as (
    select
        cast(null as string) as index_code,
        periods.report_year,
        indicator_values.province_key,
        cast(null as string) as criterion_code,
        indicator_values.indicator_key,
        indicator_values.value,
        indicator_values.is_usable,
        indicator_values.not_usable_reason_vi as reason_vi,
        indicator_values.not_usable_reason_en as reason_en,
        coalesce(indicator_documents.is_simulated, false) as is_simulated
    from indicator_values
    inner join periods on indicator_values.period_key = periods.period_key
    left join indicator_documents
        on
            indicator_values.province_key = indicator_documents.province_key
            and periods.report_year = indicator_documents.report_year
    where periods.period_kind = 'FY'
    union all
    select
        index_code,
        report_year,
        province_key,
        criterion_code,
        indicator_key,
        value,
        is_usable,
        reason_vi,
        reason_en,
        is_simulated
    from statistics_received
),

known_keys as (
    select distinct indicator_key from inputs
),

rule_keys as (
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        'numerator' as side,
        known_keys.indicator_key
    from rules
    inner join known_keys
        on strpos(' ' || rules.numerator_keys || ' ', ' ' || known_keys.indicator_key || ' ') > 0
    union all
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        'denominator' as side,
        known_keys.indicator_key
    from rules
    inner join known_keys
        on strpos(' ' || rules.denominator_keys || ' ', ' ' || known_keys.indicator_key || ' ') > 0
),

gathered as (
    select
        rule_keys.index_code,
        rule_keys.edition_code,
        rule_keys.criterion_code,
        rule_keys.variant,
        edition_years.report_year,
        inputs.province_key,
        count(*) filter (where rule_keys.side = 'numerator') as numerators,
        count(*) filter (where rule_keys.side = 'denominator') as denominators,
        count(*) filter (where inputs.is_usable and inputs.value is null) as blank_inputs,
        max(case when inputs.is_simulated then 1 else 0 end) = 1 as is_simulated,
        count(inputs.indicator_key) filter (where not inputs.is_usable) as refused_inputs,
        string_agg(distinct inputs.reason_vi, ' ' order by inputs.reason_vi) filter (where not inputs.is_usable)
            as reason_vi,
        string_agg(distinct inputs.reason_en, ' ' order by inputs.reason_en) filter (where not inputs.is_usable)
            as reason_en,
        cast(sum(inputs.value) filter (where rule_keys.side = 'numerator') as decimal(38, 9)) as numerator_sum,
        cast(sum(inputs.value) filter (where rule_keys.side = 'denominator') as decimal(38, 9)) as denominator
    from rule_keys
    inner join edition_years
        on rule_keys.index_code = edition_years.index_code and rule_keys.edition_code = edition_years.edition_code
    inner join inputs
        on
            rule_keys.indicator_key = inputs.indicator_key
            and edition_years.report_year = inputs.report_year
            and coalesce(inputs.criterion_code, rule_keys.criterion_code) = rule_keys.criterion_code
            and coalesce(inputs.index_code, rule_keys.index_code) = rule_keys.index_code
    group by
        rule_keys.index_code, rule_keys.edition_code, rule_keys.criterion_code, rule_keys.variant,
        edition_years.report_year, inputs.province_key
),

-- Only where every input that the rule names was asked for, be it left blank.
complete as (
    select
        rules.*,
        gathered.report_year,
        gathered.province_key,
        case
            when rules.combine = 'mean'
                then cast(cast(gathered.numerator_sum as decimal(38, 9)) / gathered.numerators as decimal(38, 9))
            else gathered.numerator_sum
        end as numerator,
        gathered.denominator,
        gathered.blank_inputs,
        gathered.refused_inputs,
        gathered.is_simulated,
        gathered.reason_vi,
        gathered.reason_en
    from gathered
    inner join rules
        on
            gathered.index_code = rules.index_code
            and gathered.edition_code = rules.edition_code
            and gathered.criterion_code = rules.criterion_code
            and gathered.variant = rules.variant
    where
        gathered.numerators = length(rules.numerator_keys) - length(replace(rules.numerator_keys, ' ', '')) + 1
        and gathered.denominators = case
            when rules.denominator_keys = '' then 0
            else length(rules.denominator_keys) - length(replace(rules.denominator_keys, ' ', '')) + 1
        end
),

measured as (
    select
        *,
        denominator is not null and denominator = 0 and rule_kind <> 'growth_steps' as is_nothing_due,
        case
            when rule_kind = 'growth_steps' and denominator > 0
                then try_cast(cast((numerator - denominator) * 100 as decimal(38, 9)) / denominator as decimal(30, 12))
            when rule_kind = 'growth_steps' then null
            when denominator is null then try_cast(numerator as decimal(30, 12))
            when denominator = 0 then null
            else try_cast(cast(numerator * 100 as decimal(38, 9)) / denominator as decimal(30, 12))
        end as measure
    from complete
),

step_numbers as (
    select 1 as step_number
    union all
    select 2 as step_number
    union all
    select 3 as step_number
    union all
    select 4 as step_number
    union all
    select 5 as step_number
    union all
    select 6 as step_number
),

steps as (
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        cast(
            split_part(split_part(rules.steps, ' ', step_numbers.step_number), ':', 1) as decimal(24, 9)
        ) as threshold,
        cast(split_part(split_part(rules.steps, ' ', step_numbers.step_number), ':', 2) as decimal(24, 9)) as share
    from rules
    cross join step_numbers
    where split_part(rules.steps, ' ', step_numbers.step_number) <> ''
),

-- The highest step that was reached.
reached as (
    select
        measured.index_code,
        measured.criterion_code,
        measured.variant,
        measured.report_year,
        measured.province_key,
        steps.threshold,
        steps.share,
        row_number() over (
            partition by
                measured.index_code, measured.criterion_code, measured.variant, measured.report_year,
                measured.province_key
            order by steps.threshold desc
        ) as place
    from measured
    inner join steps
        on
            measured.index_code = steps.index_code
            and measured.edition_code = steps.edition_code
            and measured.criterion_code = steps.criterion_code
            and measured.variant = steps.variant
            and measured.measure >= steps.threshold
),

shared as (
    select
        measured.*,
        reached.threshold as step_reached,
        try_cast(case
            when measured.is_nothing_due and measured.when_nothing_due = 'full' then 1
            when measured.measure is null then null
            when measured.rule_kind = 'ratio_floor' and measured.measure >= measured.full_value then 1
            when measured.rule_kind = 'ratio_floor' and measured.measure >= measured.floor_value
                then cast(measured.measure as decimal(30, 12)) / measured.full_value
            when measured.rule_kind = 'ratio_floor' then 0
            when measured.rule_kind = 'ratio_at_most' and measured.measure <= measured.full_value then 1
            when measured.rule_kind = 'ratio_at_most' then 0
            when measured.rule_kind = 'yes_no' and measured.measure >= measured.full_value then 1
            when measured.rule_kind = 'yes_no' then 0
            when measured.rule_kind = 'none_or_zero' and measured.measure = 0 then 1
            when measured.rule_kind = 'none_or_zero' then 0
            when measured.rule_kind in ('ratio_steps', 'count_steps', 'growth_steps') then coalesce(reached.share, 0)
            when measured.rule_kind = 'linear' and measured.measure >= measured.full_value then 1
            when measured.rule_kind = 'linear' and measured.measure <= measured.floor_value then 0
            when measured.rule_kind = 'linear'
                then
                    cast(measured.measure - measured.floor_value as decimal(30, 12))
                    / (measured.full_value - measured.floor_value)
        end as decimal(18, 15)) as share
    from measured
    left join reached
        on
            measured.index_code = reached.index_code
            and measured.criterion_code = reached.criterion_code
            and measured.variant = reached.variant
            and measured.report_year = reached.report_year
            and measured.province_key = reached.province_key
            and reached.place = 1
),

-- Whatever went in, a share is between nothing and all of the maximum, or it is none.
bounded as (
    select
        *,
        case
            when refused_inputs > 0 then 'refused'
            when blank_inputs > 0 then 'blank'
            when share is null and (denominator > 0 or denominator is null) then 'refused'
            when share not between 0 and 1 or max_points < 0 then 'refused'
            -- Nothing was due, or there was nothing to grow from: stated, and no fault of the province.
            when share is null then 'does_not_apply'
            else 'given'
        end as status
    from shared
),

-- The first variant that all is there for; else one with an input that cannot be right, else one with a blank.
scored as (
    select
        *,
        case
            when status = 'given' then cast(cast(share as double) * cast(max_points as double) as decimal(24, 9))
        end as points,
        row_number() over (
            partition by index_code, criterion_code, report_year, province_key
            order by
                case status when 'given' then 0 when 'does_not_apply' then 1 when 'refused' then 2 else 3 end, variant
        ) as place
    from bounded
),

worded as (
    select
        *,
        case
            when is_nothing_due then '0 ' || unit_vi || ' phải làm'
            when rule_kind = 'growth_steps' and measure is null
                then {{ short_vi('denominator') }} || ' → ' || {{ short_vi('numerator') }}
            when rule_kind = 'growth_steps'
                then
                    {{ short_vi('denominator') }} || ' → ' || {{ short_vi('numerator') }} || ' = '
                    || {{ decimal_vi('measure', 2) }} || ' %'
            when denominator is not null
                then
                    {{ short_vi('numerator') }} || '/' || {{ short_vi('denominator') }} || ' ' || unit_vi || ' = '
                    || {{ decimal_vi('measure', 2) }} || ' %'
            when
                rule_kind in ('ratio_floor', 'ratio_steps', 'ratio_at_most')
                then {{ decimal_vi('measure', 2) }} || ' %'
            when rule_kind = 'yes_no' then 'mã ' || {{ short_vi('numerator') }}
            else trim({{ short_vi('measure') }} || ' ' || unit_vi)
        end as measure_vi,
        case
            when is_nothing_due then '0 ' || unit_en || ' due'
            when rule_kind = 'growth_steps' and measure is null
                then {{ short_en('denominator') }} || ' → ' || {{ short_en('numerator') }}
            when rule_kind = 'growth_steps'
                then
                    {{ short_en('denominator') }} || ' → ' || {{ short_en('numerator') }} || ' = '
                    || {{ decimal_en('measure', 2) }} || '%'
            when denominator is not null
                then
                    {{ short_en('numerator') }} || '/' || {{ short_en('denominator') }} || ' ' || unit_en || ' = '
                    || {{ decimal_en('measure', 2) }} || '%'
            when rule_kind in ('ratio_floor', 'ratio_steps', 'ratio_at_most') then {{ decimal_en('measure', 2) }} || '%'
            when rule_kind = 'yes_no' then 'code ' || {{ short_en('numerator') }}
            else trim({{ short_en('measure') }} || ' ' || unit_en)
        end as measure_en,
        case
            when is_nothing_due then ''
            when rule_kind = 'ratio_floor' and measure >= full_value then ' ≥ ' || {{ short_vi('full_value') }} || ' %'
            when
                rule_kind = 'ratio_floor' and measure >= floor_value
                then ' ≥ ' || {{ short_vi('floor_value') }} || ' %'
            when rule_kind = 'ratio_floor' then ' < ' || {{ short_vi('floor_value') }} || ' %'
            when
                rule_kind = 'ratio_at_most' and measure <= full_value
                then ' ≤ ' || {{ short_vi('full_value') }} || ' %'
            when rule_kind = 'ratio_at_most' then ' > ' || {{ short_vi('full_value') }} || ' %'
            when rule_kind = 'yes_no' and share = 1 then ' (có)'
            when rule_kind = 'yes_no' then ' (không)'
            when rule_kind = 'linear'
                then ' trong khoảng ' || {{ short_vi('floor_value') }} || '–' || {{ short_vi('full_value') }}
            when rule_kind = 'none_or_zero' and share = 1 then ''
            when rule_kind = 'none_or_zero' then ' > 0'
            when step_reached is not null then ' ≥ ' || {{ short_vi('step_reached') }}
            else ' dưới bậc thấp nhất'
        end as condition_vi,
        case
            when is_nothing_due then ''
            when rule_kind = 'ratio_floor' and measure >= full_value then ' ≥ ' || {{ short_en('full_value') }} || '%'
            when rule_kind = 'ratio_floor' and measure >= floor_value then ' ≥ ' || {{ short_en('floor_value') }} || '%'
            when rule_kind = 'ratio_floor' then ' < ' || {{ short_en('floor_value') }} || '%'
            when rule_kind = 'ratio_at_most' and measure <= full_value then ' ≤ ' || {{ short_en('full_value') }} || '%'
            when rule_kind = 'ratio_at_most' then ' > ' || {{ short_en('full_value') }} || '%'
            when rule_kind = 'yes_no' and share = 1 then ' (yes)'
            when rule_kind = 'yes_no' then ' (no)'
            when rule_kind = 'linear'
                then ' between ' || {{ short_en('floor_value') }} || ' and ' || {{ short_en('full_value') }}
            when rule_kind = 'none_or_zero' and share = 1 then ''
            when rule_kind = 'none_or_zero' then ' > 0'
            when step_reached is not null then ' ≥ ' || {{ short_en('step_reached') }}
            else ' below the lowest step'
        end as condition_en
    from scored
    where place = 1
),

final as (
    select
        index_code,
        edition_code,
        report_year,
        province_key,
        criterion_code,
        rule_kind,
        status,
        case when status = 'given' then measure end as measure,
        case when status = 'given' then share end as share,
        points,
        is_simulated,
        case
            when status = 'does_not_apply' then measure_vi || ': không áp dụng'
            when status = 'blank' then 'không tính được: báo cáo để trống số liệu mà quy tắc cần'
            when status = 'refused' then 'không tính, vì: ' || coalesce(reason_vi, 'không có tỷ lệ nào như vậy.')
            else
                measure_vi
                || condition_vi
                || ' → '
                || {{ decimal_vi('share', 4) }}
                || ' × '
                || {{ decimal_vi('max_points', 2) }}
                || ' = ' || {{ decimal_vi('points', 2) }}
        end as explanation_vi,
        case
            when status = 'does_not_apply' then measure_en || ': does not apply'
            when status = 'blank' then 'not computed: a figure that the rule needs was left blank'
            when status = 'refused' then 'not computed, because: ' || coalesce(reason_en, 'no such ratio can be.')
            else
                measure_en
                || condition_en
                || ' → '
                || {{ decimal_en('share', 4) }}
                || ' × '
                || {{ decimal_en('max_points', 2) }}
                || ' = ' || {{ decimal_en('points', 2) }}
        end as explanation_en
    from worded
)

select * from final
