-- One row per index and year with figures: the edition that governs it, where its criteria come from, and its settings.
-- A file of the ministry comes before the seed, the newest before older ones; a year that neither covers takes the
-- criteria of its own score file.
with score_rows as (
    select * from {{ ref('stg_score_rows') }}
),

survey_rows as (
    select * from {{ ref('stg_survey_rows') }}
),

edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

periods as (
    select * from {{ ref('periods') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
),

editions as (
    select * from {{ ref('editions') }}
),

stated_structures as (
    select * from {{ ref('int_stated_structures') }}
),

settings as (
    select * from {{ ref('score_settings') }}
),

years_with_figures as (
    select report_year from score_rows
    union
    select report_year from survey_rows
    union
    select periods.report_year
    from annex_values
    inner join periods on annex_values.period_key = periods.period_key
    where annex_values.decision = 'resolved' and periods.period_kind = 'FY'
),

file_editions as (
    select
        edition_rows.index_code,
        edition_rows.edition_code,
        edition_rows.file_sha256,
        max(documents.first_seen_at) as first_seen_at,
        max(coalesce(edition_rows.first_year, editions.first_year)) as first_year,
        max(coalesce(edition_rows.last_year, editions.last_year)) as last_year,
        max(coalesce(edition_rows.decision, editions.decision)) as decision,
        min(case when edition_rows.is_verified then 1 else 0 end) = 1 as is_verified
    from edition_rows
    inner join documents
        on
            edition_rows.file_sha256 = documents.file_sha256
            and edition_rows.period_key = documents.period_key
            and documents.status = 'accepted'
    left join editions
        on edition_rows.index_code = editions.index_code and edition_rows.edition_code = editions.edition_code
    group by edition_rows.index_code, edition_rows.edition_code, edition_rows.file_sha256
),

offered as (
    select
        file_editions.index_code,
        years_with_figures.report_year,
        file_editions.edition_code,
        file_editions.edition_code as criteria_edition_code,
        'file' as criteria_origin,
        file_editions.file_sha256,
        cast(null as integer) as declared_year,
        file_editions.decision,
        file_editions.is_verified,
        'file' as offered_by,
        file_editions.first_seen_at
    from file_editions
    inner join years_with_figures
        on
            file_editions.first_year <= years_with_figures.report_year
            and coalesce(file_editions.last_year, 9999) >= years_with_figures.report_year
    union all
    select
        editions.index_code,
        years_with_figures.report_year,
        editions.edition_code,
        coalesce(editions.criteria_from, editions.edition_code) as criteria_edition_code,
        'seed' as criteria_origin,
        cast(null as string) as file_sha256,
        cast(null as integer) as declared_year,
        editions.decision,
        editions.is_verified,
        'seed' as offered_by,
        cast(null as timestamp) as first_seen_at
    from editions
    inner join years_with_figures
        on
            editions.first_year <= years_with_figures.report_year
            and coalesce(editions.last_year, 9999) >= years_with_figures.report_year
    union all
    select
        index_code,
        report_year,
        edition_code,
        edition_code as criteria_edition_code,
        case when declared_year is null then 'seed' else 'stated' end as criteria_origin,
        cast(null as string) as file_sha256,
        declared_year,
        'theo tệp điểm của năm ' || cast(report_year as string) as decision,
        false as is_verified,
        'score_file' as offered_by,
        cast(null as timestamp) as first_seen_at
    from stated_structures
),

chosen as (
    select
        *,
        row_number() over (
            partition by index_code, report_year
            order by
                case offered_by when 'file' then 1 when 'seed' then 2 else 3 end asc, first_seen_at desc,
                file_sha256 asc, edition_code asc
        ) as place
    from offered
),

final as (
    select
        chosen.index_code,
        chosen.report_year,
        chosen.edition_code,
        chosen.criteria_edition_code,
        chosen.criteria_origin,
        chosen.file_sha256,
        chosen.declared_year,
        chosen.decision,
        chosen.is_verified,
        chosen.edition_code <> chosen.criteria_edition_code as is_stand_in,
        settings.tie_rule,
        settings.bases,
        settings.min_coverage_pct,
        settings.not_given_counts,
        settings.area_max_points,
        settings.total_unit
    from chosen
    inner join settings on chosen.index_code = settings.index_code
    where chosen.place = 1
)

select * from final
