-- One row per criterion of a file that brings an edition of an index; numbers read, nothing decided.
with edition_rows as (
    select rows_read.*
    from {{ source('raw', 'edition_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

prepared as (
    select
        *,
        {{ number_text('max_points', "''", "'percent'") }} as max_points_text,
        {{ number_text('floor_value', "''", "'percent'") }} as floor_value_text,
        {{ number_text('full_value', "''", "'percent'") }} as full_value_text
    from edition_rows
),

ruled as (
    select
        *,
        {{ number_rule('max_points_text', "'points'") }} as max_points_rule,
        {{ number_rule('floor_value_text', "'points'") }} as floor_value_rule,
        {{ number_rule('full_value_text', "'points'") }} as full_value_rule
    from prepared
),

final as (
    select
        ruled.period as period_key,
        ruled.file_sha256,
        ruled.sheet_row_number,
        ruled.index_code,
        ruled.edition_code,
        try_cast(ruled.first_year as integer) as first_year,
        try_cast(ruled.last_year as integer) as last_year,
        ruled.decision,
        coalesce(ruled.is_verified, 'false') = 'true' as is_verified,
        ruled.criterion_code,
        coalesce(ruled.parent_code, '') as parent_code,
        ruled.level,
        ruled.criterion_name,
        ruled.criterion_name_en,
        ruled.max_points as max_points_raw,
        {{ number_value('ruled.max_points_text', 'ruled.max_points_rule', 9) }} as max_points,
        ruled.scored_by,
        coalesce(try_cast(ruled.variant as integer), 1) as variant,
        ruled.rule_kind,
        coalesce(ruled.numerator_keys, '') as numerator_keys,
        coalesce(ruled.denominator_keys, '') as denominator_keys,
        coalesce(ruled.combine, 'sum') as combine,
        ruled.floor_value as floor_value_raw,
        {{ number_value('ruled.floor_value_text', 'ruled.floor_value_rule', 9) }} as floor_value,
        ruled.full_value as full_value_raw,
        {{ number_value('ruled.full_value_text', 'ruled.full_value_rule', 9) }} as full_value,
        coalesce(ruled.steps, '') as steps,
        coalesce(ruled.when_nothing_due, 'not_covered') as when_nothing_due,
        ruled.unit_vi,
        ruled.unit_en,
        ruled.source,
        ruled.table_number,
        ruled.row_number
    from ruled
)

select * from final
