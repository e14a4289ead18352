-- One row per index, year, province, criterion and variant of a rule whose inputs were all asked for: the figures that
-- it reckons with, added up, and why it may not. A blank is an input; a form that does not ask gives no row.
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

rule_keys as (
    select
        index_code,
        edition_code,
        criterion_code,
        variant,
        'numerator' as side,
        {{ each_word('numerator_keys') }} as indicator_key
    from rules
    where numerator_keys <> ''
    union all
    select
        index_code,
        edition_code,
        criterion_code,
        variant,
        'denominator' as side,
        {{ each_word('denominator_keys') }} as indicator_key
    from rules
    where denominator_keys <> ''
),

keys_named as (
    select
        index_code,
        edition_code,
        criterion_code,
        variant,
        count(*) as keys_expected
    from rule_keys
    group by index_code, edition_code, criterion_code, variant
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
        count(*) as keys_found,
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
        rules.steps,
        rules.when_nothing_due,
        rules.unit_vi,
        rules.unit_en,
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
    inner join keys_named
        on
            gathered.index_code = keys_named.index_code
            and gathered.edition_code = keys_named.edition_code
            and gathered.criterion_code = keys_named.criterion_code
            and gathered.variant = keys_named.variant
            and gathered.keys_found = keys_named.keys_expected
)

select * from final
