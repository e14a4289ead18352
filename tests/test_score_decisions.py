"""What people decide about figures of score sheets: by the workbook of cases, for the printed value, with its effect.

The sheets with slips of `test_gate.py`, built, decided about, and built again. Not here: decisions about figures of
reports (`test_effect.py`), how a decision file is read (`test_decision.py`).
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import test_gate
from click.testing import CliRunner
from model_set import ModelSet

from orchestration import rerun
from orchestration.cli import main
from orchestration.effect import FigureDecision, effect_of
from orchestration.publishing.review_book import Case, open_cases, write_review
from orchestration.reading import raw, reader
from orchestration.reading.sheets.decision import PLACE_OF_POINTS, DecisionRow

pytestmark = pytest.mark.slow

# Province and measure → what is decided of criterion 1.1, a survey's mean or the satisfaction.
DECIDED = {
    ("01.1", "verified"): ("sửa", "1,5"),
    ("22.1", "verified"): ("loại", None),
    ("35.1", "sipas"): ("sửa", "84,3"),
    ("31.1", "mean"): ("chấp nhận", None),
}
PLACE = ("target_sha256", "report_year", "province_key", "criterion_code", "measure")
POINTS = (
    "select index_code, report_year, province_key, criterion_code, points from marts.fct_criterion_score where is_used"
)
RANKS = "select index_code, report_year, province_key, index_pct, rank from marts.mart_national_ranking"


def rows(database: Path, query: str) -> set[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return set(connection.execute(query).fetchall())


@dataclass(frozen=True)
class Decided:
    """The warehouse before and after, the workbook that was filled in, and what was read of it."""

    before: Path
    after: Path
    book: Path
    decisions: tuple[DecisionRow, ...]

    @property
    def as_told(self) -> list[FigureDecision]:
        return [
            FigureDecision(
                row.target_sha256, "", 0, row.decision, row.value_expected, row.value_corrected, row.reason,
                row.finding_key, row.criterion_code, row.measure, row.province_key, int(row.report_year),
            )
            for row in self.decisions
        ]  # fmt: skip


def slips_of(cases: list[Case]) -> dict[tuple[str | None, str | None], Case]:
    return {(case.province_key, case.measure): case for case in cases if case.severity == "error"}


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory, model_set: ModelSet) -> Decided:
    home = tmp_path_factory.mktemp("decided")
    before = test_gate.build(model_set, home, has_slips=True)
    cases = [case for key, case in slips_of(open_cases(before)).items() if key in DECIDED]
    path = home / "quyet_dinh_ra_soat.xlsx"
    write_review(path, cases, home / "raw")
    book = openpyxl.load_workbook(path)
    sheet = book.active
    [top] = [cell.row for cell in sheet["A"] if cell.value == "STT"]
    columns = {cell.value: cell.column for cell in sheet[top]}
    for line, case in enumerate(cases, top + 1):
        decision, value = DECIDED[case.province_key, case.measure]
        filled = {
            "Quyết định": decision,
            "Số liệu đúng": value,
            "Lý do": "đối chiếu bản giấy",
            "Người quyết định": "An",
        }
        for name, text in filled.items():
            sheet.cell(line, columns[name]).value = text
    book.save(path)
    reading = reader.read_file(path)
    assert reading.status == "accepted", reading.refusal
    raw.write(home / "raw", "2023-FY", [reading], seen_at=datetime(2025, 3, 1, tzinfo=UTC))
    before = before.rename(home / "before.duckdb")
    with duckdb.connect(str(before)) as connection:
        connection.execute(f"attach '{model_set.home / 'par.duckdb'}' as made (read_only)")
        connection.execute("create schema warehouse")
        connection.execute("create table warehouse.model_query as from made.warehouse.model_query")
        connection.execute("create table warehouse.build as from made.warehouse.build")
    return Decided(before, model_set.build(home), path, reading.sheet.decisions)


def test_the_workbook_of_cases_holds_points_and_reads_back_as_decisions_about_them(decided: Decided) -> None:
    cases = slips_of(open_cases(decided.before))
    assert {(row.province_key, row.measure): (row.decision, row.value_corrected) for row in decided.decisions} == {
        ("01.1", "verified"): ("correct", "1,5"),
        ("22.1", "verified"): ("reject", None),
        ("35.1", "sipas"): ("correct", "84,3"),
        ("31.1", "mean"): ("accept", None),
    }
    for row in decided.decisions:
        case = cases[row.province_key, row.measure]
        assert (row.finding_key, row.target_sha256) == (case.finding_key, case.file_sha256)
        assert (row.criterion_code, row.report_year, row.value_expected) == (
            case.criterion_code, "2023", case.value_raw,
        )  # fmt: skip


def test_a_correction_counts_a_rejection_gives_nothing_and_what_cannot_be_stays_out_though_accepted(
    decided: Decided,
) -> None:
    found = rows(
        decided.after,
        "select province_key, basis, points, status, explanation from marts.fct_criterion_score"
        " where report_year = 2023 and basis in ('verified', 'survey') and explanation like '%An%' or"
        " report_year = 2023 and province_key in ('22.1', '31.1') and status = 'refused' and basis <> 'computed'",
    )
    rejected = "«-5» của tiêu chí 1.1 không được dùng, theo quyết định của người có trách nhiệm: đối chiếu bản giấy."
    by_place = {row[:2]: row[2:] for row in found}
    assert by_place["01.1", "verified"] == (
        Decimal("1.5"), "given", "thẩm định 1,5/1,5 (in «15», sửa: đối chiếu bản giấy, An)",
    )  # fmt: skip
    assert by_place["22.1", "verified"] == (None, "refused", f"không cho điểm, vì: Số {rejected}")
    points, status, explanation = by_place["35.1", "survey"]
    assert (points, status) == (Decimal("8.43"), "given")
    assert "(in «843», sửa: đối chiếu bản giấy, An)" in explanation
    assert by_place["31.1", "survey"][:2] == (None, "refused")


def test_a_finding_says_who_accepted_it_and_a_corrected_one_is_gone(decided: Decided) -> None:
    left = slips_of(open_cases(decided.after))
    assert not {("01.1", "verified"), ("35.1", "sipas"), ("31.1", "mean")} & left.keys()
    assert "theo quyết định" in left["22.1", "verified"].message
    [(message,)] = rows(
        decided.after,
        "select message_vi from marts.mart_quality_finding where province_key = '31.1' and measure = 'mean'",
    )
    assert message.endswith("Đã được chấp nhận: đối chiếu bản giấy (An).")


def test_the_effect_told_before_is_what_the_build_shows(decided: Decided) -> None:
    told = effect_of(decided.before, decided.as_told)
    then, now = ({row[:4]: row[4] for row in rows(database, POINTS)} for database in (decided.before, decided.after))
    changed = {key for key in then | now if then.get(key) != now.get(key)}
    assert {key[2] for key in changed} == {"01.1", "35.1"}
    assert sorted(
        (row.index_code, row.report_year, row.criterion_code, row.before, row.after) for row in told.points
    ) == (sorted((index, year, code, then.get(key), now.get(key)) for key in changed for index, year, _, code in [key]))
    moved = rows(decided.after, RANKS) - rows(decided.before, RANKS)
    assert {(row.index_code, row.report_year, row.index_after, row.rank_after) for row in told.ranks} == {
        (index, year, pct, rank) for index, year, _, pct, rank in moved
    }


def test_the_command_tells_the_effect_of_a_filled_workbook(decided: Decided, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.paths.database", lambda: decided.before)
    done = CliRunner().invoke(main, ["review", "--effect", str(decided.book)])
    assert done.exit_code == 0, done.output
    assert "2 điểm" in done.output


def test_the_history_of_points_shows_who_decided_what_and_why(decided: Decided) -> None:
    assert rows(
        decided.after,
        "select province_key, points, points_printed, decision, decided, decided_reason, decided_by"
        " from marts.fct_criterion_score_history where report_year = 2023 and decided is not null",
    ) == {
        ("01.1", Decimal("1.5"), "15", "used", "correct", "đối chiếu bản giấy", "An"),
        ("22.1", Decimal("-5"), "-5", "refused", "reject", "đối chiếu bản giấy", "An"),
    }


def test_a_decision_about_another_value_decides_nothing_and_is_a_finding(model_set: ModelSet, tmp_path: Path) -> None:
    before = test_gate.build(model_set, tmp_path, has_slips=True)
    case = slips_of(open_cases(before))["22.1", "verified"]
    values = {
        "decision": "correct", "target_sha256": case.file_sha256, "value_expected": "1,25", "value_corrected": "1",
        "reason": "lập cho bản khác", "decided_by": "An", **{name: getattr(case, name) for name in PLACE_OF_POINTS},
    }  # fmt: skip
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([values.keys(), values.values()])
    reading = reader.read_bytes(stream.getvalue().encode(), Path("2023-FY") / "quyet_dinh.csv")
    raw.write(tmp_path / "raw", "2023-FY", [reading], seen_at=datetime(2025, 3, 1, tzinfo=UTC))
    before.unlink()
    assert rows(
        model_set.build(tmp_path),
        "select rule, expected, found from marts.mart_quality_finding"
        " where criterion_code = '1.1' and province_key = '22.1'",
    ) == {("decision_expired", "1,25", "-5"), ("score_verified_out_of_range", "0 – 1,5", "-5")}


@pytest.mark.parametrize("missing", PLACE_OF_POINTS[1:])
def test_a_decision_about_points_says_which(missing: str) -> None:
    fields = {
        "decision": "loại", "target_sha256": "0123456789abcdef" * 4, "reason": "vì sao", "decided_by": "An",
        "criterion_code": "1.1", "measure": "verified", "province_key": "01.1", "report_year": "2023",
    } | {missing: ""}  # fmt: skip
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([fields.keys(), fields.values()])
    refusal = reader.read_bytes(stream.getvalue().encode(), Path("2023-FY") / "quyet_dinh.csv").refusal
    assert refusal.code == "decision_incomplete"
    assert missing in str(refusal)


@pytest.mark.parametrize("seed", [1, 2])
def test_decisions_in_any_order_come_to_the_same(model_set: ModelSet, tmp_path: Path, seed: int) -> None:
    """A thousand figures with up to six decisions each, of which the last by its own date counts, however they came."""
    draw, start, expected, told, documents = random.Random(seed), datetime(2026, 1, 1), set(), [], []
    for figure in range(1000):
        place = (f"t{figure}", 2023, f"{figure % 7}.1", f"1.{figure % 5}", draw.choice(["self", "verified", "mean"]))
        days = draw.sample(range(300), draw.randint(1, 6))
        last = None
        for day in sorted(days):
            decision = draw.choice(["accept", "correct", "reject"])
            value = str(draw.randint(1, 9)) if decision == "correct" else None
            is_withdrawn = draw.random() < 0.2
            digest, seen = f"{figure}-{day}", start + timedelta(minutes=draw.randrange(10**6))
            told.append(
                dict(zip(PLACE, place, strict=True))
                | {
                    "file_sha256": digest, "period_key": "p", "sheet_row_number": 1, "decision": decision,
                    "value_corrected": value, "first_seen_at": seen,
                    "decided_at": (start + timedelta(days=day)).isoformat(sep=" "),
                }
            )  # fmt: skip
            status = "withdrawn" if is_withdrawn else "accepted"
            documents.append({"file_sha256": digest, "period_key": "p", "status": status})
            last = last if is_withdrawn else (decision, value)
        expected |= {(*place, *last)} if last else set()
    draw.shuffle(told)
    changes = {}
    for table, records in (("staging.stg_decisions", told), ("intermediate.int_documents", documents)):
        path = tmp_path / f"{table}.parquet"
        pq.write_table(pa.Table.from_pylist(records), path)
        changes[table] = f"(from {rerun.PUBLISHED}.{table} limit 0) union all by name from read_parquet('{path}')"
    with rerun.changed(model_set.home / "par.duckdb", changes, ["intermediate.int_score_decisions"]) as connection:
        found = connection.execute(
            "select target_sha256, report_year, province_key, criterion_code, measure, decision, value_corrected"
            " from intermediate.int_score_decisions"
        ).fetchall()
    assert len(found) == len(expected)
    assert set(found) == expected
