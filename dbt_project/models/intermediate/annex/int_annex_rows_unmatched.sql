-- One row per annex row that no row of its form carries, with the nearest row as a suggestion and never as a guess.
with annex_values as (
    select * from {{ ref('int_annex_values') }}
),

form_rows as (
    select * from {{ ref('form_rows') }}
),

unmatched as (
    select *
    from annex_values
    where decision = 'unmatched'
),

compared as (
    select
        unmatched.report_key,
        unmatched.annex_row_number,
        form_rows.row_code as suggested_row_code,
        form_rows.ordinal as suggested_ordinal,
        form_rows.indicator_key as suggested_indicator_key,
        form_rows.label as suggested_label,
        form_rows.position,
        greatest(length(unmatched.label_printed), length(form_rows.label), 1) as label_length,
        -- Without marks, because an engine may count the bytes of a letter: one letter is then one everywhere.
        levenshtein(
            {{ without_marks("coalesce(unmatched.label_printed, '')") }}, {{ without_marks('form_rows.label') }}
        ) as label_distance,
        case when form_rows.row_code = unmatched.row_code then 1 else 0 end as same_code,
        case when lower(form_rows.unit) = lower(unmatched.unit_printed) then 1 else 0 end as same_unit
    from unmatched
    inner join form_rows on unmatched.form_code = form_rows.form_code
),

-- The label decides; the same code outweighs a third of its letters, the same unit a tenth.
candidates as (
    select
        *,
        row_number() over (
            partition by report_key, annex_row_number
            order by
                cast(label_distance as double) / label_length - 0.33 * same_code - 0.1 * same_unit,
                label_distance,
                position
        ) as nearness
    from compared
),

final as (
    select
        unmatched.report_key,
        unmatched.annex_row_number,
        unmatched.province_key,
        unmatched.period_key,
        unmatched.form_code,
        unmatched.code_printed,
        unmatched.row_code,
        unmatched.ordinal,
        unmatched.label_printed,
        unmatched.unit_printed,
        unmatched.value_raw,
        unmatched.note,
        unmatched.page,
        unmatched.table_number,
        unmatched.row_number,
        unmatched.decision_reason,
        candidates.suggested_row_code,
        candidates.suggested_ordinal,
        candidates.suggested_indicator_key,
        candidates.suggested_label,
        candidates.label_distance
    from unmatched
    left join candidates
        on
            unmatched.report_key = candidates.report_key
            and unmatched.annex_row_number = candidates.annex_row_number
            and candidates.nearness = 1
)

select * from final
