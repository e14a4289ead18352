"""One file in, one Reading out: accepted with everything it says, or quarantined with the reason; never an error."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reading import reader
from orchestration.reading.reader import ACCEPTED, QUARANTINED, read_bytes, read_file
from tests.document_factory import make_docx, make_html, make_txt, make_xlsx, sample_annex

LINES = sample_annex(7)
MAKERS = {"docx": make_docx, "html": make_html, "txt": make_txt, "xlsx": make_xlsx}


def made(kind: str, **options: object) -> bytes:
    return MAKERS[kind](LINES, **options)


@pytest.mark.parametrize("kind", MAKERS)
def test_every_format_says_the_same(kind: str) -> None:
    read = read_bytes(made(kind), f"2021-FY/bao-cao.{kind}")
    assert (read.status, read.refusal, len(read.rows)) == (ACCEPTED, None, len(LINES))
    assert [(r.code, r.ordinal) for r in read.rows] == [(line.code, line.ordinal) for line in LINES]
    assert read.unmatched == 0


def test_an_empty_file_is_quarantined_with_its_reason() -> None:
    read = read_bytes(b"", "2021-FY/trong.txt")
    assert (read.status, read.refusal.code, read.rows, read.size) == (QUARANTINED, "empty", (), 0)
    assert read.claim.period == "2021-FY"


def test_a_name_of_another_province_quarantines_the_file_and_its_rows_stay_readable() -> None:
    read = read_bytes(made("docx"), "BC_CCHC_2021_tinh_Ninh_Binh.docx")
    assert (read.status, read.refusal.code, len(read.rows)) == (QUARANTINED, "province_contradiction", len(LINES))


@pytest.mark.parametrize(
    ("kind", "name", "flag"),
    [
        ("docx", "bao-cao.pdf", "extension:pdf"),
        ("docx", "bao-cao.doc", "extension:doc"),
        ("html", "bao-cao.xls", "extension:xls"),
        ("docx", "bao-cao.DOCX", None),
        ("html", "bao-cao.htm", None),
        ("txt", "bao-cao.md", None),
        ("xlsx", "bao-cao", None),
    ],
)
def test_an_extension_that_lies_is_noted_and_changes_nothing(kind: str, name: str, flag: str | None) -> None:
    read = read_bytes(made(kind), Path("2021-FY") / name)
    assert (read.status, len(read.rows)) == (ACCEPTED, len(LINES))
    assert [f for f in read.flags if f.startswith("extension:")] == ([flag] if flag else [])


def test_a_reader_that_breaks_quarantines_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(data: bytes) -> None:
        raise ZeroDivisionError("sums")

    monkeypatch.setitem(reader._READERS, "docx", broken)
    read = read_bytes(made("docx"), "bao-cao.docx")
    assert (read.status, read.refusal.code) == (QUARANTINED, "crashed")
    assert "ZeroDivisionError" in read.refusal.sentence.en


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(MAKERS)), st.floats(0, 1), st.binary(min_size=0, max_size=6))
def test_damaged_bytes_are_read_or_quarantined_never_raised(kind: str, where: float, junk: bytes) -> None:
    whole = made(kind)
    at = int(where * len(whole))
    for damaged in (whole[:at], whole[:at] + junk + whole[at + len(junk) :]):
        read = read_bytes(damaged, f"2021-FY/bao-cao.{kind}")
        assert (read.status == QUARANTINED) == (read.refusal is not None)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.text(max_size=20).filter(lambda name: "\0" not in name))
def test_any_bytes_under_any_name_are_a_reading(data: bytes, name: str) -> None:
    assert read_bytes(data, name).status == QUARANTINED


def test_a_truncated_text_is_refused_by_the_forms_rows() -> None:
    whole = made("txt")
    read = read_bytes(whole[: len(whole) * 3 // 4], "2021-FY/bao-cao.txt")
    assert read.refusal.code == "annex_cut_short"


def test_columns_in_another_order_with_one_more_are_read_alike() -> None:
    columns = ("Ghi chú", "Kỳ trước", "Số liệu", "Chỉ tiêu thống kê", "Đơn vị tính", "STT")
    for kind in ("docx", "html", "txt"):
        read = read_bytes(made(kind, columns=columns), f"2021-FY/bao-cao.{kind}")
        assert [row.value_raw for row in read.rows] == [line.value or None for line in LINES]


def joined(*reports: bytes) -> bytes:
    return b"\n".join(reports)


@pytest.mark.parametrize("kind", ["html", "txt"])
@pytest.mark.parametrize("same_figures", [True, False])
def test_reports_of_two_provinces_in_one_file_are_refused_by_name(kind: str, same_figures: bool) -> None:
    first, second = LINES, LINES if same_figures else sample_annex(8)
    data = joined(MAKERS[kind](first, "Hải Dương", 2021), MAKERS[kind](second, "Hưng Yên", 2021))
    read = read_bytes(data, f"2021-FY/bao-cao.{kind}")
    assert (read.status, read.refusal.code, read.refusal.is_final) == (QUARANTINED, "several_reports", True)
    assert "Hải Dương" in read.refusal.sentence.vi and "Hưng Yên" in read.refusal.sentence.vi


def test_reports_of_two_periods_in_one_file_are_refused() -> None:
    data = joined(make_txt(LINES, "Hải Dương", 2021), make_txt(LINES, "Hải Dương", 2022))
    assert read_bytes(data, "bao-cao.txt").refusal.code == "several_reports"


def test_the_figures_of_a_second_report_are_never_read_as_those_of_the_first() -> None:
    """The first annex is cut off, so the second one is the better."""
    data = joined(make_txt(LINES[:25], "Hải Dương", 2021), make_txt(sample_annex(8), "Hưng Yên", 2021))
    assert read_bytes(data, "2021-FY/bao-cao.txt").refusal.code == "several_reports"


def test_three_provinces_in_one_file_are_all_named() -> None:
    names = ("Hải Dương", "Hưng Yên", "Thái Bình")
    read = read_bytes(joined(*(make_txt(LINES, name, 2021) for name in names)), "2021-FY/bao-cao.txt")
    assert all(name in read.refusal.sentence.en for name in names)


def test_a_report_that_prints_its_annex_twice_is_one_report() -> None:
    whole = make_txt(LINES, "Hải Dương", 2021)
    read = read_bytes(joined(whole, whole), "2021-FY/bao-cao.txt")
    assert (read.status, read.identity.province.name, len(read.rows)) == (ACCEPTED, "Hải Dương", len(LINES))
    assert "annex_repeated" in read.flags


def delimited(lines: list, delimiter: str, title: tuple[str, ...]) -> str:
    """An annex as a spreadsheet saves it: title lines, a header, a row a line."""
    stream = io.StringIO(newline="")
    rows = [(line.code + "." if not line.ordinal else "", line.label, line.unit, line.value, "") for line in lines]
    table = [("STT", "Chỉ tiêu thống kê", "Đơn vị tính", "Số liệu", "Ghi chú"), *rows]
    csv.writer(stream, delimiter=delimiter).writerows([*((text,) for text in title), *table])
    return stream.getvalue()


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_an_annex_saved_as_csv_is_read_as_the_workbook_it_was(delimiter: str, end: str) -> None:
    title = ("UBND TỈNH HẢI DƯƠNG", "BÁO CÁO KẾT QUẢ CẢI CÁCH HÀNH CHÍNH NĂM 2021")
    data = delimited(LINES, delimiter, title).replace("\r\n", end).encode("utf-8-sig")
    read = read_bytes(data, "2021-FY/bao-cao.csv")
    assert (read.status, read.refusal, read.unmatched) == (ACCEPTED, None, 0)
    assert [(row.code, row.value_raw) for row in read.rows] == [(line.code, line.value or None) for line in LINES]


def test_a_text_with_many_commas_is_a_text() -> None:
    text = "Một, hai, ba; bốn, năm.\n" * 100
    assert [block.kind for block in read_bytes(text.encode(), "a.txt").blocks] == ["paragraph"] * 100


def test_a_name_that_is_not_utf8_still_claims_its_province() -> None:
    name = os.fsdecode(b"BC_tinh_H\xe0_Nam.txt")
    read = read_bytes(make_txt(LINES, "Hưng Yên", 2021), name)
    assert (read.file_name, read.refusal.code) == ("BC_tinh_Hà_Nam.txt", "province_contradiction")


@pytest.mark.parametrize("kind", ["docx", "html", "txt"])
@pytest.mark.parametrize("form", ["6459", "2022a", "2022b", "2025"])
def test_tables_split_and_rows_cut_in_the_middle_of_a_word_are_read_alike(kind: str, form: str) -> None:
    lines = sample_annex(11, form=form)
    data = MAKERS[kind](lines, split_tables=True, cut_rows=True)
    read = read_bytes(data, f"bao-cao.{kind}")
    assert [(r.code, r.ordinal, r.label, r.value_raw) for r in read.rows] == [
        (line.code, line.ordinal, line.label, line.value or None) for line in lines
    ]
    assert read.annex.form_code == form


def test_reading_word_does_not_load_the_tools_for_scans() -> None:
    loaded = (
        "import sys, orchestration.reading.reader;"
        "print([name for name in ('cv2', 'pypdfium2', 'tesserocr') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("refuse_BC_CCHC_2021_tinh_Ninh_Binh.docx", "province_contradiction"),
        ("refuse_empty.txt", "empty"),
        ("refuse_password.xlsx", "password"),
        ("refuse_truncated.docx", "truncated"),
    ],
)
def test_each_bad_file_is_refused_with_its_own_reason(name: str, reason: str) -> None:
    assert read_file(Path(os.environ["PAR_REAL_REPORTS"]) / name).refusal.code == reason


@pytest.mark.real
@pytest.mark.parametrize("name", ["ha_nam_2021.txt", "ha_nam_2021.docx", "lying_extension_docx_named.pdf"])
def test_the_real_report_is_accepted_with_its_identity(name: str) -> None:
    read = read_file(Path(os.environ["PAR_REAL_REPORTS"]) / name)
    assert (read.status, len(read.rows), read.unmatched) == (ACCEPTED, 121, 0)
    assert (read.identity.province.name, read.identity.period.key) == ("Hà Nam", "2021-FY")
    assert (read.identity.report_number, read.identity.report_date) == ("232/BC-UBND", "2021-12-24")
