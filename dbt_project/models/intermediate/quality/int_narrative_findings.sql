-- One row per figure, status, province or year that the narrative of a report that counts states otherwise than the
-- annex, than the rest of the narrative, than a published result, or than the report's own title. A wrong accusation is
-- worse than a miss: what is not surely the same measure is a note or nothing.
with figures as (
    select stg_narrative_figures.*
    from {{ ref('stg_narrative_figures') }} as stg_narrative_figures
    inner join {{ ref('int_report_revisions') }} as revisions
        on
            stg_narrative_figures.report_key = revisions.report_key
            and stg_narrative_figures.period_key = revisions.period_key
    where revisions.is_current
),

revisions as (
    select
        *,
        cast(substr(period_key, 1, 4) as integer) as report_year
    from {{ ref('int_report_revisions') }}
    where is_current
),

matches as (
    select * from {{ ref('int_narrative_matches') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
    where decision = 'resolved' and value is not null
),

statuses as (
    select * from {{ ref('narrative_statuses') }}
),

-- Words after which all the parts of a total follow, not some of them.
all_parts_follow as (
    select words
    from {{ ref('narrative_grammar') }}
    where role = 'parts_follow' and value = 1 or role = 'sums_up'
),

provinces as (
    select * from {{ ref('provinces') }}
),

narrative_indexes as (
    select * from {{ ref('narrative_indexes') }}
),

published_rows as (
    select * from {{ ref('int_published_rows') }}
    where
        decision = 'used'
        and subject_kind = 'province'
        and component = 'total'
        and as_of_date is null
        and measure = 'score'
),

counted_or_ranked as (
    select
        figures.report_key,
        figures.period_key,
        figures.figure_number,
        figures.figure_kind,
        figures.figure_printed,
        figures.value_raw,
        figures.in_words,
        figures.words_before,
        figures.words_after,
        figures.words_beside,
        figures.words_above,
        figures.part_of_figure,
        figures.items_least,
        figures.items_most,
        figures.section_words,
        figures.year_printed,
        figures.sentence,
        figures.block_number,
        figures.page,
        try_cast(replace(replace(replace(figures.value_raw, '.', ''), ' ', ''), ',', '.') as decimal(24, 6)) as value,
        try_cast(replace(replace(replace(figures.whole_raw, '.', ''), ' ', ''), ',', '.') as decimal(24, 6))
            as whole_value,
        case
            when instr(figures.value_raw, ',') > 0 then length(figures.value_raw) - instr(figures.value_raw, ',')
            else 0
        end as decimals_stated
    from figures
    where figures.figure_kind in ('number', 'percent', 'ratio', 'rank')
),

counted as (
    select * from counted_or_ranked
    where figure_kind <> 'rank'
),

-- Against the annex ---------------------------------------------------------------------------------------------------

weighed as (
    select
        *,
        max(case when verdict = 'agrees' and not is_of_other_year then match_score else 0 end) over (
            partition by report_key, period_key, indicator_keys
        ) as best_agreement,
        relation = 'either'
        and max(case when verdict = 'agrees' and not is_of_other_year then 1 else 0 end) over (
            partition by report_key, period_key, indicator_keys
        ) = 1 as is_said_either_way
    from matches
),

contradicting as (
    select
        weighed.*,
        counted.figure_printed,
        counted.sentence,
        counted.block_number,
        counted.page,
        row_number() over (
            partition by weighed.report_key, weighed.period_key, weighed.indicator_keys, weighed.stated_value
            order by weighed.match_score desc, weighed.figure_number asc
        ) as occurrence
    from weighed
    inner join counted
        on
            weighed.report_key = counted.report_key
            and weighed.period_key = counted.period_key
            and weighed.figure_number = counted.figure_number
    where
        weighed.verdict = 'differs'
        and not weighed.is_of_other_year
        and weighed.match_score >= 0.35
        -- Where the words of the figure are the annex's, its digits are the slip, and that is said of them.
        and coalesce(cast(counted.in_words as decimal(24, 6)) <> weighed.annex_value, true)
),

annex_findings as (
    select
        case
            when match_score >= 0.6 and match_score >= best_agreement - 0.1 and not is_said_either_way
                then 'narrative_contradicts'
            else 'narrative_uncertain'
        end as rule,
        report_key,
        period_key,
        indicator_keys,
        annex_printed as expected,
        figure_printed as found,
        annex_page,
        annex_table,
        annex_row,
        annex_rows,
        sentence,
        block_number,
        page
    from contradicting
    where occurrence = 1
),

-- The whole of a ratio such as 31/36.
whole_findings as (
    select
        'narrative_contradicts' as rule,
        matches.report_key,
        matches.period_key,
        matches.whole_indicator_key as indicator_keys,
        annex_values.value_used as expected,
        counted.figure_printed as found,
        annex_values.page as annex_page,
        annex_values.table_number as annex_table,
        annex_values.row_number as annex_row,
        annex_values.row_code as annex_rows,
        counted.sentence,
        counted.block_number,
        counted.page
    from matches
    inner join counted
        on
            matches.report_key = counted.report_key
            and matches.period_key = counted.period_key
            and matches.figure_number = counted.figure_number
    inner join annex_values
        on
            matches.report_key = annex_values.report_key
            and matches.period_key = annex_values.period_key
            and matches.whole_indicator_key = annex_values.indicator_key
    where
        matches.whole_value <> annex_values.value
        and matches.match_score >= 0.6
        and not matches.is_of_other_year
),

-- Within the narrative -----------------------------------------------------------------------------------------------

-- What already contradicts the annex is not said a second time.
doubted as (
    select distinct
        report_key,
        period_key,
        figure_number
    from contradicting
    where match_score >= 0.6 and match_score >= best_agreement - 0.1 and not is_said_either_way
),

children as (
    select
        part.report_key,
        part.period_key,
        part.part_of_figure,
        total.value as total_value,
        total.figure_printed as total_printed,
        part.figure_number,
        part.value,
        sum(part.value) over (
            partition by part.report_key, part.period_key, part.part_of_figure
            order by part.figure_number
            rows between unbounded preceding and current row
        ) as running_sum,
        count(*) over (partition by part.report_key, part.period_key, part.part_of_figure) as part_count,
        case when doubted.figure_number is not null then 1 else 0 end as is_doubted
    from counted as part
    inner join counted as total
        on
            part.report_key = total.report_key
            and part.period_key = total.period_key
            and part.part_of_figure = total.figure_number
    left join doubted
        on
            part.report_key = doubted.report_key
            and part.period_key = doubted.period_key
            and doubted.figure_number in (part.figure_number, part.part_of_figure)
    where
        part.figure_kind = 'number'
        and total.figure_kind = 'number'
        -- Parts are counted in the unit of their total, or in none of its own.
        and not {{ matches("part.words_after || ' '", "^(ngày|đồng|triệu|tỷ|giờ) ") }}
        and not {{ matches("total.words_after || ' '", "^(ngày|đồng|triệu|tỷ|giờ) ") }}
        and not {{ matches(
            "' ' || part.words_before || ' ' || part.words_after || ' '",
            " (nữ|đảng viên|dân tộc|tăng|giảm|trung bình|bình quân|so với|năm trước|cùng kỳ) "
        ) }}
        and not {{ matches("' ' || total.words_before || ' ' || total.words_after || ' '", " (tăng|giảm) ") }}
),

sums as (
    select
        report_key,
        period_key,
        part_of_figure,
        max(total_value) as total_value,
        max(total_printed) as total_printed,
        sum(value) as part_sum,
        min(figure_number) as first_part,
        max(case when running_sum = total_value and figure_number > 0 then 1 else 0 end) as is_reached,
        max(part_count) as part_count,
        max(is_doubted) as is_doubted
    from children
    group by report_key, period_key, part_of_figure
),

-- «92 văn bản, gồm 31 nghị quyết và 19 quyết định»: what a sum of parts may lack where all of them follow.
given_whole as (
    select distinct
        sums.report_key,
        sums.period_key,
        sums.part_of_figure
    from sums
    inner join counted
        on
            sums.report_key = counted.report_key
            and sums.period_key = counted.period_key
            and counted.figure_number in (sums.first_part, sums.part_of_figure)
    inner join all_parts_follow
        on substr(counted.words_before, 1, length(all_parts_follow.words)) = all_parts_follow.words
),

sum_findings as (
    select
        'narrative_parts_differ' as rule,
        sums.report_key,
        sums.period_key,
        cast(null as string) as indicator_keys,
        {{ number_printed('sums.part_sum') }} as expected,
        sums.total_printed as found,
        counted.sentence,
        counted.block_number,
        counted.page
    from sums
    inner join counted
        on
            sums.report_key = counted.report_key
            and sums.period_key = counted.period_key
            and sums.part_of_figure = counted.figure_number
    left join given_whole
        on
            sums.report_key = given_whole.report_key
            and sums.period_key = given_whole.period_key
            and sums.part_of_figure = given_whole.part_of_figure
    where
        sums.part_count >= 2
        and sums.is_reached = 0
        and sums.is_doubted = 0
        and abs(sums.part_sum - sums.total_value)
        <= greatest(3, case when given_whole.report_key is null then 0.15 else 0.5 end * sums.total_value)
),

-- A percentage says what share of its total a figure is, or how much of a ratio was done. The total is what the figure
-- is a part of, else the figure before it in the sentence where both count the same and it is the greater one, else
-- what the annex has.
with_total as (
    select
        part.*,
        case
            when part.figure_kind = 'ratio' then part.whole_value
            when total.figure_number is not null then total.value
            when ahead.value >= part.value then ahead.value
            when matches.verdict = 'agrees' then annex_values.value
        end as whole,
        part.figure_kind = 'number' and total.figure_number is null as is_total_guessed
    from counted as part
    -- What the annex has for the whole of a figure that agrees with it: all tasks of those done.
    left join matches
        on
            part.report_key = matches.report_key
            and part.period_key = matches.period_key
            and part.figure_number = matches.figure_number
    left join annex_values
        on
            matches.report_key = annex_values.report_key
            and matches.period_key = annex_values.period_key
            and matches.whole_indicator_key = annex_values.indicator_key
    left join counted as total
        on
            part.report_key = total.report_key
            and part.period_key = total.period_key
            and part.part_of_figure = total.figure_number
            and total.figure_kind = 'number'
    left join counted as ahead
        on
            part.report_key = ahead.report_key
            and part.period_key = ahead.period_key
            and part.figure_number = ahead.figure_number + 1
            and part.block_number = ahead.block_number
            and part.sentence = ahead.sentence
            and ahead.figure_kind = 'number'
            and split_part(part.words_after, ' ', 1) = split_part(ahead.words_after, ' ', 1)
            and split_part(part.words_after, ' ', 2) = split_part(ahead.words_after, ' ', 2)
            and {{ matches(
                "' ' || part.words_before || ' '",
                " (đã|xử lý|giải quyết|hoàn thành|thực hiện|đúng hạn|trong đó|thu|thu về|thu lại|nhận|hợp lệ|có|khắc phục) "
            ) }}
    where part.figure_kind in ('number', 'ratio')
),

shares as (
    select
        share.*,
        part.figure_printed as part_printed,
        part.is_total_guessed,
        case when part.whole > 0 then cast(100 * part.value as double) / part.whole end as share_computed
    from counted as share
    inner join with_total as part
        on
            share.report_key = part.report_key
            and share.period_key = part.period_key
            and (
                share.part_of_figure = part.figure_number
                or (
                    share.figure_number = part.figure_number + 1
                    and share.sentence = part.sentence
                    and share.block_number = part.block_number
                    and (share.part_of_figure is null or share.part_of_figure = part.part_of_figure)
                )
            )
            and part.whole is not null
    where
        share.figure_kind = 'percent'
        and (
            share.words_before = ''
            or {{ matches(
                "' ' || share.words_before",
                " (đạt|tỷ lệ|đạt tỷ lệ|chiếm|chiếm tỷ lệ|tương đương|bằng|tương ứng|là)$"
            ) }}
        )
        and not {{ matches("' ' || share.words_before || ' '", " (tăng|giảm|so với|phấn đấu|chỉ tiêu) ") }}
        and not {{ matches("' ' || share.words_after || ' '", "^ ?(so với|kế hoạch|chỉ tiêu) ") }}
        -- «… đạt 100%» behind two counts is as likely the plan that was kept.
        and not (part.is_total_guessed and share.value = 100)
),

share_findings as (
    select
        'narrative_share_differs' as rule,
        report_key,
        period_key,
        cast(null as string) as indicator_keys,
        {{ number_printed('round(share_computed, 2)') }} || '% (' || part_printed || ')' as expected,
        figure_printed as found,
        sentence,
        block_number,
        page
    from shares
    where
        share_computed is not null
        and abs(share_computed - value)
        > case when decimals_stated = 0 then 1 else 1.05 * power(10, -decimals_stated) end
        and (not is_total_guessed or abs(share_computed - value) <= 15)
),

list_findings as (
    select
        'narrative_list_differs' as rule,
        report_key,
        period_key,
        cast(null as string) as indicator_keys,
        case
            when items_least = items_most then cast(items_least as string)
            else cast(items_least as string) || ' – ' || cast(items_most as string)
        end as expected,
        figure_printed as found,
        sentence,
        block_number,
        page
    from counted
    where
        figure_kind = 'number'
        and items_least is not null
        and value <= 60
        and (value < items_least or value > items_most)
),

words_findings as (
    select
        'narrative_words_differ' as rule,
        report_key,
        period_key,
        cast(null as string) as indicator_keys,
        in_words as expected,
        figure_printed as found,
        sentence,
        block_number,
        page
    from counted
    where in_words is not null and cast(in_words as integer) <> value
),

-- The same words with two numbers.
repeated as (
    select
        first_said.report_key,
        first_said.period_key,
        first_said.figure_printed as expected,
        then_said.figure_printed as found,
        then_said.sentence,
        then_said.block_number,
        then_said.page,
        row_number() over (
            partition by then_said.report_key, then_said.period_key, then_said.figure_number
            order by first_said.figure_number
        ) as occurrence
    from counted as first_said
    inner join counted as then_said
        on
            first_said.report_key = then_said.report_key
            and first_said.period_key = then_said.period_key
            and first_said.figure_number < then_said.figure_number
            and first_said.figure_kind = then_said.figure_kind
            and first_said.words_before = then_said.words_before
            and first_said.words_after = then_said.words_after
            and first_said.section_words = then_said.section_words
            and first_said.words_above = then_said.words_above
            and first_said.value <> then_said.value
    where
        length(first_said.words_above || ' ' || first_said.words_before)
        - length(replace(first_said.words_above || ' ' || first_said.words_before, ' ', '')) >= 3
),

repeat_findings as (
    select
        'narrative_disagrees' as rule,
        report_key,
        period_key,
        cast(null as string) as indicator_keys,
        expected,
        found,
        sentence,
        block_number,
        page
    from repeated
    where occurrence = 1
),

-- Against published results -------------------------------------------------------------------------------------------

-- The index that the clause itself names, else the only one that leads to it; of a body within the province none.
named_indexes as (
    select
        figures.report_key,
        figures.period_key,
        figures.figure_number,
        min(narrative_indexes.index_code) as index_code
    from figures
    inner join narrative_indexes
        on
            contains(' ' || figures.words_before || ' ', ' ' || narrative_indexes.words || ' ')
            or (
                not {{ matches("' ' || figures.words_before || ' '", " (chỉ số|index|sipas|papi) ") }}
                and contains(
                    ' ' || figures.words_beside || ' | ' || figures.words_above || ' ',
                    ' ' || narrative_indexes.words || ' '
                )
            )
    where
        figures.figure_kind in ('number', 'percent', 'rank')
        and figures.year_printed is not null
        and not {{ matches(
            "' ' || figures.words_beside || ' ' || figures.words_before || ' ' || figures.words_after || ' '",
            " (sở|huyện|xã|thành phần|lĩnh vực|nội dung|tăng|giảm|bậc|mục tiêu|phấn đấu|trung bình) "
        ) }}
    group by figures.report_key, figures.period_key, figures.figure_number
    having count(distinct narrative_indexes.index_code) = 1
),

published_findings as (
    select
        'narrative_published_differs' as rule,
        figures.report_key,
        figures.period_key,
        cast(null as string) as indicator_keys,
        case
            when figures.figure_kind = 'rank' then cast(published_rows.rank as string)
            else published_rows.score_raw
        end as expected,
        figures.figure_printed as found,
        cast(null as integer) as annex_page,
        published_rows.table_number as annex_table,
        published_rows.row_number as annex_row,
        published_rows.index_code || ' ' || cast(published_rows.report_year as string)
        || ' (' || coalesce(published_rows.source, published_rows.file_name) || ')' as annex_rows,
        figures.sentence,
        figures.block_number,
        figures.page
    from named_indexes
    inner join counted_or_ranked as figures
        on
            named_indexes.report_key = figures.report_key
            and named_indexes.period_key = figures.period_key
            and named_indexes.figure_number = figures.figure_number
    inner join revisions on figures.report_key = revisions.report_key and figures.period_key = revisions.period_key
    inner join published_rows
        on
            revisions.province_key = published_rows.province_key
            and named_indexes.index_code = published_rows.index_code
            and figures.year_printed = published_rows.report_year
            and revisions.is_simulated = published_rows.is_simulated
    where
        (figures.figure_kind = 'rank' and figures.value <> published_rows.rank)
        or (
            figures.figure_kind <> 'rank'
            and {{ matches("' ' || figures.words_before", " (đạt|là|được|điểm|index|sipas|papi|số)$") }}
            and abs(figures.value - published_rows.score) >= power(10, -figures.decimals_stated)
        )
),

-- Words against codes, and the report's own name and year ------------------------------------------------------------

-- The longest wording that a clause holds says it; the part between commas before the whole clause.
said as (
    select
        figures.report_key,
        figures.period_key,
        figures.figure_number,
        figures.figure_printed,
        figures.sentence,
        figures.block_number,
        figures.page,
        statuses.indicator_key,
        statuses.code,
        {{ of_what_is_to_come('figures.section_words', 'substr(figures.period_key, 1, 4)') }} as is_of_future,
        rank() over (
            partition by figures.report_key, figures.period_key, figures.figure_number, statuses.indicator_key
            order by
                case when {{ matches("statuses.words", "^(chưa|không) ") }} then 0 else 1 end,
                length(statuses.words) desc,
                statuses.words
        ) as choice
    from figures
    inner join statuses
        on
            contains(' ' || figures.words_before || ' ', ' ' || statuses.words || ' ')
            and (
                contains(' ' || figures.words_before || ' ', ' ' || statuses.subject || ' ')
                or (
                    contains(' ' || figures.words_beside || ' ', ' ' || statuses.subject || ' ')
                    and not {{ matches(
                        "figures.words_before",
                        "hệ thống|phần mềm|cổng|trục|nền tảng|kiến trúc|hội nghị"
                    ) }}
                )
            )
    where
        figures.figure_kind = 'status'
        and not {{ matches(
            "' ' || figures.words_before || ' '",
            " (năm trước|cùng kỳ|kỳ trước|kế hoạch số|chỉ đạo|đôn đốc|đề nghị|yêu cầu|kế hoạch tổ chức|kế hoạch đối thoại) "
        ) }}
),

status_agreement as (
    select
        said.*,
        annex_values.value,
        annex_values.value_used,
        annex_values.page as annex_page,
        annex_values.table_number as annex_table,
        annex_values.row_number as annex_row,
        annex_values.row_code as annex_rows,
        max(case when said.code = annex_values.value then 1 else 0 end) over (
            partition by said.report_key, said.period_key, said.indicator_key
        ) as is_repeated_rightly,
        row_number() over (
            partition by said.report_key, said.period_key, said.indicator_key order by said.figure_number, said.code
        ) as occurrence
    from said
    inner join annex_values
        on
            said.report_key = annex_values.report_key
            and said.period_key = annex_values.period_key
            and said.indicator_key = annex_values.indicator_key
    where said.choice = 1 and (not said.is_of_future or said.code < annex_values.value)
),

status_findings as (
    select
        'narrative_status_differs' as rule,
        report_key,
        period_key,
        indicator_key as indicator_keys,
        value_used as expected,
        figure_printed as found,
        annex_page,
        annex_table,
        annex_row,
        annex_rows,
        sentence,
        block_number,
        page
    from status_agreement
    where is_repeated_rightly = 0 and occurrence = 1
),

province_mentions as (
    select
        figures.report_key,
        figures.period_key,
        own.province_name as expected,
        figures.figure_printed as found,
        figures.sentence,
        figures.block_number,
        figures.page,
        row_number() over (
            partition by figures.report_key, figures.period_key, lower(figures.figure_printed)
            order by figures.figure_number
        ) as occurrence
    from figures
    inner join revisions on figures.report_key = revisions.report_key and figures.period_key = revisions.period_key
    inner join provinces as own on revisions.province_key = own.province_key
    where
        figures.figure_kind = 'province'
        and not contains(lower(figures.figure_printed), lower(own.province_name))
        and not exists (
            select 1
            from provinces as related
            where
                contains(lower(figures.figure_printed), lower(related.province_name))
                and (
                    related.successor_province_key = own.province_key
                    or own.successor_province_key = related.province_key
                )
        )
        -- It speaks of its own territory, and of nobody else's.
        and (
            contains(
                ' ' || figures.words_before || ' ', ' địa bàn ' || lower(figures.figure_printed) || ' '
            )
            or contains(' ' || figures.words_before || ' ', ' ủy ban nhân dân ' || lower(figures.figure_printed) || ' ')
            or contains(
                ' ' || figures.words_before || ' ', ' hội đồng nhân dân ' || lower(figures.figure_printed) || ' '
            )
            or contains(' ' || figures.words_before || ' ', ' hành chính ' || lower(figures.figure_printed) || ' ')
            or contains(' ' || figures.words_before || ' ', ' toàn ' || lower(figures.figure_printed) || ' ')
            or (
                contains(' ' || figures.words_before || ' ', ' của ' || lower(figures.figure_printed) || ' ')
                and {{ matches(
                    "figures.words_before", "(báo cáo|kết quả|tình hình|công tác) .*cải cách hành chính"
                ) }}
            )
        )
        and not {{ matches(
            "' ' || figures.words_before || ' '",
            " (học tập|kinh nghiệm|phối hợp|giáp|liên kết|đoàn công tác|tham quan|ký kết|giữa|trao đổi) "
        ) }}
        and not contains(' ' || figures.words_before || ' ', ' với ' || lower(figures.figure_printed) || ' ')
        and not contains(' ' || figures.words_before || ' ', ' như ' || lower(figures.figure_printed) || ' ')
),

province_findings as (
    select
        'narrative_other_province' as rule,
        report_key,
        period_key,
        cast(null as string) as indicator_keys,
        expected,
        found,
        sentence,
        block_number,
        page
    from province_mentions
    where occurrence = 1
),

year_mentions as (
    select
        figures.report_key,
        figures.period_key,
        cast(revisions.report_year as string) as expected,
        figures.figure_printed as found,
        figures.sentence,
        figures.block_number,
        figures.page,
        row_number() over (
            partition by figures.report_key, figures.period_key, figures.figure_printed order by figures.figure_number
        ) as occurrence
    from figures
    inner join revisions on figures.report_key = revisions.report_key and figures.period_key = revisions.period_key
    where
        figures.figure_kind = 'year'
        and figures.year_printed <> revisions.report_year
        and {{ matches(
            "figures.words_before",
            "(báo cáo|kết quả|tình hình) .*cải cách hành chính( nhà nước| của tỉnh|" ~
            " trên địa bàn tỉnh)*( quý [ivx]+)?$"
        ) }}
        and not {{ matches(
            "' ' || figures.words_before || ' '",
            " (kế hoạch|phương hướng|nhiệm vụ|chỉ số|xếp hạng|tuyên truyền|so với|nghị quyết|" ~
            "chương trình|năm) "
        ) }}
        and not {{ of_what_is_to_come('figures.section_words', 'substr(figures.period_key, 1, 4)') }}
),

year_findings as (
    select
        'narrative_other_year' as rule,
        report_key,
        period_key,
        cast(null as string) as indicator_keys,
        expected,
        found,
        sentence,
        block_number,
        page
    from year_mentions
    where occurrence = 1
),

annex_sided as (
    select * from annex_findings
    union all
    select * from whole_findings
    union all
    select * from status_findings
    union all
    select * from published_findings
),

one_sided as (
    select * from sum_findings
    union all
    select * from share_findings
    union all
    select * from list_findings
    union all
    select * from words_findings
    union all
    select * from repeat_findings
    union all
    select * from province_findings
    union all
    select * from year_findings
),

found as (
    select * from annex_sided
    union all
    select
        rule,
        report_key,
        period_key,
        indicator_keys,
        expected,
        found,
        cast(null as integer) as annex_page,
        cast(null as integer) as annex_table,
        cast(null as integer) as annex_row,
        cast(null as string) as annex_rows,
        sentence,
        block_number,
        page
    from one_sided
),

final as (
    select distinct
        found.rule,
        found.report_key,
        revisions.province_key,
        found.period_key,
        found.indicator_keys,
        found.expected,
        found.found,
        found.page,
        cast(null as integer) as table_number,
        cast(null as integer) as row_number,
        found.block_number,
        found.annex_rows as expected_place,
        found.sentence as found_quote
    from found
    inner join revisions on found.report_key = revisions.report_key and found.period_key = revisions.period_key
)

select * from final
