-- One row per finding: what a rule expected of a report that counts, what it found, and where.
with value_findings as (
    select * from {{ ref('int_value_findings') }}
),

identity_findings as (
    select * from {{ ref('int_identity_findings') }}
),

report_findings as (
    select * from {{ ref('int_report_findings') }}
),

quarters as (
    select * from {{ ref('fct_indicator_quarter') }}
),

rules as (
    select * from {{ ref('finding_rules') }}
),

quarter_findings as (
    select
        'derived_flow_negative' as rule,
        cast(null as string) as report_key,
        province_key,
        cast(report_year as string)
        || '-'
        || case when quarter = 'Q2' then 'H1' when quarter = 'Q3' then 'Q3' else 'FY' end as period_key,
        indicator_key as indicator_keys,
        quarter_key as expected,
        {{ number_printed('value') }} as found,
        cast(null as integer) as page,
        cast(null as integer) as table_number,
        cast(null as integer) as table_row
    from quarters
    where history_view = 'as_reported' and is_derived and value < 0
),

findings as (
    select * from value_findings
    union all
    select * from identity_findings
    union all
    select * from report_findings
    union all
    select * from quarter_findings
),

final as (
    select
        cast(findings.rule as string) as rule,
        cast(rules.severity as string) as severity,
        cast(findings.report_key as string) as report_key,
        cast(findings.province_key as string) as province_key,
        cast(findings.period_key as string) as period_key,
        cast(findings.indicator_keys as string) as indicator_keys,
        cast(findings.expected as string) as expected,
        cast(findings.found as string) as found,
        cast(
            replace(
                replace(rules.message_vi, '{expected}', coalesce(findings.expected, '')),
                '{found}', coalesce(findings.found, '')
            ) as string
        ) as message_vi,
        cast(
            replace(
                replace(rules.message_en, '{expected}', coalesce(findings.expected, '')),
                '{found}', coalesce(findings.found, '')
            ) as string
        ) as message_en,
        cast(findings.page as integer) as page,
        cast(findings.table_number as integer) as "table",
        cast(findings.table_row as integer) as "row"
    from findings
    inner join rules on findings.rule = rules.rule
)

select * from final
order by period_key, province_key, rule, "row", indicator_keys
