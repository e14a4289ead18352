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

rules as (
    select * from {{ ref('finding_rules') }}
),

findings as (
    select * from value_findings
    union all
    select * from identity_findings
    union all
    select * from report_findings
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
