-- One row per index, year, province, criterion and variant of a rule whose inputs were all asked for: the figures that
-- it reckons with, added up, and why it may not. A blank is an input; a form that does not ask gives no row.
with edition_years as (
    select * from {{ ref('int_edition_years') }}
),

rules as (
    select * from {{ ref('int_rules') }}
),

rule_inputs as (
    select * from {{ ref('int_rule_inputs') }}
),

score_rows as (
    select * from {{ ref('int_score_rows') }}
),

asked_figures as (
    select * from {{ ref('int_asked_figures') }}
),

periods as (
    select * from {{ ref('periods') }}
),

finding_rules as (
    select * from {{ ref('finding_rules') }}
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
figures as (
    select
        cast(null as string) as index_code,
        periods.report_year,
        asked_figures.province_key,
        cast(null as string) as criterion_code,
        asked_figures.indicator_key,
        asked_figures.value,
        asked_figures.is_usable,
        asked_figures.reason_vi,
        asked_figures.reason_en,
        coalesce(asked_figures.is_simulated, false) as is_simulated
    from asked_figures
    inner join periods on asked_figures.period_key = periods.period_key
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

inputs_named as (
    select
        index_code,
        edition_code,
        criterion_code,
        variant,
        count(*) as inputs_expected
    from rule_inputs
    group by index_code, edition_code, criterion_code, variant
),

gathered as (
    select
        rule_inputs.index_code,
        rule_inputs.edition_code,
        rule_inputs.criterion_code,
        rule_inputs.variant,
        edition_years.report_year,
        figures.province_key,
        count(*) filter (where rule_inputs.input_role = 'numerator') as numerators,
        count(*) as inputs_found,
        count(*) filter (where figures.is_usable and figures.value is null) as blank_inputs,
        max(case when figures.is_simulated then 1 else 0 end) = 1 as is_simulated,
        count(figures.indicator_key) filter (where not figures.is_usable) as refused_inputs,
        {{ ordered_list('distinct figures.reason_vi', ' ', 'figures.reason_vi') }} filter (where not figures.is_usable)
            as reason_vi,
        {{ ordered_list('distinct figures.reason_en', ' ', 'figures.reason_en') }} filter (where not figures.is_usable)
            as reason_en,
        cast(sum(figures.value) filter (where rule_inputs.input_role = 'numerator') as decimal(38, 9)) as numerator_sum,
        cast(sum(figures.value) filter (where rule_inputs.input_role = 'denominator') as decimal(38, 9)) as denominator
    from rule_inputs
    inner join edition_years
        on rule_inputs.index_code = edition_years.index_code and rule_inputs.edition_code = edition_years.edition_code
    inner join figures
        on
            rule_inputs.indicator_key = figures.indicator_key
            and edition_years.report_year = figures.report_year
            and coalesce(figures.criterion_code, rule_inputs.criterion_code) = rule_inputs.criterion_code
            and coalesce(figures.index_code, rule_inputs.index_code) = rule_inputs.index_code
    group by
        rule_inputs.index_code, rule_inputs.edition_code, rule_inputs.criterion_code, rule_inputs.variant,
        edition_years.report_year, figures.province_key
),

-- Only where every input that the rule names was asked for, be it left blank.
final as (
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        gathered.report_year,
        gathered.province_key,
        rules.max_points,
        rules.rule_kind,
        rules.floor_value,
        rules.full_value,
        rules.when_nothing_due,
        rules.unit_vi,
        rules.unit_en,
        case
            when rules.combine = 'mean'
                then cast(cast(gathered.numerator_sum as double) / gathered.numerators as decimal(38, 9))
            else gathered.numerator_sum
        end as numerator,
        gathered.denominator,
        gathered.blank_inputs,
        gathered.refused_inputs + case when rules.mistake_vi is null then 0 else 1 end as refused_inputs,
        gathered.is_simulated,
        coalesce(rules.mistake_vi, gathered.reason_vi) as reason_vi,
        coalesce(rules.mistake_en, gathered.reason_en) as reason_en
    from gathered
    inner join rules
        on
            gathered.index_code = rules.index_code
            and gathered.edition_code = rules.edition_code
            and gathered.criterion_code = rules.criterion_code
            and gathered.variant = rules.variant
    inner join inputs_named
        on
            gathered.index_code = inputs_named.index_code
            and gathered.edition_code = inputs_named.edition_code
            and gathered.criterion_code = inputs_named.criterion_code
            and gathered.variant = inputs_named.variant
            and gathered.inputs_found = inputs_named.inputs_expected
)

select * from final
