-- One row per paragraph or table row of a file: where an analyst looks to see a figure in its surroundings.
with blocks as (
    select rows_read.*
    from {{ source('raw', 'blocks') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        period as period_key,
        file_sha256,
        substr(file_sha256, 1, 16) as report_key,
        block as block_number,
        kind as block_kind,
        page,
        "table" as table_number,
        "row" as table_row,
        text as text_printed,
        cells,
        {{ joined_list('flags') }} as flags
    from blocks
)

select * from final
