"""A workbook's cells are read as a Vietnamese reader sees them, with what is stored beside it."""

from __future__ import annotations

import os
import re
import zipfile
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
import python_calamine
import xlsxwriter
from document_factory import lines_of_truth, make_xlsx, sample_annex, short_annex, zip_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.reading.document import Block, Cell
from orchestration.reading.formats.xlsx import read_xlsx, shown_number
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.refusal import Refused

WHOLE = make_xlsx(short_annex())


def workbook(fill, **options) -> bytes:
    """The bytes of a workbook that `fill(book, sheet)` has written."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, **options})
    fill(book, book.add_worksheet())
    book.close()
    return target.getvalue()


def blocks(fill) -> tuple[Block, ...]:
    return read_xlsx(workbook(fill)).blocks


def only_cell(fill) -> Cell:
    (block,) = blocks(fill)
    (cell,) = block.cells
    return cell


@pytest.mark.parametrize(
    ("stored", "format", "shown"),
    [
        ("1480", "#,##0", "1.480"),
        ("104006", "#,##0", "104.006"),
        ("7.03", "0.00", "7,03"),
        ("7.0300000000000002", "General", "7,03"),
        ("1.921", "General", "1,921"),
        ("1480", "General", "1480"),
        ("1480.0", "General", "1480"),
        ("7", "00", "07"),
        ("0.92", "0%", "92%"),
        ("0.9215", "0.0%", "92,2%"),
        ("1234.5", "#,##0.00", "1.234,50"),
        ("2.5", "0", "3"),
        ("3", "0.##", "3"),
        ("-5", "#,##0", "-5"),
        ("-5", "#,##0;(#,##0)", "(5)"),
        ("-0.001", "0.00", "0,00"),
        ("1234567", "#,##0,", "1.235"),
        ("5", '0 "người"', "5 người"),
        ("5", "[$₫-42A]#,##0", "₫5"),
        ("1E+21", "General", "1000000000000000000000"),
        ("0", "_-* #,##0_-;-* #,##0_-;_-* \"-\"_-;_-@_-", "-"),
        ("không", "0", "không"),
        ("1", '[=1]"Có";[=0]"Không";General', "Có"),
        ("0", '[=1]"Có";[=0]"Không";General', "Không"),
        ("36", '[=1]"Có";[=0]"Không";General', "36"),
        ("0.36", "[<1]0%;#,##0", "36%"),
        ("1480", "[<1]0%;#,##0", "1.480"),
        ("36", ";;;", ""),
    ],
)  # fmt: skip
def test_a_number_is_printed_as_vietnamese_excel_prints_it(stored, format, shown):
    assert shown_number(stored, format) == shown


def test_a_cell_keeps_what_is_stored_and_how():
    cell = only_cell(lambda book, sheet: sheet.write_number(0, 0, 0.92, book.add_format({"num_format": "0%"})))
    assert cell == Cell(0, "92%", typed_value="0.92", number_format="0%")


def test_text_that_looks_like_a_number_stays_as_typed():
    assert only_cell(lambda _, sheet: sheet.write_string(0, 0, "1.921")) == Cell(0, "1.921")


def test_three_decimals_without_a_format_may_be_thousands():
    assert only_cell(lambda _, sheet: sheet.write_number(0, 0, 1.921)).flags == ("undecidable_number",)
    assert only_cell(lambda _, sheet: sheet.write_number(0, 0, 7.03)).flags == ()


def test_a_code_typed_as_a_number_keeps_its_point():
    def fill(_, sheet):
        sheet.write_row(0, 0, ["STT", "Số liệu"])
        sheet.write_row(1, 0, [1.1, 1.1])

    assert blocks(fill)[1].cells == (
        Cell(0, "1.1", typed_value="1.1", number_format="General", flags=("code_typed_as_number",)),
        Cell(1, "1,1", typed_value="1.1", number_format="General"),
    )


def test_a_zero_that_its_format_hides_is_still_a_zero():
    cell = only_cell(
        lambda book, sheet: sheet.write_number(0, 0, 0, book.add_format({"num_format": "#,##0;-#,##0;;@"}))
    )
    assert (cell.text, cell.flags) == ("0", ("hidden_by_format",))


@pytest.mark.parametrize(
    ("moment", "format", "shown"),
    [
        (datetime(2021, 12, 24), "dd/mm/yyyy", "24/12/2021"),
        (datetime(2021, 12, 24), "[$-42A]d mmmm yyyy", "24/12/2021"),
        (datetime(2021, 12, 24, 9, 30), "d/m/yy h:mm", "24/12/2021 09:30"),
        (datetime(1900, 1, 1, 9, 30), "h:mm", "09:30"),
    ],
)
def test_a_date_is_printed_day_first(moment, format, shown):
    fill = lambda book, sheet: sheet.write_datetime(0, 0, moment, book.add_format({"num_format": format}))  # noqa: E731
    assert only_cell(fill).text == shown


def test_dates_counted_from_1904_are_the_same_days():
    fill = lambda book, sheet: sheet.write_datetime(  # noqa: E731
        0, 0, datetime(2021, 12, 24), book.add_format({"num_format": "dd/mm/yyyy"})
    )
    assert read_xlsx(workbook(fill, date_1904=True)).blocks[0].cells[0].text == "24/12/2021"


@pytest.mark.parametrize(
    ("value", "look", "text", "flags"),
    [
        (36, {"font_color": "#FFFFFF"}, "36", ("hidden",)),
        ("36", {"font_color": "#FFFFFF"}, "36", ("hidden",)),
        (36, {"font_color": "#FFFFFF", "bg_color": "#1F4E79"}, "36", ()),
        ("36", {"font_color": "#FFFFFF", "bg_color": "#FFFFFF"}, "36", ("hidden",)),
        ("36", {"font_size": 1}, "36", ("hidden",)),
        (36, {"num_format": ";;;"}, "36", ("hidden_by_format", "hidden")),
        (0, {"num_format": ";;;"}, "0", ("hidden_by_format",)),
        (1234567, {"num_format": "0E+00"}, "1234567", ("display_rounds",)),
    ],
)
def test_a_figure_that_nobody_sees_is_flagged(value, look, text, flags):
    cell = only_cell(lambda book, sheet: sheet.write(0, 0, value, book.add_format(look)))
    assert (cell.text, cell.flags) == (text, flags)


def test_white_letters_beside_others_are_left_out():
    def fill(book, sheet):
        white, black = book.add_format({"font_color": "white"}), book.add_format({"font_color": "black"})
        sheet.write_rich_string(0, 0, white, "99", black, "36")

    assert (only_cell(fill).text, only_cell(fill).flags) == ("36", ("hidden_text",))


def test_a_column_or_row_without_width_is_hidden():
    def fill(_, sheet):
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write(1, 0, "c")

    book = zipfile.ZipFile(BytesIO(workbook(fill)))
    parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    sheet = sheet.replace("<sheetData>", '<cols><col min="2" max="2" width="0" customWidth="1"/></cols><sheetData>')
    sheet = sheet.replace('<row r="2"', '<row r="2" ht="0" customHeight="1"')
    first, second = read_xlsx(zip_bytes(parts | {"xl/worksheets/sheet1.xml": sheet})).blocks
    assert [cell.flags for cell in first.cells] == [(), ("hidden",)]
    assert second.flags == ("hidden",)


def test_truth_values_and_errors_are_printed_as_they_stand():
    def fill(_, sheet):
        sheet.write_boolean(0, 0, True)
        sheet.write_formula(0, 1, "=#REF!", None, "#REF!")
        sheet.write_formula(0, 2, "=1+1", None, 2)
        sheet.write_formula(0, 3, '="a"', None, "a")

    cells = blocks(fill)[0].cells
    assert [cell.text for cell in cells] == ["TRUE", "#REF!", "2", "a"]
    assert cells[1].flags == ("formula_error",)


def test_a_merged_range_is_one_cell_with_its_spans():
    def fill(_, sheet):
        sheet.merge_range(0, 0, 1, 0, "STT")
        sheet.merge_range(0, 1, 0, 2, "Kết quả")
        sheet.write_row(1, 1, ["Đơn vị", "Số liệu"])

    assert [block.cells for block in blocks(fill)] == [
        (Cell(0, "STT", row_span=2), Cell(1, "Kết quả", column_span=2)),
        (Cell(1, "Đơn vị"), Cell(2, "Số liệu")),
    ]


def test_rows_have_the_numbers_that_the_workbook_shows_and_sheets_are_tables():
    def fill(book, sheet):
        sheet.write(4, 1, "a")
        book.add_worksheet().write(0, 0, "b")

    assert [(b.table, b.row, b.cells[0].column, b.cells[0].text) for b in blocks(fill)] == [
        (1, 5, 1, "a"),
        (2, 1, 0, "b"),
    ]


def test_hidden_sheets_rows_and_columns_are_read_and_marked():
    def fill(book, sheet):
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_row(1, 0, ["c", "d"])
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})
        other = book.add_worksheet()
        other.write(0, 0, "e")
        other.hide()

    found = blocks(fill)
    assert [block.flags for block in found] == [(), ("hidden",), ("hidden_sheet",)]
    assert [cell.flags for cell in found[0].cells] == [(), ("hidden",)]


def test_a_blank_value_is_an_empty_cell_and_no_zero():
    def fill(book, sheet):
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write(1, 0, "d")
        sheet.write_blank(1, 1, None, book.add_format({"bold": True}))
        sheet.write(1, 2, "e")

    assert [cell.text for cell in blocks(fill)[1].cells] == ["d", "", "e"]


@pytest.mark.parametrize("typed", [True, False])
def test_every_value_of_an_annex_is_read_as_printed(typed):
    lines = sample_annex(7)
    found = read_xlsx(make_xlsx(lines, typed=typed)).blocks[5:]
    printed = [{c.column: c.text for c in block.cells} for block in found]
    assert [row.get(3, "") for row in printed] == [line.value for line in lines]


def test_stored_values_agree_with_another_reader():
    data = make_xlsx(sample_annex(8))
    theirs = (
        python_calamine.CalamineWorkbook.from_filelike(BytesIO(data))
        .get_sheet_by_index(0)
        .to_python(skip_empty_area=False)
    )
    for block in read_xlsx(data).blocks:
        for cell in block.cells:
            value = theirs[block.row - 1][cell.column]
            if cell.typed_value is None:
                assert value == cell.text
            else:
                assert float(cell.typed_value) == value


def test_a_workbook_without_a_word_is_refused():
    with pytest.raises(Refused) as raised:
        read_xlsx(workbook(lambda *_: None))
    assert raised.value.code == "no_text"


@settings(max_examples=150)
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_are_read_or_refused(place, rubbish):
    for data in (WHOLE[:place] + rubbish + WHOLE[place + len(rubbish) :], WHOLE[:place]):
        with suppress(Refused):
            read_xlsx(data)


@settings(max_examples=200)
@given(st.data())
def test_damaged_xml_is_read_or_refused(data):
    archive = zipfile.ZipFile(BytesIO(WHOLE))
    members = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(
        st.sampled_from(sorted(n for n in members if re.search(r"(sheet1|styles|workbook|strings)\.xml", n)))
    )
    place = data.draw(st.integers(0, len(members[name]) - 1))
    piece = data.draw(
        st.sampled_from([b"9", b"-", b"1e999", b"nan", b"<c", b'r="XFD1048576"', b"A1:XFD9999999", b"\xff"])
    )
    members[name] = members[name][:place] + piece + members[name][place + data.draw(st.integers(0, 9)) :]
    with suppress(Refused):
        read_xlsx(zip_bytes(members))


@settings(max_examples=300)
@given(st.floats(allow_nan=True), st.text('0#,.%;?"\\@_-*[]dmyhsE+ /$đ', max_size=14))
def test_any_number_under_any_format_is_printed(value, format):
    assert isinstance(shown_number(repr(value), format), str)


@given(st.integers(-(10**12), 10**12))
def test_grouping_changes_no_digit(number):
    assert shown_number(str(number), "#,##0").replace(".", "") == str(number)


@pytest.mark.real
@pytest.mark.skipif("PAR_REAL_REPORTS" not in os.environ, reason="PAR_REAL_REPORTS is not set")
@pytest.mark.parametrize("name", ["ha_nam_2021_annex_text.xlsx", "ha_nam_2021_annex_typed.xlsx"])
def test_every_value_of_the_real_report_is_read_as_printed(name):
    path = Path(os.environ["PAR_REAL_REPORTS"]) / name
    rows_read = [{c.column: nfkc(c.text) for c in b.cells} for b in read_xlsx(path.read_bytes()).blocks]
    read = [(row[1], row[3]) for row in rows_read if row.get(1) and row.get(3)]
    # A page end cuts one label, so a row is known by how its label begins.
    lost = [
        line
        for line in lines_of_truth(path.with_name(f"{name}.truth.csv"))
        if line.value and not any(line.label.startswith(label) and value == nfkc(line.value) for label, value in read)
    ]
    assert lost == []
