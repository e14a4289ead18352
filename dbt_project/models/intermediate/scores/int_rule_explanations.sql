-- One row per index, year, province and criterion that a rule gives points to: the points, and the arithmetic in words.
with scored as (
    select * from {{ ref('int_rule_points') }}
),

worded as (
    select
        *,
        case
            when is_nothing_due then '0 ' || unit_vi || ' phải làm'
            when rule_kind = 'growth_steps' and measure is null
                then {{ short_vi('denominator') }} || ' → ' || {{ short_vi('numerator') }}
            when rule_kind = 'growth_steps'
                then
                    {{ short_vi('denominator') }} || ' → ' || {{ short_vi('numerator') }} || ' = '
                    || {{ decimal_vi('measure', 2) }} || ' %'
            when denominator is not null
                then
                    {{ short_vi('numerator') }} || '/' || {{ short_vi('denominator') }} || ' ' || unit_vi || ' = '
                    || {{ decimal_vi('measure', 2) }} || ' %'
            when
                rule_kind in ('ratio_floor', 'ratio_steps', 'ratio_at_most')
                then {{ decimal_vi('measure', 2) }} || ' %'
            when rule_kind = 'yes_no' then 'mã ' || {{ short_vi('numerator') }}
            else trim({{ short_vi('measure') }} || ' ' || unit_vi)
        end as measure_vi,
        case
            when is_nothing_due then '0 ' || unit_en || ' due'
            when rule_kind = 'growth_steps' and measure is null
                then {{ short_en('denominator') }} || ' → ' || {{ short_en('numerator') }}
            when rule_kind = 'growth_steps'
                then
                    {{ short_en('denominator') }} || ' → ' || {{ short_en('numerator') }} || ' = '
                    || {{ decimal_en('measure', 2) }} || '%'
            when denominator is not null
                then
                    {{ short_en('numerator') }} || '/' || {{ short_en('denominator') }} || ' ' || unit_en || ' = '
                    || {{ decimal_en('measure', 2) }} || '%'
            when rule_kind in ('ratio_floor', 'ratio_steps', 'ratio_at_most') then {{ decimal_en('measure', 2) }} || '%'
            when rule_kind = 'yes_no' then 'code ' || {{ short_en('numerator') }}
            else trim({{ short_en('measure') }} || ' ' || unit_en)
        end as measure_en,
        case
            when is_nothing_due then ''
            when rule_kind = 'ratio_floor' and measure >= full_value then ' ≥ ' || {{ short_vi('full_value') }} || ' %'
            when
                rule_kind = 'ratio_floor' and measure >= floor_value
                then ' ≥ ' || {{ short_vi('floor_value') }} || ' %'
            when rule_kind = 'ratio_floor' then ' < ' || {{ short_vi('floor_value') }} || ' %'
            when
                rule_kind = 'ratio_at_most' and measure <= full_value
                then ' ≤ ' || {{ short_vi('full_value') }} || ' %'
            when rule_kind = 'ratio_at_most' then ' > ' || {{ short_vi('full_value') }} || ' %'
            when rule_kind = 'yes_no' and share = 1 then ' (có)'
            when rule_kind = 'yes_no' then ' (không)'
            when rule_kind = 'linear'
                then ' trong khoảng ' || {{ short_vi('floor_value') }} || '–' || {{ short_vi('full_value') }}
            when rule_kind = 'none_or_zero' and share = 1 then ''
            when rule_kind = 'none_or_zero' then ' > 0'
            when step_reached is not null then ' ≥ ' || {{ short_vi('step_reached') }}
            else ' dưới bậc thấp nhất'
        end as condition_vi,
        case
            when is_nothing_due then ''
            when rule_kind = 'ratio_floor' and measure >= full_value then ' ≥ ' || {{ short_en('full_value') }} || '%'
            when rule_kind = 'ratio_floor' and measure >= floor_value then ' ≥ ' || {{ short_en('floor_value') }} || '%'
            when rule_kind = 'ratio_floor' then ' < ' || {{ short_en('floor_value') }} || '%'
            when rule_kind = 'ratio_at_most' and measure <= full_value then ' ≤ ' || {{ short_en('full_value') }} || '%'
            when rule_kind = 'ratio_at_most' then ' > ' || {{ short_en('full_value') }} || '%'
            when rule_kind = 'yes_no' and share = 1 then ' (yes)'
            when rule_kind = 'yes_no' then ' (no)'
            when rule_kind = 'linear'
                then ' between ' || {{ short_en('floor_value') }} || ' and ' || {{ short_en('full_value') }}
            when rule_kind = 'none_or_zero' and share = 1 then ''
            when rule_kind = 'none_or_zero' then ' > 0'
            when step_reached is not null then ' ≥ ' || {{ short_en('step_reached') }}
            else ' below the lowest step'
        end as condition_en
    from scored
),

final as (
    select
        index_code,
        edition_code,
        report_year,
        province_key,
        criterion_code,
        rule_kind,
        status,
        case when status = 'given' then measure end as measure,
        case when status = 'given' then share end as share,
        points,
        is_simulated,
        case
            when status = 'does_not_apply' then measure_vi || ': không áp dụng'
            when status = 'blank' then 'không tính được: báo cáo để trống số liệu mà quy tắc cần'
            when status = 'refused' then 'không tính, vì: ' || coalesce(reason_vi, 'không có tỷ lệ nào như vậy.')
            else
                measure_vi
                || condition_vi
                || ' → '
                || {{ decimal_vi('share', 4) }}
                || ' × '
                || {{ decimal_vi('max_points', 2) }}
                || ' = ' || {{ decimal_vi('points', 2) }}
        end as explanation_vi,
        case
            when status = 'does_not_apply' then measure_en || ': does not apply'
            when status = 'blank' then 'not computed: a figure that the rule needs was left blank'
            when status = 'refused' then 'not computed, because: ' || coalesce(reason_en, 'no such ratio can be.')
            else
                measure_en
                || condition_en
                || ' → '
                || {{ decimal_en('share', 4) }}
                || ' × '
                || {{ decimal_en('max_points', 2) }}
                || ' = ' || {{ decimal_en('points', 2) }}
        end as explanation_en
    from worded
)

select * from final
