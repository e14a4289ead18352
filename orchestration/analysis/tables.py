"""The marts whose rows are drawn or computed with numpy, filled after dbt made them empty.

In: a database with every other table. Out: its rows; every figure rounded to the decimals of its contract, so that a
release is the same to the byte for the same warehouse. Not here: what the figures are (`intervals`, `audit`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.analysis import audit, intervals
from orchestration.analysis.contest import TOTAL, Contest, contests

Row = dict[str, Any]
FILLED = (
    "mart_rank_interval",
    "mart_group_probability",
    "mart_criterion_audit",
    "mart_area_correlation",
    "mart_index_audit",
    "mart_rank_alternative",
)


def fill(connection: duckdb.DuckDBPyConnection, names: Collection[str] = FILLED) -> None:
    """Write the rows of tables of FILLED anew, in `connection`'s own schema `marts`."""
    settings = settings_of(connection)
    rows: dict[str, list[Row]] = {name: [] for name in FILLED}
    for contest in contests(connection):
        certainty = intervals.certainty(contest, settings)
        rows["mart_rank_interval"].extend(_intervals(contest, certainty, settings))
        if certainty:
            rows["mart_group_probability"].extend(_groups(contest, certainty))
        whole = audit.complete(contest)
        if whole.criteria:
            found = list(audit.alternatives(whole, settings))
            rows["mart_criterion_audit"].extend(_criteria(whole))
            rows["mart_area_correlation"].extend(_area_correlations(whole))
            rows["mart_index_audit"].extend(_statistics(contest, whole, found))
            rows["mart_rank_alternative"].extend(_alternatives(whole, found))
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


def _criteria(contest: Contest) -> Iterator[Row]:
    for found in audit.criteria_of(contest):
        yield _key(contest) | {
            "edition_code": contest.edition_code,
            "criterion_code": found.criterion_code,
            "area_code": found.area_code,
            "province_count": len(contest.provinces),
            "mean_share_pct": _share(found.mean_share),
            "deviation_share_pct": _share(found.deviation),
            "at_maximum_pct": _share(found.at_maximum),
            "at_zero_pct": _share(found.at_zero),
            "rest_correlation": _maybe(found.rest),
            "area_rest_correlation": _maybe(found.area_rest),
            "is_against_area": found.area_rest is not None and found.area_rest < 0,
            "alpha_without": _maybe(found.alpha_without),
            "mean_shift_places": _number(found.mean_shift),
            "most_shift_places": found.most_shift,
        }


def _area_correlations(contest: Contest) -> Iterator[Row]:
    points, codes = audit.area_points(contest), contest.area_codes
    for one, other in combinations(range(len(codes)), 2):
        row = _key(contest) | {"area_code": codes[one], "other_area_code": codes[other]}
        yield row | {"area_correlation": _maybe(audit.correlation(points[:, one], points[:, other]))}


def _statistics(contest: Contest, whole: Contest, found: list[audit.Alternative]) -> Iterator[Row]:
    areas = audit.area_points(whole)
    values: dict[str, float | None] = {
        "criteria_alpha": audit.cronbach_alpha(whole.points),
        "areas_alpha": audit.cronbach_alpha(areas),
        "criteria_left_out": len(contest.criteria) - len(whole.criteria),
    }
    used = intervals.ranks_of(whole.points.sum(axis=1)[None, :].round(9))[0]
    shares = audit.component_shares(areas)
    if shares is not None:
        values["first_component_pct"] = 100 * float(shares[0])
        values["second_component_pct"] = 100 * float(shares[1])
    for other in found:
        if other.low is not None and other.high is not None:
            values["weights_median_width"] = float(np.median(other.high - other.low))
            values["weights_most_width"] = int((other.high - other.low).max())
        else:
            shift = np.abs(other.ranks - used)
            values[f"{other.method}_mean_shift"] = float(shift.mean())
            values[f"{other.method}_most_shift"] = int(shift.max())
    for name, value in values.items():
        name_vi, name_en = STATISTICS[name]
        row = _key(contest) | {"statistic_name": name, "value": _maybe(value)}
        yield row | {"edition_code": contest.edition_code, "name_vi": name_vi, "name_en": name_en}


STATISTICS = {
    "criteria_alpha": ("Hệ số alpha của các tiêu chí", "Cronbach's alpha of the criteria"),
    "areas_alpha": ("Hệ số alpha của các lĩnh vực", "Cronbach's alpha of the areas"),
    "criteria_left_out": ("Số tiêu chí không xét (không phải tỉnh nào cũng có điểm)", "Criteria left out"),
    "first_component_pct": ("Phần biến thiên theo thành phần chính thứ nhất, %", "First principal component, %"),
    "second_component_pct": ("Phần biến thiên theo thành phần chính thứ hai, %", "Second principal component, %"),
    "equal_areas_mean_shift": ("Số bậc đổi trung bình nếu các lĩnh vực ngang nhau", "Mean shift, equal areas"),
    "equal_areas_most_shift": ("Số bậc đổi nhiều nhất nếu các lĩnh vực ngang nhau", "Largest shift, equal areas"),
    "geometric_mean_shift": ("Số bậc đổi trung bình nếu lấy trung bình nhân", "Mean shift, geometric mean"),
    "geometric_most_shift": ("Số bậc đổi nhiều nhất nếu lấy trung bình nhân", "Largest shift, geometric mean"),
    "rank_sum_mean_shift": ("Số bậc đổi trung bình nếu cộng hạng lĩnh vực", "Mean shift, sum of area ranks"),
    "rank_sum_most_shift": ("Số bậc đổi nhiều nhất nếu cộng hạng lĩnh vực", "Largest shift, sum of area ranks"),
    "weights_median_width": (
        "Độ rộng trung vị của khoảng hạng khi trọng số lĩnh vực dao động",
        "Median width, weights",
    ),
    "weights_most_width": ("Độ rộng lớn nhất của khoảng hạng khi trọng số lĩnh vực dao động", "Largest width, weights"),
}
"""Name of a statistic of `mart_index_audit` → what it is called."""


def _alternatives(contest: Contest, found: list[audit.Alternative]) -> Iterator[Row]:
    for other in found:
        for place, province in enumerate(contest.provinces):
            rank = int(other.ranks[place])
            row = _key(contest) | {"province_key": province, "method": other.method, "rank": rank}
            low = rank if other.low is None else min(rank, int(other.low[place]))
            high = rank if other.high is None else max(rank, int(other.high[place]))
            yield row | {"rank_low": low, "rank_high": high}


def _maybe(value: float | None) -> float | None:
    return None if value is None else _number(value)


def _number(value: float) -> float:
    return round(float(value), 6)


def _share(value: float) -> float:
    return round(100 * float(value), 2)
