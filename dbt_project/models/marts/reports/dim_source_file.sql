-- One row per accepted file, whatever is in it: the annex of a report, a sheet of points, a survey, an edition.
with documents as (
    select * from {{ ref('int_documents') }}
    where status_read = 'accepted'
),

final as (
    select
        cast(report_key as string) as report_key,
        cast(max(file_sha256) as string) as file_sha256,
        cast(min(file_name) as string) as file_name,
        cast(min(file_format) as string) as file_format,
        cast(min(document_kind) as string) as document_kind,
        cast(bool_or({{ has_flag('flags', 'simulated') }}) as boolean) as is_simulated
    from documents
    group by report_key
)

select * from final
order by report_key
