-- One row per index, year and province with a published total: rebuilt from its published parts, and beside ours.
with official_totals as (
    select * from {{ ref('int_official_totals') }}
),

components as (
    select * from {{ ref('official_components') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

ranking as (
    select * from {{ ref('int_province_ranks') }}
),

parts_wanted as (
    select
        index_code,
        count(distinct criterion_code) as parts_wanted
    from components
    where component_kind = 'part'
    group by index_code
),

parts as (
    select
        index_code,
        report_year,
        province_key,
        count(score) as parts_found,
        sum(score) as rebuilt
    from official_totals
    where component_kind = 'part'
    group by index_code, report_year, province_key
),

compared as (
    select
        official_totals.index_code,
        official_totals.report_year,
        official_totals.province_key,
        official_totals.score as official_score,
        official_totals.official_rank,
        official_totals.status,
        official_totals.note,
        coalesce(parts.parts_found, 0) as parts_found,
        case when parts.parts_found = parts_wanted.parts_wanted then parts.rebuilt end as rebuilt_score,
        case when settings.total_unit = 'points' then ranking.points else ranking.index_pct end as computed_score,
        ranking.rank as computed_rank,
        ranking.coverage_pct,
        coalesce(ranking.is_simulated, official_totals.is_simulated) as is_simulated
    from official_totals
    inner join settings on official_totals.index_code = settings.index_code
    left join parts_wanted on official_totals.index_code = parts_wanted.index_code
    left join parts
        on
            official_totals.index_code = parts.index_code
            and official_totals.report_year = parts.report_year
            and official_totals.province_key = parts.province_key
    left join ranking
        on
            official_totals.index_code = ranking.index_code
            and official_totals.report_year = ranking.report_year
            and official_totals.province_key = ranking.province_key
            and official_totals.is_simulated = ranking.is_simulated
    where official_totals.component_kind = 'total'
),

judged as (
    select
        *,
        rebuilt_score - official_score as rebuilt_difference,
        case
            when rebuilt_score is null then 'no_parts'
            when official_score is null then 'no_total'
            when rebuilt_score = official_score then 'equal'
            when abs(rebuilt_score - official_score) <= 0.01 then 'rounding'
            else 'inconsistent_in_print'
        end as verdict,
        case
            when rebuilt_score is not null
                then rank() over (
                    partition by index_code, report_year, case when rebuilt_score is null then 0 else 1 end
                    order by rebuilt_score desc
                )
        end as rebuilt_rank,
        case
            when rebuilt_score is not null
                then rank() over (
                    partition by index_code, report_year, case when rebuilt_score is null then 0 else 1 end
                    order by official_score desc
                )
        end as official_rank_among_rebuilt,
        case
            when official_score is not null
                then rank() over (
                    partition by index_code, report_year, case when official_score is null then 0 else 1 end
                    order by official_score desc
                )
        end as official_score_rank
    from compared
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(report_year as integer) as report_year,
        cast(province_key as string) as province_key,
        cast(official_score as decimal(18, 9)) as official_score,
        cast(official_rank as integer) as official_rank,
        cast(official_score_rank as integer) as official_score_rank,
        cast(status as string) as status,
        cast(parts_found as integer) as parts_found,
        cast(rebuilt_score as decimal(18, 9)) as rebuilt_score,
        cast(rebuilt_difference as decimal(18, 9)) as rebuilt_difference,
        cast(rebuilt_rank as integer) as rebuilt_rank,
        cast(official_rank_among_rebuilt as integer) as official_rank_among_rebuilt,
        cast(verdict as string) as verdict,
        cast(case verdict
            when 'no_parts' then 'chưa công bố đủ các phần'
            when 'no_total' then 'chưa công bố tổng'
            when 'equal' then 'các phần cộng lại bằng chỉ số'
            when 'rounding'
                then
                    'các phần in ra cộng lại được ' || {{ decimal_vi('rebuilt_score', 2) }} || ', chỉ số in '
                    || {{ decimal_vi('official_score', 2) }} || ': chỉ số làm tròn một lần từ các phần chưa làm tròn'
            else
                'các phần in ra cộng lại được ' || {{ decimal_vi('rebuilt_score', 2) }} || ', chỉ số in '
                || {{ decimal_vi('official_score', 2) }} || ': nguồn không khớp, giữ nguyên như đã in'
        end as string) as explanation,
        cast(case verdict
            when 'no_parts' then 'not all parts were published'
            when 'no_total' then 'no total was published'
            when 'equal' then 'the parts add up to the index'
            when 'rounding'
                then
                    'the printed parts add up to ' || {{ decimal_en('rebuilt_score', 2) }} || ', the index printed is '
                    || {{ decimal_en('official_score', 2) }} || ': it is rounded once, from unrounded parts'
            else
                'the printed parts add up to ' || {{ decimal_en('rebuilt_score', 2) }} || ', the index printed is '
                || {{ decimal_en('official_score', 2) }} || ': inconsistent in print, kept as printed'
        end as string) as explanation_en,
        cast(note as string) as note,
        cast(computed_score as decimal(18, 9)) as computed_score,
        cast(computed_score - official_score as decimal(18, 9)) as computed_difference,
        cast(computed_rank as integer) as computed_rank,
        cast(computed_rank - coalesce(official_rank, official_score_rank) as integer) as computed_rank_difference,
        cast(coverage_pct as decimal(18, 6)) as coverage_pct,
        cast(is_simulated as boolean) as is_simulated
    from judged
)

select * from final
order by index_code asc, report_year asc, official_score desc, province_key asc
