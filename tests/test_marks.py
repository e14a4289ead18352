"""Signs that stand in a text and are no part of it: which go, which stay, and in which format they are seen."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from orchestration.reading import reader
from orchestration.reading.knowledge import marks
from tests.document_factory import docx_package, make_docx, sample_annex
from tests.test_docx import run
from tests.test_xlsx import workbook

LINES = sample_annex(7)


@pytest.mark.parametrize(
    ("printed", "read", "flags"),
    [
        ("36¹", "36", ("note_mark:1",)),
        ("1.921 ¹²", "1.921", ("note_mark:12",)),
        ("36⁽¹⁾", "36", ("note_mark:(1)",)),
        ("36 ⁽ᵃ⁾", "36", ("note_mark:(a)",)),
        ("36<sup>1</sup>", "36", ("note_mark:1",)),
        ("36①", "36", ("note_mark:1",)),
        ("92%*", "92%", ("note_mark:*",)),
        ("36 **", "36", ("note_mark:**",)),
        ("36 (*)", "36", ("note_mark:(*)",)),
        ("36[1]", "36", ("note_mark:[1]",)),
        ("36 [^2]", "36", ("note_mark:[^2]",)),
        ("36 (¹)", "36", ("note_mark:(1)",)),
        ("36ª", "36", ("note_mark:a",)),
        ("04\U0001f101", "04", ("note_mark:0,",)),  # a digit with a comma, one sign
        ("36 (1)", "36 (1)", ()),  # a note in brackets, which is read where numbers are
        ("Số TTHC¹ còn hiệu lực", "Số TTHC còn hiệu lực", ("note_mark:1",)),
        ("120 km²", "120 km²", ()),
        ("Diện tích (m²)³", "Diện tích (m²)", ("note_mark:3",)),
        ("³⁶", "³⁶", ()),  # raised as a whole: the figure itself
        ("5 * 3", "5 * 3", ()),
        ("\ufeff36\u200e", "36", ("invisible_sign",)),
        ("36\u202e63\u202c", "3663", ("bidi_override",)),
        ("36", "36", ()),
    ],
)
def test_a_mark_goes_with_a_flag_and_a_unit_stays(printed: str, read: str, flags: tuple[str, ...]) -> None:
    assert marks.without_marks(printed) == (read, flags)


@given(st.text(alphabet="0123456789.,% ", max_size=12))
def test_a_figure_without_marks_is_left_as_it_is(text: str) -> None:
    assert marks.without_marks(text) == (text, ())


@given(st.integers(0, 10**6), st.sampled_from(["¹", "²", "¹²", "⁽¹⁾", "①", "*"]))
def test_whatever_the_figure_its_mark_is_not_a_digit_of_it(figure: int, mark: str) -> None:
    assert marks.without_marks(f"{figure}{mark}")[0] == str(figure)


@pytest.mark.parametrize(
    "properties",
    ['<w:vertAlign w:val="superscript"/>', '<w:position w:val="6"/><w:sz w:val="14"/>'],
)
def test_word_raised_letters_are_marks(properties: str) -> None:
    read = reader.read_bytes(with_value(run("36") + run("1", properties)), "2021-FY/a.docx")
    assert value_of(read) == ("36", ("value:note_mark:1",))


@pytest.mark.parametrize("properties", ["<w:strike/>", "<w:dstrike/>"])
def test_word_struck_letters_are_not_read(properties: str) -> None:
    read = reader.read_bytes(with_value(run("99", properties) + run(" 36")), "2021-FY/a.docx")
    assert value_of(read) == ("36", ("value:struck_out",))


@pytest.mark.parametrize(
    "properties",
    ['<w:vertAlign w:val="subscript"/>', *(f'<w:position w:val="{said}"/>' for said in ("-6", "--6", "²", "", "6pt"))],
)
def test_a_letter_that_is_lowered_or_moved_by_no_number_is_no_mark(properties: str) -> None:
    read = reader.read_bytes(with_value(run("36", properties)), "2021-FY/a.docx")
    assert value_of(read) == ("36", ())


def with_value(runs: str) -> bytes:
    """The sample report with these runs as the value of 1.1.1."""
    made = make_docx([replace(line, value="VALUE") if line.code == "1.1.1" else line for line in LINES])
    with zipfile.ZipFile(BytesIO(made)) as package:
        document = package.read("word/document.xml").decode()
        parts = {
            Path(name).stem: package.read(name).decode()
            for name in package.namelist()
            if re.fullmatch(r"word/(?!document)\w+\.xml", name)
        }
    return docx_package(re.sub(r"<w:r>(?:(?!<w:r>).)*VALUE</w:t></w:r>", runs, document), **parts)


def value_of(read: reader.Reading) -> tuple[str | None, tuple[str, ...]]:
    row = next(row for row in read.rows if row.code == "1.1.1")
    return row.value_raw, row.flags


@pytest.mark.parametrize(
    ("look", "flag"), [({"font_script": 1}, "note_mark:1"), ({"font_strikeout": True}, "struck_out")]
)
def test_a_workbook_s_raised_and_struck_letters_are_not_read(look: dict[str, object], flag: str) -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_rich_string(0, 0, "36", book.add_format(look), "1")

    block = marks.clean(reader.read_xlsx(workbook(fill))).blocks[0]
    assert (block.cells[0].text, block.cells[0].flags) == ("36", (flag,))


@pytest.mark.parametrize(
    ("written", "flag"),
    [
        ("36<sup>1</sup>", "note_mark:1"),
        ('36<span style="vertical-align:super">1</span>', "note_mark:1"),
        ("<s>99</s>36", "struck_out"),
        ("<del>99</del>36", "struck_out"),
        ('<span style="text-decoration: line-through">99</span>36', "struck_out"),
    ],
)
def test_a_page_s_raised_and_struck_letters_are_not_read(written: str, flag: str) -> None:
    page = f"<table><tr><td>Số TTHC</td><td>{written}</td></tr></table>".encode()
    cell = marks.clean(reader.read_html(page)).blocks[0].cells[1]
    assert (cell.text, cell.flags) == ("36", (flag,))
