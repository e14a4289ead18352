"""A made-up nation is scored exactly: points, index, ranks, groups and movements are those of the simulator's truth.

The truth is the simulator's own, written before any file; late, missing and revised reports and sheets are in the mix.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from model_set import ModelSet

from orchestration import cli
from orchestration.reading import raw, reader

NEAR = Decimal("0.0000001")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory, model_set: ModelSet) -> tuple[Path, Path]:
    """(truth, warehouse) of every province over four years, the last of them after the mergers of 2025."""
    home = tmp_path_factory.mktemp("nation")
    simulate = ["simulate", "--years", "2022-2025", "--periods", "FY", "--seed", "1"]
    simulate += ["--formats", "txt", "--scores", "--out", str(home)]
    CliRunner().invoke(cli.main, simulate, catch_exceptions=False)
    raw.prepare(home / "raw")
    for folder in sorted((home / "inbox").iterdir()):
        raw.write(home / "raw", folder.name, [reader.read_file(file) for file in sorted(folder.iterdir())])
    return home / "truth", model_set.build(home)


def truth_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rows(database: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_index_rank_group_and_movement_are_those_of_the_truth(nation: tuple[Path, Path]) -> None:
    truth, database = nation
    ranking = {(row["province_key"], int(row["report_year"])): row for row in truth_rows(truth, "ranking")}
    found = rows(
        database,
        "select province_key, report_year, index_pct, rank, group_name, rank_change, edition_code, is_simulated "
        "from marts.mart_national_ranking where index_code = 'PAR' and report_year >= 2022",
    )
    assert {(province, year) for province, year, *_ in found} == set(ranking)
    for province, year, index_pct, rank, group, change, edition, is_simulated in found:
        row, before = ranking[province, year], ranking.get((province, year - 1))
        assert abs(index_pct - Decimal(row["index_pct"])) < NEAR
        assert (rank, group, edition) == (int(row["rank"]), row["group_name"], row["edition_code"])
        # No movement across another edition, nor from a list of 63 units to one of 34.
        same = before is not None and before["edition_code"] == row["edition_code"] and year != 2025
        assert change == (int(before["rank"]) - int(row["rank"]) if same else None)
        assert is_simulated


def test_the_year_before_is_found_by_territory_and_a_merger_is_told_so(nation: tuple[Path, Path]) -> None:
    truth, database = nation
    last_year = [row for row in truth_rows(truth, "ranking") if row["report_year"] == "2024"]
    ranks = {row["province_key"][:2]: int(row["rank"]) for row in last_year}
    found = {
        name: (last, reason)
        for name, last, reason in rows(
            database,
            "select province_name, last_year_rank, no_movement_reason_vi from marts.mart_national_ranking "
            "inner join seeds.provinces using (province_key) where index_code = 'PAR' and report_year = 2025",
        )
    }
    # Their codes stay; their keys are new because region or type changed.
    for name, code in {"Thanh Hóa": "38", "Nghệ An": "40", "Hà Tĩnh": "42", "Huế": "46"}.items():
        assert found[name][0] == ranks[code]
    assert found["Ninh Bình"][0] is None
    assert found["Ninh Bình"][1].startswith("sáp nhập từ Hà Nam, Nam Định, Ninh Bình")
    assert sum(last is not None for last, _ in found.values()) == 11


def test_every_point_on_every_basis_is_that_of_the_truth(nation: tuple[Path, Path]) -> None:
    truth, database = nation
    found = {}
    for province, year, code, basis, points, is_used in rows(
        database,
        "select province_key, report_year, criterion_code, basis, points, is_used "
        "from marts.fct_criterion_score where index_code = 'PAR'",
    ):
        found[province, year, code, basis] = points
        if is_used:
            found[province, year, code, "used"] = points
    wrong = []
    for row in truth_rows(truth, "points"):
        key = (row["province_key"], int(row["report_year"]), row["criterion_code"], row["basis"])
        points = found.get(key)
        if (points is None) != (not row["points"]) or (
            points is not None and abs(points - Decimal(row["points"])) > NEAR
        ):
            wrong.append((key, row["points"], points))
    assert not wrong, wrong[:5]


def test_the_announced_result_agrees_within_its_rounding(nation: tuple[Path, Path]) -> None:
    _, database = nation
    assert rows(
        database,
        "select max(abs(computed_difference)) <= 0.005, bool_and(verdict in ('equal', 'rounding')), "
        "bool_and(computed_rank = official_rank) from marts.mart_official_comparison where is_simulated",
    ) == [(True, True, True)]
