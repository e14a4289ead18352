"""The few tables that a finished run prints: what reported, what was found. Not here: files for people (publishing)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from rich.table import Table

from orchestration.publishing.facts import Facts
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.ranking import edition_sentence
from orchestration.sentence import Sentence

_COVERAGE = """
    select
        coverage.period_key, count(*) as provinces,
        count(*) filter (where status = 'on_time') as on_time, count(*) filter (where status = 'late') as late,
        count(*) filter (where status = 'undocumented') as undocumented,
        count(*) filter (where status = 'missing') as missing, count(*) filter (where status = 'quarantined') as held,
        count(*) filter (where status = 'not_due') as not_due
    from marts.mart_report_coverage as coverage
    inner join marts.dim_period using (period_key)
    group by coverage.period_key, dim_period.due_date
    -- Periods that somebody sent something for, and the last one of all.
    having
        count(sent_date) + sum(files_quarantined) > 0
        or dim_period.due_date = (select max(due_date) from marts.mart_report_coverage)
    order by dim_period.due_date desc limit 8
"""
_REPORTS = """
    select
        province_name, period_key, report_number, cast(report_date as string),
        count(*) as rows_reported, count(value) as numbers, count(*) filter (where is_missing) as blank
    from marts.dim_report as report
    inner join marts.dim_province using (province_key)
    inner join marts.fct_indicator_value using (report_key, province_key, period_key)
    inner join marts.dim_period using (period_key)
    where report.is_current
    group by province_name, period_key, report_number, report_date, due_date
    order by due_date desc, province_name limit 12
"""
_FINDINGS = """
    select severity, rule, count(*), min(message_vi) from marts.mart_quality_finding
    group by severity, rule
    order by case severity when 'error' then 1 when 'warning' then 2 else 3 end, rule
"""

_RANKING = """
    select
        coalesce(cast(rank as string), '–'), province_name,
        replace(
            cast(case when total_unit = 'points' then round(points, 2) else index_printed_pct end as string), '.', ','
        ),
        group_name, replace(cast(round(coverage_pct, 1) as string), '.', ','),
        case when rank_change > 0 then '+' else '' end || cast(rank_change as string),
        concat_ws('; ', case when rank is null then 'dưới ngưỡng' end, case when is_simulated then 'MÔ PHỎNG' end)
    from marts.mart_national_ranking as ranking
    inner join marts.dim_province using (province_key)
    where ranking.index_code = ? and ranking.report_year = ? and ranking.is_simulated = ?
    order by ranking.rank nulls last, ranking.province_key
"""
_ENDS = 5


def quarantined(database: Path) -> list[tuple[str, Sentence]]:
    """(file name, why) of every file in quarantine that nobody has dealt with."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select period_key || '/' || coalesce(inbox_path, file_name), reason_vi, reason_en"
            " from marts.mart_open_quarantine order by period_key, file_name"
        ).fetchall()
    return [(name, Sentence(vi, en)) for name, vi, en in rows]


def tables(database: Path) -> list[Table]:
    """Coverage of the newest periods, their reports, and the findings by rule, read from a published warehouse."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return [
            *ranking_tables(connection),
            _table(
                connection.execute(_COVERAGE).fetchall(),
                "Tình hình báo cáo / coverage",
                ("Kỳ", "Tỉnh", "Đúng hạn", "Trễ hạn", "Hạn không rõ", "Chưa có", "Cách ly", "Chưa đến hạn"),
            ),
            _table(
                connection.execute(_REPORTS).fetchall(),
                "Báo cáo / reports",
                ("Tỉnh, thành phố", "Kỳ", "Số", "Ngày", "Dòng có mã", "Số liệu", "Để trống"),
            ),
            _table(
                connection.execute(_FINDINGS).fetchall(),
                "Cảnh báo / findings",
                ("Mức", "Quy tắc", "Số lần", "Ví dụ"),
            ),
        ]


def ranking_tables(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """Top and bottom of the newest list of each index, real ones first; the title names the edition."""
    found = []
    newest: dict[tuple[str, bool], Fact] = {}
    for standing in Facts(connection).standings:
        newest.setdefault((standing["index_code"], standing["is_simulated"]), standing)
    for (index_code, is_simulated), standing in newest.items():
        rows = connection.execute(_RANKING, [index_code, standing["report_year"], is_simulated]).fetchall()
        if len(rows) > 2 * _ENDS + 1:
            rows = [*rows[:_ENDS], ("…", *[""] * 6), *rows[-_ENDS:]]
        measure = "Điểm" if standing["total_unit"] == "points" else "Chỉ số (%)"
        columns = ("Hạng", "Tỉnh, thành phố", measure, "Nhóm", "Bao phủ (%)", "Tăng bậc", "Ghi chú")
        mark = "MÔ PHỎNG / SIMULATED – " if is_simulated else ""
        found.append(_table(rows, f"Xếp hạng / ranking – {mark}{edition_sentence(standing)}", columns))
    return found


def _table(rows: list[tuple[Any, ...]], title: str, columns: tuple[str, ...]) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    return table
