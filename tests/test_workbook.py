"""The national workbook as a spreadsheet program sees it: its one list of sheets, its figures, marks and pages."""

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

from orchestration.publishing import sheet, table, workbook
from orchestration.publishing.changes import SCHEMA, Changes
from orchestration.publishing.facts import Facts
from orchestration.publishing.table import SIMULATED_MARK, open_warehouse

METHOD = table.Method("Bộ số liệu CCHC", "Số được chép như đã in.")
DIGEST = "6dab7672" * 8
# Points of 1/72 inch: A4 without the margins, and the size below which nobody reads a table.
NO_CHANGES = Changes(SCHEMA.empty_table(), None)
PAGE = {"landscape": 842 - 2 * 0.4 * 72, "portrait": 595 - 2 * 0.4 * 72}
LEAST_SIZE = 9


def make(folder: Path, **given: bool) -> Path:
    database = factory.make_warehouse(folder / "par.duckdb", **given)
    path = folder / "a.xlsx"
    with open_warehouse(database) as connection:
        tables = table.published_tables(factory.manifest_of(factory.TABLES))
        workbook.product(Facts(connection), tables, METHOD, DIGEST, NO_CHANGES).write(path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("workbook"), has_scores=True)


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def header_row(page: Worksheet, first: str) -> int:
    return next(row[0].row for row in page.iter_rows(max_col=1) if row[0].value == first)


def table_of(page: Worksheet, first: str) -> list[dict[str, object]]:
    top = header_row(page, first)
    headings = [cell.value for cell in page[top]]
    return [dict(zip(headings, row, strict=True)) for row in page.iter_rows(min_row=top + 1)]


def above(page: Worksheet, first: str) -> list[str]:
    return [page.cell(row, 1).value for row in range(1, header_row(page, first))]


def values(page: Worksheet, first: str, *headings: str) -> list[tuple[object, ...]]:
    return [tuple(row[heading].value for heading in headings) for row in table_of(page, first)]


SHEETS = [
    "Giới thiệu",
    "PAPI 2021",
    "PAPI 2021 lĩnh vực",
    "PAPI 2021 vùng",
    "PAPI 2021 biến động",
    "PAR 2021 (mô phỏng)",
    "PAR 2021 (mô phỏng) lĩnh vực",
    "PAR 2021 (mô phỏng) vùng",
    "PAR 2021 (mô phỏng) biến động",
    "PAR 2021 (mô phỏng) chênh lệch",
    "Tình hình báo cáo",
    "Cảnh báo",
    "Kết quả công bố",
    "Thay đổi",
    "Từ điển dữ liệu",
    "Bảng dài",
]


def test_the_sheets_stand_in_one_order_what_is_real_first(book: Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_the_contents_lead_to_every_other_sheet_in_its_order(book: Workbook) -> None:
    rows = [row for row in book["Giới thiệu"].iter_rows() if row[0].hyperlink]
    assert [row[0].hyperlink.location for row in rows] == [f"'{name}'!A1" for name in SHEETS[1:]]
    assert all(row[1].value for row in rows)


def test_only_sheets_with_made_up_figures_are_marked_on_top_and_on_every_page(book: Workbook) -> None:
    marked = [page.title for page in book if page["A1"].value == SIMULATED_MARK]
    assert marked == ["Giới thiệu", *SHEETS[5:10], "Bảng dài"]
    assert [page.title for page in book if SIMULATED_MARK in (page.oddHeader.center.text or "")] == marked


def test_every_page_says_which_release_it_is_from(book: Workbook) -> None:
    assert all("số liệu đến 25/05/2022, mã nội dung 6dab7672" in page.oddFooter.left.text for page in book)
    assert all(page.oddFooter.right.text.endswith("Trang &P / &N") for page in book)


def test_the_cover_says_by_which_edition_and_whether_it_was_checked(book: Workbook) -> None:
    texts = {cell.value for row in book["Giới thiệu"].iter_rows() for cell in row if isinstance(cell.value, str)}
    assert "Cơ cấu chỉ số 2021, điểm như đã công bố. Đơn vị được xếp hạng: 2021: 2/2." in texts
    assert (
        "Bộ tiêu chí 876 (876/QĐ-BNV), tạm dùng bảng điểm của bộ 876; CHƯA đối chiếu với quyết định. "
        "Đơn vị được xếp hạng: 2021: 2/3." in texts
    )


def test_the_national_table_ranks_in_points_what_is_quoted_in_points(book: Workbook) -> None:
    page = book["PAPI 2021"]
    headings = ("Hạng", "Tỉnh, thành phố", "Điểm", "1. Tham gia", "Hạng năm trước", "Tăng, giảm bậc")
    assert values(page, "Hạng", *headings)[:2] == [
        (1, "Nam Định", 6.01, 6.01, 2, 1),
        (2, "Hà Nam", 5.4286, 5.4286, 1, -1),
    ]
    assert ("Cả nước (2 đơn vị)", 5.7193, 5.7193) in values(page, "Hạng", "Tỉnh, thành phố", "Điểm", "1. Tham gia")
    assert {row["Điểm"].number_format for row in table_of(page, "Hạng")[:2]} == {"0.00"}


def test_it_shows_intervals_groups_thresholds_and_who_is_not_ranked_and_why(book: Workbook) -> None:
    page = book["PAR 2021 (mô phỏng)"]
    headings = ("Hạng", "Khoảng hạng", "Tỉnh, thành phố", "Chỉ số (%)", "Nhóm", "1. Chỉ đạo, điều hành")
    assert values(page, "Hạng", *headings)[:3] == [
        (1, "1–2", "Hà Nam", 87.089, "B", 96.036387253),
        (2, "1–2", "Nam Định", 79.5, "C", 89.473684211),
        (None, None, "Ninh Bình", None, None, None),
    ]
    lines = above(page, "Hạng")
    assert "Nhóm: A từ 90 % (0 đơn vị); B từ 80 % (1 đơn vị); C từ 70 % (0 đơn vị)." in lines
    assert "Không xếp hạng (bao phủ 32,5 % dưới ngưỡng 80 %): Ninh Bình." in lines
    assert "Thứ hạng không so sánh được với năm trước; lý do ở trang «PAR 2021 (mô phỏng) biến động»." in lines


def test_areas_have_their_ranks_and_what_is_known_of_each(book: Workbook) -> None:
    rows = values(
        book["PAR 2021 (mô phỏng) lĩnh vực"], "Hạng", "Tỉnh, thành phố", "1. Chỉ đạo, điều hành", "Khoảng hạng"
    )
    assert rows[0] == ("Hà Nam", 1, "1: 1–2")
    assert ("Trung bình", 92.755, None) in rows
    assert ("Thấp nhất", 89.473684, None) in rows
    assert ("Điểm tối đa", 9.5, None) in rows


def test_regions_have_their_means_and_their_provinces(book: Workbook) -> None:
    page = book["PAPI 2021 vùng"]
    rows = values(page, "Hạng trong vùng", "Hạng trong vùng", "Tỉnh, thành phố", "Hạng cả nước")
    assert rows == [
        ("Đồng bằng sông Hồng: 2 đơn vị, trung bình 5,72 điểm", None, None),
        (1, "Nam Định", 1),
        (2, "Hà Nam", 2),
    ]


def test_who_rose_stands_first_and_who_cannot_be_compared_says_why(book: Workbook) -> None:
    headings = ("Tỉnh, thành phố", "Tăng, giảm bậc", "Thay đổi chỉ số", "Vì sao không so sánh thứ hạng")
    assert values(book["PAPI 2021 biến động"], "Tỉnh, thành phố", *headings) == [
        ("Nam Định", 1, 2.25, None),
        ("Hà Nam", -1, -0.5, None),
    ]
    reasons = values(book["PAR 2021 (mô phỏng) biến động"], "Tỉnh, thành phố", headings[-1])
    assert {reason for (reason,) in reasons} == {"không có điểm của năm trước", "năm nay không xếp hạng"}


def test_the_ledger_lists_points_that_were_not_accepted(book: Workbook) -> None:
    headings = ("Tỉnh, thành phố", "Mã", "Tự chấm", "Được chấp nhận", "Tự chấm trừ chấp nhận", "Lý do")
    assert values(book["PAR 2021 (mô phỏng) chênh lệch"], "Tỉnh, thành phố", *headings) == [
        ("Hà Nam", "1.10", 1, 0.75, 0.25, "=thiếu tài liệu")
    ]


def test_coverage_says_who_sent_who_was_late_who_did_not_send_and_what_is_not_due_apart(book: Workbook) -> None:
    page = book["Tình hình báo cáo"]
    rows = table_of(page, "Kỳ báo cáo")
    assert [(row["Tỉnh, thành phố"].value, row["Tình trạng"].value, row["Quá hạn (ngày)"].value) for row in rows] == [
        ("Hà Nam", "Quá hạn", 2),
        ("Hà Nam", "Đúng hạn", 0),
        ("Nam Định", "Chưa gửi", None),
        (None, None, None),
        ("Nam Định", "Chưa đến hạn", None),
    ]
    assert rows[3]["Kỳ báo cáo"].value == "Chưa đến hạn: 1 báo cáo"
    assert rows[1]["Ngày gửi"].value == datetime(2021, 12, 19)
    # On paper comes the newest year that is due: the report of 2022.
    assert page.print_area.endswith(f"$M${header_row(page, 'Kỳ báo cáo') + 1}")


def test_published_results_carry_their_source_and_a_change_is_no_score(book: Workbook) -> None:
    headings = ("Điểm", "Thay đổi", "Hạng", "Đối chiếu", "Nguồn")
    assert values(book["Kết quả công bố"], "Năm", *headings) == [
        (86.47, None, 30, "Đã đối chiếu nguồn", "https://example.org/par"),
        ("-", None, None, "Chưa đối chiếu được nguồn", "trí nhớ"),
        (None, -1.6, None, "Đáng ngờ, chép như nguồn in", "báo"),
    ]


def test_findings_are_told_in_words_without_names_of_rules(book: Workbook) -> None:
    texts = {cell.value for row in book["Cảnh báo"].iter_rows() for cell in row}
    assert {"Cần xem lại: tổng.", "Ô ghi bằng chữ."} <= texts
    assert not texts & {"identity_doubtful", "not_a_number", "unmatched_row"}


def test_the_long_table_has_every_value_of_every_year_and_is_not_made_for_paper(book: Workbook) -> None:
    page = book["Bảng dài"]
    rows = values(page, "Chỉ số", "Chỉ số", "Năm", "Số liệu", "Tỉnh, thành phố", "Lĩnh vực", "Chỉ số (%)", "Hạng")
    assert len(rows) == 5 + 4
    assert ("PAR", 2021, "mô phỏng", "Hà Nam", "Chỉ đạo, điều hành", 96.036387253, 1) in rows
    assert page.print_area.endswith(f"$H${header_row(page, 'Chỉ số')}")


def test_a_pivot_table_finds_the_long_table_by_its_name(book: Workbook) -> None:
    [(title, cells)] = book.defined_names["Bang_dai"].destinations
    rows = list(book[title][cells.replace("$", "")])
    assert [cell.value for cell in rows[0]][:3] == ["Chỉ số", "Năm", "Số liệu"]
    assert rows[-1][0].value and len(rows) == book[title].max_row - rows[0][0].row + 1


def test_letters_have_nine_points_on_a4_paper_whatever_the_sheet(book: Workbook) -> None:
    for page in book:
        assert page.page_setup.paperSize == 9
        last = page.print_area.rpartition("$")[0].rpartition("$")[2] if page.print_area else None
        printed = openpyxl.utils.column_index_from_string(last) if last else page.max_column
        # Neighbours of one width are one entry. Excel: a unit of width is seven pixels of three quarters of a point.
        widths = {
            number: group.width
            for group in page.column_dimensions.values()
            for number in range(group.min, group.max + 1)
        }
        width = sum(widths[at] * 7 * 0.75 for at in range(1, printed + 1))
        assert 11 * PAGE[page.page_setup.orientation] / width >= LEAST_SIZE, page.title


def test_no_cell_is_a_formula_or_leads_out_of_the_workbook(path: Path, book: Workbook) -> None:
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert {"=thiếu tài liệu", "+1 so với"} <= {cell.value for cell in cells if isinstance(cell.value, str)}
    with zipfile.ZipFile(path) as archive:
        assert not any("externalLink" in name for name in archive.namelist())
        assert not any(b"TargetMode" in archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_the_only_date_in_the_file_is_the_newest_one_in_the_data(book: Workbook) -> None:
    assert book.properties.created == book.properties.modified == datetime(2022, 5, 25)


def test_an_empty_warehouse_gives_lists_with_headers_and_no_rows_and_no_mark(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(make(tmp_path, is_empty=True))
    assert book.sheetnames == ["Giới thiệu", *SHEETS[10:]]
    assert table_of(book["Cảnh báo"], "Kỳ báo cáo") == []
    assert not [page.title for page in book if page["A1"].value == SIMULATED_MARK]


@given(st.text(min_size=1, max_size=60), st.sampled_from(["", " vùng", " chênh lệch"]))
def test_a_sheet_name_is_short_and_free_of_what_excel_forbids_and_keeps_its_end(start: str, end: str) -> None:
    name = sheet.sheet_name(start, end)
    assert len(name) <= 31 and not set(name) & set("[]:*?/\\'")
    assert name.endswith(end)


def test_a_text_longer_than_a_cell_is_cut_with_a_word_about_it() -> None:
    cut = sheet._fitting("x" * 40_000)

    assert len(cut) == sheet.MAX_TEXT
    assert cut.endswith("xem tệp CSV)")
