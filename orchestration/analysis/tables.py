"""The marts whose rows are drawn or computed with numpy, filled after dbt made them empty.

In: a database with every other table. Out: its rows; every figure rounded to the decimals of its contract, so that a
release is the same to the byte for the same warehouse. Not here: what the figures are (`intervals`, `audit`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.analysis import intervals
from orchestration.analysis.contest import TOTAL, Contest, contests

Row = dict[str, Any]
FILLED = ("mart_rank_interval", "mart_group_probability")


def fill(connection: duckdb.DuckDBPyConnection, names: Collection[str] = FILLED) -> None:
    """Write the rows of tables of FILLED anew, in `connection`'s own schema `marts`."""
    settings = settings_of(connection)
    rows: dict[str, list[Row]] = {name: [] for name in FILLED}
    for contest in contests(connection):
        certainty = intervals.certainty(contest, settings)
        rows["mart_rank_interval"].extend(_intervals(contest, certainty, settings))
        if certainty:
            rows["mart_group_probability"].extend(_groups(contest, certainty))
    for name in names:
        _write(connection, name, rows[name])


def settings_of(connection: duckdb.DuckDBPyConnection) -> intervals.Settings:
    """By what the warehouse draws."""
    values = connection.execute("select setting_name, value from seeds.uncertainty_settings").fetchall()
    return intervals.Settings.of(dict(values))


def _write(connection: duckdb.DuckDBPyConnection, name: str, rows: list[Row]) -> None:
    connection.execute(f"delete from marts.{name}")
    if rows:
        connection.register("rows_of_mart", pa.Table.from_pylist(rows))
        connection.execute(f"insert into marts.{name} by name select * from rows_of_mart")
        connection.unregister("rows_of_mart")


def _key(contest: Contest) -> Row:
    return {
        "index_code": contest.index_code,
        "report_year": contest.report_year,
        "is_simulated": contest.is_simulated,
    }


def _intervals(contest: Contest, certainty: intervals.Certainty | None, settings: intervals.Settings) -> Iterator[Row]:
    edition = intervals.edition_ranks(contest, settings)
    tied = certainty.tied(settings.level_pct) if certainty else None
    for code in (TOTAL, *contest.area_codes):
        of_code = contest.of_area(code) if code != TOTAL else np.ones(len(contest.criteria), dtype=bool)
        limit = (contest.counts * contest.max_points)[:, of_code].sum(axis=1)
        index = 100 * contest.points[:, of_code].sum(axis=1) / np.where(limit, limit, np.nan)
        ranks = contest.ranks if code == TOTAL else intervals.ranks_of(index[None, :])[0]
        drawn = certainty.of_area.get(code) if certainty else None
        for place, province in enumerate(contest.provinces):
            if not limit[place]:
                continue
            row = _key(contest) | {"province_key": province, "area_code": code, "index_pct": _number(index[place])}
            row |= {"rank": int(ranks[place]), "level_pct": settings.level_pct}
            row["survey_count"] = int((contest.errors[place, of_code] > 0).sum())
            row["not_given_count"] = int(contest.not_given[place, of_code].sum())
            row["flagged_count"] = int(contest.flagged[place, of_code].sum())
            row |= dict.fromkeys(_DRAWN)
            if drawn:
                row["index_interval_low_pct"] = _number(min(drawn.index_low[place], index[place]))
                row["index_interval_high_pct"] = _number(max(drawn.index_high[place], index[place]))
                row["rank_low"] = min(int(drawn.rank_low[place]), row["rank"])
                row["rank_high"] = max(int(drawn.rank_high[place]), row["rank"])
            else:
                row["reason_vi"], row["reason_en"] = _NO_DOUBT_KNOWN
            if code == TOTAL and edition:
                row["edition_rank_low"] = min(int(edition[0][place]), row["rank"])
                row["edition_rank_high"] = max(int(edition[1][place]), row["rank"])
            if code == TOTAL and certainty and tied is not None:
                row["top_ten_pct"] = _share(certainty.top_ten[place])
                row["tied_count"] = int(tied[place].sum()) - 1
                if place + 1 < len(contest.provinces):
                    row["above_next_pct"] = _share(certainty.above[place, place + 1])
                    row["is_tied_with_next"] = bool(tied[place, place + 1])
            yield row


_DRAWN = (
    "index_interval_low_pct",
    "index_interval_high_pct",
    "rank_low",
    "rank_high",
    "edition_rank_low",
    "edition_rank_high",
    "top_ten_pct",
    "above_next_pct",
    "is_tied_with_next",
    "tied_count",
    "reason_vi",
    "reason_en",
)
_NO_DOUBT_KNOWN = (
    "nguồn không công bố sai số khảo sát, không có điểm bị thiếu hay nghi vấn: chưa biết hạng chắc đến đâu",
    "its source gives no survey errors, and no points are missing or flagged: how sure the rank is, is not known",
)


def _groups(contest: Contest, certainty: intervals.Certainty) -> Iterable[Row]:
    for place, province in enumerate(contest.provinces):
        for name, shares in certainty.of_group.items():
            row = _key(contest) | {"province_key": province, "group_name": name}
            yield row | {"probability_pct": _share(shares[place])}


def _number(value: float) -> float:
    return round(float(value), 6)


def _share(value: float) -> float:
    return round(100 * float(value), 2)
