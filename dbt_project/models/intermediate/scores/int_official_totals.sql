-- One row per index, year, province and published component: the total, one of its parts, or an area, as announced.
-- From published figures and files of results; a figure comes before a blank, a file before the list, and
-- of two files the one received last comes first. A total and its rank are two figures: each has its own source. Where
-- anything real is known of a province's result, what is made up is left out.
with published_rows as (
    select * from {{ ref('int_published_rows') }}
    where decision = 'used'
),

components as (
    select * from {{ ref('official_components') }}
),

score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

-- What no index can be was not announced: it is a finding, and the figure before it stays.
refused as (
    select
        file_sha256,
        period_key,
        sheet_row_number
    from {{ ref('int_score_rows') }}
    where row_source = 'score_rows' and decision_reason = 'official_out_of_range'
),

-- A table prints 0 as the total of a province that it has no figure of: the sum of nothing, which is no result.
empty_provinces as (
    select
        file_sha256,
        period_key,
        index_code,
        report_year,
        province_key
    from score_rows
    where measure = 'published'
    group by file_sha256, period_key, index_code, report_year, province_key
    having count(value) = 0
),

listed_results as (
    select
        components.index_code,
        published_rows.report_year,
        published_rows.province_key,
        components.component_kind,
        coalesce(components.criterion_code, '') as criterion_code,
        published_rows.score,
        published_rows.rank,
        published_rows.ranked_count,
        published_rows.status,
        published_rows.note,
        published_rows.is_simulated
    from published_rows
    inner join components
        on published_rows.index_code = components.index_code and published_rows.component = components.component
    where
        published_rows.province_key is not null
        and published_rows.measure = 'score'
        and published_rows.as_of_date is null
),

listed as (
    select
        index_code,
        report_year,
        province_key,
        component_kind,
        criterion_code,
        cast(score as decimal(24, 9)) as score,
        cast(null as integer) as ranked_count,
        status,
        note,
        is_simulated,
        2 as choice,
        cast(null as timestamp) as first_seen_at
    from listed_results
    union all
    select
        index_code,
        report_year,
        province_key,
        'rank' as component_kind,
        '' as criterion_code,
        cast(rank as decimal(24, 9)) as score,
        ranked_count,
        status,
        note,
        is_simulated,
        2 as choice,
        cast(null as timestamp) as first_seen_at
    from listed_results
    where component_kind = 'total' and rank is not null
    union all
    select
        settings.index_code,
        score_rows.report_year,
        score_rows.province_key,
        replace(score_rows.measure, 'official_', '') as component_kind,
        coalesce(score_rows.criterion_code, '') as criterion_code,
        cast(case when empty_provinces.province_key is null then score_rows.value end as decimal(24, 9)) as score,
        cast(null as integer) as ranked_count,
        'verified' as status,
        case
            when empty_provinces.province_key is not null and score_rows.value is not null
                then 'tệp ghi tổng ' || {{ short_vi('score_rows.value') }} || ' nhưng không có điểm nào của tỉnh'
        end as note,
        score_rows.is_simulated,
        0 as choice,
        documents.first_seen_at
    from score_rows
    inner join documents
        on score_rows.file_sha256 = documents.file_sha256 and score_rows.period_key = documents.period_key
    inner join settings on score_rows.index_code = settings.index_code
    left join empty_provinces
        on
            score_rows.file_sha256 = empty_provinces.file_sha256
            and score_rows.period_key = empty_provinces.period_key
            and score_rows.index_code = empty_provinces.index_code
            and score_rows.report_year = empty_provinces.report_year
            and score_rows.province_key = empty_provinces.province_key
    left join refused
        on
            score_rows.file_sha256 = refused.file_sha256
            and score_rows.period_key = refused.period_key
            and score_rows.sheet_row_number = refused.sheet_row_number
    where
        refused.file_sha256 is null
        and score_rows.measure in ('official_total', 'official_part', 'official_area', 'official_rank')
        and score_rows.province_key is not null
        and documents.status = 'accepted'
),

real_results as (
    select distinct
        index_code,
        report_year,
        province_key
    from listed
    where score is not null and not coalesce(is_simulated, false)
),

ordered as (
    select
        listed.*,
        row_number() over (
            partition by
                listed.index_code, listed.report_year, listed.province_key, listed.component_kind, listed.criterion_code
            order by
                case when listed.score is null then 1 else 0 end asc,
                listed.choice asc,
                listed.first_seen_at desc,
                listed.score desc
        ) as place
    from listed
    left join real_results
        on
            listed.index_code = real_results.index_code
            and listed.report_year = real_results.report_year
            and listed.province_key = real_results.province_key
    where not coalesce(listed.is_simulated, false) or real_results.province_key is null
),

ranks as (
    select
        index_code,
        report_year,
        province_key,
        score as official_rank,
        ranked_count
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
        cast(case when ordered.component_kind = 'total' then ranks.official_rank end as integer) as official_rank,
        cast(case when ordered.component_kind = 'total' then ranks.ranked_count end as integer) as ranked_count,
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
