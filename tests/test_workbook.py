"""The workbook as a spreadsheet program sees it: typed cells, shades, print set-up, and nothing that runs."""

import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
import warehouse_factory as factory
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.publishing import sheet, workbook
from orchestration.publishing.table import open_warehouse

MARK = "SỐ LIỆU THỬ"


def make(folder: Path, mark: str | None = None, *, is_empty: bool = False) -> Path:
    database = factory.make_warehouse(folder / "par.duckdb", is_empty=is_empty)
    path = folder / "a.xlsx"
    with open_warehouse(database) as connection:
        workbook.write_workbook(connection, path, mark, "MO_PHONG_")
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("workbook"))


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def report(book: Workbook) -> Worksheet:
    return book["Hà Nam 2021"]


def header_row(page: Worksheet, first: str) -> int:
    return next(row[0].row for row in page.iter_rows(max_col=1) if row[0].value == first)


def table_of(page: Worksheet, first: str) -> list[dict[str, object]]:
    top = header_row(page, first)
    headings = [cell.value for cell in page[top]]
    return [dict(zip(headings, row, strict=True)) for row in page.iter_rows(min_row=top + 1)]


def row_of(page: Worksheet, label: str) -> dict[str, object]:
    return next(row for row in table_of(page, "STT") if row["Chỉ tiêu"].value == label)


def fill(cell: object) -> str:
    return cell.fill.fgColor.rgb[-6:]


def shade(trait: str) -> str:
    return str(sheet.TRAITS[trait]["bg_color"]).lstrip("#")


def test_the_sheets_are_the_introduction_the_overviews_and_the_newest_year(book: Workbook) -> None:
    assert book.sheetnames == ["Giới thiệu", "Tình hình báo cáo", "Kết quả công bố", "Cảnh báo", "Hà Nam 2021"]


def test_the_contents_lead_to_every_other_sheet_in_its_order(book: Workbook) -> None:
    links = [cell.hyperlink.location for row in book["Giới thiệu"].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_the_contents_name_the_rankings_where_there_are_any(tmp_path: Path, monkeypatch) -> None:
    rankings = ("Xếp hạng", "Xếp hạng lĩnh vực", "Xếp hạng vùng", "Điểm từng tỉnh")
    made = [sheet.Sheet(name=name, title=name, columns=(sheet.Column("Mã", 9),), rows=()) for name in rankings]
    monkeypatch.setattr(workbook, "ranking_sheets", lambda connection: made)
    book = openpyxl.load_workbook(make(tmp_path))
    assert book.sheetnames[1:6] == ["Tình hình báo cáo", *rankings]
    first = [row[0].value for row in book["Giới thiệu"].iter_rows(max_col=1)]
    assert set(rankings) <= set(first)


def test_a_report_sheet_follows_the_form_row_by_row(report: Worksheet) -> None:
    rows = [(row["STT"].value, row["Chỉ tiêu"].value) for row in table_of(report, "STT")]

    assert rows == [
        ("1", "Công tác chỉ đạo"),
        ("1.1", "Kế hoạch CCHC"),
        ("1.1.1", "Số nhiệm vụ đề ra trong kế hoạch"),
        ("1.1.2", "Tổng số TTHC đang có hiệu lực"),
        (None, "Số TTHC cấp xã:"),
        ("1.1.3", "Tỷ lệ hồ sơ giải quyết đúng hạn"),
        ("1.1.4", "Hình thức khảo sát"),
        ("1.1.5", "Tỷ lệ % đã tinh giản so với năm 2015"),
        ("1.1.6", "Tổng số nhiệm vụ được giao"),
        ("1.1.7", "Số VBQPPL đã kiểm tra"),
    ]


@pytest.mark.parametrize(
    ("label", "value", "number_format"),
    [
        ("Số nhiệm vụ đề ra trong kế hoạch", 36, "#,##0"),
        ("Tổng số TTHC đang có hiệu lực", 1921, "#,##0"),
        ("Số TTHC cấp xã:", 147.5, "#,##0.######"),
        ("Tỷ lệ hồ sơ giải quyết đúng hạn", 7.03, "0.00"),
        ("Hình thức khảo sát", 1, "0"),
    ],
)
def test_a_figure_is_a_number_with_a_format(report: Worksheet, label: str, value: float, number_format: str) -> None:
    cell = row_of(report, label)["Số liệu"]

    assert (cell.data_type, cell.value, cell.number_format) == ("n", value, number_format)


def test_what_was_printed_stays_a_text_beside_the_number(report: Worksheet) -> None:
    row = row_of(report, "Tổng số TTHC đang có hiệu lực")

    assert (row["In trong báo cáo"].value, row["In trong báo cáo"].data_type) == ("1.921", "s")
    assert [row[name].value for name in ("Trang", "Bảng", "Dòng")] == [3, 1, 4]


def test_a_blank_is_an_empty_cell_with_its_own_shade_and_no_zero(report: Worksheet) -> None:
    cell = row_of(report, "Tổng số nhiệm vụ được giao")["Số liệu"]

    assert (cell.value, fill(cell)) == (None, shade("blank"))


def test_a_row_that_the_report_lacks_is_not_shown_as_a_blank(report: Worksheet) -> None:
    row = row_of(report, "Số VBQPPL đã kiểm tra")

    assert (row["Số liệu"].value, fill(row["Số liệu"])) == (None, shade("absent"))
    assert row["Cảnh báo"].value == "Báo cáo không có dòng này của mẫu."


def test_words_stay_words(report: Worksheet) -> None:
    cell = row_of(report, "Tỷ lệ % đã tinh giản so với năm 2015")["Số liệu"]

    assert (cell.value, cell.data_type, fill(cell)) == (factory.FORMULA, "s", shade("words"))


def test_a_finding_about_a_sum_is_shown_at_each_of_its_rows(report: Worksheet) -> None:
    for label in ("Tổng số TTHC đang có hiệu lực", "Số TTHC cấp xã:"):
        row = row_of(report, label)
        assert row["Cảnh báo"].value == "Cần xem lại: tổng."
        assert fill(row["Số liệu"]) == shade("doubtful")
    assert row_of(report, "Hình thức khảo sát")["Cảnh báo"].value is None


def test_a_finding_about_the_report_stands_above_the_table(report: Worksheet) -> None:
    above = [report.cell(row, 1).value for row in range(1, header_row(report, "STT"))]

    assert "Cảnh báo chung: Dòng «x» không có trong mẫu." in above
    assert "7 ô số liệu: 5 có số, 1 ghi bằng chữ, 1 để trống · 3 cảnh báo" in above
    assert "Báo cáo số 10/BC & UBND ngày 19/12/2021 · Người ký: Nguyễn Văn A · Mẫu: F1 · Tệp: a.docx" in above


def test_the_header_is_frozen_repeated_and_filtered_and_the_page_is_a4_landscape(report: Worksheet) -> None:
    top = header_row(report, "STT")

    assert report.freeze_panes == f"C{top + 1}"
    assert report.print_title_rows == f"${top}:${top}"
    assert report.auto_filter.ref == f"A{top}:J{top + 10}"
    assert (report.page_setup.paperSize, report.page_setup.orientation) == (9, "landscape")
    assert (report.page_setup.fitToWidth or 1, report.page_setup.fitToHeight) == (1, 0)
    assert report.oddFooter.left.text == "Hà Nam · Báo cáo số 10/BC && UBND ngày 19/12/2021"
    assert report.oddFooter.right.text == "Trang &P / &N"


def test_no_cell_is_a_formula_or_leads_out_of_the_workbook(path: Path, book: Workbook) -> None:
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]

    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {factory.FORMULA, "@SUM(A1) còn 05", "-", "+1 so với"} <= set(texts)
    with zipfile.ZipFile(path) as archive:
        assert not any("externalLink" in name for name in archive.namelist())
        assert not any(b"TargetMode" in archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_coverage_says_who_sent_who_was_late_and_who_did_not_send(book: Workbook) -> None:
    rows = table_of(book["Tình hình báo cáo"], "Kỳ báo cáo")

    assert [(row["Tỉnh, thành phố"].value, row["Tình trạng"].value, row["Quá hạn (ngày)"].value) for row in rows] == [
        ("Hà Nam", "Quá hạn", 2),
        ("Hà Nam", "Đúng hạn", 0),
        ("Nam Định", "Chưa gửi", None),
    ]
    assert rows[1]["Ngày gửi"].value == datetime(2021, 12, 19)


def test_official_results_carry_their_source_and_whether_it_was_checked(book: Workbook) -> None:
    rows = table_of(book["Kết quả công bố"], "Năm")

    assert [(row["Điểm"].value, row["Xếp hạng"].value, row["Đối chiếu"].value, row["Nguồn"].value) for row in rows] == [
        (86.47, 30, "Đã đối chiếu nguồn", "https://example.org/par"),
        ("-", None, "Chưa đối chiếu được nguồn", "trí nhớ"),
    ]


def test_the_introduction_counts_what_the_sheets_hold_and_leads_to_them(book: Workbook) -> None:
    page = book["Giới thiệu"]
    counts = {row[0].value: row[1].value for row in page.iter_rows(max_col=2) if isinstance(row[1].value, int)}
    links = {row[0].hyperlink.location for row in page.iter_rows(max_col=1) if row[0].hyperlink}

    assert counts == {
        "Báo cáo được tính": 2,
        "Kỳ báo cáo": 2,
        "Ô số liệu": 8,
        "    có số": 6,
        "    ghi bằng chữ": 1,
        "    để trống": 1,
        "Cảnh báo": 5,
    }
    assert {"'Hà Nam 2021'!A1", "'Cảnh báo'!A1"} <= links


def test_the_introduction_names_the_workbook_of_figures_of_each_period(book: Workbook) -> None:
    page = book["Giới thiệu"]
    top = header_row(page, "Tệp")

    assert [[cell.value for cell in row[:4]] for row in page.iter_rows(min_row=top)] == [
        ["Tệp", "Kỳ báo cáo", "Báo cáo", "Ô số liệu"],
        ["MO_PHONG_so_lieu_2022-Q1.xlsx", "Quý I năm 2022", 1, 1],
        ["MO_PHONG_so_lieu_2021-FY.xlsx", "Năm 2021", 1, 7],
    ]


def test_the_only_date_in_the_file_is_that_of_the_newest_report(book: Workbook) -> None:
    assert book.properties.created == book.properties.modified == datetime(2021, 12, 19)


def test_a_mark_stands_on_top_of_every_sheet_and_every_printed_page(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(make(tmp_path, MARK))

    assert {page["A1"].value for page in book} == {MARK}
    assert {page.oddHeader.center.text for page in book} == {f"&B{MARK}"}


def test_an_empty_warehouse_gives_sheets_with_headers_and_no_rows(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(make(tmp_path, is_empty=True))

    assert book.sheetnames == ["Giới thiệu", "Tình hình báo cáo", "Kết quả công bố", "Cảnh báo"]
    assert table_of(book["Cảnh báo"], "Kỳ báo cáo") == []


def report_named(key: str, province: str) -> workbook.Report:
    due = datetime(2021, 12, 20).date()
    numbers = {"cells": 0, "numbers": 0, "words": 0, "blanks": 0, "findings": 0}
    return workbook.Report(key, province, "FY", "Năm 2021", 2021, due, "F1", None, None, None, "a.docx", **numbers)


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=8))
def test_sheet_names_are_short_unique_and_free_of_what_excel_forbids(provinces: list[str]) -> None:
    names = workbook.sheet_names([report_named(str(index), name) for index, name in enumerate(provinces)])

    assert len({name.casefold() for name in names.values()}) == len(provinces)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names.values())


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 10, 1), ("một hai", 10, 1), ("một hai ba bốn", 3, 4), ("a\nb", 10, 2), ("x" * 30, 10, 3)],
)
def test_a_row_is_as_high_as_its_longest_text_needs(text: str, width: float, lines: int) -> None:
    assert sheet.line_count(text, width) == lines


def test_a_text_longer_than_a_cell_is_cut_with_a_word_about_it() -> None:
    cut = sheet._fitting("x" * 40_000)

    assert len(cut) == sheet.MAX_TEXT
    assert cut.endswith("xem tệp CSV)")
