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

mistakes as (
    select * from {{ ref('int_edition_mistakes') }}
),

finding_rules as (
    select * from {{ ref('finding_rules') }}
),

-- Why no points can be computed by a rule.
unusable as (
    select
        mistakes.file_sha256,
        mistakes.criterion_code,
        mistakes.variant,
        min({{ finding_sentence(
            'finding_rules.message_vi', 'mistakes.expected', 'mistakes.found', 'mistakes.criterion_code'
        ) }}) as mistake_vi,
        min({{ finding_sentence(
            'finding_rules.message_en', 'mistakes.expected', 'mistakes.found', 'mistakes.criterion_code'
        ) }}) as mistake_en
    from mistakes
    inner join finding_rules on mistakes.rule = finding_rules.rule
    where mistakes.column_name <> 'max_points'
    group by mistakes.file_sha256, mistakes.criterion_code, mistakes.variant
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
        cast(null as string) as file_sha256,
        cast(null as string) as mistake_vi,
        cast(null as string) as mistake_en
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
        edition_rows.file_sha256,
        unusable.mistake_vi,
        unusable.mistake_en
    from criteria
    inner join edition_rows
        on
            criteria.file_sha256 = edition_rows.file_sha256
            and criteria.index_code = edition_rows.index_code
            and criteria.criteria_edition_code = edition_rows.edition_code
            and criteria.criterion_code = edition_rows.criterion_code
    left join unusable
        on
            edition_rows.file_sha256 = unusable.file_sha256
            and edition_rows.criterion_code = unusable.criterion_code
            and edition_rows.variant = unusable.variant
    where
        criteria.criteria_origin = 'file'
        and criteria.is_leaf
        and edition_rows.decision = 'used'
        and edition_rows.rule_kind is not null
)

select * from final
