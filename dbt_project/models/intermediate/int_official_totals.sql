-- One row per index, year, province and published component: the total, one of its parts, or an area, as announced.
-- From the list of published results, the published scores and files of results; a file received last comes first.
with official_results as (
    select * from {{ ref('mart_official_result') }}
),

components as (
    select * from {{ ref('official_components') }}
),

published_scores as (
    select * from {{ ref('published_scores') }}
),

score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

listed as (
    select
        components.index_code,
        official_results.result_year as report_year,
        official_results.province_key,
        components.component_kind,
        coalesce(components.criterion_code, '') as criterion_code,
        official_results.score,
        case when components.component_kind = 'total' then official_results.rank end as official_rank,
        official_results.ranked_count,
        official_results.status,
        official_results.note,
        false as is_simulated,
        2 as choice,
        cast(null as timestamp) as first_seen_at
    from official_results
    inner join components
        on official_results.index_name = components.index_code and official_results.component = components.component
    where official_results.province_key is not null
    union all
    select
        published_scores.index_code,
        published_scores.report_year,
        provinces.province_key,
        'total' as component_kind,
        '' as criterion_code,
        published_scores.points as score,
        cast(null as integer) as official_rank,
        cast(null as integer) as ranked_count,
        'verified' as status,
        cast(null as string) as note,
        false as is_simulated,
        1 as choice,
        cast(null as timestamp) as first_seen_at
    from published_scores
    inner join provinces
        on
            published_scores.province_code = provinces.province_code
            and make_date(published_scores.report_year, 12, 31) >= provinces.valid_from
            and make_date(published_scores.report_year, 12, 31) <= coalesce(provinces.valid_to, date '9999-12-31')
    where published_scores.criterion_code is null
    union all
    select
        settings.index_code,
        score_rows.report_year,
        score_rows.province_key,
        replace(score_rows.measure, 'official_', '') as component_kind,
        coalesce(score_rows.criterion_code, '') as criterion_code,
        score_rows.value as score,
        cast(null as integer) as official_rank,
        cast(null as integer) as ranked_count,
        'verified' as status,
        cast(null as string) as note,
        score_rows.is_simulated,
        0 as choice,
        documents.first_seen_at
    from score_rows
    inner join documents
        on score_rows.file_sha256 = documents.file_sha256 and score_rows.period_key = documents.period_key
    inner join settings on score_rows.index_code = settings.index_code
    where
        score_rows.measure in ('official_total', 'official_part', 'official_area', 'official_rank')
        and score_rows.province_key is not null
        and documents.status = 'accepted'
),

ordered as (
    select
        *,
        row_number() over (
            partition by index_code, report_year, province_key, component_kind, criterion_code
            order by choice asc, first_seen_at desc, score desc
        ) as place
    from listed
),

ranks as (
    select
        index_code,
        report_year,
        province_key,
        score as official_rank
    from ordered
    where component_kind = 'rank' and place = 1
),

final as (
    select
        ordered.index_code,
        ordered.report_year,
        ordered.province_key,
        ordered.component_kind,
        ordered.criterion_code,
        ordered.score,
        cast(case
            when ordered.component_kind = 'total' then coalesce(ordered.official_rank, ranks.official_rank)
        end as integer) as official_rank,
        ordered.ranked_count,
        ordered.status,
        ordered.note,
        ordered.is_simulated
    from ordered
    left join ranks
        on
            ordered.index_code = ranks.index_code
            and ordered.report_year = ranks.report_year
            and ordered.province_key = ranks.province_key
    where ordered.place = 1 and ordered.component_kind <> 'rank'
)

select * from final
