-- One row per index, edition, criterion and variant of its rule, from the seeds or from the edition's file.
with criteria as (
    select * from {{ ref('int_criteria') }}
),

seed_rules as (
    select * from {{ ref('criterion_rules') }}
),

edition_rows as (
    select * from {{ ref('int_edition_rows') }}
),

final as (
    select
        criteria.index_code,
        criteria.edition_code,
        criteria.criterion_code,
        seed_rules.variant,
        criteria.max_points,
        seed_rules.rule_kind,
        seed_rules.combine,
        seed_rules.floor_value,
        seed_rules.full_value,
        seed_rules.when_nothing_due,
        coalesce(seed_rules.unit_vi, '') as unit_vi,
        coalesce(seed_rules.unit_en, '') as unit_en,
        seed_rules.edition_code as rule_edition_code,
        cast(null as string) as file_sha256
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
        edition_rows.variant,
        criteria.max_points,
        edition_rows.rule_kind,
        edition_rows.combine,
        edition_rows.floor_value,
        edition_rows.full_value,
        edition_rows.when_nothing_due,
        coalesce(edition_rows.unit_vi, '') as unit_vi,
        coalesce(edition_rows.unit_en, '') as unit_en,
        edition_rows.edition_code as rule_edition_code,
        edition_rows.file_sha256
    from criteria
    inner join edition_rows
        on
            criteria.file_sha256 = edition_rows.file_sha256
            and criteria.index_code = edition_rows.index_code
            and criteria.criteria_edition_code = edition_rows.edition_code
            and criteria.criterion_code = edition_rows.criterion_code
    where
        criteria.criteria_origin = 'file'
        and criteria.is_leaf
        and edition_rows.decision = 'used'
        and edition_rows.rule_kind is not null
)

select * from final
