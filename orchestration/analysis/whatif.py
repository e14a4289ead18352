"""What a province's points, index, rank and interval would be if some of its figures were others.

In: the published warehouse and changed figures. Out: the difference that a whole run would make, computed by the models
themselves on the changed rows. Not here: changing anything, and what it would take to gain places (`lift`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration import effect, rerun
from orchestration.analysis import intervals
from orchestration.analysis.contest import TOTAL, contests
from orchestration.analysis.lift import Step, cheapest, choices_of, field_of
from orchestration.analysis.tables import settings_of
from orchestration.sentence import ToldError

_RUN_AGAIN = [effect.RANKING, effect.POINTS, "marts.mart_rank_interval"]


@dataclass(frozen=True)
class Standing:
    """Of a province in an index and year; None: not ranked, or of the interval: no doubt is known."""

    points: Decimal | None
    index_pct: Decimal | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None


@dataclass(frozen=True)
class WhatIf:
    """Now and then, and every point and rank that would change, other provinces' too."""

    before: Standing
    after: Standing
    effect: effect.Effect


def province_key_of(connection: duckdb.DuckDBPyConnection, name: str, index_code: str, report_year: int) -> str:
    """The key that a province has in the list of an index and year. Raises ToldError."""
    found = connection.execute(
        """
        select province_key from marts.mart_national_ranking
        inner join marts.dim_province using (province_key)
        where index_code = ? and report_year = ? and lower(province_name) = lower(?)
        """,
        [index_code, report_year, name.strip()],
    ).fetchone()
    if found is None:
        raise ToldError(
            f"Danh sách {index_code} {report_year} không có tỉnh «{name}»; hãy viết tên đủ dấu, ví dụ «Hà Nam».",
            f"{index_code} {report_year} does not list «{name}»: write the name with its marks.",
        )
    return str(found[0])


def what_if(
    database: Path, index_code: str, report_year: int, province_key: str, values: Mapping[str, Decimal]
) -> WhatIf:
    """values: key of an indicator of the yearly report, or code of a criterion whose points a sheet or survey gives.

    Of a survey the value is its mean or percentage, as its sheet prints it. Raises ToldError where a figure is not
    there to be changed, and NoQueriesError.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        before = _standing(connection, index_code, report_year, province_key)
        changes = _changes(connection, index_code, report_year, province_key, values)
    with rerun.changed(database, changes, _RUN_AGAIN) as connection:
        after = _standing(connection, index_code, report_year, province_key)
        return WhatIf(before, after, effect.differences(connection))


def cheapest_lift(
    database: Path, index_code: str, report_year: int, province_key: str, places: int
) -> tuple[Step, ...] | None:
    """The cheapest steps that gain `places`; None where no set does. Raises ToldError where it is not ranked."""
    with duckdb.connect(str(database), read_only=True) as connection:
        field = field_of(connection, index_code, report_year, province_key)
        if field is None:
            raise ToldError(
                f"Tỉnh không được xếp hạng {index_code} {report_year}.",
                f"It is not ranked in {index_code} {report_year}.",
            )
        return cheapest(field, choices_of(connection, index_code, report_year, province_key), places)


def _standing(connection: duckdb.DuckDBPyConnection, index_code: str, report_year: int, province_key: str) -> Standing:
    row = connection.execute(
        """
        select points, index_pct, rank from marts.mart_national_ranking
        where index_code = ? and report_year = ? and province_key = ?
        """,
        [index_code, report_year, province_key],
    ).fetchone()
    low = high = None
    for contest in contests(connection, index_code, report_year):
        certainty = intervals.certainty(contest, settings_of(connection)) if province_key in contest.provinces else None
        if certainty and row:
            place, drawn = contest.provinces.index(province_key), certainty.of_area[TOTAL]
            low, high = min(int(drawn.rank_low[place]), row[2]), max(int(drawn.rank_high[place]), row[2])
    points, index_pct, rank = row or (None, None, None)
    return Standing(points, index_pct, rank, low, high)


def _changes(
    connection: duckdb.DuckDBPyConnection,
    index_code: str,
    report_year: int,
    province_key: str,
    values: Mapping[str, Decimal],
) -> dict[str, str]:
    """Each change where a run would read it: the figure of a report as a correction, of a sheet as printed there."""
    decisions = []
    of_table: dict[str, list[tuple[Any, ...]]] = {}
    for name, value in values.items():
        figure = connection.execute(_FIGURE, [province_key, f"{report_year}-FY", name]).fetchone()
        if figure:
            digest, row_code, ordinal, printed = figure
            text = f"{value:f}".replace(".", ",")
            decisions.append(effect.FigureDecision(digest, row_code, ordinal, "correct", printed, text, "giả định"))
            continue
        place = connection.execute(_PLACE, [index_code, report_year, province_key, name]).fetchone()
        if place is None:
            raise ToldError(
                f"Không có số liệu «{name}» để giả định: tỉnh không báo cáo chỉ tiêu này, hoặc tiêu chí này do quy tắc "
                "tính từ số liệu khác (hãy đặt số liệu đó), hoặc không có dòng nào trong bảng điểm.",
                f"There is no figure «{name}» to change: it was not reported, or a rule computes it from other figures "
                "(set those), or no sheet has a row for it.",
            )
        of_table.setdefault(place[0], []).append((*place[1:], value))
    changes = effect.changes_by(decisions)
    for table, rows in of_table.items():
        changes[f"staging.stg_{table}"] = _with_figures(table, rows)
    return changes


def _with_figures(table: str, rows: list[tuple[Any, ...]]) -> str:
    """The rows of a sheet with other figures, read as a workbook's own numbers are."""
    new = ", ".join(f"('{digest}', '{period}', {row}, {value:f})" for digest, period, row, value in rows)
    text = "cast(new.figure as varchar)"
    as_score = f"{text} as value_raw, {text} as value_typed, {text} as number_text, 'typed' as number_rule"
    as_survey = f"{text} as score_raw, 'typed' as score_rule"
    replaced, figure = (as_score, "value") if table == "score_rows" else (as_survey, "score")
    return f"""
        with new as (
            select * from (values {new}) as given (file_sha256, period_key, sheet_row_number, figure)
        )
        select old.* replace ({replaced}, cast(new.figure as decimal(24, 9)) as {figure})
        from published.staging.stg_{table} as old
        inner join new using (file_sha256, period_key, sheet_row_number)
        union all by name
        from published.staging.stg_{table} as old
        anti join new using (file_sha256, period_key, sheet_row_number)
    """


_FIGURE = """
    select file_sha256, row_code, ordinal, nullif(trim(value_raw), '')
    from intermediate.int_annex_values
    where province_key = ? and period_key = ? and indicator_key = ? and decision = 'resolved'
"""
# The row of the basis that governs, be it blank.
_PLACE = """
    select rows.row_source, rows.file_sha256, rows.period_key, rows.sheet_row_number
    from intermediate.int_score_rows as rows
    inner join marts.fct_criterion_score as score using (index_code, report_year, province_key, criterion_code, basis)
    where
        rows.index_code = ? and rows.report_year = ? and rows.province_key = ? and rows.criterion_code = ?
        and rows.decision in ('used', 'refused') and score.is_governing and rows.variable_code is null
"""
