-- One row per index, edition, criterion, variant of its rule and step, however many: the share of points from where on.
with rules as (
    select * from {{ ref('int_rules') }}
),

seed_steps as (
    select * from {{ ref('rule_steps') }}
),

edition_rows as (
    select * from {{ ref('int_edition_rows') }}
),

file_steps as (
    select
        file_sha256,
        criterion_code,
        variant,
        {{ each_word('steps') }} as step
    from edition_rows
    where decision = 'used'
),

final as (
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        seed_steps.threshold,
        seed_steps.share
    from rules
    inner join seed_steps
        on
            rules.index_code = seed_steps.index_code
            and rules.rule_edition_code = seed_steps.edition_code
            and rules.criterion_code = seed_steps.criterion_code
            and rules.variant = seed_steps.variant
    where rules.file_sha256 is null
    union all
    select
        rules.index_code,
        rules.edition_code,
        rules.criterion_code,
        rules.variant,
        try_cast(split_part(file_steps.step, ':', 1) as decimal(24, 9)) as threshold,
        try_cast(split_part(file_steps.step, ':', 2) as decimal(24, 9)) as share
    from rules
    inner join file_steps
        on
            rules.file_sha256 = file_steps.file_sha256
            and rules.criterion_code = file_steps.criterion_code
            and rules.variant = file_steps.variant
    where file_steps.step <> '' and rules.mistake_vi is null
)

select * from final
