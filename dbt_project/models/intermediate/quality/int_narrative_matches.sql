-- One row per figure of a narrative that counts and measure that its words name: what the annex has for it, and how
-- sure it is that both are the same measure. A measure is named where every term that it needs is heard and no other
-- that would make it another measure: a part, a change, a target, another year or place.
with figures as (
    select * from {{ ref('stg_narrative_figures') }}
    where figure_kind in ('number', 'percent', 'ratio')
),

revisions as (
    select * from {{ ref('int_report_revisions') }}
    where is_current
),

heard as (
    select * from {{ ref('int_narrative_terms') }}
),

measures as (
    select * from {{ ref('narrative_measures') }}
),

provinces as (
    select * from {{ ref('provinces') }}
),

terms as (
    select * from {{ ref('narrative_terms') }}
),

periods as (
    select * from {{ ref('periods') }}
),

grammar as (
    select * from {{ ref('narrative_grammar') }}
),

annex_values as (
    select * from {{ ref('int_annex_values') }}
    where decision = 'resolved'
),

number_rules as (
    select * from {{ ref('number_rules') }}
),

known_words as (
    select distinct {{ each_word('words') }} as word
    from terms
    union
    select distinct {{ each_word('lower(province_name)') }} as word
    from provinces
),

-- A facet that the clause itself names is not taken from around it.
own_facets as (
    select distinct
        report_key,
        period_key,
        figure_number,
        facet
    from heard
    where layer = 'own'
),

-- Of what stands before it in the sentence the nearest figure's words are meant, past what divides that one.
preceded as (
    select
        report_key,
        period_key,
        figure_number,
        lag(figure_number) over (
            partition by report_key, period_key, block_number, sentence, part_of_figure
            order by figure_number
        ) as figure_ahead
    from figures
),

near as (
    select
        preceded.report_key,
        preceded.period_key,
        preceded.figure_number,
        heard.facet,
        heard.term_key
    from preceded
    inner join heard
        on
            preceded.report_key = heard.report_key
            and preceded.period_key = heard.period_key
            and preceded.figure_ahead = heard.figure_number
    where heard.layer = 'own' and heard.facet <> 'other'
),

near_facets as (
    select distinct
        report_key,
        period_key,
        figure_number,
        facet
    from near
),

effective as (
    select
        heard.report_key,
        heard.period_key,
        heard.figure_number,
        heard.term_key,
        heard.facet,
        heard.layer
    from heard
    left join own_facets
        on
            heard.report_key = own_facets.report_key
            and heard.period_key = own_facets.period_key
            and heard.figure_number = own_facets.figure_number
            and heard.facet = own_facets.facet
    left join near_facets
        on
            heard.report_key = near_facets.report_key
            and heard.period_key = near_facets.period_key
            and heard.figure_number = near_facets.figure_number
            and heard.facet = near_facets.facet
    left join near
        on
            heard.report_key = near.report_key
            and heard.period_key = near.period_key
            and heard.figure_number = near.figure_number
            and heard.term_key = near.term_key
    where
        heard.layer = 'own'
        or heard.facet = 'other'
        or (
            own_facets.facet is null
            and (heard.layer <> 'beside' or near_facets.facet is null or near.term_key is not null)
        )
),

needs as (
    select
        measure_key,
        {{ each_word('needs') }} as need
    from measures
),

need_counts as (
    select
        measure_key,
        count(*) as needed
    from needs
    group by measure_key
),

-- «procedure/online_service» is met by either.
need_terms as (
    select distinct
        measure_key,
        need,
        {{ each_word("replace(need, '/', ' ')") }} as term_key
    from needs
),

-- Sides of a measure that the clause itself leaves to what stands around it.
term_facets as (
    select distinct
        term_key,
        facet
    from terms
),

need_facets as (
    select distinct
        need_terms.measure_key,
        term_facets.facet
    from need_terms
    inner join term_facets on need_terms.term_key = term_facets.term_key
),

met as (
    select
        effective.report_key,
        effective.period_key,
        effective.figure_number,
        need_terms.measure_key,
        count(distinct need_terms.need) as needs_met,
        count(distinct case when effective.layer = 'own' then need_terms.need end) as needs_met_here,
        count(distinct case when effective.layer not in ('ahead', 'section') then need_terms.need end) as needs_met_near
    from effective
    inner join need_terms on effective.term_key = need_terms.term_key
    group by effective.report_key, effective.period_key, effective.figure_number, need_terms.measure_key
),

named as (
    select
        met.*,
        need_counts.needed
    from met
    inner join need_counts on met.measure_key = need_counts.measure_key and met.needs_met = need_counts.needed
    -- Something of it stands in the clause itself, or in the total that the figure is a part of.
    where met.needs_met_here > 0
),

measure_terms as (
    select
        measure_key,
        term_key
    from need_terms
    union
    select
        measure_key,
        {{ each_word('allows') }} as term_key
    from measures
    where allows <> ''
),

-- What is heard in the clause, or of the total above, and what says of the whole sentence that it is of another time.
foreign_terms as (
    select
        named.report_key,
        named.period_key,
        named.figure_number,
        named.measure_key
    from named
    inner join figures
        on
            named.report_key = figures.report_key
            and named.period_key = figures.period_key
            and named.figure_number = figures.figure_number
    inner join effective
        on
            named.report_key = effective.report_key
            and named.period_key = effective.period_key
            and named.figure_number = effective.figure_number
    inner join periods on effective.period_key = periods.period_key
    left join measure_terms
        on named.measure_key = measure_terms.measure_key and effective.term_key = measure_terms.term_key
    left join need_facets
        on named.measure_key = need_facets.measure_key and effective.facet = need_facets.facet
    where
        measure_terms.term_key is null
        and effective.term_key <> 'whole'
        -- What names the report's own window, as «quý I» does in the report of the first quarter.
        and effective.term_key <> 'sub_period_' || lower(substr(effective.period_key, 6))
        and not (effective.term_key = 'year_to_date' and periods.is_cumulative)
        and (
            effective.layer = 'own'
            or (
                effective.layer = 'above'
                and (figures.part_of_figure is not null or effective.facet in ('other', 'field'))
            )
            or effective.term_key in ('other_time', 'target', 'year_to_date')
            or effective.term_key like 'sub_period%'
            or (effective.layer in ('beside', 'above') and need_facets.facet is not null)
        )
    group by named.report_key, named.period_key, named.figure_number, named.measure_key
),

-- «38 nhiệm vụ thuộc 7 lĩnh vực»: the second counts something else.
other_units as (
    select distinct
        figures.report_key,
        figures.period_key,
        figures.figure_number
    from figures
    inner join grammar
        on substr(figures.words_after || ' ', 1, length(grammar.words) + 1) = grammar.words || ' '
    where grammar.role = 'counts_other'
),

own_words as (
    select
        report_key,
        period_key,
        figure_number,
        {{ each_word("trim(words_before || ' ' || words_after)") }} as word
    from figures
),

strange_words as (
    select
        own_words.report_key,
        own_words.period_key,
        own_words.figure_number,
        count(*) as strange_count
    from own_words
    left join known_words on own_words.word = known_words.word
    where known_words.word is null and not {{ matches("own_words.word", "[0-9]") }} and own_words.word <> ''
    group by own_words.report_key, own_words.period_key, own_words.figure_number
),

measure_indicators as (
    select
        measure_key,
        {{ each_word('indicator_keys') }} as indicator_key
    from measures
),

measure_values as (
    select
        measure_indicators.measure_key,
        annex_values.report_key,
        annex_values.period_key,
        sum(annex_values.value) as annex_value,
        max(annex_values.value) as greatest_value,
        count(annex_values.value) as values_found,
        max(annex_values.value_used) as value_used,
        max(annex_values.value_kind) as value_kind,
        min(annex_values.page) as annex_page,
        min(annex_values.table_number) as annex_table,
        min(annex_values.row_number) as annex_row,
        {{ ordered_list(
            "annex_values.row_code || case when annex_values.ordinal > 0 then" ~
            " ' (' || cast(annex_values.ordinal as string) || ')' else '' end",
            ' + ',
            'annex_values.annex_row_number',
        ) }} as annex_rows
    from measure_indicators
    inner join annex_values on measure_indicators.indicator_key = annex_values.indicator_key
    group by measure_indicators.measure_key, annex_values.report_key, annex_values.period_key
),

indicator_counts as (
    select
        measure_key,
        count(*) as indicator_count
    from measure_indicators
    group by measure_key
),

ruled as (
    select
        named.report_key,
        named.period_key,
        named.figure_number,
        named.measure_key,
        named.needed,
        named.needs_met_here,
        named.needs_met_near,
        revisions.province_key,
        provinces.province_name,
        measures.indicator_keys,
        measures.figure_kind as measure_kind,
        measures.whole_indicator_key,
        measures.led_by,
        measures.weight,
        measures.relation,
        figures.figure_kind,
        figures.figure_printed,
        figures.value_raw,
        figures.whole_raw,
        figures.words_before,
        figures.named_unit,
        figures.year_printed,
        figures.day_printed,
        figures.section_words,
        periods.window_start_date,
        periods.window_end_date,
        measure_values.annex_value,
        measure_values.value_used,
        measure_values.greatest_value,
        indicator_counts.indicator_count,
        measure_values.annex_page,
        measure_values.annex_table,
        measure_values.annex_row,
        measure_values.annex_rows,
        coalesce(strange_words.strange_count, 0) as strange_count,
        cast(substr(named.period_key, 1, 4) as integer) as report_year,
        {{ number_rule('figures.value_raw', 'measure_values.value_kind') }} as number_rule,
        {{ number_rule('figures.whole_raw', 'measure_values.value_kind') }} as whole_rule
    from named
    inner join measures on named.measure_key = measures.measure_key
    inner join indicator_counts on named.measure_key = indicator_counts.measure_key
    inner join figures
        on
            named.report_key = figures.report_key
            and named.period_key = figures.period_key
            and named.figure_number = figures.figure_number
    inner join revisions on named.report_key = revisions.report_key and named.period_key = revisions.period_key
    inner join periods on named.period_key = periods.period_key
    left join provinces on revisions.province_key = provinces.province_key
    inner join measure_values
        on
            named.measure_key = measure_values.measure_key
            and named.report_key = measure_values.report_key
            and named.period_key = measure_values.period_key
            and indicator_counts.indicator_count = measure_values.values_found
    left join foreign_terms
        on
            named.report_key = foreign_terms.report_key
            and named.period_key = foreign_terms.period_key
            and named.figure_number = foreign_terms.figure_number
            and named.measure_key = foreign_terms.measure_key
    left join strange_words
        on
            named.report_key = strange_words.report_key
            and named.period_key = strange_words.period_key
            and named.figure_number = strange_words.figure_number
    left join other_units
        on
            named.report_key = other_units.report_key
            and named.period_key = other_units.period_key
            and named.figure_number = other_units.figure_number
    where
        foreign_terms.measure_key is null
        and other_units.report_key is null
        and (figures.figure_kind = measures.figure_kind or figures.figure_kind = 'ratio')
),

valued as (
    select
        ruled.*,
        {{ number_value('ruled.value_raw', 'ruled.number_rule') }} as stated_value,
        case when ruled.whole_raw is not null then {{ number_value('ruled.whole_raw', 'ruled.whole_rule') }} end
            as whole_value,
        case
            when instr(ruled.value_raw, ',') > 0 then length(ruled.value_raw) - instr(ruled.value_raw, ',')
            else 0
        end as decimals_stated
    from ruled
    inner join number_rules on ruled.number_rule = number_rules.rule
    where number_rules.is_number
),

scored as (
    select
        *,
        (coalesce(year_printed <> report_year, false) and measure_key not like '%since_2015%')
        -- Up to a day, or from a day, that is more than a month from either end of the window: a part of it.
        or coalesce(
            {{ days_between('window_start_date', 'day_printed') }} > 31
            and {{ days_between('day_printed', 'window_end_date') }} > 31,
            false
        )
        or {{ of_what_is_to_come('section_words', 'report_year') }}
            as is_of_other_year,
        case
            when measure_kind = 'percent' and figure_kind = 'ratio'
                then case when whole_value > 0 then cast(100 * stated_value as double) / whole_value end
            else cast(stated_value as double)
        end as compared_value,
        case
            when {{ matches("' ' || words_before", " (trên|hơn|ít nhất|tối thiểu)$") }} then 'over'
            when {{ matches("' ' || words_before", " (gần|dưới|không quá|tối đa)$") }} then 'under'
            when {{ matches("' ' || words_before", " (khoảng|xấp xỉ|ước|chừng)$") }} then 'about'
            else 'exactly'
        end as precision_stated,
        cast(
            weight
            * case when needs_met_near < needed then 0.9 else 1 end
            * case when needs_met_here < needed then 0.95 else 1 end
            * greatest(0, 1 - 0.13 * strange_count) as decimal(6, 4)
        ) as match_score
    from valued
    -- Another body's figure is not the province's, unless that body does the work for the whole province.
    where
        named_unit is null
        or contains(named_unit, province_name)
        or substr(led_by, 1, length(named_unit)) = lower(named_unit)
),

compared as (
    select
        *,
        case
            when compared_value is null or annex_value is null then 'unknown'
            when relation = 'at_most' and compared_value <= annex_value then 'unknown'
            when precision_stated = 'over'
                then
                    case
                        when annex_value >= compared_value and annex_value <= 1.2 * compared_value then 'agrees' else
                            'differs'
                    end
            when precision_stated = 'under'
                then
                    case
                        when annex_value <= compared_value and annex_value >= 0.8 * compared_value then 'agrees' else
                            'differs'
                    end
            when precision_stated = 'about'
                then case when abs(annex_value - compared_value) <= 0.1 * annex_value then 'agrees' else 'differs' end
            when abs(annex_value - compared_value) <= case
                when measure_kind <> 'percent' then 0
                when figure_kind = 'ratio' then 0.5
                when decimals_stated = 0 then 0.5
                else power(10, -decimals_stated)
            end then 'agrees'
            when indicator_count > 1 and compared_value = greatest_value then 'agrees'
            else 'differs'
        end as verdict
    from scored
),

-- Of several measures the one that the figure agrees with is meant, else the one that needs most.
ordered as (
    select
        *,
        row_number() over (
            partition by report_key, period_key, figure_number
            order by
                case when needs_met_near = needed then 0 else 1 end,
                case when verdict = 'agrees' and match_score >= 0.6 then 0 else 1 end,
                needed desc,
                case when figure_kind = measure_kind then 0 else 1 end,
                match_score desc,
                case verdict when 'agrees' then 0 else 1 end,
                measure_key asc
        ) as choice
    from compared
),

chosen as (
    select * from ordered
    where choice = 1
),

final as (
    select
        chosen.report_key,
        chosen.period_key,
        chosen.province_key,
        chosen.figure_number,
        chosen.measure_key,
        chosen.indicator_keys,
        chosen.whole_indicator_key,
        chosen.relation,
        chosen.match_score,
        chosen.precision_stated,
        chosen.compared_value as stated_value,
        chosen.whole_value,
        chosen.annex_value,
        case
            when chosen.indicator_count = 1 then chosen.value_used
            else {{ number_printed('chosen.annex_value') }}
        end as annex_printed,
        chosen.annex_page,
        chosen.annex_table,
        chosen.annex_row,
        chosen.annex_rows,
        chosen.is_of_other_year,
        chosen.verdict
    from chosen
    inner join figures
        on
            chosen.report_key = figures.report_key
            and chosen.period_key = figures.period_key
            and chosen.figure_number = figures.figure_number
    -- Where a total is the measure its parts are not.
    left join chosen as total
        on
            chosen.report_key = total.report_key
            and chosen.period_key = total.period_key
            and figures.part_of_figure = total.figure_number
            and chosen.measure_key = total.measure_key
    where total.figure_number is null
)

select * from final
