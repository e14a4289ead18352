-- One row per report, period and indicator whose figure cannot be right, with the sentences that say why: no rule may
-- use it. A finding of severity error says so of every figure that it names, because it does not know which is wrong.
-- Not here: findings on quarters, which are derived from the figures that this table marks.
with value_findings as (
    select * from {{ ref('int_value_findings') }}
),

identity_findings as (
    select * from {{ ref('int_identity_findings') }}
),

comparison_findings as (
    select * from {{ ref('int_comparison_findings') }}
),

report_findings as (
    select * from {{ ref('int_report_findings') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

rules as (
    select * from {{ ref('finding_rules') }}
),

findings as (
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found
    from value_findings
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found
    from identity_findings
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found
    from comparison_findings
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found
    from report_findings
    where indicator_keys is not null
),

worded as (
    select
        findings.report_key,
        findings.period_key,
        findings.indicator_keys,
        findings.rule,
        {{ finding_sentence('rules.message_vi', 'findings.expected', 'findings.found') }} as reason_vi,
        {{ finding_sentence('rules.message_en', 'findings.expected', 'findings.found') }} as reason_en
    from findings
    inner join rules on findings.rule = rules.rule
    where rules.severity = 'error'
),

final as (
    select
        worded.report_key,
        worded.period_key,
        annex_values.indicator_key,
        {{ ordered_list('worded.reason_vi', ' ', 'worded.rule, worded.reason_vi') }} as reason_vi,
        {{ ordered_list('worded.reason_en', ' ', 'worded.rule, worded.reason_en') }} as reason_en
    from worded
    inner join annex_values
        on
            worded.report_key = annex_values.report_key
            and worded.period_key = annex_values.period_key
            and instr(' ' || worded.indicator_keys || ' ', ' ' || annex_values.indicator_key || ' ') > 0
    where annex_values.decision = 'resolved'
    group by worded.report_key, worded.period_key, annex_values.indicator_key
)

select * from final
