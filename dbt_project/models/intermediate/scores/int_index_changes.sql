-- One row per index, pair of years and territory ranked in both: what its change of index is made of. Pairs are a year
-- and the one before it, and the last and the first year of an edition.
--
-- On a criterion an index gets share × weight. Where the share of the maximum changed it is the province's doing
-- (performance, or survey), where the weight changed it is the edition's or, where the total changed because something
-- is not in or does not apply, coverage; each at the mean of both years, so that nothing is left over. What cannot be
-- told apart is the edition's: another criterion, another rule or basis, a survey that changed its method. Where
-- nothing was given in one of the years it is coverage. Performance takes the last decimal of rounding.
with ranked as (
    select * from {{ ref('int_province_ranks') }}
    where is_ranked
),

points as (
    select * from {{ ref('int_criterion_points') }}
    where is_governing
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

rules as (
    select * from {{ ref('int_rules') }}
),

rule_steps as (
    select * from {{ ref('int_rule_steps') }}
),

rule_inputs as (
    select * from {{ ref('int_rule_inputs') }}
),

territories as (
    select * from {{ ref('int_province_territories') }}
),

breaks as (
    select * from {{ ref('series_breaks') }}
),

years as (
    select distinct
        index_code,
        report_year,
        edition_code,
        is_simulated
    from ranked
),

spans as (
    select
        index_code,
        edition_code,
        is_simulated,
        min(report_year) as first_year,
        max(report_year) as last_year
    from years
    group by index_code, edition_code, is_simulated
),

pairs as (
    select
        later.index_code,
        later.is_simulated,
        earlier.report_year as from_year,
        later.report_year,
        earlier.edition_code as from_edition_code,
        later.edition_code
    from years as later
    inner join years as earlier
        on
            later.index_code = earlier.index_code
            and later.is_simulated = earlier.is_simulated
            and later.report_year = earlier.report_year + 1
    union
    select
        index_code,
        is_simulated,
        first_year as from_year,
        last_year as report_year,
        edition_code as from_edition_code,
        edition_code
    from spans
    where last_year > first_year
),

step_texts as (
    select
        index_code,
        edition_code,
        criterion_code,
        {{ ordered_list(
            "variant || ' ' || " ~ plain_text('threshold') ~ " || ' ' || " ~ plain_text('share'), '|',
            'variant, threshold'
        ) }} as steps
    from rule_steps
    group by index_code, edition_code, criterion_code
),

input_texts as (
    select
        index_code,
        edition_code,
        criterion_code,
        {{ ordered_list(
            "variant || ' ' || input_role || ' ' || indicator_key", '|', 'variant, input_role, indicator_key'
        ) }} as inputs
    from rule_inputs
    group by index_code, edition_code, criterion_code
),

rule_texts as (
    select
        index_code,
        edition_code,
        criterion_code,
        {{ ordered_list(
            "variant || ' ' || rule_kind || ' ' || coalesce(combine, '') || ' ' || coalesce("
            ~ plain_text('cast(floor_value as decimal(24, 9))') ~ ", '') || ' ' || coalesce("
            ~ plain_text('cast(full_value as decimal(24, 9))') ~ ", '') || ' ' || coalesce(when_nothing_due, '')", '|',
            'variant'
        ) }} as rule_text
    from rules
    group by index_code, edition_code, criterion_code
),

described as (
    select
        criteria.index_code,
        criteria.edition_code,
        criteria.criterion_code,
        criteria.criteria_edition_code,
        criteria.scored_by,
        lower(trim(coalesce(criteria.criterion_name, ''))) as name_text,
        coalesce(rule_texts.rule_text, '') || ' # ' || coalesce(step_texts.steps, '') || ' # '
        || coalesce(input_texts.inputs, '') as rule_text
    from criteria
    left join rule_texts
        on
            criteria.index_code = rule_texts.index_code
            and criteria.edition_code = rule_texts.edition_code
            and criteria.criterion_code = rule_texts.criterion_code
    left join step_texts
        on
            criteria.index_code = step_texts.index_code
            and criteria.edition_code = step_texts.edition_code
            and criteria.criterion_code = step_texts.criterion_code
    left join input_texts
        on
            criteria.index_code = input_texts.index_code
            and criteria.edition_code = input_texts.edition_code
            and criteria.criterion_code = input_texts.criterion_code
),

-- The same code is the same criterion within an edition, or where both editions call it the same.
same_criteria as (
    select
        pairs.index_code,
        pairs.is_simulated,
        pairs.from_year,
        pairs.report_year,
        later.criterion_code,
        later.rule_text = earlier.rule_text and breaks.first_year is null as is_same_rule
    from pairs
    inner join described as later
        on pairs.index_code = later.index_code and pairs.edition_code = later.edition_code
    inner join described as earlier
        on
            pairs.index_code = earlier.index_code
            and pairs.from_edition_code = earlier.edition_code
            and later.criterion_code = earlier.criterion_code
            and (later.criteria_edition_code = earlier.criteria_edition_code or later.name_text = earlier.name_text)
    left join breaks
        on
            pairs.index_code = breaks.index_code
            and later.scored_by = breaks.scored_by
            and pairs.from_year < breaks.first_year
            and pairs.report_year >= breaks.first_year
),

listed as (
    select
        pairs.index_code,
        pairs.from_year,
        pairs.report_year,
        pairs.from_edition_code,
        pairs.edition_code,
        later.province_key,
        earlier.province_key as from_province_key,
        later.is_simulated,
        earlier.index_pct as from_index_pct,
        later.index_pct,
        earlier.rank as from_rank,
        later.rank,
        earlier.max_points as from_max_points,
        later.max_points,
        earlier.points_covered + earlier.points_not_given as from_total,
        later.points_covered + later.points_not_given as total
    from pairs
    inner join ranked as later
        on
            pairs.index_code = later.index_code
            and pairs.report_year = later.report_year
            and pairs.is_simulated = later.is_simulated
    inner join territories on later.province_key = territories.province_key
    inner join ranked as earlier
        on
            pairs.index_code = earlier.index_code
            and pairs.from_year = earlier.report_year
            and pairs.is_simulated = earlier.is_simulated
            and territories.earlier_province_key = earlier.province_key
),

both_sides as (
    select
        listed.index_code,
        listed.from_year,
        listed.report_year,
        listed.province_key,
        points.criterion_code,
        true as is_later,
        points.basis,
        points.status,
        cast(coalesce(points.points, 0) as double) / points.max_points as share,
        cast(points.max_points as double) / listed.max_points as edition_weight,
        cast(listed.max_points as double) / listed.total as total_weight
    from listed
    inner join points
        on
            listed.index_code = points.index_code
            and listed.report_year = points.report_year
            and listed.province_key = points.province_key
    where points.status in ('given', 'not_given', 'refused') and points.max_points > 0
    union all
    select
        listed.index_code,
        listed.from_year,
        listed.report_year,
        listed.province_key,
        points.criterion_code,
        false as is_later,
        points.basis,
        points.status,
        cast(coalesce(points.points, 0) as double) / points.max_points as share,
        cast(points.max_points as double) / listed.from_max_points as edition_weight,
        cast(listed.from_max_points as double) / listed.from_total as total_weight
    from listed
    inner join points
        on
            listed.index_code = points.index_code
            and listed.from_year = points.report_year
            and listed.from_province_key = points.province_key
    where points.status in ('given', 'not_given', 'refused') and points.max_points > 0
),

side_by_side as (
    select
        index_code,
        from_year,
        report_year,
        province_key,
        criterion_code,
        count(*) as years_counted,
        max(basis) filter (where is_later) as basis,
        count(distinct basis) as bases,
        count(*) filter (where status = 'given') as years_given,
        coalesce(max(share) filter (where not is_later), 0) as share_0,
        coalesce(max(share) filter (where is_later), 0) as share_1,
        coalesce(max(edition_weight) filter (where not is_later), 0) as edition_0,
        coalesce(max(edition_weight) filter (where is_later), 0) as edition_1,
        coalesce(max(total_weight) filter (where not is_later), 0) as total_0,
        coalesce(max(total_weight) filter (where is_later), 0) as total_1
    from both_sides
    group by index_code, from_year, report_year, province_key, criterion_code
),

located as (
    select
        side_by_side.*,
        same_criteria.criterion_code is not null as is_same_criterion,
        same_criteria.is_same_rule
    from side_by_side
    left join listed
        on
            side_by_side.index_code = listed.index_code
            and side_by_side.from_year = listed.from_year
            and side_by_side.report_year = listed.report_year
            and side_by_side.province_key = listed.province_key
    left join same_criteria
        on
            side_by_side.index_code = same_criteria.index_code
            and listed.is_simulated = same_criteria.is_simulated
            and side_by_side.from_year = same_criteria.from_year
            and side_by_side.report_year = same_criteria.report_year
            and side_by_side.criterion_code = same_criteria.criterion_code
),

judged as (
    select
        *,
        100 * (share_1 * edition_1 * total_1 - share_0 * edition_0 * total_0) as change_pct,
        50 * (share_1 - share_0) * (edition_0 * total_0 + edition_1 * total_1) as of_share_pct,
        25 * (share_0 + share_1) * (edition_1 - edition_0) * (total_0 + total_1) as of_edition_pct,
        25 * (share_0 + share_1) * (total_1 - total_0) * (edition_0 + edition_1) as of_total_pct,
        case
            when not is_same_criterion then 'edition'
            when years_counted = 1 or years_given < 2 then 'coverage'
            when not is_same_rule or bases > 1 then 'rule'
            when basis = 'survey' then 'survey'
            else 'performance'
        end as kind
    from located
),

-- Sums of decimals: the same in whatever order an engine adds them.
parts as (
    select
        index_code,
        from_year,
        report_year,
        province_key,
        sum(cast(case when kind = 'survey' then of_share_pct else 0 end as decimal(24, 12))) as survey_pct,
        sum(cast(case kind
            when 'edition' then change_pct
            when 'rule' then of_share_pct + of_edition_pct
            when 'coverage' then 0
            else of_edition_pct
        end as decimal(24, 12))) as edition_pct,
        sum(cast(case kind
            when 'edition' then 0
            when 'coverage' then change_pct
            else of_total_pct
        end as decimal(24, 12))) as coverage_pct,
        count(*) filter (where kind in ('edition', 'rule')) as other_criteria
    from judged
    group by index_code, from_year, report_year, province_key
),

final as (
    select
        listed.index_code,
        listed.from_year,
        listed.report_year,
        listed.province_key,
        listed.from_province_key,
        listed.from_edition_code,
        listed.edition_code,
        listed.is_simulated,
        listed.from_index_pct,
        listed.index_pct,
        listed.from_rank,
        listed.rank,
        listed.index_pct - listed.from_index_pct
        - cast(parts.survey_pct as decimal(18, 9)) - cast(parts.edition_pct as decimal(18, 9))
        - cast(parts.coverage_pct as decimal(18, 9)) as performance_pct,
        cast(parts.survey_pct as decimal(18, 9)) as survey_pct,
        cast(parts.edition_pct as decimal(18, 9)) as edition_pct,
        cast(parts.coverage_pct as decimal(18, 9)) as coverage_pct,
        cast(parts.other_criteria as integer) as other_criteria
    from listed
    inner join parts
        on
            listed.index_code = parts.index_code
            and listed.from_year = parts.from_year
            and listed.report_year = parts.report_year
            and listed.province_key = parts.province_key
)

select * from final
