"""Read a PDF into blocks: pages of text here, pages that are pictures through `scan.py`.

In: the bytes of a PDF. Out: a Document whose table rows stand as they stand on their page: headers repeated, a row cut
by a page end given twice. Text that a reader of the page cannot see (clipped, invisible, outside the page) is left out.
Not here: what PDFium says is drawn (`drawing.py`), lines and words of a picture (`scan.py`), tables without ruled lines
(`columns.py`), joining rows over pages and everything the annex means (`annex/`).
"""

from __future__ import annotations

import ctypes
import itertools
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from orchestration.reading.document import Document
from orchestration.reading.formats import encoding
from orchestration.reading.pages import columns, overlay, scan
from orchestration.reading.pages.drawing import (
    FORM_DEPTH,
    Turn,
    annotations_of,
    dark_boxes,
    glyphs_of,
    lines_of_page,
    painted,
    pen_strokes_of,
    turn_of,
)
from orchestration.reading.pages.grid import Box, Grid, find_grids
from orchestration.reading.pages.page import (
    CellText,
    PageContent,
    PageTable,
    Paragraph,
    blocks_of,
)
from orchestration.reading.pages.words import (
    Glyph,
    Line,
    Word,
    between_two_pages,
    lines_of,
    paragraphs_of,
    words_of,
)
from orchestration.reading.refusal import Refused
from orchestration.reading.sandbox import still_working
from orchestration.sentence import Sentence

MAX_PAGES = 3000
MAX_SCANNED_PAGES = 150
"""A scan costs seconds a page, so a file of more pictures than this is refused before any is read."""

_CAREFUL_PAGES = 80
"""Beyond so many pages, pages without a table are read as plain text: a long narrative must not cost minutes."""

_SCAN_SHARE = 0.6
"""A picture that covers more of the page than this may be a scan of it."""

_VIETNAMESE = 0.15
"""Share of marked letters in sound Vietnamese: real text has 0.3, an English model's reading 0.06."""

_TEXT_FIELDS = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_LeftOut = tuple[str, float, float]
"""A flag, and where on the page stood what it says was left out."""

_NOT_TEXT = "not_text"
"""The flag of a cell that holds a picture and no word."""

_FIELD_SIZE = 11.0
"""Points; what a field does not say of its letters."""


def read_pdf(data: bytes) -> Document:
    """All pages of a PDF.

    Raises Refused: truncated, password, too_large (pages), no_text, missing_package (a scan without Tesseract).
    """
    file = _opened(data)
    try:
        file.init_forms()
        count = len(file)
        if count == 0:
            raise Refused("no_text", format="PDF")
        if count > MAX_PAGES:
            raise Refused("too_large", found=_pages(count), limit=_pages(MAX_PAGES))
        return _document(file, count)
    finally:
        file.close()


def _pages(count: int) -> Sentence:
    return Sentence(f"{count} trang", f"{count} pages")


def _pictures(count: int) -> Sentence:
    return Sentence(f"{count} trang ảnh", f"{count} pages of pictures")


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = "password" if "password" in str(error).lower() else "truncated"
        raise Refused(code, format="PDF") from error


def _document(file: pypdfium2.PdfDocument, count: int) -> Document:
    pages: dict[int, PageContent] = {}
    flags: set[str] = set()
    scanned: list[int] = []
    unreadable: list[int] = []
    known: columns.Layout | None = None
    unruled: dict[int, _Unruled] = {}
    for index in range(count):
        try:
            page = file[index]
        except pypdfium2.PdfiumError:
            unreadable.append(index + 1)
            continue
        text_page = page.get_textpage()
        plain = text_page.get_text_range()
        if _is_picture(page, plain):
            scanned.append(index)
            known = None
        elif count > _CAREFUL_PAGES and known is None and not columns.has_header(plain) and not _has_lines(page):
            pages[index] = PageContent(
                index + 1,
                tuple(Paragraph(0.0, line) for line in plain.splitlines() if line),
            )
        else:
            pages[index], lines = _text_page(page, text_page, index + 1, flags)
            known = _layout_after(pages[index], lines, known)
            if known is not None or columns.has_header(lines.text):
                unruled[index] = lines
        text_page.close()
        page.close()
        still_working()
    _with_unruled_tables(pages, unruled)
    if unreadable and not pages and not scanned:
        raise Refused("truncated", format="PDF")
    if len(scanned) > MAX_SCANNED_PAGES:
        raise Refused(
            "too_large",
            found=_pictures(len(scanned)),
            limit=_pictures(MAX_SCANNED_PAGES),
        )
    for index, content in zip(scanned, scan.read_pages(file, scanned), strict=True):
        pages[index] = content
        still_working()
    blocks = blocks_of([pages[index] for index in sorted(pages)])
    if not any(block.text.strip() or any(cell.text.strip() for cell in block.cells) for block in blocks):
        raise Refused("no_text", format="PDF")
    flags |= {f"page_unreadable:{number}" for number in unreadable}
    if scanned and len(scanned) < count:
        flags.add(f"scanned_pages:{len(scanned)}")
    return Document(
        "scan" if 2 * len(scanned) >= count else "pdf",
        blocks,
        pages=count,
        flags=tuple(sorted(flags)),
    )


def _is_picture(page: pypdfium2.PdfPage, text: str) -> bool:
    """Whether what a reader sees on the page is a picture that its text layer does not tell.

    A scanner's own text layer is made with an English model: its letters carry hardly any Vietnamese marks.
    """
    letters = sum(c.isalpha() for c in text)
    if letters >= 40 and _is_sound(text):
        # Under a sound text layer that is not drawn lies a searchable scan; its grid is in the picture.
        return _picture_share(page) >= _SCAN_SHARE and not _draws_text(page)
    if _garbage_share(text) > 0.1:
        return True
    return _picture_share(page) >= (0.2 if letters < 40 else _SCAN_SHARE)


def _is_sound(text: str) -> bool:
    return (
        encoding.looks_vietnamese(text) >= _VIETNAMESE
        or encoding.looks_vietnamese(encoding.decode_mojibake(text)[0]) >= _VIETNAMESE
    )


def _draws_text(page: pypdfium2.PdfPage) -> bool:
    """Whether any of the page's text is visible."""
    texts = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=FORM_DEPTH)
    invisible = pdfium.FPDF_TEXTRENDERMODE_INVISIBLE
    return any(pdfium.FPDFTextObj_GetTextRenderMode(item.raw) != invisible for item in itertools.islice(texts, 20))


def _garbage_share(text: str) -> float:
    """Share of characters without a meaning: what fonts without a Unicode table leave behind."""
    if len(text) < 40:
        return 0.0
    lost = sum((unicodedata.category(c) in ("Co", "Cn", "Cc") and c not in "\r\n\t\x02") or c == "\ufffd" for c in text)
    return lost / len(text)


def _picture_share(page: pypdfium2.PdfPage) -> float:
    width, height = page.get_size()
    left, bottom, right, top = page.get_cropbox()
    largest = 0.0
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=FORM_DEPTH):
        x0, y0, x1, y1 = item.get_bounds()
        seen = max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
        largest += seen
    return float(largest / max(1.0, width * height))


def _has_lines(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=FORM_DEPTH))


# A page of text


@dataclass(frozen=True)
class _Unruled:
    """Lines of a page outside its ruled tables, and what is drawn there."""

    lines: tuple[Line, ...]
    drawn: columns.Drawn

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def _text_page(
    page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage, number: int, flags: set[str]
) -> tuple[PageContent, _Unruled]:
    """The page with its ruled tables, and what stands outside them."""
    turn = turn_of(page, text_page)
    if turn.quarter != 0:
        flags.add("rotated_text")
    paint, notes = painted(page, turn), annotations_of(page, turn)
    glyphs, hidden = glyphs_of(text_page, turn, paint)
    if hidden:
        flags.add("hidden_text_dropped")
    horizontals, verticals = lines_of_page(page, turn)
    covered = [glyph for glyph in glyphs if paint.white and paint.covers(glyph)]
    glyphs = [glyph for glyph in glyphs if glyph not in covered] if covered else glyphs
    glyphs, struck, doubtful = overlay.without_struck(glyphs, horizontals, notes.struck)
    glyphs, overlaid = overlay.without_overlay(glyphs, horizontals, verticals, lambda: dark_boxes(page, turn))
    left_out = [
        *(("hidden_text", glyph.middle, glyph.height_middle) for glyph in covered),
        *(("struck_out", glyph.middle, glyph.height_middle) for glyph in struck),
        *(("overlay_text_dropped", glyph.middle, glyph.height_middle) for glyph in overlaid),
    ]
    flags.update(flag for flag, _, _ in left_out)
    drawn_over = [*map(_middle, notes.drawn), *pen_strokes_of(page, turn)]
    drawn_over += [(glyph.middle, glyph.height_middle) for glyph in doubtful]
    left_out += [("drawn_over", *point) for point in drawn_over]
    left_out += [(_NOT_TEXT, *_middle(box)) for box in paint.pictures]
    words = words_of(_with_true_fonts(glyphs), verticals)
    if fields := _field_words(page, turn):
        flags.add("form_fields")
        words += fields
    for text, box in notes.typed:
        words += [replace(word, is_typed=True) for word in _spread(text, box)]
    font_family = encoding.decode_mojibake(" ".join(word.text for word in words))[1]
    if font_family:
        flags.add(f"encoding:{font_family}")
        words = [replace(word, text=encoding.decode_as(word.text, font_family)) for word in words]
    grids = [grid for grid in find_grids(horizontals, verticals) if _is_table(grid, words)]
    # A frame whose rows are not drawn apart is read like a table without cells.
    grids = [grid for grid in grids if not _holds_many_rows(grid, words)]
    drawn = columns.Drawn(tuple(horizontals), tuple(verticals))
    middle = between_two_pages(words, grids, *turn.size)
    if middle is None:
        content, lines = _content(number, words, grids, left_out)
        return content, _Unruled(lines, drawn)
    left, right = (
        _content(
            number,
            [word for word in words if (word.left < middle) == is_left],
            [grid for grid in grids if (grid.box[0] < middle) == is_left],
            left_out,
        )
        for is_left in (True, False)
    )
    flags.add("two_pages_a_sheet")
    return replace(left[0], beside=right[0]), _Unruled((), drawn)


def _content(
    number: int, words: list[Word], grids: list[Grid], left_out: Sequence[_LeftOut]
) -> tuple[PageContent, tuple[Line, ...]]:
    tables, free = _filled(grids, words, left_out)
    lines = lines_of(free)
    return PageContent(number, tuple(paragraphs_of(lines)), tuple(tables)), tuple(lines)


def _layout_after(page: PageContent, outside: _Unruled, known: columns.Layout | None) -> columns.Layout | None:
    """The layout of a table without drawn cells that may go on over this page's end."""
    if _holds_annex(page.tables) or not (known or columns.has_header(outside.text)):
        return None
    return columns.find_tables(outside.lines, outside.drawn, known)[2]


def _with_unruled_tables(pages: dict[int, PageContent], unruled: dict[int, _Unruled]) -> None:
    """Tables found by white space added to their pages, their columns placed by the print of all those pages."""
    evidence = [line for outside in unruled.values() for line in outside.lines]
    known: columns.Layout | None = None
    for index, outside in sorted(unruled.items()):
        page = pages[index]
        if _holds_annex(page.tables):
            known = None
            continue
        tables, rest, known = columns.find_tables(outside.lines, outside.drawn, known, evidence)
        if tables:
            pages[index] = replace(page, paragraphs=tuple(paragraphs_of(rest)), tables=(*page.tables, *tables))


def _holds_annex(tables: Sequence[PageTable]) -> bool:
    """Whether a ruled table has the annex's size: many rows of several columns."""
    return any(len(table.grid.rows) > 4 and len(table.grid.columns) > 4 for table in tables)


def _with_true_fonts(glyphs: list[Glyph]) -> list[Glyph]:
    """Glyphs of old fonts whose letters the file states in Unicode, without the font's name: they need no decoding."""
    old = [glyph for glyph in glyphs if encoding.decode_legacy("", glyph.font) is not None]
    if sum("\u1ea0" <= glyph.text <= "\u1ef9" for glyph in old) <= 0.01 * len(old):
        return glyphs
    return [replace(glyph, font="") for glyph in glyphs]


# Form fields


def _field_words(page: pypdfium2.PdfPage, turn: Turn) -> list[Word]:
    """What is filled into the form fields of a page, each word at its share of the field's width."""
    form = page.formenv
    if form is None:
        return []
    words: list[Word] = []
    for index in range(max(0, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        try:
            kind = pdfium.FPDFAnnot_GetFormFieldType(form.raw, annotation)
            rect = pdfium.FS_RECTF()
            if kind in _TEXT_FIELDS and pdfium.FPDFAnnot_GetRect(annotation, rect):
                box = turn.box(rect.left, rect.bottom, rect.right, rect.top)
                words += _spread(_field_value(form, annotation), box)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return words


def _field_value(form: pypdfium2.PdfFormEnv, annotation: ctypes.c_void_p) -> str:
    size = pdfium.FPDFAnnot_GetFormFieldValue(form.raw, annotation, None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium.FPDFAnnot_GetFormFieldValue(form.raw, annotation, buffer, size)
    return bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", errors="replace")


def _spread(text: str, box: Box) -> list[Word]:
    """The words of a field, line by line, inside its box."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    left, top, right, bottom = box
    height = (bottom - top) / max(1, len(lines))
    size = min(_FIELD_SIZE, 0.8 * height)
    words = []
    for number, line in enumerate(lines):
        step = (right - left) / max(1, sum(len(word) + 1 for word in line))
        at = left
        for word in line:
            words.append(Word(word, at, at + step * len(word), top + height * (number + 0.5) + 0.3 * size, size))
            at += step * (len(word) + 1)
    return words


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


# Words into cells


def _is_table(grid: Grid, words: list[Word]) -> bool:
    """A drawn figure counts as a table when at least two of its cells hold text."""
    filled: set[tuple[int, int]] = set()
    for word in words:
        cell = grid.cell_at(word.middle, word.height_middle)
        if cell is not None:
            filled.add((cell.row, cell.column))
            if len(filled) >= 2:
                return True
    return False


def _holds_many_rows(grid: Grid, words: list[Word]) -> bool:
    """Whether one cell holds the codes of several rows, one above the other."""
    codes = Counter(
        (cell.row, cell.column)
        for word in words
        if columns.is_code(word.text) and (cell := grid.cell_at(word.middle, word.height_middle)) is not None
    )
    crowded = [key for key, number in codes.items() if number >= 4]
    return any(
        sum(columns.is_code(line.words[0].text) for line in lines_of(_words_in(grid, key, words))) >= 4
        for key in crowded
    )


def _words_in(grid: Grid, key: tuple[int, int], words: list[Word]) -> list[Word]:
    cell = next(c for c in grid.cells if (c.row, c.column) == key)
    left, top, right, bottom = cell.box
    return [word for word in words if left <= word.middle <= right and top <= word.height_middle <= bottom]


def _filled(grids: list[Grid], words: list[Word], left_out: Sequence[_LeftOut]) -> tuple[list[PageTable], list[Word]]:
    """Tables with their words, a flag where something of a cell was left out, and the words that stand in none."""
    free: list[Word] = []
    by_cell: list[dict[tuple[int, int], list[Word]]] = [{} for _ in grids]
    for word in words:
        for number, grid in enumerate(grids):
            cell = grid.cell_at(word.middle, word.height_middle)
            if cell is not None:
                by_cell[number].setdefault((cell.row, cell.column), []).append(word)
                break
        else:
            free.append(word)
    tables = []
    for grid, texts in zip(grids, by_cell, strict=True):
        flags = {(c.row, c.column, flag) for flag, x, y in left_out if (c := grid.cell_at(x, y))}
        flags = {(row, column, flag) for row, column, flag in flags if flag != _NOT_TEXT or (row, column) not in texts}
        flags |= {(*at, "typed_over") for at, inside in texts.items() if len({word.is_typed for word in inside}) == 2}
        tables.append(
            PageTable(
                grid,
                tuple(
                    CellText(
                        _cell_text(texts.get((c.row, c.column), [])),
                        flags=tuple(sorted(flag for row, column, flag in flags if (row, column) == (c.row, c.column))),
                    )
                    for c in grid.cells
                ),
            )
        )
    return tables, free


def _cell_text(words: list[Word]) -> str:
    return " ".join(line.text for line in lines_of(words))
