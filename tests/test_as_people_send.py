"""Reports as people make them: each kind of odd container gives the figures of the annex, or says what it lacks."""

from __future__ import annotations

import base64
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
import xlsxwriter
from docx import Document as WordFile
from docx.shared import Mm
from PIL import Image, ImageOps

from orchestration.reading import reader
from orchestration.reading.formats import office, photo
from orchestration.reading.reader import ACCEPTED, QUARANTINED, Reading, read_bytes
from orchestration.simulation import old_font
from orchestration.simulation.documents import zip_bytes
from tests.container_factory import (
    CHUNK,
    KINDS,
    OBJECT,
    by_office,
    in_old_letters,
    pdf_with_attached,
    word_around,
    word_in_old_letters,
    word_of_pictures,
)
from tests.document_factory import AnnexLine, make_docx, make_html, make_xlsx, sample_annex
from tests.pdf_factory import make_pdf, pages_of, pictures_as_pdf, two_pages_a_sheet

LINES = sample_annex(7)
TITLES = ("STT", "Chỉ tiêu thống kê", "Đơn vị tính", "Số liệu", "Ghi chú")
SENDER = "ỦY BAN NHÂN DÂN TỈNH HÀ NAM"
TITLE = "BÁO CÁO kết quả công tác cải cách hành chính năm 2021"
Fill = Callable[[xlsxwriter.Workbook, xlsxwriter.worksheet.Worksheet], None]


def workbook(fill: Fill) -> bytes:
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        fill(book, book.add_worksheet())
    return made.getvalue()


def package(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def cells_of(line: AnnexLine) -> list[str]:
    return [line.code if not line.ordinal else "", line.label, line.unit, line.value, line.note]


def plain(sheet: xlsxwriter.worksheet.Worksheet, lines: Sequence[AnnexLine] = LINES, look: object = None) -> None:
    """The report as a sheet: sender, title, header, a row a line."""
    for at, text in enumerate((SENDER, TITLE)):
        sheet.write_string(at, 0, text, look)
    for at, texts in enumerate((TITLES, *map(cells_of, lines)), 2):
        for column, text in enumerate(texts):
            sheet.write_string(at, column, text, look)


def values(read: Reading) -> dict[tuple[str, int], str]:
    return {(row.code, row.ordinal): row.value_raw or "" for row in read.rows}


TRUTH = {(line.code, line.ordinal): line.value for line in LINES}


def test_a_workbook_in_an_old_font_says_the_same() -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        small, capital = (book.add_format({"font_name": name}) for name in (".VnTime", ".VnTimeH"))
        words = ("label", "unit", "note")
        stored = [replace(line, **{word: in_old_letters(getattr(line, word)) for word in words}) for line in LINES]
        plain(sheet, stored, small)
        for at, text in enumerate((SENDER, TITLE)):
            sheet.write_string(at, 0, in_old_letters(text.lower()), capital)
        for column, text in enumerate(TITLES):
            sheet.write_string(2, column, in_old_letters(text), small)

    read = read_bytes(workbook(fill), "2021-FY/a.xlsx")
    assert (read.status, read.refusal, read.unmatched) == (ACCEPTED, None, 0)
    assert values(read) == TRUTH


def test_the_letter_that_an_old_font_keeps_as_a_soft_hyphen_is_a_letter() -> None:
    made = make_docx(LINES)
    with zipfile.ZipFile(BytesIO(made)) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    font = '<w:rPr><w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/></w:rPr>'
    document = re.sub(
        r"<w:r><w:t([^>]*)>([^<]*)</w:t></w:r>",
        lambda match: f"<w:r>{font}<w:t{match[1]}>{in_old_letters(match[2])}</w:t></w:r>",
        parts["word/document.xml"],
    )
    assert "\u00ad" in document
    for hyphen in ("\u00ad", '</w:t><w:softHyphen/><w:t xml:space="preserve">'):
        read = read_bytes(
            zip_bytes(parts | {"word/document.xml": document.replace("\u00ad", hyphen)}), "2021-FY/a.docx"
        )
        assert (read.status, read.refusal, read.unmatched) == (ACCEPTED, None, 0)


def in_no_named_font(family: str, *, inline: bool = False, beside: Fill | None = None) -> bytes:
    """The report as a workbook whose letters are those of an old font that nothing in it names."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": inline}) as book:
        sheet = book.add_worksheet()
        for at, texts in enumerate(((SENDER,), (TITLE,), TITLES, *map(cells_of, LINES))):
            for column, text in enumerate(texts):
                sheet.write_string(at, column, old_font.stored(text, family))
        if beside:
            beside(book, book.add_worksheet())
    return made.getvalue()


def a_sheet_of_notes(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
    for at in range(300):
        sheet.write_string(at, 0, f"Ghi chú {at}: số liệu được tổng hợp từ các sở, ngành của tỉnh")


@pytest.mark.parametrize("family", [old_font.TCVN3, old_font.VNI])
@pytest.mark.parametrize("how", [{}, {"inline": True}, {"beside": a_sheet_of_notes}])
def test_a_workbook_that_names_no_old_font_is_told_by_its_letters(family: str, how: dict[str, object]) -> None:
    read = read_bytes(in_no_named_font(family, **how), "2021-FY/a.xlsx")
    assert (read.status, read.refusal, read.unmatched) == (ACCEPTED, None, 0)
    assert values(read) == TRUTH
    assert f"encoding:{family}" in read.flags
    assert not Counter(marked([line.label for line in LINES])) - Counter(marked([row.label or "" for row in read.rows]))


def test_sound_text_beside_an_old_font_stays_as_it_is() -> None:
    read = read_bytes(in_no_named_font(old_font.VNI, beside=a_sheet_of_notes), "2021-FY/a.xlsx")
    notes = [cell.text for block in read.blocks if block.table == 2 for cell in block.cells]
    assert len(notes) == 300
    assert all("số liệu được tổng hợp từ các sở, ngành của tỉnh" in note for note in notes)


def test_letters_of_a_font_that_nobody_knows_are_the_reason_of_a_refusal() -> None:
    # Each marked letter as another that Vietnamese never has, as the fonts of the BK HCM and VISCII code pages do.
    strange = {
        letter: "äëïöüåæçñõøß"[at % 12] for at, letter in enumerate(sorted(set(marked([SENDER, TITLE, *TITLES]))))
    }

    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        for at, texts in enumerate(((SENDER,), (TITLE,), TITLES, *map(cells_of, LINES))):
            for column, text in enumerate(texts):
                sheet.write_string(at, column, "".join(strange.get(c.lower(), c) for c in text))

    read = read_bytes(workbook(fill), "2021-FY/a.xlsx")
    assert read.refusal is not None
    assert read.refusal.code == "unknown_letters"


def marked(texts: Sequence[str]) -> str:
    """The marked letters of texts, case aside: the font draws the capitals that its letters lack."""
    return "".join(
        letter for text in texts for letter in unicodedata.normalize("NFC", text).lower() if not letter.isascii()
    )


@pytest.mark.parametrize(
    ("extension", "make"),
    [
        ("docx", word_in_old_letters),
        pytest.param("doc", KINDS["old font, doc"], marks=[pytest.mark.office, pytest.mark.slow]),
        pytest.param("rtf", KINDS["old font, rtf"], marks=[pytest.mark.office, pytest.mark.slow]),
    ],
)
def test_of_an_old_font_999_marked_letters_of_1000_come_back(extension: str, make: Callable[..., bytes]) -> None:
    said = [block.text for block in read_bytes(make_docx(LINES), "a.docx").blocks if block.text]
    labels = [line.label for line in LINES]
    read = read_bytes(make(LINES), f"2021-FY/a.{extension}")
    found = marked([row.label or "" for row in read.rows] + [block.text for block in read.blocks if block.text])
    lost = Counter(marked(labels + said)) - Counter(found)
    assert sum(lost.values()) <= 0.001 * len(marked(labels + said)), lost


def test_last_years_hidden_column_is_named_and_not_read() -> None:
    def fill(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        plain(sheet, [replace(line, value="1") if line.value else line for line in LINES])
        sheet.set_column(3, 3, None, None, {"hidden": True})
        sheet.write_string(2, 4, "Số liệu")
        for at, line in enumerate(LINES, 3):
            sheet.write_string(at, 4, line.value)

    read = read_bytes(workbook(fill), "2021-FY/a.xlsx")
    assert values(read) == TRUTH
    assert "hidden_column_left_out" in read.flags


def test_a_hidden_sheet_with_last_years_annex_is_named_and_not_read() -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        plain(sheet)
        before = book.add_worksheet()
        plain(before, [replace(line, value="1") if line.value else line for line in LINES])
        before.hide()

    read = read_bytes(workbook(fill), "2021-FY/a.xlsx")
    assert (read.refusal, values(read)) == (None, TRUTH)
    assert "hidden_sheet_left_out" in read.flags


def test_an_annex_on_a_hidden_sheet_alone_is_read() -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_string(0, 0, SENDER)
        sheet.write_string(1, 0, TITLE)
        hidden = book.add_worksheet()
        plain(hidden)
        hidden.hide()

    assert values(read_bytes(workbook(fill), "2021-FY/a.xlsx")) == TRUTH


def formulas(sheet: xlsxwriter.worksheet.Worksheet) -> dict[tuple[str, int], str]:
    """Whole numbers as formulas without a stored result; the truth of the report with them."""
    plain(sheet)
    for at, line in enumerate(LINES, 3):
        if line.value.isdigit():
            sheet.write_formula(at, 3, f"={int(line.value)}+0", None, "")
    return {key: str(int(value)) if value.isdigit() else value for key, value in TRUTH.items()}


@pytest.mark.office
def test_formulas_without_results_are_computed() -> None:
    truth = {}
    read = read_bytes(workbook(lambda _, sheet: truth.update(formulas(sheet))), "2021-FY/a.xlsx")
    assert values(read) == truth
    assert "formulas_computed" in read.flags


def test_formulas_that_nobody_can_compute_are_not_blank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "office_program", lambda: None)
    read = read_bytes(workbook(lambda _, sheet: formulas(sheet) and None), "2021-FY/a.xlsx")
    flagged = {(row.code, row.ordinal) for row in read.rows if "value:formula_without_value" in row.flags}
    assert flagged == {key for key, value in TRUTH.items() if value.isdigit()}
    assert "formulas_without_values" in read.flags


@pytest.mark.parametrize(
    ("stored", "format", "shown", "is_flagged"),
    [(7.03, "0", "7", True), (0.9234, "0%", "92%", True), (33.333333, "0.00", "33,33", False), (7, "0", "7", False)],
)
def test_a_format_that_hides_decimals_is_flagged(stored: float, format: str, shown: str, is_flagged: bool) -> None:
    def fill(book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_number(0, 0, stored, book.add_format({"num_format": format}))

    [[cell]] = [block.cells for block in reader.read_xlsx(workbook(fill)).blocks]
    assert (cell.text, "display_rounds" in cell.flags) == (shown, is_flagged)


@pytest.mark.parametrize("length", [30, 52])
def test_a_row_with_its_code_counts_though_its_label_was_cut(length: int) -> None:
    read = read_bytes(make_docx([replace(line, label=line.label[:length]) for line in LINES]), "2021-FY/a.docx")
    assert (read.refusal, read.unmatched, values(read)) == (None, 0, TRUTH)


ABBREVIATED = {
    "1.1.1": "Số NV trong KH",
    "1.2.2": "Số UBND huyện đã KT",
    "1.3.1": "SL phiếu k.sát",
    "2.1": "Số VB QPPL đã b.hành/tham mưu BH",
    "3.1.1": "Số TTHC CB mới",
    "3.4.3": "TL HS TTHC do UBND cấp xã TN được GQ đúng hạn",
}


def test_a_row_with_its_code_in_sequence_counts_though_its_label_is_abbreviated() -> None:
    short = [
        replace(line, label=ABBREVIATED.get(line.code, line.label) if not line.ordinal else line.label)
        for line in LINES
    ]
    read = read_bytes(make_docx(short), "2021-FY/a.docx")
    assert (read.refusal, read.unmatched, values(read)) == (None, 0, TRUTH)
    assert {row.code for row in read.rows if "label:differs" in row.flags} == set(ABBREVIATED)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("3.4.2", "TL HS TTHC do UBND cấp xã TN được GQ đúng hạn"),  # the row of another level
        ("3.1.2", "Số TTHC CB mới"),  # the row before
        ("2.3", "Số rà soát"),  # words left out, none abbreviated
        ("3.6.3", "Số NV đã HT đúng hạn"),  # the opposite: too late
        ("2.3", "VB"),
    ],
)
def test_an_abbreviation_of_something_else_is_not_the_row_of_its_code(code: str, label: str) -> None:
    changed = [replace(line, label=label) if (line.code, line.ordinal) == (code, 0) else line for line in LINES]
    read = read_bytes(make_docx(changed), "2021-FY/a.docx")
    found = [row for row in read.rows if row.code == code and row.ordinal == 0]
    assert [row.code_source for row in found] == ["unmatched"]


def test_codes_in_the_label_under_an_empty_column_are_codes() -> None:
    moved = [replace(line, code="", label=f"{line.code}. {line.label}") if not line.ordinal else line for line in LINES]
    page = make_html(LINES)
    for line, other in zip(LINES, moved, strict=True):
        if line.code and not line.ordinal:
            code = re.escape(line.code)
            page = re.sub(
                rf"<td([^>]*)>{code}\.?</td>(\s*)<td([^>]*)>".encode(),
                rf"<td\1></td>\2<td\3>{other.label.split(' ')[0]} ".encode(),
                page,
                count=1,
            )
    read = read_bytes(page, "2021-FY/a.html")
    assert (read.refusal, read.unmatched, values(read)) == (None, 0, TRUTH)


@pytest.mark.parametrize(
    ("name", "make", "element"),
    [
        ("chunk.html", make_html, CHUNK),
        ("embeddings/Book1.xlsx", make_xlsx, OBJECT),
        ("embeddings/BC.docx", make_docx, OBJECT),
    ],
    ids=["a chunk", "a workbook", "a document"],
)
def test_an_annex_that_lies_inside_a_word_file_is_read(name: str, make: Callable[..., bytes], element: str) -> None:
    read = read_bytes(word_around(LINES, {name: make(LINES)}, element), "2021-FY/a.docx")
    assert (read.refusal, read.unmatched, values(read)) == (None, 0, TRUTH)
    assert f"inside:{name.rpartition('/')[2]}" in read.flags


def test_a_word_file_that_is_one_chunk_is_read() -> None:
    chunk = {"chunk.html": make_html(LINES)}
    with zipfile.ZipFile(BytesIO(word_around(LINES, chunk, ""))) as package:
        files = {name: package.read(name) for name in package.namelist()}
    body = f"<w:body>{CHUNK}</w:body>"
    document = re.sub(r"<w:body>.*</w:body>", body, files["word/document.xml"].decode(), flags=re.DOTALL)
    read = read_bytes(zip_bytes(files | {"word/document.xml": document}), "a.docx")
    assert (read.refusal, values(read)) == (None, TRUTH)


def test_a_file_inside_does_not_stand_beside_the_annex_that_the_text_has() -> None:
    with zipfile.ZipFile(BytesIO(make_docx(LINES))) as package:
        document = package.read("word/document.xml").decode()
    [table] = re.findall(r"<w:tbl>.*</w:tbl>", document, flags=re.DOTALL)
    other = make_xlsx([replace(line, value="1") if line.value else line for line in LINES])
    read = read_bytes(word_around(LINES, {"embeddings/Book1.xlsx": other}, table + OBJECT), "2021-FY/a.docx")
    assert (read.refusal, values(read)) == (None, TRUTH)


def test_an_annex_attached_to_a_pdf_is_read() -> None:
    read = read_bytes(pdf_with_attached(LINES, "phu_luc.xlsx", make_xlsx(LINES)), "2021-FY/a.pdf")
    assert (read.refusal, values(read)) == (None, TRUTH)
    assert "inside:phu_luc.xlsx" in read.flags


@pytest.mark.ocr
@pytest.mark.slow
def test_an_annex_pasted_into_word_as_pictures_of_its_pages_is_read() -> None:
    read = read_bytes(word_of_pictures(LINES), "2021-FY/a.docx")
    assert (read.status, read.refusal) == (ACCEPTED, None)
    wrong = {key for key, value in values(read).items() if value != TRUTH[key]}
    assert wrong <= {(row.code, row.ordinal) for row in read.rows if row.flags}
    assert len(wrong) <= 2


def test_a_workbook_saved_as_one_web_page_is_read_from_the_frame_of_its_sheet() -> None:
    frames = b"<html><frameset><frame src=sheet001.htm></frameset></html>"
    part = "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b; type=text/html\r\n\r\n"
    parts = "".join(part + base64.encodebytes(page).decode() for page in (frames, make_html(LINES)))
    read = read_bytes(f"{head}{parts}--b--\r\n".encode(), "2021-FY/a.mht")
    assert (read.status, values(read)) == (ACCEPTED, TRUTH)


def test_a_report_embedded_in_a_workbook_is_read() -> None:
    parts = package(workbook(lambda _, sheet: sheet.write_string(0, 0, "Phụ lục")))
    holding = zip_bytes(parts | {"xl/embeddings/Microsoft_Word_Document1.docx": make_docx(LINES)})
    read = read_bytes(holding, "2021-FY/a.xlsx")
    assert (read.status, values(read)) == (ACCEPTED, TRUTH)


def test_a_quoted_table_of_tabs_says_what_the_program_that_quoted_it_had() -> None:
    rows = ([SENDER], [TITLE], TITLES, *map(cells_of, LINES))
    quoted = "\r\n".join("\t".join(f'"{text.replace(chr(34), chr(34) * 2)}"' for text in row) for row in rows)
    assert values(read_bytes(quoted.encode(), "2021-FY/a.tsv")) == TRUTH


def png(page: Image.Image) -> bytes:
    made = BytesIO()
    page.save(made, "PNG")
    return made.getvalue()


def seen_through(page: Image.Image) -> bytes:
    """The page as black ink on nothing."""
    ink = Image.new("RGBA", page.size, (0, 0, 0, 0))
    ink.putalpha(ImageOps.invert(page.convert("L")))
    return png(ink)


def in_a_page(pages: list[bytes]) -> bytes:
    pictures = "".join(f'<img src="data:image/png;base64,{base64.b64encode(page).decode()}">' for page in pages)
    return f"<p>{SENDER}<p>{TITLE}{pictures}".encode()


def in_old_word(pages: list[bytes]) -> bytes:
    document = WordFile()
    for text in (SENDER, TITLE):
        document.add_paragraph(text)
    for page in pages:
        document.add_picture(BytesIO(page), width=Mm(150))
    made = BytesIO()
    document.save(made)
    return by_office(made.getvalue(), "docx", "doc")


def in_a_workbook(pages: list[bytes]) -> bytes:
    parts = package(workbook(lambda _, sheet: plain(sheet, [])))
    return zip_bytes(parts | {f"xl/media/image{number}.png": page for number, page in enumerate(pages, 1)})


@pytest.mark.ocr
@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: in_a_page([png(page) for page in pages_of(make_pdf(LINES), 200)]),
        lambda: in_a_workbook([png(page) for page in pages_of(make_pdf(LINES), 200)]),
        lambda: photo.pdf_of([seen_through(page) for page in pages_of(make_pdf(LINES), 200)]),
        lambda: in_old_word([png(page) for page in pages_of(make_pdf(LINES), 200)]),
    ],
    ids=["web page", "workbook", "on nothing", "old Word"],
)
def test_pictures_of_pages_are_read_wherever_they_lie(make: Callable[[], bytes]) -> None:
    read = read_bytes(make(), "2021-FY/a")
    assert (read.status, read.refusal) == (ACCEPTED, None)
    wrong = {key for key, value in values(read).items() if value != TRUTH[key]}
    assert wrong <= {(row.code, row.ordinal) for row in read.rows if row.flags}
    assert len(wrong) <= 3


def test_hidden_rows_of_last_year_are_named_and_not_read() -> None:
    old = [replace(line, value="1") if line.value else line for line in LINES]
    mixed = [line for pair in zip(old, LINES, strict=True) for line in pair]

    def fill(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        plain(sheet, mixed)
        for at in range(3, 3 + len(mixed), 2):
            sheet.set_row(at, None, None, {"hidden": True})

    read = read_bytes(workbook(fill), "2021-FY/a.xlsx")
    assert (read.refusal, values(read)) == (None, TRUTH)
    assert "hidden_row_left_out" in read.flags


def test_a_hidden_row_that_no_visible_one_repeats_is_read_and_in_doubt() -> None:
    def fill(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        plain(sheet)
        sheet.set_row(3 + 10, None, None, {"hidden": True})

    read = read_bytes(workbook(fill), "2021-FY/a.xlsx")
    assert (read.refusal, values(read)) == (None, TRUTH)
    assert [(row.code, row.ordinal) for row in read.rows if "hidden" in row.flags] == [
        (LINES[10].code, LINES[10].ordinal)
    ]
    assert "hidden_row_left_out" not in read.flags


def test_two_pages_on_a_sheet_are_two_pages_from_left_to_right() -> None:
    read = read_bytes(two_pages_a_sheet(make_pdf(LINES, letterhead=True)), "a.pdf")
    assert (read.refusal, read.unmatched, values(read)) == (None, 0, TRUTH)
    assert read.identity and read.identity.period.key == "2021-FY"
    texts = [block.text for block in read.blocks if block.text]
    assert texts.index("II. KẾT QUẢ") < texts.index("Phụ lục")
    assert "two_pages_a_sheet" in read.flags and "period_from_date" not in read.flags


def test_a_landscape_sheet_whose_table_goes_across_is_one_page() -> None:
    read = read_bytes(make_pdf(LINES, landscape=True), "2021-FY/a.pdf")
    assert (values(read), "two_pages_a_sheet" in read.flags) == (TRUTH, False)


@pytest.mark.ocr
@pytest.mark.slow
def test_two_pages_on_a_scanned_sheet_are_read_in_small_print_without_a_silent_error() -> None:
    sheets = pages_of(two_pages_a_sheet(make_pdf(LINES, letterhead=True)))
    read = read_bytes(pictures_as_pdf(sheets), "2021-FY/a.pdf")
    assert (read.status, read.format) == (ACCEPTED, "scan")
    wrong = {key for key, value in values(read).items() if value != TRUTH[key]}
    assert wrong <= {(row.code, row.ordinal) for row in read.rows if row.flags}
    assert len(wrong) <= 2


@pytest.mark.ocr
@pytest.mark.slow
@pytest.mark.parametrize(("kind", "how"), [("TIFF", {"compression": "tiff_lzw", "dpi": (200, 200)}), ("GIF", {})])
def test_a_picture_of_several_pages_is_read_as_the_scan_it_is(kind: str, how: dict[str, object]) -> None:
    with pypdfium2.PdfDocument(make_pdf(LINES)) as pages:
        pictures = [page.render(scale=200 / 72, grayscale=True).to_pil() for page in pages]
    made = BytesIO()
    pictures[0].save(made, kind, save_all=True, append_images=pictures[1:], **how)
    read = read_bytes(made.getvalue(), f"2021-FY/a.{kind.lower()}")
    assert (read.status, read.format, read.refusal) == (ACCEPTED, "scan", None)
    wrong = {key for key, value in values(read).items() if value != TRUTH[key]}
    flagged = {(row.code, row.ordinal) for row in read.rows if row.flags}
    assert wrong <= flagged
    assert len(wrong) <= 2


def test_a_picture_that_is_cut_short_is_refused() -> None:
    read = read_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100), "2021-FY/a.png")
    assert (read.status, read.refusal and read.refusal.code) == (QUARANTINED, "truncated")
