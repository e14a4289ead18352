-- One row per index, edition and criterion: what is scored, out of how many points, by whom, and how sure that is.
with criteria as (
    select * from {{ ref('int_criteria') }}
),

rules as (
    select * from {{ ref('criterion_rules') }}
),

edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

rule_kinds as (
    select
        criteria.index_code,
        criteria.edition_code,
        criteria.criterion_code,
        max(coalesce(edition_rows.rule_kind, rules.rule_kind)) as rule_kind,
        max(coalesce(edition_rows.numerator_keys, rules.numerator_keys)) as numerator_keys,
        max(coalesce(edition_rows.denominator_keys, rules.denominator_keys)) as denominator_keys
    from criteria
    left join rules
        on
            criteria.criteria_origin = 'seed'
            and criteria.index_code = rules.index_code
            and criteria.criteria_edition_code = rules.edition_code
            and criteria.criterion_code = rules.criterion_code
            and rules.variant = 1
    left join edition_rows
        on
            criteria.file_sha256 = edition_rows.file_sha256
            and criteria.index_code = edition_rows.index_code
            and criteria.criteria_edition_code = edition_rows.edition_code
            and criteria.criterion_code = edition_rows.criterion_code
    group by criteria.index_code, criteria.edition_code, criteria.criterion_code
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
    inner join rule_kinds
        on
            criteria.index_code = rule_kinds.index_code
            and criteria.edition_code = rule_kinds.edition_code
            and criteria.criterion_code = rule_kinds.criterion_code
)

select * from final
order by index_code, edition_code, criterion_code
