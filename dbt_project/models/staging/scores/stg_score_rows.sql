-- One row per figure of a score sheet, as printed: points claimed, accepted, published, or a statistic.
with score_rows as (
    select rows_read.*
    from {{ source('raw', 'score_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

prepared as (
    select
        *,
        {{ number_text('value_raw', "''", "'percent'") }} as number_text,
        case when measure in ('current', 'previous', 'plan') then 'statistic' else 'points' end as value_kind
    from score_rows
),

ruled as (
    select
        *,
        case
            when value_typed is not null then 'typed'
            else {{ number_rule('number_text', 'value_kind') }}
        end as number_rule
    from prepared
),

final as (
    select
        ruled.period as period_key,
        ruled.file_sha256,
        ruled.sheet_row_number,
        ruled.sheet_kind,
        ruled.index_code,
        ruled.edition_code,
        ruled.report_year,
        ruled.province_key,
        ruled.province_code,
        ruled.province_printed,
        ruled.criterion_code,
        coalesce(ruled.parent_code, '') as parent_code,
        ruled.level as level_printed,
        ruled.criterion_name,
        ruled.criterion_name_en,
        ruled.measure,
        ruled.value_raw,
        ruled.value_typed,
        ruled.number_text,
        ruled.number_rule,
        coalesce(
            try_cast(ruled.value_typed as decimal(24, 9)),
            {{ number_value('ruled.number_text', 'ruled.number_rule', 9) }}
        ) as value,
        ruled.note,
        ruled.is_simulated,
        ruled.table_number,
        ruled.row_number
    from ruled
)

select * from final
