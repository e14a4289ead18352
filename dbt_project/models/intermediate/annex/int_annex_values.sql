-- One row per annex row of every accepted report: which indicator it is, what its value says, and what became of it.
-- decision: resolved, heading (a title without a value), superseded (a later revision counts) or unmatched.
with annex_rows as (
    select * from {{ ref('stg_annex_rows') }}
),

reports as (
    select * from {{ ref('int_report_revisions') }}
),

form_rows as (
    select * from {{ ref('form_rows') }}
),

indicators as (
    select * from {{ ref('indicators') }}
),

decisions as (
    select * from {{ ref('int_figure_decisions') }}
),

number_rules as (
    select * from {{ ref('number_rules') }}
),

identified as (
    select
        annex_rows.*,
        reports.province_key,
        reports.form_code,
        reports.is_current,
        reports.revision_reason,
        reports.is_simulated,
        form_rows.indicator_key,
        form_rows.row_kind,
        form_rows.options,
        indicators.value_kind,
        indicators.max_value,
        coalesce(form_rows.unit, indicators.unit_name) as unit_name,
        decisions.value_corrected,
        decisions.reason as decided_reason,
        decisions.decision as decided,
        coalesce(decisions.value_corrected, annex_rows.value_trimmed) as value_used
    from annex_rows
    inner join reports
        on annex_rows.file_sha256 = reports.file_sha256 and annex_rows.period_key = reports.period_key
    left join form_rows
        on
            reports.form_code = form_rows.form_code
            -- An equality on both sides: with a condition on the annex row alone DuckDB would compare all with all.
            and case when annex_rows.code_source <> 'unmatched' then annex_rows.row_code end = form_rows.row_code
            and annex_rows.ordinal = coalesce(form_rows.ordinal, 0)
    left join indicators on form_rows.indicator_key = indicators.indicator_key
    -- Made for what the report says: where it says something else the case is open again.
    left join decisions
        on
            annex_rows.file_sha256 = decisions.target_sha256
            and annex_rows.row_code = decisions.row_code
            and annex_rows.ordinal = decisions.ordinal
            and coalesce(annex_rows.value_trimmed, '') = coalesce(decisions.value_expected, '')
),

without_notes as (
    select
        *,
        case when value_kind <> 'text' then {{ before_brackets('value_used') }} else value_used end as figure
    from identified
),

prepared as (
    select
        *,
        {{ number_text('figure', "coalesce(unit_printed, unit_name, '')", 'value_kind') }} as number_text
    from without_notes
),

ruled as (
    select
        *,
        case
            when {{ has_flag('flags', 'value:undecidable_number') }} and value_kind = 'count' then 'undecidable'
            else {{ number_rule('number_text', 'value_kind', 'max_value') }}
        end as number_rule
    from prepared
),

valued as (
    select
        ruled.*,
        number_rules.is_number,
        coalesce(
            number_rules.finding,
            case when ruled.figure <> ruled.value_used then 'note_in_brackets' end
        ) as number_finding,
        {{ number_value('ruled.number_text', 'ruled.number_rule') }} as number_value
    from ruled
    inner join number_rules on ruled.number_rule = number_rules.rule
),

final as (
    select
        report_key,
        file_sha256,
        annex_row_number,
        province_key,
        period_key,
        form_code,
        row_code,
        ordinal,
        code_printed,
        code_source,
        row_kind,
        indicator_key,
        value_kind,
        options,
        unit_name,
        label_printed,
        unit_printed,
        value_raw,
        value_typed,
        value_used,
        note,
        page,
        table_number,
        row_number,
        confidence,
        flags,
        number_rule,
        number_finding,
        case when value_kind <> 'text' and is_number then number_value end as value,
        case when number_rule not in ('blank', 'dash') and (value_kind = 'text' or not is_number) then value_used end
            as value_text,
        number_rule in ('blank', 'dash') as is_missing,
        value_corrected is not null as is_corrected,
        case when value_corrected is not null then decided_reason end as correction_reason_vi,
        case when decided = 'reject' then decided_reason end as rejection_reason_vi,
        is_current,
        is_simulated,
        case
            when indicator_key is null then 'unmatched'
            when value_kind = 'heading' and value_raw is not null then 'unmatched'
            when value_kind = 'heading' then 'heading'
            when not is_current then 'superseded'
            else 'resolved'
        end as decision,
        case
            when indicator_key is null then 'row_not_in_form'
            when value_kind = 'heading' and value_raw is not null then 'value_on_heading'
            when value_kind = 'heading' then 'heading_without_value'
            when not is_current then revision_reason
            else code_source
        end as decision_reason
    from valued
)

select * from final
