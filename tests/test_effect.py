"""The models run again on other rows say what a whole build would: of decisions, and of what was known on a day."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
from model_set import ModelSet, reports_of_2021

from orchestration import rerun
from orchestration.effect import FigureDecision, effect_of
from orchestration.publishing.review_book import open_cases, write_review
from orchestration.reading import raw, reader

pytestmark = pytest.mark.slow

PERIOD = "2021-FY"
# Documents dealt with of documents due: both feed rules of the edition of that year.
FIGURES = {"1.1.1": "40", "1.1.2": "7", "3.6.1": "3", "3.1.3": "1.922"}
POINTS = (
    "select index_code, report_year, province_key, criterion_code, points from marts.fct_criterion_score where is_used"
)
RANKS = "select index_code, report_year, province_key, index_pct, rank from marts.mart_national_ranking"


def rows(database: Path, query: str) -> set[tuple]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return set(connection.execute(query).fetchall())


def printed(model_set: ModelSet, file_name: str) -> dict[str, tuple[str, str]]:
    """Row → the file's SHA-256 and the figure as it stands in the file."""
    found = rows(
        model_set.home / "par.duckdb",
        "select row_code, file_sha256, trim(value_raw) from intermediate.int_annex_values"
        " inner join marts.dim_source_file using (file_sha256)"
        f" where ordinal = 0 and file_name = '{file_name}'",
    )
    return {code: (digest, value) for code, digest, value in found}


def decided(model_set: ModelSet, home: Path, decisions: list[FigureDecision]) -> Path:
    """The warehouse of the same reports and a file with the decisions."""
    shutil.copytree(model_set.home / "raw", home / "raw")
    stream = io.StringIO(newline="")
    names = ("decision", "target_sha256", "row_code", "ordinal", "value_expected", "value_corrected", "reason")
    names += ("finding_key",)
    csv.writer(stream).writerows(
        [
            (*names, "decided_by"),
            *((*(getattr(decision, name) or "" for name in names), "An") for decision in decisions),
        ]
    )
    reading = reader.read_bytes(stream.getvalue().encode(), Path(PERIOD) / "quyet_dinh_so_lieu.csv")
    assert reading.status == "accepted", reading.refusal
    raw.write(home / "raw", PERIOD, [reading], seen_at=datetime(2021, 12, 28, tzinfo=UTC))
    return model_set.build(home)


def test_the_effect_told_before_is_the_difference_that_the_build_shows(model_set: ModelSet, tmp_path: Path) -> None:
    before = model_set.home / "par.duckdb"
    cells = printed(model_set, "ha_nam.txt")
    decisions = [
        FigureDecision(cells[code][0], code, 0, "correct", cells[code][1] or None, value, "tỉnh gửi đính chính")
        for code, value in FIGURES.items()
    ] + [FigureDecision(cells["1.2.1"][0], "1.2.1", 0, "reject", cells["1.2.1"][1], None, "không có căn cứ")]
    told = effect_of(before, decisions)
    after = decided(model_set, tmp_path, decisions)

    then, now = ({row[:4]: row[4] for row in rows(database, POINTS)} for database in (before, after))
    changed = {key for key in then | now if then.get(key) != now.get(key)}
    assert changed
    assert sorted(
        (row.index_code, row.report_year, row.criterion_code, row.before, row.after) for row in told.points
    ) == (sorted((index, year, code, then.get(key), now.get(key)) for key in changed for index, year, _, code in [key]))
    moved = rows(after, RANKS) - rows(before, RANKS)
    assert {(row.index_code, row.report_year, row.index_after, row.rank_after) for row in told.ranks} == {
        (index, year, pct, rank) for index, year, _, pct, rank in moved
    }


def test_a_correction_stands_beside_what_was_printed_and_another_revision_reopens_the_case(
    model_set: ModelSet, tmp_path: Path
) -> None:
    cells = printed(model_set, "ha_nam.txt")
    digest, value = cells["1.1.1"]
    decisions = [
        FigureDecision(digest, "1.1.1", 0, "correct", value, "40", "tỉnh gửi đính chính"),
        FigureDecision(digest, "1.1.2", 0, "correct", "không phải số này", "41", "lập cho bản khác"),
    ]
    database = decided(model_set, tmp_path, decisions)
    assert rows(
        database,
        "select row_code, value_raw, value, is_corrected, correction_reason_vi from intermediate.int_annex_values"
        f" where file_sha256 = '{digest}' and row_code in ('1.1.1', '1.1.2') and ordinal = 0",
    ) == {
        ("1.1.1", value, 40, True, "tỉnh gửi đính chính"),
        ("1.1.2", cells["1.1.2"][1], int(cells["1.1.2"][1].replace(".", "")), False, None),
    }
    assert rows(database, "select expected from marts.mart_quality_finding where rule = 'decision_expired'") == {
        ("không phải số này",)
    }


def test_an_accepted_figure_is_used_again_and_its_finding_says_who_accepted_it(
    model_set: ModelSet, tmp_path: Path
) -> None:
    before = model_set.home / "par.duckdb"
    [(key, indicator, digest)] = rows(
        before,
        "select finding_key, likeliest_indicator_key, file_sha256 from marts.mart_quality_finding"
        " inner join marts.dim_report using (report_key, period_key)"
        " where rule = 'identity_broken' order by finding_key limit 1",
    )
    accepting = FigureDecision(digest, "", 0, "accept", None, None, "đã đối chiếu bản gốc", finding_key=key)
    told = effect_of(before, [accepting])
    after = decided(model_set, tmp_path, [accepting])
    usable = (
        "select is_usable from marts.fct_indicator_value"
        f" where indicator_key = '{indicator}' and report_key = '{digest[:16]}'"
    )
    assert (rows(before, usable), rows(after, usable)) == ({(False,)}, {(True,)})
    [(is_accepted, message)] = rows(
        after, f"select is_accepted, message_vi from marts.mart_quality_finding where finding_key = '{key}'"
    )
    assert is_accepted
    assert message.endswith("Đã được chấp nhận: đã đối chiếu bản gốc (An).")
    moved = rows(after, RANKS) - rows(before, RANKS)
    assert {(row.index_code, row.report_year, row.rank_after) for row in told.ranks} == {
        (index, year, rank) for index, year, _, _, rank in moved
    }
    assert [case for case in open_cases(after) if case.finding_key == key] == []


def test_without_a_decision_nothing_would_change(model_set: ModelSet) -> None:
    effect = effect_of(model_set.home / "par.duckdb", [])
    assert (effect.points, effect.ranks) == ((), ())


def test_the_models_run_again_give_the_same_rows(model_set: ModelSet) -> None:
    changes = {"staging.stg_annex_rows": "from published.staging.stg_annex_rows"}
    tables = ["marts.mart_national_ranking", "marts.fct_indicator_value", "marts.mart_quality_finding"]
    with rerun.changed(model_set.home / "par.duckdb", changes, tables) as connection:
        for table in tables:
            both = (
                f"(from {table} except all from published.{table})",
                f"(from published.{table} except all from {table})",
            )
            assert [connection.execute(f"select count(*) from {query}").fetchone() for query in both] == [(0,), (0,)]


@pytest.mark.parametrize("day", [16, 17, 21])
def test_as_known_on_a_day_is_what_a_build_on_that_day_made(model_set: ModelSet, tmp_path: Path, day: int) -> None:
    known_on = date(2021, 12, day)
    raw.prepare(tmp_path / "raw")
    for name, data, seen in reports_of_2021():
        if seen <= day:
            reading = reader.read_bytes(data, Path(PERIOD) / name)
            raw.write(tmp_path / "raw", PERIOD, [reading], seen_at=datetime(2021, 12, seen, tzinfo=UTC))
    then = model_set.build(tmp_path, known_on.isoformat())
    tables = ["mart_national_ranking", "fct_indicator_value", "mart_report_coverage", "mart_report_change"]
    with rerun.as_known_on(model_set.home / "par.duckdb", known_on, " ".join(tables)) as connection:
        for table in tables:
            found = set(connection.execute(f"from marts.{table}").fetchall())
            assert found == rows(then, f"from marts.{table}"), table


def test_a_workbook_of_cases_filled_in_is_read_as_its_decisions(model_set: ModelSet, tmp_path: Path) -> None:
    cases = [case for case in open_cases(model_set.home / "par.duckdb") if case.row_code]
    assert len(cases) > 2
    path = tmp_path / "quyet_dinh_ra_soat.xlsx"
    assert write_review(path, cases, model_set.home / "raw") == len(cases)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    [top] = [cell.row for cell in sheet["A"] if cell.value == "STT"]
    columns = {cell.value: cell.column for cell in sheet[top]}
    filled = {
        "Quyết định": "sửa",
        "Số liệu đúng": "36",
        "Lý do": "tỉnh gửi đính chính",
        "Người quyết định": "Trần Thị B",
    }
    for name, text in filled.items():
        sheet.cell(top + 2, columns[name]).value = text
    book.save(path)

    [decision] = reader.read_file(path).sheet.decisions
    case = cases[1]
    assert (decision.decision, decision.target_sha256, decision.row_code, decision.value_expected) == (
        "correct",
        case.file_sha256,
        case.row_code,
        case.value_raw,
    )
    assert (decision.value_corrected, decision.reason, decision.decided_by, decision.finding_key) == (
        "36",
        "tỉnh gửi đính chính",
        "Trần Thị B",
        case.finding_key,
    )
