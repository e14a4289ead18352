-- One row per index, edition and criterion: what is scored, out of how many points, by whom, and how sure that is.
with criteria as (
    select * from {{ ref('int_criteria') }}
),

rules as (
    select * from {{ ref('int_rules') }}
),

rule_inputs as (
    select * from {{ ref('int_rule_inputs') }}
),

-- A criterion is shown with the first way to score it.
first_rules as (
    select
        *,
        row_number() over (partition by index_code, edition_code, criterion_code order by variant) as place
    from rules
),

rule_kinds as (
    select
        first_rules.index_code,
        first_rules.edition_code,
        first_rules.criterion_code,
        first_rules.rule_kind,
        {{ ordered_list('rule_inputs.indicator_key', ' ', 'rule_inputs.indicator_key') }}
        filter (where rule_inputs.input_role = 'numerator') as numerator_keys,
        {{ ordered_list('rule_inputs.indicator_key', ' ', 'rule_inputs.indicator_key') }}
        filter (where rule_inputs.input_role = 'denominator') as denominator_keys
    from first_rules
    left join rule_inputs
        on
            first_rules.index_code = rule_inputs.index_code
            and first_rules.edition_code = rule_inputs.edition_code
            and first_rules.criterion_code = rule_inputs.criterion_code
            and first_rules.variant = rule_inputs.variant
    where first_rules.place = 1
    group by
        first_rules.index_code, first_rules.edition_code, first_rules.criterion_code, first_rules.rule_kind
),

final as (
    select
        cast(criteria.index_code as string) as index_code,
        cast(criteria.edition_code as string) as edition_code,
        cast(criteria.criterion_code as string) as criterion_code,
        cast(criteria.parent_code as string) as parent_code,
        cast(criteria.area_code as string) as area_code,
        cast(criteria.level as string) as level,
        cast(criteria.is_leaf as boolean) as is_leaf,
        cast(criteria.criterion_name as string) as criterion_name,
        cast(criteria.criterion_name_en as string) as criterion_name_en,
        cast(criteria.max_points as decimal(18, 9)) as max_points,
        cast(criteria.scored_by as string) as scored_by,
        cast(rule_kinds.rule_kind as string) as rule,
        cast(rule_kinds.numerator_keys as string) as numerator_keys,
        cast(rule_kinds.denominator_keys as string) as denominator_keys,
        cast(criteria.provenance as string) as provenance,
        cast(criteria.is_verified as boolean) as is_verified,
        cast(criteria.is_edition_verified as boolean) as is_edition_verified,
        cast(criteria.criteria_edition_code as string) as criteria_edition_code,
        cast(criteria.source as string) as source
    from criteria
    left join rule_kinds
        on
            criteria.index_code = rule_kinds.index_code
            and criteria.edition_code = rule_kinds.edition_code
            and criteria.criterion_code = rule_kinds.criterion_code
)

select * from final
order by index_code, edition_code, criterion_code
