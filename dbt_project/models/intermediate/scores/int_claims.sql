-- One row per index, year, province and criterion with claimed and accepted points: both as shares of the maximum,
-- beside the province's mean share on what surveys score in the same area.
with points as (
    select * from {{ ref('int_basis_points') }}
    where is_leaf and status = 'given' and max_points > 0
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

claims as (
    select
        index_code,
        edition_code,
        report_year,
        province_key,
        criterion_code,
        area_code,
        is_simulated,
        max(max_points) as max_points,
        max(points) filter (where basis = 'self') as claimed_points,
        max(points) filter (where basis = 'verified') as accepted_points
    from points
    where basis in ('self', 'verified')
    group by index_code, edition_code, report_year, province_key, criterion_code, area_code, is_simulated
),

surveyed as (
    select
        index_code,
        report_year,
        province_key,
        area_code,
        is_simulated,
        cast(sum(points) as double) / sum(max_points) as survey_share
    from points
    where basis = 'survey'
    group by index_code, report_year, province_key, area_code, is_simulated
),

final as (
    select
        claims.index_code,
        claims.report_year,
        claims.province_key,
        claims.criterion_code,
        claims.area_code,
        claims.is_simulated,
        criteria.criterion_name,
        claims.claimed_points - claims.accepted_points as gap_points,
        cast(cast(claims.claimed_points as double) / claims.max_points as decimal(18, 9)) as claimed_share,
        cast(cast(claims.accepted_points as double) / claims.max_points as decimal(18, 9)) as accepted_share,
        cast(surveyed.survey_share as decimal(18, 9)) as survey_share
    from claims
    inner join criteria
        on
            claims.index_code = criteria.index_code
            and claims.edition_code = criteria.edition_code
            and claims.criterion_code = criteria.criterion_code
    left join surveyed
        on
            claims.index_code = surveyed.index_code
            and claims.report_year = surveyed.report_year
            and claims.province_key = surveyed.province_key
            and claims.area_code = surveyed.area_code
            and claims.is_simulated = surveyed.is_simulated
    where claims.claimed_points is not null and claims.accepted_points is not null
)

select * from final
