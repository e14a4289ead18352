"""PDFs with a text layer: what a reader of the page sees, in the grid in which it stands."""

from __future__ import annotations

import contextlib
import csv
import os
import unicodedata
from collections import Counter
from functools import cache
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.reading.annex import read_annex
from orchestration.reading.document import TABLE_ROW, Document
from orchestration.reading.pages.grid import align_columns, find_grids
from orchestration.reading.pages.pdf import read_pdf
from orchestration.reading.refusal import Refused
from orchestration.simulation.pages import Page, Rule, Sheet, Text, _pages, _written
from tests.container_factory import in_old_letters
from tests.cost import calls
from tests.document_factory import AnnexLine, letter, sample_annex, short_annex
from tests.pdf_factory import make_pdf

SHORT_PDF = cache(lambda: make_pdf(short_annex()))


def _rows(document: Document) -> list[list[str]]:
    return [[cell.text for cell in block.cells] for block in document.blocks if block.kind == TABLE_ROW]


def _row(document: Document, code: str) -> list[str]:
    return next(row for row in _rows(document) if row[0].rstrip(".") == code)


def _values(document: Document) -> dict[tuple[str, int], str]:
    return {(row.code, row.ordinal or 0): row.value_raw or "" for row in read_annex(document).rows}


def _truth(lines: list[AnnexLine]) -> dict[tuple[str, int], str]:
    return {(line.code, line.ordinal): line.value for line in lines}


def _wrong(document: Document, lines: list[AnnexLine]) -> dict[tuple[str, int], tuple[str, str | None]]:
    read = _values(document)
    return {key: (value, read.get(key)) for key, value in _truth(lines).items() if read.get(key) != value}


@pytest.mark.fonts
def test_a_row_stands_in_its_columns_as_printed():
    document = read_pdf(SHORT_PDF())
    assert document.format == "pdf" and document.flags == ()
    assert _row(document, "3.1.3") == ["3.1.3.", "Tổng số TTHC đang có hiệu lực", "Thủ tục", "1.234", ""]
    assert _row(document, "3.3.4")[3] == "7,03"


@pytest.mark.fonts
def test_a_blank_cell_is_blank():
    assert _row(read_pdf(SHORT_PDF()), "3.6.1")[3] == ""


@pytest.mark.fonts
def test_a_merged_header_cell_spans_its_columns():
    document = read_pdf(SHORT_PDF())
    header = next(block for block in document.blocks if block.kind == TABLE_ROW)
    spans = {cell.text: (cell.column, cell.column_span, cell.row_span) for cell in header.cells}
    assert spans["Kết quả thống kê"] == (2, 2, 1)
    assert spans["STT"] == (0, 1, 2)


@pytest.mark.fonts
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("landscape", [False, True])
def test_an_annex_over_several_pages_is_read_exactly(seed, landscape):
    lines = sample_annex(seed)
    document = read_pdf(make_pdf(lines, cut_rows=False, landscape=landscape))
    assert document.pages > 4
    assert _wrong(document, lines) == {}


@pytest.mark.fonts
def test_every_page_of_a_table_has_the_same_columns():
    document = read_pdf(make_pdf(sample_annex(5)))
    columns = {}
    for block in document.blocks:
        for cell in block.cells:
            if cell.text in ("STT", "Số liệu", "Ghi chú"):
                columns.setdefault(cell.text, set()).add(cell.column)
    assert columns == {"STT": {0}, "Số liệu": {3}, "Ghi chú": {4}}


@pytest.mark.fonts
def test_a_row_cut_by_a_page_end_is_given_on_both_pages():
    lines = [AnnexLine("1", 0, "Công tác chỉ đạo điều hành CCHC")] + [
        AnnexLine(f"1.{n}", 0, " ".join(["chữ"] * 40), "Văn bản", str(n)) for n in range(1, 20)
    ]
    pages = {}
    for block in read_pdf(make_pdf(lines, letterhead=False)).blocks:
        if block.kind == TABLE_ROW:
            pages.setdefault(block.page, []).append(block.cells[0].text)
    assert pages[2][2] == "", "after the two header rows stands the rest of the row before"


@pytest.mark.fonts
@pytest.mark.parametrize("quarter", [90, 180, 270])
def test_a_page_stored_on_its_side_is_read_upright(quarter):
    document = read_pdf(make_pdf(short_annex(), quarter=quarter))
    assert _row(document, "3.3.3") == _row(read_pdf(SHORT_PDF()), "3.3.3")
    assert "rotated_text" in document.flags


@pytest.mark.fonts
def test_text_that_nobody_sees_is_not_content():
    document = read_pdf(make_pdf(short_annex(), hidden=True))
    assert _row(document, "3.3.3")[3] == "92%"
    assert "hidden_text_dropped" in document.flags


@pytest.mark.fonts
@pytest.mark.parametrize("ruling", ["horizontal", "vertical", "none"])
@pytest.mark.parametrize("repeat_header", [True, False])
def test_a_table_without_cells_is_read_by_its_white_space_and_flagged(ruling, repeat_header):
    lines = sample_annex(4)
    document = read_pdf(make_pdf(lines, ruling=ruling, repeat_header=repeat_header, cut_rows=False))
    assert _wrong(document, lines) == {}
    body = [block for block in document.blocks if block.kind == TABLE_ROW]
    assert all("unruled" in block.flags for block in body)


@pytest.mark.fonts
def test_a_frame_whose_rows_are_not_drawn_apart_is_read_row_by_row():
    lines = sample_annex(6)
    layout = Sheet(ruling="vertical", cut_rows=False, letterhead=False)
    pages = _pages(lines, letter("Hà Nam", 2021, ""), layout)
    for page in pages:
        top = min(rule.y0 for rule in page.rules)
        bottom = max(rule.y1 for rule in page.rules)
        left, right = min(rule.x0 for rule in page.rules), max(rule.x1 for rule in page.rules)
        header = sorted({rule.y1 for rule in page.rules})[1]
        page.rules += [Rule(left, y, right, y) for y in (top, header, bottom)]
    assert _wrong(read_pdf(_written(pages, layout)), lines) == {}


@pytest.mark.fonts
def test_letters_stored_for_an_old_font_are_decoded_whatever_the_font_is_called():
    stored = "Phô lôc thèng kª sè liÖu c¶i c¸ch hµnh chÝnh cña tØnh"
    document = read_pdf(_written([Page([Text(stored, 60, 100 + 20 * n, 12) for n in range(3)], [])], Sheet()))
    assert document.blocks[0].text.startswith("Phụ lục thống kê số liệu cải cách hành chính của tỉnh")
    assert "encoding:tcvn3" in document.flags


def in_old_font(lines: list[str], font: str) -> bytes:
    """A page of lines in a font that keeps its letters where Latin-1 has others, and tells programs it has those."""
    codes = "".join(f"<{code:02X}> <{code:04X}>\n" for code in range(0xA1, 0x100))
    table = f"/CIDInit /ProcSet findresource begin begincmap 95 beginbfchar\n{codes}endbfchar endcmap end".encode()
    text = b"".join(
        b"BT /F 10 Tf 40 %d Td <%s> Tj ET\n" % (800 - 14 * at, line.encode("latin-1").hex().encode())
        for at, line in enumerate(lines)
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+%s/FirstChar 32/LastChar 255/Widths[%s]"
        b"/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>" % (font.encode(), b"500 " * 224),
        b"<</Length %d>>stream\n%s\nendstream" % (len(table), table),
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, item) for number, item in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>"


@pytest.mark.parametrize("font", [".VnTime", ".VnTimeH", ".VnArialH-Bold"])
def test_of_an_old_font_in_a_pdf_999_marked_letters_of_1000_come_back(font: str):
    labels = [line.label for line in sample_annex(1)]
    words = " ".join([*labels, "như", "chứng thư", "từ", "tư", "đầu tư"] * 3).split()
    truth: list[str] = [""]
    for word in words:
        if len(truth[-1]) + len(word) > 95:
            truth.append("")
        truth[-1] = f"{truth[-1]} {word}".strip()
    marked = found = 0
    for first in range(0, len(truth), 50):
        page = [in_old_letters(line.lower() if font.endswith("H") else line) for line in truth[first : first + 50]]
        read = " ".join(block.text for block in read_pdf(in_old_font(page, font)).blocks)
        whole = unicodedata.normalize("NFC", " ".join(truth[first : first + 50])).lower()
        counts = Counter(letter for letter in read.lower() if not letter.isascii())
        wanted = Counter(letter for letter in whole if not letter.isascii())
        marked, found = marked + wanted.total(), found + (wanted & counts).total()
        if "H" in font.removeprefix(".VnArial").removeprefix(".VnTime"):
            assert read.upper() == read
    print(f"{font}: {found} of {marked} marked letters")
    assert found >= 0.999 * marked


@pytest.mark.fonts
def test_a_narrative_page_is_paragraphs_and_no_table():
    document = read_pdf(make_pdf([], letterhead=True))
    texts = [block.text for block in document.blocks if block.kind != TABLE_ROW]
    assert any(text.startswith("Ủy ban nhân dân tỉnh Hà Nam kính gửi") for text in texts)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in texts


@pytest.mark.fonts
def test_a_centred_text_of_two_lines_is_one_paragraph():
    lines = ["(Ban hành kèm theo Báo cáo của Ủy ban nhân dân tỉnh Hà", "Nam, kỳ báo cáo năm 2021)"]
    texts = [Text(line, 297 - 2.6 * len(line), 100 + 14 * n, 12) for n, line in enumerate(lines)]
    document = read_pdf(_written([Page(texts, [])], Sheet()))
    assert [block.text for block in document.blocks] == [" ".join(lines)]


@pytest.mark.fonts
def test_the_two_columns_of_a_letterhead_stay_apart():
    texts = [block.text for block in read_pdf(SHORT_PDF()).blocks]
    assert "ỦY BAN NHÂN DÂN TỈNH HÀ NAM" in texts


@pytest.mark.slow
@pytest.mark.fonts
def test_a_page_of_a_long_narrative_costs_a_fraction_of_a_page_of_a_report():
    page = Page(
        [Text("Nội dung báo cáo cải cách hành chính của tỉnh mẫu.", 60, 70 + 16 * n, 12) for n in range(40)], []
    )
    short, long = (_written([page] * count, Sheet()) for count in (5, 100))
    assert (read_pdf(short).pages, read_pdf(long).pages) == (5, 100)
    assert calls(read_pdf, long) / 100 < calls(read_pdf, short) / 5 / 5


@pytest.mark.fonts
def test_a_frame_around_one_text_is_no_table():
    frame = [Rule(50, 50, 300, 50), Rule(50, 90, 300, 90), Rule(50, 50, 50, 90), Rule(300, 50, 300, 90)]
    document = read_pdf(_written([Page([Text("Một khung chữ bình thường", 60, 75, 12)], frame)], Sheet()))
    assert [block.kind for block in document.blocks] == ["paragraph"]


@pytest.mark.parametrize(("data", "code"), [(b"", "truncated"), (b"%PDF-1.7\n", "truncated")])
def test_what_is_no_whole_pdf_is_refused(data, code):
    with pytest.raises(Refused) as refused:
        read_pdf(data)
    assert refused.value.code == code


@pytest.mark.fonts
def test_half_a_pdf_is_refused_or_read_without_inventing_rows():
    whole = SHORT_PDF()
    try:
        rows = _rows(read_pdf(whole[: len(whole) // 2]))
    except Refused as refused:
        assert refused.code in ("truncated", "no_text")
    else:
        assert rows == [] or rows == _rows(read_pdf(whole))


def test_a_pdf_without_text_or_picture_is_refused():
    file = pypdfium2.PdfDocument.new()
    file.new_page(595, 842)
    buffer = BytesIO()
    file.save(buffer)
    with pytest.raises(Refused) as refused:
        read_pdf(buffer.getvalue())
    assert refused.value.code == "no_text"


@pytest.mark.fonts
@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_bytes_are_refused_or_read_and_never_crash(data):
    whole = bytearray(SHORT_PDF())
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Refused):
        read_pdf(bytes(whole))


# Geometry


def test_lines_with_small_gaps_make_one_grid():
    horizontals = [(0, 49, 0), (51, 100, 0), (0, 100, 20), (0, 100, 40)]
    verticals = [(0, 0, 40), (50, 0, 19), (50, 21, 40), (100, 0, 40)]
    (grid,) = find_grids(horizontals, verticals)
    assert (len(grid.columns) - 1, len(grid.rows) - 1) == (2, 2)


def test_a_missing_upright_merges_two_cells():
    horizontals = [(0, 100, y) for y in (0, 20, 40)]
    verticals = [(0, 0, 40), (50, 20, 40), (100, 0, 40)]
    (grid,) = find_grids(horizontals, verticals)
    assert [(c.row, c.column, c.column_span) for c in grid.cells] == [(0, 0, 2), (1, 0, 1), (1, 1, 1)]


def test_a_row_whose_lower_line_is_missing_is_still_a_row():
    horizontals = [(0, 100, 0), (0, 100, 20)]
    verticals = [(x, 0, 60) for x in (0, 50, 100)]
    (grid,) = find_grids(horizontals, verticals)
    assert grid.rows == (0, 20, 60)


def test_columns_keep_their_number_where_a_page_lacks_one():
    full = find_grids([(0, 100, y) for y in (0, 20)], [(x, 0, 20) for x in (0, 30, 60, 100)])
    sparse = find_grids([(5, 105, y) for y in (0, 20)], [(x, 0, 20) for x in (5, 65, 105)])
    _, second = align_columns([*full, *sparse])
    assert [(c.column, c.column_span) for c in second.cells] == [(0, 2), (2, 1)]


@given(
    columns=st.lists(st.integers(12, 80), min_size=2, max_size=6),
    rows=st.lists(st.integers(12, 60), min_size=1, max_size=8),
)
def test_a_full_grid_is_found_as_it_was_drawn(columns, rows):
    xs = [sum(columns[:n]) for n in range(len(columns) + 1)]
    ys = [sum(rows[:n]) for n in range(len(rows) + 1)]
    (grid,) = find_grids([(xs[0], xs[-1], y) for y in ys], [(x, ys[0], ys[-1]) for x in xs])
    assert len(grid.cells) == len(columns) * len(rows)
    assert all((c.row_span, c.column_span) == (1, 1) for c in grid.cells)


# The real report


@pytest.mark.real
def test_the_real_report_is_read_exactly():
    folder = Path(os.environ["PAR_REAL_REPORTS"])
    read = _values(read_pdf((folder / "ha_nam_2021.pdf").read_bytes()))
    with (folder / "ha_nam_2021.pdf.truth.csv").open(encoding="utf-8", newline="") as rows:
        truth = {(row["code"], int(row["ordinal"] or 0)): row["value_raw"] for row in csv.DictReader(rows)}
    assert {key: read.get(key) for key in truth} == truth
