-- One row per index, year, province and criterion with claimed or accepted points, beside the computed ones.
with points as (
    select * from {{ ref('int_basis_points') }}
),

territories as (
    select * from {{ ref('int_province_territories') }}
),

side_by_side as (
    select
        index_code,
        report_year,
        province_key,
        criterion_code,
        max(edition_code) as edition_code,
        max(max_points) as max_points,
        max(points) filter (where basis = 'self') as claimed_points,
        max(points) filter (where basis = 'verified') as accepted_points,
        max(points) filter (where basis = 'computed') as computed_points,
        max(points) filter (where basis = 'survey') as survey_points,
        max(case when basis = 'self' and status = 'refused' then 1 else 0 end) = 1 as is_claim_refused,
        max(case when basis = 'verified' and status = 'refused' then 1 else 0 end) = 1 as is_verdict_refused,
        max(note) filter (where basis = 'verified') as cause,
        max(note) filter (where basis = 'self') as claim_note,
        max(explanation_vi) filter (where basis = 'computed') as computed_explanation,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from points
    where is_leaf
    group by index_code, report_year, province_key, criterion_code
),

-- A year before, of the same territory whatever its name, type or region was then.
last_years as (
    select
        territories.province_key,
        side_by_side.index_code,
        side_by_side.edition_code,
        side_by_side.report_year + 1 as report_year,
        side_by_side.criterion_code,
        max(side_by_side.claimed_points - side_by_side.accepted_points) as gap_points
    from side_by_side
    inner join territories on side_by_side.province_key = territories.earlier_province_key
    group by
        territories.province_key, side_by_side.index_code, side_by_side.edition_code, side_by_side.report_year,
        side_by_side.criterion_code
),

final as (
    select
        cast(this_year.index_code as string) as index_code,
        cast(this_year.report_year as integer) as report_year,
        cast(this_year.province_key as string) as province_key,
        cast(this_year.edition_code as string) as edition_code,
        cast(this_year.criterion_code as string) as criterion_code,
        cast(this_year.max_points as decimal(18, 9)) as max_points,
        cast(this_year.claimed_points as decimal(18, 9)) as claimed_points,
        cast(this_year.accepted_points as decimal(18, 9)) as accepted_points,
        cast(this_year.computed_points as decimal(18, 9)) as computed_points,
        cast(this_year.survey_points as decimal(18, 9)) as survey_points,
        cast(this_year.claimed_points - this_year.accepted_points as decimal(18, 9)) as gap_points,
        cast(this_year.claimed_points - this_year.computed_points as decimal(18, 9)) as claimed_over_computed_points,
        cast(case
            when this_year.is_claim_refused then 'điểm tự chấm không dùng được'
            when this_year.is_verdict_refused then 'điểm thẩm định không dùng được'
            when this_year.claimed_points is null then 'không có điểm tự chấm'
            when this_year.accepted_points is null then 'chưa thẩm định'
            when this_year.claimed_points = this_year.accepted_points then 'chấp nhận'
            else coalesce(this_year.cause, 'không ghi lý do')
        end as string) as cause,
        cast(this_year.claim_note as string) as claim_note,
        cast(this_year.computed_explanation as string) as computed_explanation,
        cast(last_year.gap_points as decimal(18, 9)) as last_year_gap_points,
        cast(this_year.is_simulated as boolean) as is_simulated
    from side_by_side as this_year
    left join last_years as last_year
        on
            this_year.index_code = last_year.index_code
            and this_year.edition_code = last_year.edition_code
            and this_year.report_year = last_year.report_year
            and this_year.province_key = last_year.province_key
            and this_year.criterion_code = last_year.criterion_code
    where
        this_year.claimed_points is not null
        or this_year.accepted_points is not null
        or this_year.is_claim_refused
        or this_year.is_verdict_refused
)

select * from final
order by index_code, report_year, province_key, criterion_code
