-- One row per finding: what a rule expected of a file that counts, what it found, and where.
with value_findings as (
    select * from {{ ref('int_value_findings') }}
),

version_findings as (
    select * from {{ ref('int_version_findings') }}
),

identity_findings as (
    select * from {{ ref('int_identity_findings') }}
),

comparison_findings as (
    select * from {{ ref('int_comparison_findings') }}
),

score_findings as (
    select * from {{ ref('int_score_findings') }}
    union all
    select * from {{ ref('int_sheet_findings') }}
),

report_findings as (
    select * from {{ ref('int_report_findings') }}
),

quarters as (
    select * from {{ ref('fct_indicator_quarter') }}
),

facts as (
    select * from {{ ref('fct_indicator_value') }}
),

identity_suspicions as (
    select * from {{ ref('int_identity_suspicions') }}
),

rules as (
    select * from {{ ref('finding_rules') }}
),

accepted as (
    select * from {{ ref('int_accepted_findings') }}
),

-- The report to look at is the one whose figure the others are taken from.
negative_quarters as (
    select
        province_key,
        cast(report_year as string)
        || '-'
        || case when quarter = 'Q2' then 'H1' when quarter = 'Q3' then 'Q3' else 'FY' end as period_key,
        indicator_key,
        quarter_key,
        value
    from quarters
    where history_view = 'as_reported' and is_derived and value < 0
),

quarter_findings as (
    select
        'derived_flow_negative' as rule,
        facts.report_key,
        negative_quarters.province_key,
        negative_quarters.period_key,
        negative_quarters.indicator_key as indicator_keys,
        negative_quarters.quarter_key as expected,
        {{ number_printed('negative_quarters.value') }} as found,
        facts.page,
        facts.table_number,
        facts.row_number
    from negative_quarters
    inner join facts
        on
            negative_quarters.province_key = facts.province_key
            and negative_quarters.period_key = facts.period_key
            and negative_quarters.indicator_key = facts.indicator_key
),

reports as (
    select * from {{ ref('int_report_revisions') }}
),

row_findings as (
    select * from value_findings
    union all
    select * from identity_findings
    union all
    select * from comparison_findings
    union all
    select * from version_findings
    union all
    select * from quarter_findings
),

of_reports as (
    select
        *,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote
    from row_findings
    union all
    select * from report_findings
),

findings as (
    select
        of_reports.rule,
        of_reports.report_key,
        of_reports.province_key,
        of_reports.period_key,
        cast(null as string) as index_code,
        cast(null as string) as criterion_code,
        cast(null as string) as measure,
        of_reports.indicator_keys,
        of_reports.expected,
        of_reports.found,
        of_reports.page,
        of_reports.table_number,
        of_reports.row_number,
        of_reports.block_number,
        of_reports.expected_place,
        of_reports.found_quote,
        reports.file_name,
        reports.is_simulated
    from of_reports
    left join reports
        on of_reports.report_key = reports.report_key and of_reports.period_key = reports.period_key
    union all
    select
        rule,
        report_key,
        province_key,
        period_key,
        index_code,
        criterion_code,
        measure,
        cast(null as string) as indicator_keys,
        expected,
        found,
        cast(null as integer) as page,
        table_number,
        row_number,
        cast(null as integer) as block_number,
        cast(null as string) as expected_place,
        cast(null as string) as found_quote,
        file_name,
        is_simulated
    from score_findings
),

keyed as (
    select
        *,
        {{ finding_key('findings') }} as finding_key
    from findings
),

-- Of several figures that a finding names, the one that most findings name is the likeliest to be wrong; of equal ones
-- one that nothing else confirms, which mended would come nearer to the year beside it, and the greatest.
named_figures as (
    select
        finding_key,
        report_key,
        period_key,
        indicator_keys,
        {{ each_word('indicator_keys') }} as indicator_key
    from keyed
    where indicator_keys is not null
),

counted_figures as (
    select
        report_key,
        period_key,
        indicator_key,
        count(distinct finding_key) as findings_count
    from named_figures
    group by report_key, period_key, indicator_key
),

suspected as (
    select
        named_figures.finding_key,
        named_figures.indicator_key,
        counted_figures.findings_count,
        row_number() over (
            partition by named_figures.finding_key
            order by
                counted_figures.findings_count desc,
                case when identity_suspicions.is_confirmed then 1 else 0 end asc,
                coalesce(identity_suspicions.suspicion, 0) desc,
                coalesce(identity_suspicions.value, 0) desc,
                instr(' ' || named_figures.indicator_keys || ' ', ' ' || named_figures.indicator_key || ' ') asc,
                named_figures.indicator_key asc
        ) as place
    from named_figures
    inner join counted_figures
        on
            named_figures.report_key = counted_figures.report_key
            and named_figures.period_key = counted_figures.period_key
            and named_figures.indicator_key = counted_figures.indicator_key
    left join identity_suspicions
        on
            named_figures.report_key = identity_suspicions.report_key
            and named_figures.period_key = identity_suspicions.period_key
            and named_figures.indicator_keys = identity_suspicions.indicator_keys
            and named_figures.indicator_key = identity_suspicions.indicator_key
),

described as (
    select
        keyed.*,
        rules.severity,
        rules.message_vi,
        rules.message_en,
        suspected.indicator_key as likeliest_indicator_key,
        accepted.finding_key is not null as is_accepted,
        accepted.reason as accepted_reason,
        accepted.decided_by as accepted_by,
        row_number() over (
            partition by keyed.period_key, keyed.province_key
            order by
                case when accepted.finding_key is null then 0 else 1 end asc,
                case rules.severity when 'error' then 1 when 'warning' then 2 else 3 end asc,
                coalesce(suspected.findings_count, 0) desc,
                coalesce(keyed.row_number, 0) asc,
                keyed.rule asc,
                keyed.finding_key asc
        ) as place
    from keyed
    inner join rules on keyed.rule = rules.rule
    left join suspected on keyed.finding_key = suspected.finding_key and suspected.place = 1
    left join accepted on keyed.finding_key = accepted.finding_key
),

final as (
    select
        cast(findings.finding_key as string) as finding_key,
        cast(findings.rule as string) as rule,
        cast(findings.severity as string) as severity,
        cast(findings.report_key as string) as report_key,
        cast(findings.file_name as string) as source_file_name,
        cast(findings.province_key as string) as province_key,
        cast(findings.period_key as string) as period_key,
        cast(findings.indicator_keys as string) as indicator_keys,
        cast(findings.index_code as string) as index_code,
        cast(findings.criterion_code as string) as criterion_code,
        cast(findings.measure as string) as measure,
        cast(findings.expected as string) as expected,
        cast(findings.found as string) as found,
        cast(
            {{ finding_sentence(
                'findings.message_vi', 'findings.expected', 'findings.found', 'findings.criterion_code',
                'findings.expected_place', 'findings.found_quote'
            ) }}
            || case
                when findings.is_accepted
                    then ' Đã được chấp nhận: ' || findings.accepted_reason || ' (' || findings.accepted_by || ').'
                else ''
            end as string
        ) as message_vi,
        cast(
            {{ finding_sentence(
                'findings.message_en', 'findings.expected', 'findings.found', 'findings.criterion_code',
                'findings.expected_place', 'findings.found_quote'
            ) }}
            || case
                when findings.is_accepted
                    then ' Accepted: ' || findings.accepted_reason || ' (' || findings.accepted_by || ').'
                else ''
            end as string
        ) as message_en,
        cast(findings.page as integer) as page,
        cast(findings.table_number as integer) as table_number,
        cast(findings.row_number as integer) as row_number,
        cast(findings.block_number as integer) as block_number,
        cast(findings.expected_place as string) as expected_place,
        cast(findings.found_quote as string) as found_quote,
        cast(findings.likeliest_indicator_key as string) as likeliest_indicator_key,
        cast(findings.place as integer) as place,
        cast(findings.is_accepted as boolean) as is_accepted,
        cast(coalesce(findings.is_simulated, false) as boolean) as is_simulated
    from described as findings
)

select * from final
order by period_key, province_key, rule, row_number, indicator_keys, criterion_code, measure
