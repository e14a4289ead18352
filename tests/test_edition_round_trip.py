"""An edition as a file is the edition: template, check and run change no point and no rank; no row of a file vanishes.

Editions are made up: any tree, maxima with many digits, several ways to score a criterion, any number of steps. The
models run as dbt compiles them (`model_chain.py`), once over the seeds and once over the file alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import model_chain
import pytest
import score_factory as factory
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from model_set import ModelSet
from score_sql import DATABASE

from orchestration import paths
from orchestration.reading import raw, reader
from orchestration.reading.sheets.edition import check, write_template

pytestmark = pytest.mark.slow

COUNTS = ("plan_tasks_done", "plan_tasks_total", "procedures_in_force", "procedures_on_national_portal")
RATES = ("documents_sent_electronic_pct", "dossiers_on_time_communes_pct")
PROVINCES = ("01.1", "22.1", "31.1", "35.1", "36.1", "79.1")
YEARS = (2021, 2022)
KEY = {"index_code": "PAR", "edition_code": "MỚI"}

NUMBERS = st.integers(-9999, 999_999).map(lambda n: f"{n / 1000:.3f}")
POSITIVE = st.integers(1, 999_999).map(lambda n: f"{n / 1000:.3f}")


@st.composite
def rules(draw: st.DrawFn) -> dict:
    """One way to score a criterion: a row of criterion_rules, with the indicators and steps it names."""
    kind = draw(
        st.sampled_from(
            ["ratio_floor", "ratio_at_most", "ratio_steps", "yes_no", "none_or_zero", "count_steps", "growth_steps",
             "linear"]
        )
    )  # fmt: skip
    needs_below = kind in ("ratio_at_most", "growth_steps")
    above = draw(st.lists(st.sampled_from(COUNTS if needs_below else COUNTS + RATES), min_size=1, unique=True))
    below = [] if set(above) & set(RATES) else draw(st.lists(st.sampled_from(COUNTS), max_size=2, unique=True))
    if needs_below and not below:
        below = [draw(st.sampled_from(COUNTS))]
    floor, full = sorted(draw(st.lists(NUMBERS, min_size=2, max_size=2, unique=True)), key=float)
    steps = draw(
        st.dictionaries(NUMBERS, st.integers(0, 20).map(lambda n: f"{n / 20:g}"), min_size=1, max_size=14)
        if kind.endswith("_steps")
        else st.just({})
    )
    return {
        "rule_kind": kind,
        "combine": draw(st.sampled_from(["sum", "mean"])),
        "floor_value": floor if kind in ("ratio_floor", "linear") else "",
        "full_value": full if kind in ("ratio_floor", "linear", "ratio_at_most", "yes_no") else "",
        "when_nothing_due": draw(st.sampled_from(["not_covered", "full"])),
        "unit_vi": draw(st.sampled_from(["", "nhiệm vụ", "%"])),
        "unit_en": draw(st.sampled_from(["", "tasks", "%"])),
        "inputs": [("numerator", key) for key in above] + [("denominator", key) for key in below],
        "steps": sorted(steps.items(), key=lambda step: float(step[0])),
    }


@st.composite
def editions(draw: st.DrawFn) -> dict[str, list[dict[str, str]]]:
    """An edition in rows of the seeds: areas with criteria, some with parts, out of 100 points."""
    tree = draw(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=3))
    leaves = [
        f"{area}.{number}.{part}" if parts else f"{area}.{number}"
        for area, criteria in enumerate(tree, 1)
        for number, parts in enumerate(criteria, 1)
        for part in range(1, max(parts, 1) + 1)
    ]
    cuts = st.lists(st.integers(1, 99_999), min_size=len(leaves) - 1, max_size=len(leaves) - 1, unique=True)
    ends = [0, *sorted(draw(cuts)), 100_000]
    thousandths = {code: ends[place + 1] - ends[place] for place, code in enumerate(leaves)}
    codes = sorted({code[:end] for code in leaves for end in (1, 3, 5)})
    found: dict[str, list[dict[str, str]]] = {
        "criteria": [],
        "criterion_rules": [],
        "rule_inputs": [],
        "rule_steps": [],
    }
    for code in codes:
        points = sum(value for leaf, value in thousandths.items() if f"{leaf}.".startswith(f"{code}."))
        found["criteria"].append({
            **KEY, "criterion_code": code, "parent_code": code[:-2], "level": "criterion",
            "criterion_name": f"TC {code}", "max_points": f"{points / 1000:.3f}", "scored_by": "verified",
            "provenance": "assigned", "is_verified": "false", "source": "thử",
        })  # fmt: skip
        for variant, rule in enumerate(draw(st.lists(rules(), max_size=3)) if code in leaves else [], 1):
            of = {**KEY, "criterion_code": code, "variant": str(variant), "source": "thử"}
            found["criterion_rules"].append({**of, **rule})
            found["rule_inputs"] += [{**of, "input_role": role, "indicator_key": key} for role, key in rule["inputs"]]
            found["rule_steps"] += [
                {**of, "step_number": str(number), "threshold": at, "share": share}
                for number, (at, share) in enumerate(rule["steps"], 1)
            ]
    found["editions"] = [
        {**KEY, "first_year": str(YEARS[0]), "decision": "QĐ thử", "is_verified": "false", "source": "thử"}
    ]
    return found


def figures(draw: random.Random) -> Iterator[tuple]:
    """What provinces reported: some figures are blank, some cannot be, and some were not asked for."""
    for province in PROVINCES:
        for year in YEARS:
            for key in COUNTS + RATES:
                value = draw.choice([0, 1, draw.randint(0, 500), draw.randint(0, 1000) / 10, None])
                is_usable = draw.random() > 0.1
                if draw.random() > 0.1:
                    yield (province, f"{year}-FY", key, value, is_usable, None, None) if is_usable else (
                        province, f"{year}-FY", key, value, False, "không thể", "cannot be"
                    )  # fmt: skip


def template(folder: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch, name: str = "bo_tieu_chi.xlsx") -> Path:
    """The file that `par edition template` writes of a made-up edition."""
    with monkeypatch.context() as patch:
        patch.setattr(paths, "SEEDS", seeds)
        write_template(folder / name, KEY["index_code"], KEY["edition_code"])
    return folder / name


POINTS = (
    "select report_year, province_key, criterion_code, basis, points, max_points, status, is_used, explanation_vi, "
    f"explanation_en from {DATABASE}.intermediate.int_criterion_points order by all"
)
RANKS = (
    "select report_year, province_key, edition_code, points, index_pct, index_covered_pct, index_high_pct, "
    "coverage_pct, criteria_covered, rank, rank_low, rank_high, group_name, not_ranked_reason_vi, last_year_rank, "
    f"rank_change from {DATABASE}.marts.mart_national_ranking order by all"
)
AREAS = f"select * from {DATABASE}.marts.mart_area_ranking order by all"


@settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(edition=editions(), seed=st.integers(0, 10**6))
def test_template_check_and_run_change_no_point_and_no_rank(
    sql: dict[str, str], model_set: ModelSet, edition: dict, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: dict[str, list] = {name: [] for name in edition}
    with TemporaryDirectory() as name:
        folder = Path(name)
        with_edition = model_chain.seeds_with(folder / "with", edition)
        without = model_chain.seeds_with(folder / "without", nothing)
        file = template(folder, with_edition, monkeypatch)
        rows, mistakes = reader.edition_of(file)
        assert mistakes == []
        assert len(rows) == len({*map(_rule, edition["criterion_rules"]), *_unruled(edition)})
        told = list(figures(random.Random(seed)))
        reading = reader.read_file(file)
        raw.prepare(folder / "raw")
        raw.write(folder / "raw", "2021-FY", [reading], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
        of_seeds = model_chain.run(sql, with_edition, folder / "no_raw", told)
        of_file = model_chain.run(sql, without, folder / "raw", told, [(reading.sha256, "2021-FY")])
        for query in (POINTS, RANKS, AREAS):
            assert of_file.execute(query).fetchall() == of_seeds.execute(query).fetchall()
        assert of_file.execute(
            f"select distinct decision from {DATABASE}.intermediate.int_edition_rows"
        ).fetchall() == [("used",)]
        assert lost_rows(model_set, of_file) == []


def test_a_row_of_an_edition_file_is_used_superseded_or_unmatched(
    sql: dict[str, str], model_set: ModelSet, tmp_path: Path
) -> None:
    """The second of two files of one edition counts, and once though it lies in two folders; 2090 has no figures."""
    files = {
        "first.csv": ("MỚI", 2021, "", 100),
        "second.csv": ("MỚI", 2021, 2080, 100),
        "other_name.csv": ("CŨ", 2022, 2023, 100),
        "future.csv": ("SAU", 2090, "", 100),
    }
    header = ("index_code", "edition_code", "first_year", "last_year", "criterion_code", "max_points", "scored_by")
    received = []
    for period in ("2021-FY", "2022-FY"):
        for name, (edition, first, last, points) in files.items():
            if period == "2022-FY" and name != "second.csv":
                continue
            data = factory.csv_bytes(header, [("PAR", edition, first, last, "1", points, "verified")])
            reading = reader.read_bytes(data, Path(period) / name)
            raw.prepare(tmp_path / "raw")
            raw.write(tmp_path / "raw", period, [reading], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
            received.append((reading.sha256, period, name))
    received.sort(key=lambda file: list(files).index(file[2]) if file[2] != "second.csv" else 9)
    told = [("01.1", f"{year}-FY", "plan_tasks_done", 1, True, None, None) for year in YEARS]
    built = model_chain.run(sql, model_chain.SEEDS, tmp_path / "raw", told, [file[:2] for file in received])
    names = {sha256: name for sha256, _, name in received}
    decided = built.execute(
        f"select file_sha256, period_key, decision, decision_reason from {DATABASE}.intermediate.int_edition_rows"
    ).fetchall()
    assert {(names[sha256], period): rest for sha256, period, *rest in decided} == {
        ("first.csv", "2021-FY"): ["superseded", "later_file"],
        ("second.csv", "2021-FY"): ["used", "criterion"],
        ("second.csv", "2022-FY"): ["superseded", "same_file_again"],
        ("other_name.csv", "2021-FY"): ["superseded", "later_file"],
        ("future.csv", "2021-FY"): ["unmatched", "no_year_with_figures"],
    }
    assert lost_rows(model_set, built) == []
    for damage in (
        "delete from intermediate.int_edition_rows where decision = 'superseded'",
        "insert into intermediate.int_edition_rows select * from intermediate.int_edition_rows where decision = 'used'",
        "update intermediate.int_edition_rows set decision = 'ignored' where decision = 'unmatched'",
        "update intermediate.int_edition_rows set decision = 'unmatched' where decision = 'used'",
        "delete from staging.stg_edition_rows",
    ):
        built.execute(f"use {DATABASE}")
        built.execute("begin transaction")
        built.execute(
            damage.replace("intermediate.", f"{DATABASE}.intermediate.").replace("staging.", f"{DATABASE}.staging.")
        )
        assert lost_rows(model_set, built), damage
        built.execute("rollback")


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        ({"1.1": {"max_points": "mười"}, "1.2": {"max_points": "-5"}, "1.3": {"max_points": "inf"}},
         ["edition_maximum_unusable"] * 3),
        ({"1.1": {"full_value": "NaN"}, "1.2": {"floor_value": "tám mươi"}, "1.3": {"steps": "ba:1 một:một"}},
         ["edition_rule_unusable"] * 4),
        ({"1.1": {"max_points": "50"}, "1.2": {"full_value": None}, "1.3": {"steps": "1:7"}},
         ["edition_maximum_unusable", "edition_rule_unusable", "edition_rule_unusable"]),
    ],
)  # fmt: skip
def test_a_number_of_an_edition_that_is_none_gives_nobody_points_and_is_a_finding(
    sql: dict[str, str], tmp_path: Path, broken: dict[str, dict], rules: list[str]
) -> None:
    """Raw rows of a file that the reader would refuse; criterion 1.4 is right, and gives the points it should."""
    header = ("index_code", "edition_code", "first_year", "criterion_code", "parent_code", "max_points", "scored_by",
              "rule_kind", "numerator_keys", "floor_value", "full_value", "steps")  # fmt: skip
    of = ("PAR", "MỚI", YEARS[0])
    keys = "plan_tasks_done"
    data = factory.csv_bytes(
        header,
        [
            (*of, "1", None, 40, "mixed", None, None, None, None, None),
            (*of, "1.1", "1", 10, "verified", "yes_no", keys, None, 1, None),
            (*of, "1.2", "1", 10, "verified", "linear", keys, 0, 1, None),
            (*of, "1.3", "1", 10, "verified", "count_steps", keys, None, None, "1:1"),
            (*of, "1.4", "1", 10, "verified", "yes_no", keys, None, 1, None),
            (*of, "2", None, 60, "verified", None, None, None, None, None),
        ],
    )
    reading = reader.read_bytes(data, Path("2021-FY") / "bo_tieu_chi.csv")
    assert reading.status == "accepted", reading.refusal
    rows = tuple(replace(row, **broken.get(row.criterion_code, {})) for row in reading.sheet.editions)
    assert check(rows), "the reader knows them too"
    raw.prepare(tmp_path)
    damaged = replace(reading, sheet=replace(reading.sheet, editions=rows))
    raw.write(tmp_path, "2021-FY", [damaged], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
    told = [(province, "2021-FY", keys, 5, True, None, None) for province in PROVINCES]
    models = (*model_chain.CHAIN, "int_score_findings")
    built = model_chain.run(sql, model_chain.SEEDS, tmp_path, told, [(reading.sha256, "2021-FY")], models=models)
    given_points = built.execute(
        f"select distinct criterion_code, points from {DATABASE}.intermediate.int_criterion_points where is_used"
    ).fetchall()
    assert given_points == [("1.4", 10)]
    assert built.execute(
        f"select rule, file_name, row_number is not null from {DATABASE}.intermediate.int_score_findings order by rule"
    ).fetchall() == [(rule, "bo_tieu_chi.csv", True) for rule in rules]
    assert built.execute(
        f"select max(index_high_pct) <= 100 and min(points) = 10 from {DATABASE}.intermediate.int_province_ranks"
    ).fetchall() == [(True,)]


def _rule(row: dict[str, str]) -> tuple[str, str]:
    return row["criterion_code"], row["variant"]


def _unruled(edition: dict) -> set[tuple[str, str]]:
    ruled = {row["criterion_code"] for row in edition["criterion_rules"]}
    return {(row["criterion_code"], "") for row in edition["criteria"] if row["criterion_code"] not in ruled}


def lost_rows(model_set: ModelSet, connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    """What the check of edition rows finds."""
    return connection.execute(model_set.queries("test")["every_edition_row_is_accounted_for"]).fetchall()
