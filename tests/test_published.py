"""Published figures as files: the real ones of the sample, and snapshots of an index that has days besides years."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import model_chain
import pytest
import score_factory as factory
from model_set import ModelSet
from score_sql import DATABASE

from orchestration.reading import raw, reader

FILE = Path(__file__).parent / "fixtures" / "sample" / "2025-FY" / "ket_qua_da_cong_bo.csv"


def published() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_all_468_published_figures_are_read_once_with_their_source() -> None:
    reading = reader.read_file(FILE)
    assert (reading.status, reading.sheet.kind, reading.flags) == ("accepted", "published_figures", ())
    rows = reading.sheet.published
    keys = {
        (row.index_code, row.report_year, row.as_of, row.component, row.subject_kind, row.province_printed)
        for row in rows
    }
    assert len(rows) == len(keys) == 468
    assert Counter(row.status for row in rows) == {"verified": 406, "doubtful": 5, "derived": 51, "recalled": 6}
    assert all(row.source and (row.score_raw or row.rank_raw or row.note) for row in rows)
    assert all((row.province_key is None) == (row.subject_kind != "province") for row in rows)


def test_a_change_is_never_a_score_and_a_score_is_never_below_zero() -> None:
    measures: dict[str, list[str]] = {"score": [], "change": []}
    for row in published():
        measures[row["measure"]].append(row["score"])
    assert sorted(measures["change"]) == ["+3.79", "-0.02", "-1.60"]
    assert not [score for score in measures["score"] if score.startswith(("-", "+"))]


def test_every_note_on_a_published_figure_is_there_in_both_languages() -> None:
    notes = [(row["note"], row["note_en"]) for row in published()]
    assert all(bool(vietnamese) == bool(english) for vietnamese, english in notes)
    assert ("điểm (nguồn in kèm dấu %)", "points (the source prints them with a % sign)") in notes


def test_a_published_result_belongs_to_a_province_of_its_year() -> None:
    for row in published():
        if row["subject_kind"] != "province":
            assert row["province_code"] == ""
        elif int(row["year"]) >= 2011:
            codes = {unit["province_name"]: unit["province_code"] for unit in factory.provinces_of(int(row["year"]))}
            assert codes[row["province_name"]] == row["province_code"]


SNAPSHOTS = (*model_chain.CHAIN, "mart_official_result", "mart_snapshot_ranking")
RANKED = (
    "select as_of_date::varchar, province_key, points, rank, official_rank, not_ranked_reason_en"
    f" from {DATABASE}.marts.mart_snapshot_ranking where index_code = ? order by all"
)


def run(model_set: ModelSet, folder: Path, seeds: Path, files: dict[str, bytes]) -> duckdb.DuckDBPyConnection:
    raw.prepare(folder)
    received = []
    for name, data in files.items():
        reading = reader.read_bytes(data, Path("2025-FY") / name)
        assert reading.status == "accepted", reading.refusal
        raw.write(folder, "2025-FY", [reading], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
        received.append((reading.sha256, "2025-FY"))
    built = model_chain.run(model_set.queries("model"), seeds, folder, [], received, models=SNAPSHOTS)
    assert built.execute(model_set.queries("test")["every_published_row_is_accounted_for"]).fetchall() == []
    return built


@pytest.mark.slow
def test_the_published_figures_of_766_stand_under_their_days_unranked_where_provinces_lack(
    model_set: ModelSet, tmp_path: Path
) -> None:
    built = run(model_set, tmp_path, model_chain.SEEDS, {FILE.name: FILE.read_bytes()})
    found = built.execute(RANKED, ["766"]).fetchall()
    assert [(day, key, points, official) for day, key, points, _, official, _ in found] == [
        ("2025-08-21", "75.2", Decimal("83.79"), 3),
        ("2025-08-29", "19.2", Decimal("86.97"), 1),
        ("2025-08-29", "38.2", Decimal("86.51"), 3),
        ("2025-08-29", "42.2", Decimal("84.85"), 5),
        ("2025-08-29", "44.2", Decimal("86.56"), 2),
        ("2025-08-29", "75.2", Decimal("86.13"), 4),
        ("2025-11-27", "68.2", Decimal("90.09"), 11),
    ]
    assert {(day, rank, reason) for day, _, _, rank, _, reason in found} == {
        ("2025-08-21", None, "points of 1 of 34 provinces alone"),
        ("2025-08-29", None, "points of 5 of 34 provinces alone"),
        ("2025-11-27", None, "points of 1 of 34 provinces alone"),
    }
    # Of the 29 provinces that are not named any may stand before or between the five. Đồng Nai alone is known twice.
    assert built.execute(
        "select province_key, rank_low, rank_high, previous_date::varchar, points_change, rank_change"
        f" from {DATABASE}.marts.mart_snapshot_ranking where as_of_date = '2025-08-29' order by rank_low"
    ).fetchall() == [
        ("19.2", 1, 30, None, None, None),
        ("44.2", 2, 31, None, None, None),
        ("38.2", 3, 32, None, None, None),
        ("75.2", 4, 33, "2025-08-21", Decimal("2.34"), None),
        ("42.2", 5, 34, None, None, None),
    ]
    # Thái Nguyên's five areas make its total.
    assert built.execute(
        f"select areas_given, total_less_areas from {DATABASE}.marts.mart_snapshot_ranking where province_key = '19.2'"
    ).fetchall() == [(5, 0)]


@pytest.mark.slow
def test_a_fourth_index_with_days_in_a_year_is_data_alone(model_set: ModelSet, tmp_path: Path) -> None:
    """Two areas of 60 and 40; on the first day one province has no total and no second area, and one is not named."""
    of = {"index_code": "THU", "edition_code": "t", "is_verified": "false", "source": "thử"}
    settings = {
        "index_code": "THU", "index_name": "Chỉ số thử", "index_name_en": "Trial", "bases": "published",
        "tie_rule": "equal_rank_next_skipped", "min_coverage_pct": "100", "not_given_counts": "not_ranked",
        "total_unit": "points", "source": "thử",
    }  # fmt: skip
    areas = [
        {**of, "criterion_code": code, "level": "area", "criterion_name": name, "max_points": points,
         "scored_by": "published", "provenance": "assigned"}
        for code, name, points in (("1", "Một", "60"), ("2", "Hai", "40"))
    ]  # fmt: skip
    named = [("total", "total", ""), ("Một", "area", "1"), ("Hai", "area", "2")]
    components = [
        {"index_code": "THU", "component": component, "component_kind": kind, "criterion_code": code, "source": "thử"}
        for component, kind, code in named
    ]
    seeds = model_chain.seeds_with(
        tmp_path / "seeds",
        {
            "score_settings": [*factory.seed("score_settings"), settings],
            "editions": [*factory.seed("editions"), {**of, "first_year": "2025"}],
            "criteria": [*factory.seed("criteria"), *areas],
            "official_components": [*factory.seed("official_components"), *components],
        },
    )
    units = factory.provinces_of(2025)
    rows = []
    for day, shift in (("2025-09-01", 0), ("15/09/2025", 1), ("2025-09-29", 5)):
        for place, unit in enumerate(units):
            first, second = 20 + place, 10 + (place * 7 + shift) % 30
            who = (2025, day, "THU", "province", unit["province_code"], unit["province_name"], "verified", "báo thử")
            if place == 1 and shift == 0:
                continue
            if place % 2:
                rows.append((*who, "total", first + second))
            elif not (place == 0 and shift == 0):
                rows += [(*who, "Một", first), (*who, "Hai", second)]
            else:
                rows.append((*who, "Một", first))
    header = ("year", "as_of_date", "index_code", "subject_kind", "province_code", "province_name", "status", "source",
              "component", "score")  # fmt: skip
    built = run(model_set, tmp_path / "raw", seeds, {"thu.csv": factory.csv_bytes(header, rows)})
    found = built.execute(RANKED, ["THU"]).fetchall()
    assert len(found) == 3 * len(units) - 1 == 101
    keys = [unit["province_key"] for unit in units]

    def points_on(shift: int) -> dict[str, int]:
        return {key: 20 + place + 10 + (place * 7 + shift) % 30 for place, key in enumerate(keys)}

    def ranks_on(shift: int) -> dict[str, int]:
        points = points_on(shift)
        return {key: 1 + sum(other > total for other in points.values()) for key, total in points.items()}

    for day, shift in (("2025-09-15", 1), ("2025-09-29", 5)):
        ranked = {key: (points, rank) for when, key, points, rank, _, _ in found if when == day}
        assert ranked == {key: (points_on(shift)[key], rank) for key, rank in ranks_on(shift).items()}
    assert {(rank, reason) for day, _, _, rank, _, reason in found if day == "2025-09-01"} == {
        (None, "points of 32 of 34 provinces alone"),
        (None, "no total of this day"),
    }

    # Of the first day one province may have 20 to 60 points, and another anything; of the others they are known.
    span = {key: (points, points) for key, points in points_on(0).items()}
    span |= {keys[0]: (20, 60), keys[1]: (0, 100)}
    bounds = {
        key: (
            1 + sum(low > high_here for other, (low, _) in span.items() if other != key),
            1 + sum(high > low_here for other, (_, high) in span.items() if other != key),
        )
        for key, (low_here, high_here) in span.items()
        if key != keys[1]
    }
    moved = built.execute(
        "select as_of_date::varchar, province_key, rank_low, rank_high, previous_date::varchar, points_change,"
        f" rank_change, no_movement_reason_en from {DATABASE}.marts.mart_snapshot_ranking where index_code = 'THU'"
    ).fetchall()
    assert {row[1]: row[2:4] for row in moved if row[0] == "2025-09-01"} == bounds
    assert bounds[keys[0]][0] < bounds[keys[0]][1]
    for day, shift in (("2025-09-15", 1), ("2025-09-29", 5)):
        assert {row[1]: row[2:4] for row in moved if row[0] == day} == {
            key: (rank, rank) for key, rank in ranks_on(shift).items()
        }
    now, before = (points_on(5), ranks_on(5)), (points_on(1), ranks_on(1))
    assert {row[1]: row[4:] for row in moved if row[0] == "2025-09-29"} == {
        key: ("2025-09-15", now[0][key] - before[0][key], before[1][key] - now[1][key], None) for key in keys
    }
    # Of the first two nothing was known before; everybody else's points were, but nobody was ranked.
    unranked = {
        key: ("2025-09-01", before[0][key] - points_on(0)[key], None, "not ranked on the day before")
        for key in keys[2:]
    }
    assert {row[1]: row[4:] for row in moved if row[0] == "2025-09-15"} == unranked | dict.fromkeys(
        keys[:2], (None, None, None, "no points of an earlier day")
    )
