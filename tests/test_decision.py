"""A person's decision is a file like any other: it says which document, what and why, or is refused with a sentence."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
import score_factory as factory
from hypothesis import example, given
from hypothesis import strategies as st

from orchestration import clock
from orchestration.reading import batch, raw
from orchestration.reading.reader import Reading, read_bytes, read_file
from orchestration.reading.sheets.decision import DISMISS, RESTORE, WITHDRAW, is_decision, write_decision
from orchestration.sentence import ToldError

SHA = "0123456789abcdef" * 4
MOMENT = datetime(2022, 1, 5, 9, 30, 15, tzinfo=clock.LOCAL_TIME)


def table(*rows: tuple, header: tuple = ("decision", "target_sha256", "target_name", "reason")) -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue().encode("utf-8-sig")


def read(data: bytes, name: str = "2021-FY/a.csv") -> Reading:
    return read_bytes(data, Path(name))


def test_a_decision_is_read_as_printed_with_its_place():
    reading = read(table((WITHDRAW, SHA, "BC.docx", "Gửi nhầm tệp")))
    assert (reading.status, reading.sheet.kind, reading.identity, reading.sheet.province_key) == (
        "accepted",
        "decision",
        None,
        None,
    )
    [row] = reading.sheet.decisions
    assert (row.decision, row.target_sha256, row.target_name, row.reason, row.decided_by, row.row) == (
        WITHDRAW,
        SHA,
        "BC.docx",
        "Gửi nhầm tệp",
        None,
        2,
    )


@pytest.mark.parametrize(
    ("word", "decision"), [("rút", WITHDRAW), ("Thu hồi", WITHDRAW), ("BỎ QUA", DISMISS), ("khôi phục", RESTORE)]
)
def test_a_decision_may_be_written_in_vietnamese(word, decision):
    header = ("Quyết định", "Mã SHA-256", "Tên tệp", "Lý do", "Người quyết định", "Thời điểm")
    row = (word, SHA.upper(), "a.docx", "vì sao", "An", "05/01/2022")
    data = factory.workbook("Quyết định", ["QUYẾT ĐỊNH"], list(header), [row])
    [found] = read(data, "2021-FY/a.xlsx").sheet.decisions
    assert (found.decision, found.target_sha256, found.decided_by, found.decided_at) == (
        decision,
        SHA,
        "An",
        "05/01/2022",
    )


def test_a_decision_about_a_figure_says_which_and_what_instead():
    header = ("Quyết định", "Mã SHA-256", "Mã dòng", "Dòng trong đó số", "Số liệu đã ghi", "Số liệu đúng", "Lý do")
    data = table(("Sửa", SHA, "3.1.3", "2", "19.21", "1.921", "nhầm dấu", "An"), header=(*header, "Người quyết định"))
    [row] = read(data).sheet.decisions
    assert (row.decision, row.row_code, row.ordinal, row.value_expected, row.value_corrected) == (
        "correct",
        "3.1.3",
        "2",
        "19.21",
        "1.921",
    )


@pytest.mark.parametrize(
    ("decision", "missing"),
    [("sửa", "value_corrected"), ("loại", "row_code"), ("chấp nhận", "finding_key"), ("sửa", "decided_by")],
)
def test_a_decision_about_a_figure_without_what_it_needs_is_refused(decision, missing):
    fields = {
        "decision": decision,
        "target_sha256": SHA,
        "row_code": "1.1.1",
        "finding_key": "f",
        "value_corrected": "3",
        "reason": "vì sao",
        "decided_by": "An",
    } | {missing: ""}
    refusal = read(table(tuple(fields.values()), header=tuple(fields))).refusal
    assert refusal.code == "decision_incomplete"
    assert missing in str(refusal)


def test_a_row_of_a_workbook_of_cases_without_a_decision_is_still_open():
    header = ("decision", "target_sha256", "reason", "finding_key", "row_code", "decided_by")
    data = table(("", SHA, "", "f1", "1.1.1", ""), ("loại", SHA, "vì sao", "f2", "1.1.2", "An"), header=header)
    assert [row.finding_key for row in read(data).sheet.decisions] == ["f2"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_decision_may_be_separated_by_any_sign(delimiter):
    text = delimiter.join(("decision", "target_sha256", "reason")) + "\n" + delimiter.join((DISMISS, SHA, "trùng"))
    assert read(text.encode()).sheet.decisions[0].reason == "trùng"


@pytest.mark.parametrize(
    ("row", "code", "word"),
    [
        (("xoá", SHA, "a", "b"), "decision_unknown", "xoá"),
        (("", SHA, "a", "b"), "decision_unknown", "«»"),
        ((WITHDRAW, "", "a", "b"), "decision_incomplete", "SHA-256"),
        ((WITHDRAW, "0123", "a", "b"), "decision_incomplete", "SHA-256"),
        ((WITHDRAW, SHA, "a", " "), "decision_incomplete", "lý do"),
    ],
)
def test_a_decision_that_says_too_little_is_refused_with_its_row(row, code, word):
    reading = read(table((WITHDRAW, SHA, "a", "b"), row))
    assert reading.refusal.code == code
    assert "Dòng 3" in reading.refusal.sentence.vi and word in reading.refusal.sentence.vi
    assert reading.refusal.is_final


def test_a_written_decision_reads_back(tmp_path):
    path = write_decision(
        tmp_path / "2021-FY", DISMISS, SHA, "báo cáo.docx", "  Lý do; có «dấu», hai\ndòng", "An", MOMENT
    )
    assert path.name == f"quyet_dinh_dismiss_{SHA[:12]}_20220105093015.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    [row] = read_file(path).sheet.decisions
    assert (row.decision, row.target_sha256, row.target_name, row.reason, row.decided_by, row.decided_at) == (
        DISMISS,
        SHA,
        "báo cáo.docx",
        "Lý do; có «dấu», hai\ndòng",
        "An",
        "2022-01-05T09:30:15+07:00",
    )


def test_a_decision_never_overwrites_another(tmp_path):
    paths = {write_decision(tmp_path, WITHDRAW, SHA, "a", f"lý do {number}", None, MOMENT) for number in range(3)}
    assert len(paths) == 3
    assert sorted(read_file(path).sheet.decisions[0].reason for path in paths) == ["lý do 0", "lý do 1", "lý do 2"]


@pytest.mark.parametrize(
    ("decision", "target", "reason"), [("xoá", SHA, "a"), (WITHDRAW, "12", "a"), (WITHDRAW, SHA, " ")]
)
def test_what_would_be_refused_is_not_written(tmp_path, decision, target, reason):
    with pytest.raises(ToldError, match=r"/|withdraw"):
        write_decision(tmp_path, decision, target, "a", reason, None, MOMENT)
    assert list(tmp_path.iterdir()) == []


def test_no_cell_of_a_decision_is_a_formula_to_a_spreadsheet(tmp_path):
    path = write_decision(tmp_path, WITHDRAW, SHA, "=cmd.docx", "-1+1", "@an", MOMENT)
    cells = next(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig").split("\n", 1)[1])))
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    [row] = read_file(path).sheet.decisions
    assert (row.target_name, row.reason, row.decided_by) == ("=cmd.docx", "-1+1", "@an")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).filter(
    lambda text: text.strip()
)


@example(reason="'=1", name="''")
@given(reason=TEXT, name=TEXT)
def test_any_reason_reads_back_up_to_white_space(tmp_path_factory, reason, name):
    path = write_decision(tmp_path_factory.mktemp("d"), WITHDRAW, SHA, name, reason, None, MOMENT)
    [row] = read_file(path).sheet.decisions
    assert (row.reason, row.target_name) == (reason.strip(), name.strip())


def test_decisions_are_a_table_of_raw(tmp_path):
    write_decision(tmp_path / "inbox" / "2021-FY", RESTORE, SHA, "a.docx", "nhầm", "An", MOMENT)
    outcome = batch.read_period(tmp_path / "inbox", tmp_path / "raw", "2021-FY")
    [document] = outcome.read
    assert (document["document_kind"], document["status"], document["province_found"]) == ("decision", "accepted", None)
    [row] = raw.read_table(tmp_path / "raw", "decisions", "2021-FY").to_pylist()
    assert row == {
        "file_sha256": document["file_sha256"],
        "sheet_row_number": 1,
        **dict.fromkeys(("finding_key", "row_code", "ordinal", "value_expected", "value_corrected")),
        **dict.fromkeys(("criterion_code", "measure", "province_key", "report_year")),
        "decision": RESTORE,
        "target_sha256": SHA,
        "target_name": "a.docx",
        "reason": "nhầm",
        "decided_by": "An",
        "decided_at": "2022-01-05T09:30:15+07:00",
        "table_number": 1,
        "row_number": 2,
    }


def test_a_decision_is_known_before_it_is_read(tmp_path):
    (tmp_path / "a.csv").write_bytes(table((WITHDRAW, SHA, "a", "b")))
    (tmp_path / "b.csv").write_bytes(b"year,province_code,code,score\n")
    assert is_decision(tmp_path / "a.csv")
    assert is_decision(write_decision(tmp_path, WITHDRAW, SHA, "a", "b", None, MOMENT))
    assert not is_decision(tmp_path / "b.csv")
    assert not is_decision(tmp_path / "nothing.csv")


def test_an_edition_or_score_sheet_is_no_decision():
    data = factory.csv_bytes(factory.SCORES_HEADER, [(2014, "01", "Hà Nội", "x", "1.1", 1, "a", "b", "1.2")])
    assert read(data, "2014-FY/papi.csv").sheet.kind == "published_scores"
