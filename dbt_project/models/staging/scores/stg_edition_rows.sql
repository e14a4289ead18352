-- One row per criterion of a file that brings an edition of an index; numbers read, nothing decided.
with edition_rows as (
    select rows_read.*
    from {{ source('raw', 'edition_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        edition_rows.period as period_key,
        edition_rows.file_sha256,
        edition_rows.row_number as sheet_row_number,
        edition_rows.index_code,
        edition_rows.edition_code,
        try_cast(edition_rows.first_year as integer) as first_year,
        try_cast(edition_rows.last_year as integer) as last_year,
        edition_rows.decision,
        coalesce(edition_rows.is_verified, 'false') = 'true' as is_verified,
        edition_rows.criterion_code,
        coalesce(edition_rows.parent_code, '') as parent_code,
        edition_rows.level,
        edition_rows.criterion_name,
        edition_rows.criterion_name_en,
        cast({{ score_number("edition_rows.max_points") }} as decimal(24, 9)) as max_points,
        edition_rows.scored_by,
        coalesce(try_cast(edition_rows.variant as integer), 1) as variant,
        edition_rows.rule_kind,
        coalesce(edition_rows.numerator_keys, '') as numerator_keys,
        coalesce(edition_rows.denominator_keys, '') as denominator_keys,
        coalesce(edition_rows.combine, 'sum') as combine,
        cast({{ score_number("edition_rows.floor_value") }} as decimal(24, 9)) as floor_value,
        cast({{ score_number("edition_rows.full_value") }} as decimal(24, 9)) as full_value,
        coalesce(edition_rows.steps, '') as steps,
        coalesce(edition_rows.when_nothing_due, 'not_covered') as when_nothing_due,
        edition_rows.unit_vi,
        edition_rows.unit_en,
        edition_rows.source
    from edition_rows
)

select * from final
