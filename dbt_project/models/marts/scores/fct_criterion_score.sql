-- One row per index, province, year, criterion and basis: the points on that basis and how they came about.
with points as (
    select * from {{ ref('int_criterion_points') }}
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(province_key as string) as province_key,
        cast(edition_code as string) as edition_code,
        cast(criterion_code as string) as criterion_code,
        cast(basis as string) as basis,
        cast(points as decimal(18, 9)) as points,
        cast(max_points as decimal(18, 9)) as max_points,
        cast(
            case
                when is_governing and status in ('given', 'not_given', 'refused') then max_points - coalesce(points, 0)
            end as decimal(18, 9)
        ) as points_lost,
        cast(status as string) as status,
        cast(is_leaf as boolean) as is_leaf,
        cast(is_governing as boolean) as is_governing,
        cast(is_used as boolean) as is_used,
        cast(explanation_vi as string) as explanation,
        cast(explanation_en as string) as explanation_en,
        cast(note as string) as note,
        cast(is_simulated as boolean) as is_simulated,
        cast(substr(file_sha256, 1, 16) as string) as report_key,
        cast(row_number as integer) as row_number
    from points
)

select * from final
order by index_code, report_year, province_key, criterion_code, basis
