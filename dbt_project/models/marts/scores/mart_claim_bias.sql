-- One row per index, year (or all years), real or made-up nation, and criterion or province: who claims more than is
-- accepted, and whether claims go with what was accepted and with what people say in surveys. A correlation of fewer
-- than three pairs is none.
with claims as (
    select * from {{ ref('int_claims') }}
),

subjects as (
    select
        *,
        report_year as of_year,
        'criterion' as subject_kind,
        criterion_code as subject_key
    from claims
    union all
    select
        *,
        report_year as of_year,
        'province' as subject_kind,
        province_key as subject_key
    from claims
    union all
    select
        *,
        0 as of_year,
        'criterion' as subject_kind,
        criterion_code as subject_key
    from claims
    union all
    select
        *,
        0 as of_year,
        'province' as subject_kind,
        province_key as subject_key
    from claims
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(of_year as integer) as report_year,
        cast(subject_kind as string) as subject_kind,
        cast(subject_key as string) as subject_key,
        cast(count(*) as integer) as claim_count,
        cast(count(*) filter (where gap_points > 0) as integer) as overclaim_count,
        cast(sum(gap_points) as decimal(18, 9)) as gap_points,
        cast(cast(sum(claimed_share) * 100 as double) / count(*) as decimal(9, 2)) as claimed_share_pct,
        cast(cast(sum(accepted_share) * 100 as double) / count(*) as decimal(9, 2)) as accepted_share_pct,
        cast(cast(sum(survey_share) * 100 as double) / nullif(count(survey_share), 0) as decimal(9, 2))
            as survey_share_pct,
        cast(cast(sum(claimed_share - accepted_share) * 100 as double) / count(*) as decimal(9, 2)) as bias_pct,
        cast(case
            when count(*) > 2 and stddev_pop(claimed_share) > 0.000001 and stddev_pop(accepted_share) > 0.000001
                then corr(cast(claimed_share as double), cast(accepted_share as double))
        end as decimal(9, 6)) as accepted_correlation,
        cast(case
            when
                count(survey_share) > 2 and stddev_pop(survey_share) > 0.000001
                and stddev_pop(case when survey_share is not null then claimed_share end) > 0.000001
                then corr(cast(claimed_share as double), cast(survey_share as double))
        end as decimal(9, 6)) as survey_correlation,
        cast(is_simulated as boolean) as is_simulated
    from subjects
    group by index_code, of_year, subject_kind, subject_key, is_simulated
)

select * from final
order by index_code, report_year, is_simulated, subject_kind, subject_key
