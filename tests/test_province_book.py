"""A province's own workbook as a spreadsheet program sees it: typed cells, shades, print set-up, nothing that runs."""

import zipfile
from datetime import datetime
from pathlib import Path

import duckdb
import openpyxl
import pytest
import warehouse_factory as factory
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.publishing import province_book, sheet
from orchestration.publishing.facts import Facts
from orchestration.publishing.table import SIMULATED_MARK, open_warehouse

pytestmark = pytest.mark.slow


def made(database: Path) -> dict[str, province_book.Product]:
    with open_warehouse(database) as connection:
        return {product.path: product for product in province_book.products(connection, Facts(connection))}


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("province_book")
    products = made(factory.make_warehouse(home / "par.duckdb", has_scores=True))
    products["tinh/35-ha-nam/MO_PHONG_chi_tieu.xlsx"].write(home / "a.xlsx")
    return home / "a.xlsx"


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def report(book: Workbook) -> Worksheet:
    return book["Báo cáo 2021"]


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


def test_every_province_that_has_something_has_a_workbook_and_only_the_made_up_say_so_in_their_names(tmp_path) -> None:
    database = factory.make_warehouse(tmp_path / "par.duckdb", has_scores=True)
    assert sorted(made(database)) == [
        f"tinh/{folder}/MO_PHONG_chi_tieu.xlsx" for folder in ("35-ha-nam", "36-nam-dinh", "37-ninh-binh")
    ]
    assert list(made(factory.make_warehouse(tmp_path / "b.duckdb"))) == ["tinh/35-ha-nam/chi_tieu.xlsx"]


def test_its_sheets_are_contents_scores_real_first_and_reports_newest_first(book: Workbook) -> None:
    assert book.sheetnames == [
        "Giới thiệu",
        "Điểm PAPI 2021",
        "Điểm PAR 2021 (mô phỏng)",
        "Báo cáo QI-2022",
        "Báo cáo 2021",
    ]
    links = [cell.hyperlink.location for row in book["Giới thiệu"].iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in book.sheetnames[1:]]


def test_only_a_sheet_with_a_made_up_figure_is_marked_on_its_top_and_its_pages(book: Workbook) -> None:
    marked = [page.title for page in book if page["A1"].value == SIMULATED_MARK]
    assert marked == ["Giới thiệu", "Điểm PAR 2021 (mô phỏng)"]
    assert [page.title for page in book if SIMULATED_MARK in (page.oddHeader.center.text or "")] == marked


def test_every_criterion_has_its_points_and_how_they_came_about(book: Workbook) -> None:
    page = book["Điểm PAR 2021 (mô phỏng)"]
    rows = table_of(page, "Mã")
    assert [row["Mã"].value for row in rows] == ["1", "1.2", "1.10"]
    assert (rows[0]["Điểm"].value, rows[0]["Điểm"].number_format) == (9.123456789, "0.00")
    assert fill(rows[1]["Điểm"]) == shade("blank")
    assert (rows[2]["Điểm"].value, rows[2]["Loại điểm"].value) == (0.75, "Thẩm định")
    assert rows[2]["Cách tính"].value == "thẩm định 0,75/1"
    above = [page.cell(row, 1).value for row in range(1, header_row(page, "Mã"))]
    assert "Hạng 1 (từ 1–2) trên 2, 87,09 %." in above
    assert (
        "PAR 2021: bộ tiêu chí 876 (876/QĐ-BNV), tạm dùng bảng điểm của bộ 876; CHƯA đối chiếu với quyết định." in above
    )


def test_a_workbook_is_made_anew_only_where_its_own_rows_changed(tmp_path: Path) -> None:
    database = factory.make_warehouse(tmp_path / "par.duckdb", has_scores=True)
    before = {path: product.made_from for path, product in made(database).items()}
    with duckdb.connect(str(database)) as connection:
        connection.execute("update marts.fct_indicator_value set value = 37 where indicator_key = 'plan_tasks'")
    after = {path: product.made_from for path, product in made(database).items()}
    assert [path for path in before if before[path] != after[path]] == ["tinh/35-ha-nam/MO_PHONG_chi_tieu.xlsx"]


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
    assert report.oddFooter.left.text.startswith("Hà Nam · Báo cáo số 10/BC && UBND ngày 19/12/2021 · mã nội dung ")
    assert report.oddFooter.right.text.endswith("Trang &P / &N")


def test_no_cell_is_a_formula_or_leads_out_of_the_workbook(path: Path, book: Workbook) -> None:
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]

    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {factory.FORMULA, "@SUM(A1) còn 05"} <= set(texts)
    with zipfile.ZipFile(path) as archive:
        assert not any("externalLink" in name for name in archive.namelist())
        assert not any(b"TargetMode" in archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_the_only_date_in_the_file_is_that_of_the_newest_report(book: Workbook) -> None:
    assert book.properties.created == book.properties.modified == datetime(2021, 12, 19)
