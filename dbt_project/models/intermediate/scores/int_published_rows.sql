-- One row per published figure of a file: what became of it.
-- decision: used, refused (no such figure can be), superseded (a file received later says it again, or its file was
-- withdrawn) or unmatched (no such province).
with published_rows as (
    select * from {{ ref('stg_published_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

received as (
    select
        published_rows.*,
        documents.status = 'accepted' as is_accepted,
        documents.first_seen_at,
        documents.report_key,
        documents.file_name,
        published_rows.subject_kind = 'province' and published_rows.province_key is null as is_nobodys,
        published_rows.score < 0 and published_rows.measure = 'score'
        or published_rows.score > published_rows.max_points
        or published_rows.rank < 1
        or published_rows.rank > published_rows.ranked_count as is_impossible
    from published_rows
    inner join documents
        on
            published_rows.file_sha256 = documents.file_sha256
            and published_rows.period_key = documents.period_key
),

ordered as (
    select
        *,
        row_number() over (
            partition by
                is_accepted, index_code, report_year, as_of_date, component, measure, subject_kind,
                coalesce(province_key, province_printed)
            order by
                case when is_simulated then 1 else 0 end asc,
                first_seen_at desc,
                file_sha256 asc,
                period_key asc,
                sheet_row_number desc
        ) as recency
    from received
),

final as (
    select
        file_sha256,
        period_key,
        sheet_row_number,
        index_code,
        report_year,
        as_of_date,
        component,
        measure,
        subject_kind,
        province_key,
        province_code,
        province_printed,
        score_raw,
        score,
        max_points,
        rank,
        ranked_count,
        status,
        released_on,
        source,
        note,
        note_en,
        is_simulated,
        case
            when not is_accepted then 'superseded'
            when is_nobodys then 'unmatched'
            when recency > 1 then 'superseded'
            when coalesce(is_impossible, false) then 'refused'
            else 'used'
        end as decision,
        case
            when not is_accepted then 'file_withdrawn'
            when is_nobodys then 'province_unknown'
            when recency > 1 then 'later_figure'
            when coalesce(is_impossible, false) then 'official_out_of_range'
            else 'figure'
        end as decision_reason,
        report_key,
        file_name,
        first_seen_at,
        table_number,
        row_number
    from ordered
)

select * from final
