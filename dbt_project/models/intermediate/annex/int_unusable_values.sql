-- One row per report, period and indicator whose figure cannot be right, with the sentences that say why: no rule may
-- use it. A finding of severity error says so of every figure that it names, because it does not know which is wrong,
-- unless a person accepted it.
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

accepted as (
    select * from {{ ref('int_accepted_findings') }}
),

findings as (
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found,
        page,
        table_number,
        row_number,
        cast(null as integer) as block_number
    from value_findings
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found,
        page,
        table_number,
        row_number,
        cast(null as integer) as block_number
    from identity_findings
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found,
        page,
        table_number,
        row_number,
        cast(null as integer) as block_number
    from comparison_findings
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found,
        page,
        table_number,
        row_number,
        block_number
    from report_findings
    where indicator_keys is not null
),

keyed as (
    select
        *,
        {{ finding_key('findings', ['index_code', 'criterion_code', 'measure']) }} as finding_key
    from findings
),

worded as (
    select
        keyed.report_key,
        keyed.period_key,
        keyed.indicator_keys,
        keyed.rule,
        {{ finding_sentence('rules.message_vi', 'keyed.expected', 'keyed.found') }} as reason_vi,
        {{ finding_sentence('rules.message_en', 'keyed.expected', 'keyed.found') }} as reason_en
    from keyed
    inner join rules on keyed.rule = rules.rule
    left join accepted on keyed.finding_key = accepted.finding_key
    where rules.severity = 'error' and accepted.finding_key is null
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
