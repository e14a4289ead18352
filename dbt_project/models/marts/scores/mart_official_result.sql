-- One row per year, subject and published figure; nothing here is computed by us.
with results as (
    select * from {{ ref('official_results') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

final as (
    select
        cast(results.result_year as integer) as result_year,
        cast(results.subject_kind as string) as subject_kind,
        cast(results.subject_name as string) as subject_name,
        cast(provinces.province_key as string) as province_key,
        cast(results.index_code as string) as index_name,
        cast(results.component as string) as component,
        cast(results.measure as string) as measure,
        cast(try_cast(results.score as decimal(18, 6)) as decimal(18, 6)) as score,
        cast(results.score as string) as score_printed,
        cast(try_cast(results.max_points as decimal(18, 6)) as decimal(18, 6)) as max_points,
        cast(results.rank as integer) as rank,
        cast(results.ranked_count as integer) as ranked_count,
        cast(results.status as string) as status,
        cast(results.released_on as date) as released_on,
        cast(results.source as string) as source,
        cast(results.note as string) as note,
        cast(results.note_en as string) as note_en
    from results
    left join provinces
        on
            results.province_code = provinces.province_code
            and make_date(results.result_year, 12, 31) >= provinces.valid_from
            and make_date(results.result_year, 12, 31) <= coalesce(provinces.valid_to, date '9999-12-31')
)

select * from final
order by result_year, index_name, component, subject_kind, rank, subject_name
