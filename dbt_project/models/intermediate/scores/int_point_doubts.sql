-- One row per index, year, province and criterion whose governing points could be otherwise: why, and by how much.
-- survey: the survey's own standard error. not_given: nothing was given, or what was given cannot be. flagged: an open
-- warning about a figure that the points rest on, which nobody has corrected or accepted.
with points as (
    select * from {{ ref('int_criterion_points') }}
    where is_governing and is_leaf
),

score_rows as (
    select * from {{ ref('int_score_rows') }}
    where decision = 'used' and basis = 'survey' and standard_error > 0
),

rule_inputs as (
    select * from {{ ref('int_rule_inputs') }}
),

findings as (
    select * from {{ ref('mart_quality_finding') }}
    where severity = 'warning' and not is_accepted
),

periods as (
    select * from {{ ref('periods') }}
    where period_kind = 'FY'
),

surveyed as (
    select
        points.*,
        'survey' as doubt_kind,
        cast(score_rows.standard_error as double) * cast(points.max_points as double) / score_rows.scale
            as standard_error_points
    from points
    inner join score_rows
        on
            points.index_code = score_rows.index_code
            and points.report_year = score_rows.report_year
            and points.province_key = score_rows.province_key
            and points.criterion_code = score_rows.criterion_code
    where points.basis = 'survey' and points.status = 'given'
),

-- What a warning is about: a figure of the report that a rule takes, or the points themselves.
doubted as (
    select distinct
        points.index_code,
        points.report_year,
        points.province_key,
        points.criterion_code
    from points
    inner join rule_inputs
        on
            points.index_code = rule_inputs.index_code
            and points.edition_code = rule_inputs.edition_code
            and points.criterion_code = rule_inputs.criterion_code
    inner join periods on points.report_year = periods.report_year
    inner join findings
        on
            points.province_key = findings.province_key
            and periods.period_key = findings.period_key
            and ' ' || findings.indicator_keys || ' ' like '% ' || rule_inputs.indicator_key || ' %'
    where points.basis = 'computed' and points.status = 'given'
    union
    select
        points.index_code,
        points.report_year,
        points.province_key,
        points.criterion_code
    from points
    inner join periods on points.report_year = periods.report_year
    inner join findings
        on
            points.index_code = findings.index_code
            and points.province_key = findings.province_key
            and points.criterion_code = findings.criterion_code
            and periods.period_key = findings.period_key
            and findings.measure in (points.basis, case when points.basis = 'verified' then 'points' end)
    where points.status = 'given'
),

final as (
    select
        index_code,
        report_year,
        province_key,
        criterion_code,
        doubt_kind,
        cast(standard_error_points as decimal(24, 9)) as standard_error_points
    from surveyed
    union all
    select
        index_code,
        report_year,
        province_key,
        criterion_code,
        'not_given' as doubt_kind,
        cast(null as decimal(24, 9)) as standard_error_points
    from points
    where status in ('not_given', 'refused')
    union all
    select
        index_code,
        report_year,
        province_key,
        criterion_code,
        'flagged' as doubt_kind,
        cast(null as decimal(24, 9)) as standard_error_points
    from doubted
)

select * from final
