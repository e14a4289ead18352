-- One row per paragraph or table row of a file: where an analyst looks to see a figure in its surroundings.
with blocks as (
    select rows_read.*
    from {{ source('raw', 'blocks') }} as rows_read
    inner join {{ source('raw', 'documents') }} as documents
        on rows_read.period = documents.period and rows_read.file_sha256 = documents.file_sha256
),

final as (
    select
        blocks.period as period_key,
        blocks.file_sha256,
        substr(blocks.file_sha256, 1, 16) as report_key,
        blocks.block_number,
        blocks.block_kind,
        blocks.page,
        blocks.table_number,
        blocks.row_number,
        blocks.text_printed,
        blocks.cells,
        {{ joined_list('flags') }} as flags
    from blocks
)

select * from final
