"""The bridge between years on the published PAPI tables: parts that add up, and places counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from model_set import ModelSet
from test_scores import papi_file, papi_parts, papi_table

from orchestration.reading import raw, reader

pytestmark = pytest.mark.slow

YEARS = (2011, 2012, 2015, 2019, 2020, 2021, 2024)


@pytest.fixture(scope="module")
def built(model_set: ModelSet, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    home = tmp_path_factory.mktemp("papi")
    raw.prepare(home / "raw")
    for year in YEARS:
        reading = reader.read_bytes(papi_file(year).read_bytes(), Path(f"{year}-FY") / f"papi_{year}.csv")
        raw.write(home / "raw", f"{year}-FY", [reading], seen_at=datetime(2025, 1, 1, tzinfo=UTC))
    return duckdb.connect(str(model_set.build(home)), read_only=True)


def totals(year: int) -> dict[str, Decimal]:
    """Province → published sum of its sub-dimensions, of those that have them all."""
    parts = {code: papi_parts(table) for code, table in papi_table(year).items()}
    return {code: sum(map(Decimal, scores), Decimal(0)) for code, scores in parts.items() if all(scores)}


@pytest.mark.parametrize(("first", "last"), [(2011, 2012), (2011, 2015), (2019, 2020), (2021, 2024)])
def test_within_an_edition_all_is_the_provinces_own_doing_and_places_are_of_the_published_totals(
    built: duckdb.DuckDBPyConnection, first: int, last: int
) -> None:
    before, after = totals(first), totals(last)
    rows = built.execute(
        "select split_part(province_key, '.', 1), index_change_pct, performance_pct, survey_pct, edition_pct,"
        " coverage_pct, rank_change, performance_places, others_places, coverage_places"
        " from marts.mart_index_bridge where from_year = ? and report_year = ? and index_code = 'PAPI'",
        [first, last],
    ).fetchall()
    both = before.keys() & after.keys()
    assert {row[0] for row in rows} == both
    for code, change, performance, survey, edition, coverage, gained, own, others, rest in rows:
        assert (performance, survey, edition, coverage) == (change, 0, 0, 0)
        maximum = 60 if last < 2016 else 80
        assert change == pytest.approx((after[code] - before[code]) * 100 / maximum, abs=Decimal("1e-6"))
        place, alone, now = (
            1 + sum(rival[other] > mine[code] for other in both - {code})
            for rival, mine in ((before, before), (before, after), (after, after))
        )
        assert (own, others) == (place - alone, alone - now)
        assert gained == own + others + rest


def test_another_structure_is_the_editions_and_says_so(built: duckdb.DuckDBPyConnection) -> None:
    rows = built.execute(
        "select index_change_pct, performance_pct + edition_pct, other_criteria_count, not_comparable_vi,"
        " rank_change - performance_places - survey_places - others_places - edition_places - coverage_places"
        " from marts.mart_index_bridge where from_year = 2020 and report_year = 2021"
    ).fetchall()
    assert rows
    for change, parts, others, reason, rest in rows:
        assert (change, rest) == (parts, 0)
        assert others
        assert reason.startswith("bộ tiêu chí khác (2019 → 2021)")
