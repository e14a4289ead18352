-- One row per row of an edition file: what it says, and what became of it.
-- decision: used (an edition has its criterion from here), superseded (a later file counts, or the same one in another
-- folder; or it was withdrawn) or unmatched (no year with figures is governed by it).
with edition_rows as (
    select * from {{ ref('stg_edition_rows') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

mistakes as (
    select * from {{ ref('int_edition_mistakes') }}
    where column_name = 'max_points'
),

criteria_of_files as (
    select distinct
        file_sha256,
        criterion_code
    from criteria
    where criteria_origin = 'file'
),

-- Years that a file declares; those it does not are known of its edition, and decide nothing here.
files_used as (
    select
        edition_rows.file_sha256,
        edition_rows.index_code,
        edition_rows.edition_code,
        min(edition_rows.first_year) as first_year,
        max(coalesce(edition_rows.last_year, 9999)) as last_year
    from edition_rows
    inner join criteria_of_files on edition_rows.file_sha256 = criteria_of_files.file_sha256
    group by edition_rows.file_sha256, edition_rows.index_code, edition_rows.edition_code
),

received as (
    select
        edition_rows.*,
        documents.status = 'accepted' as is_accepted,
        criteria_of_files.criterion_code is not null as is_placed,
        received_files.file_sha256 is not null as is_file_used,
        row_number() over (
            partition by edition_rows.file_sha256, edition_rows.sheet_row_number
            order by case when documents.status = 'accepted' then 0 else 1 end, edition_rows.period_key
        ) as copy_number
    from edition_rows
    inner join documents
        on edition_rows.file_sha256 = documents.file_sha256 and edition_rows.period_key = documents.period_key
    left join criteria_of_files
        on
            edition_rows.file_sha256 = criteria_of_files.file_sha256
            and edition_rows.criterion_code = criteria_of_files.criterion_code
    left join files_used as received_files on edition_rows.file_sha256 = received_files.file_sha256
),

replaced as (
    select distinct
        received.file_sha256,
        received.period_key
    from received
    inner join files_used
        on
            received.index_code = files_used.index_code
            and received.file_sha256 <> files_used.file_sha256
            and (
                received.edition_code = files_used.edition_code
                or (
                    received.first_year <= files_used.last_year
                    and coalesce(received.last_year, 9999) >= files_used.first_year
                )
            )
),

final as (
    select
        received.file_sha256,
        received.period_key,
        received.sheet_row_number,
        received.index_code,
        received.edition_code,
        received.criterion_code,
        received.variant,
        received.rule_kind,
        received.numerator_keys,
        received.denominator_keys,
        received.combine,
        received.floor_value,
        received.full_value,
        received.steps,
        received.when_nothing_due,
        received.unit_vi,
        received.unit_en,
        case
            when not received.is_accepted then 'superseded'
            when received.is_placed and received.copy_number = 1 then 'used'
            when received.is_placed then 'superseded'
            when replaced.file_sha256 is not null and not received.is_file_used then 'superseded'
            else 'unmatched'
        end as decision,
        case
            when not received.is_accepted then 'file_withdrawn'
            when received.is_placed and received.copy_number = 1 then 'criterion'
            when received.is_placed then 'same_file_again'
            when received.is_file_used and mistakes.criterion_code is not null then 'maximum_unusable'
            when received.is_file_used then 'criterion_without_place'
            when replaced.file_sha256 is not null then 'later_file'
            else 'no_year_with_figures'
        end as decision_reason
    from received
    left join replaced
        on received.file_sha256 = replaced.file_sha256 and received.period_key = replaced.period_key
    left join mistakes
        on
            received.file_sha256 = mistakes.file_sha256
            and received.period_key = mistakes.period_key
            and received.sheet_row_number = mistakes.sheet_row_number
)

select * from final
