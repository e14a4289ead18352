"""Text over a PDF page is dropped with a flag, whatever makes it one; the page's own text stays, white on dark too."""

from __future__ import annotations

from io import BytesIO

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import typst
from PIL import Image

from orchestration.reading.document import TABLE_ROW, Cell
from orchestration.reading.knowledge import marks
from orchestration.reading.pages.pdf import read_pdf

ROWS = [["Mã", "Chỉ tiêu", "Số liệu"], *([f"1.{n}", f"Số nhiệm vụ thứ {n}", str(30 + n)] for n in range(1, 9))]


def cells(over: str = "", *, value: str = "31") -> list[list[Cell]]:
    """The cells of a page with a ruled table; `over` is set above it, `value` stands in place of 31."""
    return cells_of(page_of_table(over, value=value))


def page_of_table(over: str = "", *, value: str = "31") -> bytes:
    table = "".join(f"[{text}], " for row in ROWS for text in row)
    source = f"""
        #set page(paper: "a4", margin: 2cm)
        #set text(size: 11pt, font: "Libertinus Serif")
        #table(columns: (2cm, 9cm, 4cm), inset: 8pt, {table.replace("[31]", f"[{value}]")})
        {over}
    """
    return typst.compile(source.encode(), ignore_system_fonts=True)


def cells_of(data: bytes) -> list[list[Cell]]:
    document = marks.clean(read_pdf(data))
    return [list(block.cells) for block in document.blocks if block.kind == TABLE_ROW]


def texts(found: list[list[Cell]]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in found]


@pytest.mark.parametrize(
    "over",
    [
        "#place(top + left, dy: 2cm, rotate(-45deg, text(size: 60pt)[DỰ THẢO 2021]))",
        "#place(top + left, dx: 1cm, dy: 1cm, rotate(-20deg, text(size: 11pt)[Nguyễn Văn A 20/12/2021 08:15]))",
        "#place(top + left, dx: 9cm, dy: 2cm, text(size: 11pt, fill: luma(80%))[BẢN SAO 2021])",
        "#place(top + left, dx: 1cm, dy: 2.1cm, text(size: 40pt)[BẢN SAO 2021])",
        "#place(top + left, dx: 11.5cm, dy: 1.1cm, text(size: 11pt, fill: rgb(0, 0, 0, 60))[7])",
    ],
    ids=["oblique", "oblique and small", "pale", "large over lines", "half transparent"],
)
def test_an_overlay_is_dropped_and_its_cells_are_flagged(over: str) -> None:
    found = cells(over)
    assert texts(found) == ROWS
    assert any("overlay_text_dropped" in cell.flags for row in found for cell in row)


def test_a_page_without_overlay_has_no_flag() -> None:
    assert not any(cell.flags for row in cells() for cell in row)


def test_white_letters_on_a_dark_header_are_read() -> None:
    dark = "table.cell(fill: navy)[#text(fill: white)["
    source = f"""
        #set text(font: "Libertinus Serif")
        #table(columns: (3cm, 9cm), {dark}Mã]], {dark}Chỉ tiêu]], [1.1], [Số nhiệm vụ đã giao trong năm])
    """
    document = read_pdf(typst.compile(source.encode(), ignore_system_fonts=True))
    [first, *_] = [block.cells for block in document.blocks if block.kind == TABLE_ROW]
    assert [cell.text for cell in first] == ["Mã", "Chỉ tiêu"]


@pytest.mark.parametrize("value", ["31#super[1]", "31 #super[(1)]", "31#super(typographic: false)[2]"])
def test_a_raised_mark_is_no_digit(value: str) -> None:
    row = cells(value=value)[1]
    assert row[2].text == "31"
    assert any(flag.startswith("note_mark") for flag in row[2].flags)


@pytest.mark.parametrize("value", ["#strike[99] 31", "31 #strike(stroke: 1.5pt + red)[99]", "#strike[99]31"])
def test_what_a_line_strikes_out_is_not_read(value: str) -> None:
    row = cells(value=value)[1]
    assert (row[2].text, row[2].flags) == ("31", ("struck_out",))


@pytest.mark.parametrize(
    "pen",
    [
        "#place(top + left, dx: -2pt, line(start: (0pt, 0pt), end: (16pt, 11pt), stroke: 1.5pt + red))",
        "#place(top + left, dx: -8pt, dy: 4.5pt, line(length: 30pt, stroke: 1.5pt + blue))",
    ],
    ids=["across", "too long"],
)
def test_a_figure_that_a_hand_may_have_struck_out_is_in_doubt(pen: str) -> None:
    row = cells(value=f"31{pen}")[1]
    assert (row[2].text, row[2].flags) == ("31", ("drawn_over",))


def test_an_underline_strikes_nothing_out() -> None:
    row = cells(value="#underline[31]")[1]
    assert (row[2].text, row[2].flags) == ("31", ())


def test_a_figure_under_white_paint_is_not_read() -> None:
    value = "99#place(top + left, dx: -1pt, box(fill: white, width: 20pt, height: 11pt)[31])"
    row = cells(value=value)[1]
    assert (row[2].text, row[2].flags) == ("31", ("hidden_text",))
    ground = cells(value="#box(fill: white)[31]")[1]
    assert (ground[2].text, ground[2].flags) == ("31", ())


def test_a_picture_in_the_place_of_a_figure_is_not_blank() -> None:
    pixel = BytesIO()
    Image.new("L", (40, 12), 120).save(pixel, "PNG")
    picture = f"#image(bytes({tuple(pixel.getvalue())}), width: 30pt)"
    assert cells(value=picture)[1][2].flags == ("not_text",)
    assert cells(value=f"31 {picture}")[1][2].flags == ()


@pytest.mark.parametrize(
    ("kind", "text", "flags"),
    [
        (pdfium.FPDF_ANNOT_STRIKEOUT, "", ("struck_out",)),
        (pdfium.FPDF_ANNOT_INK, "31", ("drawn_over",)),
        (pdfium.FPDF_ANNOT_FREETEXT, "3199", ("typed_over",)),
        (pdfium.FPDF_ANNOT_HIGHLIGHT, "31", ()),
    ],
)
def test_what_a_reader_put_on_the_finished_page_is_seen(kind: int, text: str, flags: tuple[str, ...]) -> None:
    with pypdfium2.PdfDocument(page_of_table()) as file:
        page = file[0]
        text_page = page.get_textpage()
        text_page.count_rects(text_page.get_text_range().index("31"), 2)
        left, bottom, right, top = text_page.get_rect(0)
        note = pdfium.FPDFPage_CreateAnnot(page.raw, kind)
        start = right if kind == pdfium.FPDF_ANNOT_FREETEXT else left
        pdfium.FPDFAnnot_SetRect(note, pdfium.FS_RECTF(start, top + 4, right + 30, bottom - 4))
        quad = pdfium.FS_QUADPOINTSF(left, top, right, top, left, bottom, right, bottom)
        pdfium.FPDFAnnot_AppendAttachmentPoints(note, quad)
        letters = "99\0".encode("utf-16-le")
        contents = (pdfium.FPDF_WCHAR * (len(letters) // 2)).from_buffer_copy(letters)
        pdfium.FPDFAnnot_SetStringValue(note, b"Contents", contents)
        pdfium.FPDFPage_CloseAnnot(note)
        made = BytesIO()
        file.save(made)
    cell = cells_of(made.getvalue())[1][2]
    assert (cell.text.replace(" ", ""), cell.flags) == (text, flags)
