-- One row per published figure of a file, as printed; numbers read, nothing decided.
with published_rows as (
    select rows_read.*
    from {{ source('raw', 'published_rows') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

prepared as (
    select
        *,
        -- `+3.79` and `-1.60` are changes; `100%` of an area is not its points.
        trim(coalesce(score_raw, '')) as score_text,
        trim(coalesce(max_points_raw, '')) as max_points_text
    from published_rows
),

ruled as (
    select
        *,
        {{ number_rule('score_text', "'points'") }} as score_rule,
        {{ number_rule('max_points_text', "'points'") }} as max_points_rule
    from prepared
),

final as (
    select
        ruled.period as period_key,
        ruled.file_sha256,
        ruled.sheet_row_number,
        ruled.index_code,
        ruled.report_year,
        {{ vietnamese_date('ruled.as_of') }} as as_of_date,
        ruled.as_of,
        ruled.component,
        coalesce(ruled.measure, 'score') as measure,
        coalesce(ruled.subject_kind, 'province') as subject_kind,
        ruled.province_key,
        ruled.province_code,
        ruled.province_printed,
        ruled.score_raw,
        coalesce(
            try_cast(ruled.score_typed as decimal(24, 9)),
            {{ number_value('ruled.score_text', 'ruled.score_rule', 9) }}
        ) as score,
        {{ number_value('ruled.max_points_text', 'ruled.max_points_rule', 9) }} as max_points,
        try_cast(ruled.rank_raw as integer) as rank,
        try_cast(ruled.ranked_count_raw as integer) as ranked_count,
        coalesce(ruled.status, 'recalled') as status,
        {{ vietnamese_date('ruled.released_on') }} as released_on,
        ruled.source,
        ruled.note,
        ruled.note_en,
        ruled.is_simulated,
        ruled.table_number,
        ruled.row_number
    from ruled
)

select * from final
