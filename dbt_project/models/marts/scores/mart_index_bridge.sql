-- One row per index, pair of years and province ranked in both: its change of index and of rank, split into parts that
-- add up. Places come one after the other: own performance, own survey, the others' both, the edition for all, coverage
-- and who else is ranked; the others of a step are those ranked in both years.
with changes as (
    select * from {{ ref('int_index_changes') }}
),

breaks as (
    select * from {{ ref('series_breaks') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

units as (
    select
        years.report_year,
        count(provinces.province_key) as unit_count
    from (select distinct report_year from {{ ref('int_province_ranks') }}) as years
    left join provinces
        on
            make_date(years.report_year, 12, 31) >= provinces.valid_from
            and make_date(years.report_year, 12, 31) <= coalesce(provinces.valid_to, date '9999-12-31')
    group by years.report_year
),

stages as (
    select
        *,
        from_index_pct + performance_pct as with_performance_pct,
        from_index_pct + performance_pct + survey_pct as with_survey_pct,
        from_index_pct + performance_pct + survey_pct + edition_pct as with_edition_pct
    from changes
),

placed as (
    select
        own.index_code,
        own.from_year,
        own.report_year,
        own.province_key,
        1 + count(*) filter (where rivals.from_index_pct > own.from_index_pct) as place_before,
        1 + count(*) filter (where rivals.from_index_pct > own.with_performance_pct) as place_performance,
        1 + count(*) filter (where rivals.from_index_pct > own.with_survey_pct) as place_survey,
        1 + count(*) filter (where rivals.with_survey_pct > own.with_survey_pct) as place_others,
        1 + count(*) filter (where rivals.with_edition_pct > own.with_edition_pct) as place_edition
    from stages as own
    inner join stages as rivals
        on
            own.index_code = rivals.index_code
            and own.from_year = rivals.from_year
            and own.report_year = rivals.report_year
            and own.is_simulated = rivals.is_simulated
            and own.province_key <> rivals.province_key
    group by own.index_code, own.from_year, own.report_year, own.province_key
),

broken as (
    select
        changes.index_code,
        changes.from_year,
        changes.report_year,
        changes.province_key,
        {{ ordered_list('distinct breaks.reason_vi', '; ', 'breaks.reason_vi') }} as reason_vi,
        {{ ordered_list('distinct breaks.reason_en', '; ', 'breaks.reason_en') }} as reason_en
    from changes
    inner join breaks
        on
            changes.index_code = breaks.index_code
            and changes.from_year < breaks.first_year
            and changes.report_year >= breaks.first_year
    group by changes.index_code, changes.from_year, changes.report_year, changes.province_key
),

-- Ranks among 63 and among 34 units are of two lists.
joined as (
    select
        changes.*,
        placed.place_before,
        placed.place_performance,
        placed.place_survey,
        placed.place_others,
        placed.place_edition,
        units_now.unit_count = units_before.unit_count as is_same_map,
        broken.reason_vi as break_vi,
        broken.reason_en as break_en
    from changes
    left join placed
        on
            changes.index_code = placed.index_code
            and changes.from_year = placed.from_year
            and changes.report_year = placed.report_year
            and changes.province_key = placed.province_key
    inner join units as units_now on changes.report_year = units_now.report_year
    inner join units as units_before on changes.from_year = units_before.report_year
    left join broken
        on
            changes.index_code = broken.index_code
            and changes.from_year = broken.from_year
            and changes.report_year = broken.report_year
            and changes.province_key = broken.province_key
),

final as (
    select
        cast(index_code as string) as index_code,
        cast(from_year as integer) as from_year,
        cast(report_year as integer) as report_year,
        cast(province_key as string) as province_key,
        cast(from_edition_code as string) as from_edition_code,
        cast(edition_code as string) as edition_code,
        cast(from_index_pct as decimal(18, 9)) as from_index_pct,
        cast(index_pct as decimal(18, 9)) as index_pct,
        cast(index_pct - from_index_pct as decimal(18, 9)) as index_change_pct,
        cast(performance_pct as decimal(18, 9)) as performance_pct,
        cast(survey_pct as decimal(18, 9)) as survey_pct,
        cast(edition_pct as decimal(18, 9)) as edition_pct,
        cast(coverage_pct as decimal(18, 9)) as coverage_pct,
        cast(other_criteria as integer) as other_criteria_count,
        cast(from_rank as integer) as from_rank,
        cast(rank as integer) as rank,
        cast(case when is_same_map then from_rank - rank end as integer) as rank_change,
        cast(case when is_same_map then place_before - place_performance end as integer) as performance_places,
        cast(case when is_same_map then place_performance - place_survey end as integer) as survey_places,
        cast(case when is_same_map then place_survey - place_others end as integer) as others_places,
        cast(case when is_same_map then place_others - place_edition end as integer) as edition_places,
        cast(case when is_same_map then from_rank - place_before + place_edition - rank end as integer)
            as coverage_places,
        cast(nullif(
            regexp_replace(
                case
                    when from_edition_code <> edition_code
                        then
                            'bộ tiêu chí khác (' || from_edition_code || ' → ' || edition_code
                            || '): phần do bộ tiêu chí chỉ so được ở tiêu chí trùng; '
                    else ''
                end
                || case when break_vi is null then '' else break_vi || '; ' end
                || case when is_same_map then '' else 'số đơn vị xếp hạng đổi nên hạng không so sánh được; ' end,
                '; $', ''
            ), ''
        ) as string) as not_comparable_vi,
        cast(nullif(
            regexp_replace(
                case
                    when from_edition_code <> edition_code
                        then
                            'another edition (' || from_edition_code || ' → ' || edition_code
                            || '): only criteria that both have are compared; '
                    else ''
                end
                || case when break_en is null then '' else break_en || '; ' end
                || case when is_same_map then '' else 'the map changed, so ranks are not comparable; ' end,
                '; $', ''
            ), ''
        ) as string) as not_comparable_en,
        cast(is_simulated as boolean) as is_simulated
    from joined
)

select * from final
order by index_code, report_year, from_year, province_key
