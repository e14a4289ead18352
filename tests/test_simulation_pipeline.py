"""A made-up nation from inbox to release: every fact is the truth, every planted fault is found, nothing else is.

Of scans, every fact is the truth or doubted.
"""

import csv
import hashlib
import re
from collections import Counter
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import duckdb
import openpyxl
import pytest
from click.testing import CliRunner
from model_set import ModelSet

from orchestration import cli
from orchestration.simulation.nation import Order, write_nation

AS_OF = "2026-06-30"
DIGITAL = ("docx", "xlsx", "html", "txt", "pdf")

pytestmark = pytest.mark.slow


class Run:
    """A nation written, read and built once; truth and warehouse side by side."""

    def __init__(self, home: Path, order: Order, model_set: ModelSet) -> None:
        self.home, self.database = home, home / "warehouse" / "par.duckdb"
        write_nation(order, home / "raw" / "inbox", home / "truth")
        self.release = model_set.run(home, AS_OF)

    def truth(self, name: str) -> list[dict[str, str]]:
        with (self.home / "truth" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return [row | {"file": Path(row.get("file", "")).name} for row in csv.DictReader(stream)]

    def query(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    @cached_property
    def counting(self) -> set[str]:
        """Files whose figures count: accepted, and not superseded."""
        return {r["file"] for r in self.truth("reports") if r["counts_as"] == "accepted" and r["is_current"] == "true"}

    @cached_property
    def facts(self) -> dict:
        rows = self.query(
            "select file_name, indicator_key, value, value_text, is_missing"
            " from marts.fct_indicator_value inner join marts.dim_report using (report_key)"
        )
        return {(file, key): (value, text, missing) for file, key, value, text, missing in rows}

    @cached_property
    def true_facts(self) -> dict:
        return {
            (row["file"], row["indicator_key"]): (
                Decimal(row["value"]) if row["value"] else None,
                row["value_text"] or None,
                row["is_missing"] == "true",
            )
            for row in self.truth("values")
            if row["file"] in self.counting
        }

    @cached_property
    def findings(self) -> Counter:
        """(file, rule, indicators): how often."""
        rows = self.query(
            "select file_name, rule, coalesce(indicator_keys, '')"
            " from marts.mart_quality_finding inner join marts.dim_report using (report_key)"
        )
        return Counter(rows)

    @cached_property
    def planted(self) -> Counter:
        return Counter(
            (row["file"], rule, row["finding_keys"])
            for row in self.truth("faults")
            if row["file"] in self.counting
            for rule in row["rules"].split()
        )


PERIODS = ("2021-FY", "2022-Q1", "2022-H1", "2022-FY", "2025-H1", "2025-FY")
PLACES = ("Hà Nội", "Hà Nam", "Nam Định", "Ninh Bình", "An Giang", "Đà Nẵng")


@pytest.fixture(scope="module", params=[1, 2, 3], ids=lambda seed: f"seed {seed}")
def run(request, tmp_path_factory, model_set) -> Run:
    order = Order(request.param, PERIODS, PLACES, DIGITAL, "hostile", scores=True)
    return Run(tmp_path_factory.mktemp("nation"), order, model_set)


def test_every_fact_equals_the_truth(run):
    assert run.facts == run.true_facts
    assert len(run.facts) > 1_500


def test_every_planted_fault_is_found_where_it_was_planted(run):
    assert run.planted - run.findings == Counter()
    assert run.planted.total() > 30


COMPARED = {"more_than_exist", "factor_of_ten", "stock_jumps", "flow_jumps", "peer_outlier", "revision_lost_figure"}


def test_nothing_else_is_flagged_as_wrong(run):
    found = Counter({finding: times for finding, times in run.findings.items() if finding[1] not in COMPARED})
    assert found - run.planted == Counter()


def test_a_comparison_accuses_only_where_something_was_planted(run):
    """In the figure itself or in the one that it was compared with."""
    planted = {(row["province_key"], row["indicator_key"]) for row in run.truth("faults")}
    province = {row["file"]: row["province_key"] for row in run.truth("faults")}
    compared = [(file, key) for file, rule, key in run.findings if rule in COMPARED]
    assert [(file, key) for file, key in compared if (province.get(file), key) not in planted] == []


ERRORS = {"out_of_range", "code_outside_options", "identity_broken", "number_too_long"}


def test_a_figure_is_usable_unless_an_error_was_planted_on_it(run):
    said = run.query(
        "select file_name, indicator_key from marts.fct_indicator_value inner join marts.dim_report using (report_key)"
        " where not is_usable"
    )
    told = {(file, key) for file, rule, keys in run.planted if rule in ERRORS for key in keys.split()}
    assert set(said) == told & run.true_facts.keys()
    assert len(said) > 10


def test_no_rule_gives_points_for_a_figure_that_cannot_be_right(run):
    """A computed score is refused where a planted error is among its inputs, and says so; no other score is."""
    rules = run.query(
        "select criterion_code, list(indicator_key) from seeds.rule_inputs where index_code = 'PAR' group by all"
    )
    wrong = {
        (unit, year, key)
        for unit, year, key in run.query(
            "select province_key, report_year, indicator_key from marts.fct_indicator_value"
            " inner join marts.dim_period using (period_key) where period_kind = 'FY' and not is_usable"
        )
    }
    refused = run.query(
        "select province_key, report_year, criterion_code, explanation from marts.fct_criterion_score"
        " where basis = 'computed' and status = 'refused'"
    )
    for unit, year, code, explanation in refused:
        assert explanation.startswith("không tính, vì: ")
        assert any((unit, year, key) in wrong for criterion, keys in rules if criterion == code for key in keys)
    given = run.query(
        "select province_key, report_year, criterion_code from marts.fct_criterion_score"
        " where basis = 'computed' and status = 'given'"
    )
    for unit, year, code in given:
        variants = [keys for criterion, keys in rules if criterion == code]
        assert any(not any((unit, year, key) in wrong for key in keys) for keys in variants)


def test_a_contradiction_of_the_narrative_leads_to_the_paragraph_that_holds_it(run):
    contradictions = run.query(
        "select found, text_printed from marts.mart_quality_finding"
        " left join staging.stg_blocks on mart_quality_finding.report_key = stg_blocks.report_key"
        " and mart_quality_finding.block_number = stg_blocks.block_number"
        " and mart_quality_finding.page is not distinct from stg_blocks.page"
        " where rule = 'narrative_contradicts'"
    )
    assert contradictions
    assert all(text and re.search(rf"(?<![\d.]){re.escape(found)}(?!\d)", text) for found, text in contradictions)


def test_every_file_is_accepted_or_quarantined_for_the_reason_that_was_planted(run):
    said = dict(run.query("select file_name, coalesce(reason_code, status) from staging.stg_documents"))
    told = {row["file"]: row["reason_code"] or "accepted" for row in run.truth("reports")}
    assert told.items() <= said.items()
    assert {status for file, status in said.items() if file not in told} == {"accepted"}


def test_index_rank_and_group_equal_the_truth_exactly(run):
    said = {
        (unit, year): ranked
        for unit, year, *ranked in run.query(
            "select province_key, report_year, index_pct, rank, group_name, is_simulated"
            " from marts.mart_national_ranking where index_code = 'PAR' and is_simulated"
        )
    }
    told = {
        (row["province_key"], int(row["report_year"])): [
            Decimal(row["index_pct"]),
            int(row["rank"]),
            row["group_name"],
            True,
        ]
        for row in run.truth("ranking")
    }
    assert said == told
    assert {year for _, year in told} == {2021, 2022, 2025}


def test_points_of_every_criterion_equal_the_truth(run):
    counting = {
        (unit, year, code): points
        for unit, year, code, points in run.query(
            "select province_key, report_year, criterion_code, points from marts.fct_criterion_score"
            " where index_code = 'PAR' and basis = 'verified'"
        )
    }
    told = {
        (row["province_key"], int(row["report_year"]), row["criterion_code"]): Decimal(row["points"])
        for row in run.truth("points")
        if row["basis"] == "verified"
    }
    assert told
    assert {key: counting.get(key) for key in told} == told


def test_late_and_missing_reports_are_known(run):
    said = {
        (unit, period): (status, days)
        for unit, period, status, days in run.query(
            "select province_key, period_key, status, days_late from marts.mart_report_coverage"
        )
    }
    for row in run.truth("missing"):
        assert said[row["province_key"], row["period_key"]][0] == "missing"
    first = {}
    for row in run.truth("reports"):
        if row["counts_as"] == "accepted" and row["revision"] == "1":
            first[row["province_key"], row["period_key"]] = row["report_date"]
    due = dict(run.query("select period_key, cast(due_date as string) from marts.dim_period"))
    assert first
    for (unit, period), signed in first.items():
        # Deadlines are documented from 2022 on; nobody is called late before.
        late = "late" if period >= "2022" else "undocumented"
        assert said[unit, period][0] == (late if signed > due[period] else "on_time")


def test_every_product_says_that_it_is_simulated(run):
    for [table] in run.query(
        "select table_name from information_schema.columns where table_schema = 'marts' and column_name = 'report_key'"
    ):
        assert run.query(f"select count(*) from marts.{table} where report_key is not null and not is_simulated") == [
            (0,)
        ]
    files = list(run.release.rglob("*.xlsx"))
    assert files and all(path.name.startswith("MO_PHONG_") for path in files)
    assert "MÔ PHỎNG" in (run.release / "README.txt").read_text(encoding="utf-8-sig").splitlines()[0]
    [workbook] = run.release.glob("*.xlsx")
    # Sheets without a figure of the nation: nothing was announced, nothing changed, and what the columns mean.
    assert run.query("select count(*) from marts.mart_official_result") == [(0,)]
    unmarked = {"Kết quả công bố", "Thay đổi", "Từ điển dữ liệu"}
    book = openpyxl.load_workbook(workbook)
    for sheet in [sheet for sheet in book if sheet.title not in unmarked]:
        first = " ".join(str(cell.value or "") for row in sheet.iter_rows(max_row=3) for cell in row)
        assert "MÔ PHỎNG / SIMULATED" in first, sheet.title
        assert "SIMULATED" in str(sheet.oddHeader), sheet.title


def test_a_real_report_beside_simulated_ones_stops_the_run_and_changes_nothing(run, monkeypatch):
    monkeypatch.setenv("PAR_HOME", str(run.home))
    before = tree(run.home)
    fixture = Path(__file__).parent / "fixtures" / "sample" / "2021-FY" / "BC_CCHC_2021_tinh_Ha_Nam.docx"
    beside = run.home / "raw" / "inbox" / "2021-FY" / fixture.name
    beside.write_bytes(fixture.read_bytes())
    try:
        done = CliRunner().invoke(cli.main, ["run"], catch_exceptions=False)
    finally:
        beside.unlink()
    assert done.exit_code != 0
    assert "--allow-mixed" in done.stderr
    assert tree(run.home) == before


def tree(home: Path) -> dict[Path, str]:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.rglob("*") if path.is_file()}


# Scans


def doubted(run: Run) -> set[tuple[str, str]]:
    """(file, indicator) of figures whose cell is unsure or whose row was not found, by the findings that say so."""
    return {(file, key) for file, rule, key in run.findings if rule in ("low_confidence", "row_missing")}


@pytest.fixture(scope="module")
def scanned(tmp_path_factory, model_set) -> Run:
    """Reports of one year: a text PDF, a scan with wrong figures planted in it, a scan whose last page is short."""
    order = Order(4, ("2022-FY",), ("Hà Nam", "An Giang", "Đà Nẵng"), ("pdf", "scan"), "typical")
    return Run(tmp_path_factory.mktemp("scanned"), order, model_set)


@pytest.mark.ocr
def test_every_fact_of_a_scan_equals_the_truth_or_is_doubted_by_name(scanned):
    different = {place for place, told in scanned.true_facts.items() if scanned.facts.get(place) != told}
    assert different <= doubted(scanned)
    assert len(different) < len(scanned.true_facts) / 20
    assert scanned.facts.keys() <= scanned.true_facts.keys()
    formats = Counter(row["format"] for row in scanned.truth("reports"))
    assert formats == {"scan": 2, "pdf": 1}
    assert all("_ban_quet_" in file for file, _ in different)


@pytest.mark.ocr
def test_every_fault_planted_in_a_scan_is_found_and_nothing_is_added_but_on_doubted_figures(scanned):
    assert scanned.planted - scanned.findings == Counter()
    assert any("_ban_quet_" in file for file, _, _ in scanned.planted)
    added = {
        (file, key)
        for file, rule, keys in scanned.findings - scanned.planted
        if rule not in COMPARED
        for key in keys.split()
    }
    assert added <= doubted(scanned)
    assert all("_ban_quet_" in file for file, _ in added)
