-- One row per year, day of a snapshot, subject and published figure, from the files that publish them; nothing here is
-- computed by us. The result of a whole year has its last day.
with published_rows as (
    select * from {{ ref('int_published_rows') }}
    where decision = 'used'
),

final as (
    select
        cast(report_year as integer) as result_year,
        cast(coalesce(as_of_date, make_date(report_year, 12, 31)) as date) as as_of_date,
        cast(as_of_date is not null as boolean) as is_snapshot,
        cast(subject_kind as string) as subject_kind,
        cast(province_printed as string) as subject_name,
        cast(province_key as string) as province_key,
        cast(index_code as string) as index_name,
        cast(component as string) as component,
        cast(measure as string) as measure,
        cast(score as decimal(18, 6)) as score,
        cast(score_raw as string) as score_printed,
        cast(max_points as decimal(18, 6)) as max_points,
        cast(rank as integer) as rank,
        cast(ranked_count as integer) as ranked_count,
        cast(status as string) as status,
        cast(released_on as date) as released_on,
        cast(source as string) as source,
        cast(note as string) as note,
        cast(note_en as string) as note_en,
        cast(is_simulated as boolean) as is_simulated,
        cast(report_key as string) as report_key,
        cast(file_name as string) as source_file_name,
        cast(row_number as integer) as row_number
    from published_rows
)

select * from final
order by result_year, index_name, as_of_date, component, subject_kind, rank, subject_name
