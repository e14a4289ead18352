"""One index in one year as arrays: who is ranked, on which criteria, and what is in doubt.

In: the tables of a warehouse. Out: a Contest for each index and year, real provinces apart from made-up ones.
Not here: what is drawn or computed from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
TOTAL = "total"


@dataclass(frozen=True)
class Contest:
    """The ranked provinces of an index and year by its criteria: arrays of provinces × criteria, in points.

    points: 0 where nothing was given.  counts: whether the criterion's maximum is in the province's total.
    errors: standard error of a survey, 0 where there is none.  known_sums: groups of criteria and what their maxima
    add up to by the decision, where that is known.  groups: name and lowest index in percent, best first.
    """

    index_code: str
    report_year: int
    is_simulated: bool
    edition_code: str
    provinces: tuple[str, ...]
    ranks: npt.NDArray[np.int64]
    criteria: tuple[str, ...]
    areas: tuple[str, ...]
    max_points: Floats
    is_checked: Flags
    is_published: bool
    points: Floats
    counts: Flags
    errors: Floats
    not_given: Flags
    flagged: Flags
    known_sums: tuple[tuple[Flags, float], ...]
    groups: tuple[tuple[str, float], ...]

    @property
    def area_codes(self) -> tuple[str, ...]:
        """Its areas, each once, in the order of their codes."""
        return tuple(dict.fromkeys(self.areas))

    @property
    def index(self) -> Floats:
        """The index of each province, in percent."""
        whole: Floats = (self.counts * self.max_points).sum(axis=1)
        index: Floats = 100 * self.points.sum(axis=1) / whole
        return index

    def of_area(self, area_code: str) -> Flags:
        """Which criteria are of an area."""
        return np.array([area == area_code for area in self.areas])


def contests(
    connection: duckdb.DuckDBPyConnection, index_code: str | None = None, report_year: int | None = None
) -> Iterator[Contest]:
    """Every index and year (or that one) with two ranked provinces or more, in order."""
    keys = connection.execute(
        """
        select index_code, report_year, is_simulated, max(edition_code) from intermediate.int_province_ranks
        where is_ranked and index_code = coalesce(?, index_code) and report_year = coalesce(?, report_year)
        group by all having count(*) > 1 order by all
        """,
        [index_code, report_year],
    ).fetchall()
    for key in keys:
        yield _contest(connection, *key)


def _contest(
    connection: duckdb.DuckDBPyConnection, index_code: str, year: int, is_simulated: bool, edition_code: str
) -> Contest:
    ranked = connection.execute(
        """
        select province_key, rank from intermediate.int_province_ranks
        where index_code = ? and report_year = ? and is_simulated = ? and is_ranked order by rank, province_key
        """,
        [index_code, year, is_simulated],
    ).fetchall()
    found = connection.execute(
        """
        select
            points.province_key, points.criterion_code, criteria.area_code, points.points, points.max_points,
            points.status, criteria.is_verified, criteria.scored_by, doubts.standard_error_points,
            doubts.doubt_kind
        from intermediate.int_criterion_points as points
        inner join intermediate.int_criteria as criteria using (index_code, edition_code, criterion_code)
        left join (
            select
                index_code, report_year, province_key, criterion_code,
                max(standard_error_points) as standard_error_points, min(doubt_kind) as doubt_kind
            from intermediate.int_point_doubts group by all
        ) as doubts using (index_code, report_year, province_key, criterion_code)
        where points.index_code = ? and points.report_year = ? and points.is_governing
        order by list_transform(string_split(criterion_code, '.'), part -> try_cast(part as int)), criterion_code
        """,
        [index_code, year],
    ).fetchall()
    rows = {key: place for place, (key, _) in enumerate(ranked)}
    found = [row for row in found if row[0] in rows and row[5] in ("given", "not_given", "refused")]
    codes = {code: place for place, code in enumerate(dict.fromkeys(row[1] for row in found))}
    shape = len(rows), len(codes)
    points, errors = np.zeros(shape), np.zeros(shape)
    counts, not_given, flagged = (np.zeros(shape, dtype=bool) for _ in range(3))
    of_code: dict[str, tuple[Any, ...]] = {}
    for row in found:
        place = rows[row[0]], codes[row[1]]
        of_code[row[1]] = row
        points[place], errors[place], counts[place] = row[3] or 0, row[8] or 0, True
        not_given[place], flagged[place] = row[5] != "given", row[9] == "flagged"
    columns = [of_code[code] for code in codes]
    return Contest(
        index_code=index_code,
        report_year=year,
        is_simulated=is_simulated,
        edition_code=edition_code,
        provinces=tuple(rows),
        ranks=np.array([rank for _, rank in ranked]),
        criteria=tuple(codes),
        areas=tuple(row[2] for row in columns),
        max_points=np.array([float(row[4]) for row in columns]),
        is_checked=np.array([bool(row[6]) for row in columns]),
        is_published=all(row[7] == "published" for row in columns),
        points=points,
        counts=counts,
        errors=errors,
        not_given=not_given,
        flagged=flagged,
        known_sums=_known_sums(connection, index_code, edition_code, columns),
        groups=_groups(connection, index_code, year),
    )


def _known_sums(
    connection: duckdb.DuckDBPyConnection, index_code: str, edition_code: str, columns: list[tuple[Any, ...]]
) -> tuple[tuple[Flags, float], ...]:
    """What the decision says of areas or of sources as a whole; in an edition that is not known part by part."""
    controls = connection.execute(
        """
        select measure, item from seeds.edition_controls
        where index_code = ? and edition_code = ? and measure like 'points_of_%' order by all
        """,
        [index_code, edition_code],
    ).fetchall()
    checked_areas = connection.execute(
        """
        select 'points_of_areas', criterion_code from intermediate.int_criteria
        where index_code = ? and edition_code = ? and level = 'area' and is_verified order by all
        """,
        [index_code, edition_code],
    ).fetchall()
    max_points = np.array([float(row[4]) for row in columns])
    sums = []
    for measure, item in dict.fromkeys([*controls, *checked_areas]):
        column = 2 if measure == "points_of_areas" else 7
        of_item = np.array([row[column] in item.split() for row in columns])
        if of_item.any():
            sums.append((of_item, float(max_points[of_item].sum())))
    return tuple(sums)


def _groups(connection: duckdb.DuckDBPyConnection, index_code: str, year: int) -> tuple[tuple[str, float], ...]:
    found = connection.execute(
        """
        select group_name, min_index_pct from seeds.groups
        where index_code = ? and first_year <= ? and coalesce(last_year, 9999) >= ? order by min_index_pct desc
        """,
        [index_code, year, year],
    ).fetchall()
    return tuple((name, float(least)) for name, least in found)
