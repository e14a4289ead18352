-- One row per index, province, year and criterion whose points count: on the one basis that governs it. They add up to
-- what the ranking counts; a row that is no leaf stands for a whole area whose criteria have no points of their own.
{{ config(materialized='view') }}
with scores as (
    select * from {{ in_this_file(ref('fct_criterion_score')) }}
),

final as (
    select
        index_code,
        report_year,
        province_key,
        edition_code,
        criterion_code,
        basis,
        points,
        max_points,
        is_leaf,
        explanation,
        explanation_en,
        note,
        is_simulated,
        report_key,
        row_number
    from scores
    where is_used
)

select * from final
