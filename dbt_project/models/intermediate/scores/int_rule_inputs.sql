-- One row per index, edition, criterion, variant of its rule, role and indicator that the rule reckons with.
with rules as (
    select * from {{ ref('int_rules') }}
),

seed_inputs as (
    select * from {{ ref('rule_inputs') }}
),

edition_rows as (
    select * from {{ ref('int_edition_rows') }}
),

file_inputs as (
    select
        file_sha256,
        criterion_code,
        variant,
        'numerator' as input_role,
        {{ each_word('numerator_keys') }} as indicator_key
    from edition_rows
    where decision = 'used'
    union all
    select
        file_sha256,
        criterion_code,
        variant,
        'denominator' as input_role,
        {{ each_word('denominator_keys') }} as indicator_key
    from edition_rows
    where decision = 'used'
),

final as (
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        seed_inputs.input_role,
        seed_inputs.indicator_key
    from rules
    inner join seed_inputs
        on
            rules.index_code = seed_inputs.index_code
            and rules.rule_edition_code = seed_inputs.edition_code
            and rules.criterion_code = seed_inputs.criterion_code
            and rules.variant = seed_inputs.variant
    where rules.file_sha256 is null
    union all
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        file_inputs.input_role,
        file_inputs.indicator_key
    from rules
    inner join file_inputs
        on
            rules.file_sha256 = file_inputs.file_sha256
            and rules.criterion_code = file_inputs.criterion_code
            and rules.variant = file_inputs.variant
    where file_inputs.indicator_key <> ''
)

select * from final
