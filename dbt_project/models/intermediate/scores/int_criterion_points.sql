-- One row per index, year, province, criterion and basis, and one more for a criterion that the province gave nothing
-- to on the basis that governs: its points, whether they count, and what becomes of its maximum.
--
-- One basis governs a criterion for all provinces of a year: the criterion's own (a survey for what a survey scores),
-- else the first in the order of the index, on which it is in for anybody. What a province did not give on it counts
-- as not given; no claim of its own and no other figure takes the place of a blank or of what cannot be. So giving less
-- never pays, and a slip in a sheet never helps the province. A score of an area without its parts counts for the area;
-- beside any of its parts, the parts count.
--
-- Real and made-up figures are two worlds: neither decides what counts in the other, and nothing that is made up counts
-- for a province of which any real points are known.
with basis_points as (
    select * from {{ ref('int_basis_points') }}
),

edition_years as (
    select * from {{ ref('int_edition_years') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

year_criteria as (
    select
        edition_years.report_year,
        edition_years.bases,
        criteria.*,
        case criteria.scored_by
            when 'survey' then 'survey'
            when 'sipas' then 'survey'
            when 'published' then 'published'
            else 'verified'
        end as own_basis
    from edition_years
    inner join criteria
        on edition_years.index_code = criteria.index_code and edition_years.edition_code = criteria.edition_code
),

listed as (
    select
        index_code,
        report_year,
        province_key,
        max(case when is_simulated then 1 else 0 end) = 1
        and max(case when not is_simulated and points is not null then 1 else 0 end) = 0 as is_simulated
    from basis_points
    group by index_code, report_year, province_key
),

preferred as (
    select
        basis_points.*,
        year_criteria.own_basis,
        year_criteria.parents,
        case
            when basis_points.is_simulated <> listed.is_simulated then null
            when instr(year_criteria.bases, basis_points.basis) = 0 then null
            -- What a survey scores, nobody claims.
            when basis_points.basis = 'self' and year_criteria.own_basis <> 'verified' then null
            when basis_points.basis = year_criteria.own_basis then 0
            else instr(year_criteria.bases, basis_points.basis)
        end as preference
    from basis_points
    inner join year_criteria
        on
            basis_points.index_code = year_criteria.index_code
            and basis_points.report_year = year_criteria.report_year
            and basis_points.criterion_code = year_criteria.criterion_code
    inner join listed
        on
            basis_points.index_code = listed.index_code
            and basis_points.report_year = listed.report_year
            and basis_points.province_key = listed.province_key
),

-- A blank shows that a basis is in, so that whoever alone had points gains nothing by leaving them out; but not where a
-- sheet of points lists what a survey scores.
bases_in as (
    select
        index_code,
        report_year,
        criterion_code,
        is_simulated,
        min(preference) as preference
    from preferred
    where
        is_leaf
        and preference is not null
        and (status <> 'blank' or basis in (own_basis, 'computed', 'published') or own_basis = 'verified')
    group by index_code, report_year, criterion_code, is_simulated
),

-- Scores of areas and other inner criteria of which the province has no part in sight.
inner_scores as (
    select * from preferred
    where not is_leaf and preference is not null and status = 'given' and basis in ('verified', 'published')
),

with_parts as (
    select distinct
        inner_scores.index_code,
        inner_scores.report_year,
        inner_scores.province_key,
        inner_scores.criterion_code
    from inner_scores
    inner join preferred as parts
        on
            inner_scores.index_code = parts.index_code
            and inner_scores.report_year = parts.report_year
            and inner_scores.province_key = parts.province_key
            and parts.parents like '% ' || inner_scores.criterion_code || ' %'
            and inner_scores.is_simulated = parts.is_simulated
            and parts.basis in ('verified', 'survey', 'published')
),

whole_scores as (
    select
        inner_scores.index_code,
        inner_scores.report_year,
        inner_scores.province_key,
        inner_scores.criterion_code,
        inner_scores.is_simulated,
        min(inner_scores.preference) as preference
    from inner_scores
    left join with_parts
        on
            inner_scores.index_code = with_parts.index_code
            and inner_scores.report_year = with_parts.report_year
            and inner_scores.province_key = with_parts.province_key
            and inner_scores.criterion_code = with_parts.criterion_code
    where with_parts.criterion_code is null
    group by
        inner_scores.index_code, inner_scores.report_year, inner_scores.province_key, inner_scores.criterion_code,
        inner_scores.is_simulated
),

-- Every criterion that is scored itself, for every province of the year.
expected as (
    select
        listed.index_code,
        listed.report_year,
        listed.province_key,
        listed.is_simulated,
        year_criteria.edition_code,
        year_criteria.criterion_code,
        year_criteria.area_code,
        year_criteria.max_points,
        year_criteria.parents,
        year_criteria.own_basis,
        year_criteria.bases,
        bases_in.preference
    from listed
    inner join year_criteria
        on
            listed.index_code = year_criteria.index_code
            and listed.report_year = year_criteria.report_year
            and year_criteria.is_leaf
    left join bases_in
        on
            listed.index_code = bases_in.index_code
            and listed.report_year = bases_in.report_year
            and year_criteria.criterion_code = bases_in.criterion_code
            and listed.is_simulated = bases_in.is_simulated
),

within_whole as (
    select distinct
        whole_scores.index_code,
        whole_scores.report_year,
        whole_scores.province_key,
        whole_scores.is_simulated,
        year_criteria.criterion_code
    from whole_scores
    inner join year_criteria
        on
            whole_scores.index_code = year_criteria.index_code
            and whole_scores.report_year = year_criteria.report_year
            and year_criteria.is_leaf
            and year_criteria.parents like '% ' || whole_scores.criterion_code || ' %'
),

-- Where some province has a score for the area, silence about its parts is silence of the province.
known_by_others as (
    select distinct
        index_code,
        report_year,
        is_simulated,
        criterion_code
    from within_whole
),

absent as (
    select
        expected.*,
        case
            when expected.preference is null and known_by_others.criterion_code is null then 'source_not_in'
            else 'not_given'
        end as status
    from expected
    left join known_by_others
        on
            expected.index_code = known_by_others.index_code
            and expected.report_year = known_by_others.report_year
            and expected.criterion_code = known_by_others.criterion_code
            and expected.is_simulated = known_by_others.is_simulated
    left join within_whole
        on
            expected.index_code = within_whole.index_code
            and expected.report_year = within_whole.report_year
            and expected.province_key = within_whole.province_key
            and expected.criterion_code = within_whole.criterion_code
    left join preferred as given
        on
            expected.index_code = given.index_code
            and expected.report_year = given.report_year
            and expected.province_key = given.province_key
            and expected.criterion_code = given.criterion_code
            and expected.preference = given.preference
    where within_whole.criterion_code is null and given.criterion_code is null
),

sent as (
    select
        preferred.*,
        coalesce(
            whole_scores.preference = preferred.preference
            or (
                preferred.is_leaf
                and bases_in.preference = preferred.preference
                and within_whole.criterion_code is null
            ),
            false
        ) as is_governing
    from preferred
    left join whole_scores
        on
            preferred.index_code = whole_scores.index_code
            and preferred.report_year = whole_scores.report_year
            and preferred.province_key = whole_scores.province_key
            and preferred.criterion_code = whole_scores.criterion_code
    left join bases_in
        on
            preferred.index_code = bases_in.index_code
            and preferred.report_year = bases_in.report_year
            and preferred.criterion_code = bases_in.criterion_code
            and preferred.is_simulated = bases_in.is_simulated
    left join within_whole
        on
            preferred.index_code = within_whole.index_code
            and preferred.report_year = within_whole.report_year
            and preferred.province_key = within_whole.province_key
            and preferred.criterion_code = within_whole.criterion_code
),

final as (
    select
        index_code,
        edition_code,
        report_year,
        province_key,
        criterion_code,
        basis,
        appraisal_round,
        points,
        case when status = 'blank' and is_governing then 'not_given' else status end as status,
        max_points,
        is_leaf,
        area_code,
        note,
        case
            when status = 'blank' and is_governing and basis <> 'computed' then {{ not_given_vi('basis') }}
            else explanation_vi
        end as explanation_vi,
        case
            when status = 'blank' and is_governing and basis <> 'computed' then {{ not_given_en('basis') }}
            else explanation_en
        end as explanation_en,
        is_simulated,
        file_sha256,
        row_number,
        is_governing,
        is_governing and status = 'given' as is_used
    from sent
    union all
    select
        index_code,
        edition_code,
        report_year,
        province_key,
        criterion_code,
        {{ basis_at('bases', 'preference', 'own_basis') }} as basis,
        cast(null as integer) as appraisal_round,
        cast(null as decimal(24, 9)) as points,
        status,
        max_points,
        true as is_leaf,
        area_code,
        cast(null as string) as note,
        case
            when status = 'source_not_in' then 'chưa có điểm của tỉnh nào: chưa tính cho ai'
            else {{ not_given_vi(basis_at('bases', 'preference', 'own_basis')) }}
        end as explanation_vi,
        case
            when status = 'source_not_in' then 'no province has points yet: counted for nobody'
            else {{ not_given_en(basis_at('bases', 'preference', 'own_basis')) }}
        end as explanation_en,
        is_simulated,
        cast(null as string) as file_sha256,
        cast(null as integer) as row_number,
        true as is_governing,
        false as is_used
    from absent
)

select * from final
