-- One row per contradiction between figures of score sheets, each of which could be: a total and its parts, what
-- was accepted and what was claimed, two rounds of the appraisal, or two sheets of one day. The figures keep counting:
-- which one is wrong a person says. Only where exactly one part cannot be is that cell named as the likely one, with
-- what it should be by its total.
with score_rows as (
    select * from {{ ref('int_score_rows') }}
),

criteria as (
    select * from {{ ref('int_criteria') }}
),

documents as (
    select * from {{ ref('int_documents') }}
),

periods as (
    select * from {{ ref('periods') }}
),

-- The total of a file of published points stands above its areas.
in_file as (
    select
        file_sha256,
        period_key,
        index_code,
        edition_code,
        report_year,
        province_key,
        case when measure = 'official_total' then '' else criterion_code end as criterion_code,
        case when measure = 'official_total' then 'published' else measure end as measure,
        value,
        value_used,
        max_points,
        coalesce(appraisal_round, 1) as round_number,
        decision,
        table_number,
        row_number,
        is_simulated
    from score_rows
    where
        decision in ('used', 'refused')
        and (
            measure in ('self', 'verified', 'published')
            or (measure = 'official_total' and sheet_kind = 'published_scores')
        )
),

sides as (
    select
        in_file.*,
        higher.criterion_code as total_code,
        higher.value as total,
        higher.max_points as total_max_points,
        higher.decision as total_decision,
        higher.table_number as total_table_number,
        higher.row_number as total_row_number,
        row_number() over (
            partition by
                in_file.file_sha256, in_file.period_key, in_file.index_code, in_file.report_year,
                in_file.province_key, in_file.measure, in_file.criterion_code
            order by coalesce(totals.depth, 0) desc
        ) as nearness
    from in_file
    inner join in_file as higher
        on
            in_file.file_sha256 = higher.file_sha256
            and in_file.period_key = higher.period_key
            and in_file.index_code = higher.index_code
            and in_file.report_year = higher.report_year
            and in_file.province_key = higher.province_key
            and in_file.measure = higher.measure
            and in_file.criterion_code <> higher.criterion_code
    left join criteria as parts
        on
            in_file.index_code = parts.index_code
            and in_file.edition_code = parts.edition_code
            and in_file.criterion_code = parts.criterion_code
    left join criteria as totals
        on
            higher.index_code = totals.index_code
            and higher.edition_code = totals.edition_code
            and higher.criterion_code = totals.criterion_code
    where
        (higher.criterion_code = '' or parts.parents like '% ' || higher.criterion_code || ' %')
        -- What a later round changed is not in a total of the earlier one.
        and in_file.round_number <= higher.round_number
),

-- Only where all parts of a total stand in the file can they be compared.
sums as (
    select
        file_sha256,
        period_key,
        index_code,
        report_year,
        province_key,
        measure,
        total_code,
        max(total) as total,
        max(total_table_number) as table_number,
        max(total_row_number) as row_number,
        sum(value) as parts_sum,
        count(*) as parts,
        count(*) - count(value) as blanks,
        count(*) filter (where decision = 'refused') as impossible_parts,
        sum(case when decision = 'refused' then 0 else value end) as other_parts_sum,
        max(case when decision = 'refused' then criterion_code end) as impossible_code,
        max(case when decision = 'refused' then value_used end) as impossible_printed,
        max(case when decision = 'refused' then max_points end) as impossible_max_points,
        max(case when decision = 'refused' then row_number end) as impossible_row_number,
        {{ ordered_list("criterion_code || ': ' || " ~ short_vi('value'), ' + ', 'criterion_code') }}
        filter (where value is not null) as parts_printed,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from sides
    where nearness = 1 and total_decision = 'used'
    group by file_sha256, period_key, index_code, report_year, province_key, measure, total_code
    having sum(max_points) = max(total_max_points) and count(value) > 0
),

-- Each of the figures and their total may be rounded; a blank part may be in the total all the same.
differing as (
    select
        *,
        impossible_parts = 1 and total - other_parts_sum between 0 and impossible_max_points as is_part_likely
    from sums
    where
        total is not null
        and abs(total - parts_sum) > 0.005 * (parts + 1)
        and (blanks = 0 or total < parts_sum)
),

accepted_and_claimed as (
    select
        accepted.*,
        claimed.value as claimed_value
    from score_rows as accepted
    inner join score_rows as claimed
        on
            accepted.index_code = claimed.index_code
            and accepted.report_year = claimed.report_year
            and accepted.province_key = claimed.province_key
            and accepted.criterion_code = claimed.criterion_code
            and accepted.is_simulated = claimed.is_simulated
            and claimed.measure = 'self'
            and claimed.decision = 'used'
            and accepted.value > claimed.value
    where
        accepted.measure = 'verified'
        and accepted.decision = 'used'
        and accepted.criterion_code <> ''
        and trim(coalesce(accepted.note, '')) = ''
),

-- What the round before said of a criterion that a later round decided.
rounds_before as (
    select
        counting.*,
        earlier.value as earlier_value,
        earlier.value_used as earlier_value_used,
        earlier.file_sha256 as earlier_file_sha256,
        earlier.period_key as earlier_period_key,
        earlier.table_number as earlier_table_number,
        earlier.row_number as earlier_row_number,
        earlier.first_seen_at as earlier_first_seen_at,
        row_number() over (
            partition by counting.index_code, counting.report_year, counting.province_key, counting.criterion_code
            order by coalesce(earlier.appraisal_round, 1) desc, earlier.first_seen_at desc, earlier.file_sha256 asc
        ) as place
    from score_rows as counting
    inner join score_rows as earlier
        on
            counting.index_code = earlier.index_code
            and counting.report_year = earlier.report_year
            and counting.province_key = earlier.province_key
            and counting.criterion_code = earlier.criterion_code
            and counting.measure = earlier.measure
            and counting.is_simulated = earlier.is_simulated
            and earlier.decision_reason = 'later_round'
    where counting.measure = 'verified' and counting.decision = 'used' and counting.value <> earlier.value
),

earlier_rows as (
    select
        score_rows.*,
        {{ short_vi('score_rows.value') }} || ' (' || documents.file_name || ')' as printed
    from score_rows
    inner join documents
        on score_rows.file_sha256 = documents.file_sha256 and score_rows.period_key = documents.period_key
    where score_rows.decision_reason = 'later_figure'
),

two_sheets as (
    select
        counting.file_sha256,
        counting.period_key,
        counting.report_year,
        counting.province_key,
        counting.index_code,
        counting.criterion_code,
        counting.measure,
        {{ ordered_list('distinct earlier.printed', ', ', 'earlier.printed') }} as expected,
        max(counting.value_used) as found,
        counting.table_number,
        counting.row_number,
        counting.is_simulated
    from score_rows as counting
    inner join earlier_rows as earlier
        on
            counting.index_code = earlier.index_code
            and counting.report_year = earlier.report_year
            and counting.province_key = earlier.province_key
            and counting.criterion_code = earlier.criterion_code
            and counting.measure = earlier.measure
            and cast(counting.first_seen_at as date) = cast(earlier.first_seen_at as date)
            and counting.value <> earlier.value
    where counting.decision in ('used', 'refused')
    group by
        counting.file_sha256, counting.period_key, counting.report_year, counting.province_key, counting.index_code,
        counting.criterion_code, counting.measure, counting.table_number, counting.row_number, counting.is_simulated
),

findings as (
    select
        case when is_part_likely then 'score_part_unlike_total' else 'score_total_differs' end as rule,
        file_sha256,
        period_key,
        report_year,
        province_key,
        index_code,
        case when is_part_likely then impossible_code else nullif(total_code, '') end as criterion_code,
        measure,
        case
            when is_part_likely then {{ short_vi('total - other_parts_sum') }}
            else {{ short_vi('parts_sum') }} || ' = ' || parts_printed
        end as expected,
        case when is_part_likely then impossible_printed else {{ short_vi('total') }} end as found,
        table_number,
        case when is_part_likely then impossible_row_number else row_number end as row_number,
        is_simulated
    from differing
    union all
    select
        'score_verified_above_self' as rule,
        file_sha256,
        period_key,
        report_year,
        province_key,
        index_code,
        criterion_code,
        measure,
        {{ short_vi('claimed_value') }} as expected,
        value_used as found,
        table_number,
        row_number,
        is_simulated
    from accepted_and_claimed
    union all
    select
        'score_round_lowered' as rule,
        file_sha256,
        period_key,
        report_year,
        province_key,
        index_code,
        criterion_code,
        measure,
        {{ short_vi('earlier_value') }} as expected,
        value_used as found,
        table_number,
        row_number,
        is_simulated
    from rounds_before
    where place = 1 and criterion_code <> '' and value < earlier_value and trim(coalesce(note, '')) = ''
    union all
    select
        'score_round_out_of_order' as rule,
        earlier_file_sha256 as file_sha256,
        earlier_period_key as period_key,
        report_year,
        province_key,
        index_code,
        criterion_code,
        measure,
        {{ short_vi('value') }} as expected,
        earlier_value_used as found,
        earlier_table_number as table_number,
        earlier_row_number as row_number,
        is_simulated
    from rounds_before
    where place = 1 and earlier_first_seen_at > first_seen_at
    union all
    select
        'score_sheets_differ' as rule,
        file_sha256,
        period_key,
        report_year,
        province_key,
        index_code,
        criterion_code,
        measure,
        expected,
        found,
        table_number,
        row_number,
        is_simulated
    from two_sheets
),

final as (
    select
        findings.rule,
        documents.report_key,
        findings.file_sha256,
        findings.province_key,
        coalesce(periods.period_key, findings.period_key) as period_key,
        findings.index_code,
        findings.criterion_code,
        findings.measure,
        findings.expected,
        findings.found,
        findings.table_number,
        findings.row_number,
        documents.file_name,
        findings.is_simulated
    from findings
    inner join documents
        on findings.file_sha256 = documents.file_sha256 and findings.period_key = documents.period_key
    left join periods on cast(findings.report_year as string) || '-FY' = periods.period_key
)

select * from final
