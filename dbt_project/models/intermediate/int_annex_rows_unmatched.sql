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

candidates as (
    select
        unmatched.report_key,
        unmatched.annex_row_number,
        form_rows.row_code as suggested_row_code,
        form_rows.ordinal as suggested_ordinal,
        form_rows.indicator_key as suggested_indicator_key,
        form_rows.label as suggested_label,
        levenshtein(lower(coalesce(unmatched.label_printed, '')), lower(form_rows.label)) as label_distance,
        row_number() over (
            partition by unmatched.report_key, unmatched.annex_row_number
            order by
                levenshtein(lower(coalesce(unmatched.label_printed, '')), lower(form_rows.label)),
                case when form_rows.row_code = unmatched.row_code then 0 else 1 end,
                form_rows.position
        ) as nearness
    from unmatched
    inner join form_rows on unmatched.form_code = form_rows.form_code
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
        unmatched.table_row,
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
