"""Read a PDF into blocks: pages of text here, pages that are pictures through `scan.py`.

In: the bytes of a PDF. Out: a Document whose table rows stand as they stand on their page: headers repeated, a row cut
by a page end given twice. Text that a reader of the page cannot see (clipped, invisible, outside the page) is left out.
Not here: finding lines and words in a picture (`scan.py`), tables without ruled lines (`columns.py`), joining rows over
pages and everything the annex means (`annex.py`).
"""

from __future__ import annotations

import ctypes
import itertools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium

from orchestration.reading.document import Document
from orchestration.reading.formats import encoding
from orchestration.reading.pages import columns, overlay, scan
from orchestration.reading.pages.grid import Box, Grid, Horizontal, Vertical, find_grids
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

_THIN = 3.0
"""A filled box thinner than this, in points, is a line."""

_FORM_DEPTH = 4

_OBLIQUE_DEGREES = 3
"""A page that was scanned askew leans less."""

_MARK_SIGNS = frozenset("0123456789()")
_RAISED = 0.2
"""Ink that ends higher above the base line than this share of the size is that of a raised sign."""

_TEXT_FIELDS = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_FIELD_SIZE = 11.0
"""Points; what a field does not say of its letters."""

_DARK = 0.55
"""Paper darker than this, from 0 for black to 1 for white, is printed on in white."""


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
            found=f"{len(scanned)} trang ảnh",
            limit=f"{MAX_SCANNED_PAGES} trang ảnh",
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
    texts = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=_FORM_DEPTH)
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
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=_FORM_DEPTH):
        x0, y0, x1, y1 = item.get_bounds()
        seen = max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
        largest += seen
    return float(largest / max(1.0, width * height))


def _has_lines(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=_FORM_DEPTH))


# A page of text


@dataclass(frozen=True)
class _Turn:
    """How the page's own coordinates (origin bottom left) become reading coordinates (origin top left)."""

    quarter: int
    left: float
    bottom: float
    right: float
    top: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.quarter == 90:
            return y - self.bottom, x - self.left
        if self.quarter == 180:
            return self.right - x, y - self.bottom
        if self.quarter == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        ax, ay = self.point(x0, y0)
        bx, by = self.point(x1, y1)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    @property
    def size(self) -> tuple[float, float]:
        wide, high = self.right - self.left, self.top - self.bottom
        return (high, wide) if self.quarter in (90, 270) else (wide, high)


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
    turn = _turn(page, text_page)
    if turn.quarter != 0:
        flags.add("rotated_text")
    glyphs, hidden = _glyphs(text_page, turn)
    if hidden:
        flags.add("hidden_text_dropped")
    horizontals, verticals = _lines(page, turn)
    glyphs, overlaid = overlay.without_overlay(glyphs, horizontals, verticals, lambda: _dark_boxes(page, turn))
    if overlaid:
        flags.add("overlay_text_dropped")
    words = words_of(_with_true_fonts(glyphs), verticals)
    if fields := _field_words(page, turn):
        flags.add("form_fields")
        words += fields
    font_family = encoding.decode_mojibake(" ".join(word.text for word in words))[1]
    if font_family:
        flags.add(f"encoding:{font_family}")
        words = [replace(word, text=encoding.decode_as(word.text, font_family)) for word in words]
    grids = [grid for grid in find_grids(horizontals, verticals) if _is_table(grid, words)]
    # A frame whose rows are not drawn apart is read like a table without cells.
    tables, free = _filled([grid for grid in grids if not _holds_many_rows(grid, words)], words, overlaid)
    lines = lines_of(free)
    content = PageContent(number, tuple(paragraphs_of(lines)), tuple(tables))
    return content, _Unruled(tuple(lines), columns.Drawn(tuple(horizontals), tuple(verticals)))


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


def _turn(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> _Turn:
    """The turn by which most of the page's letters stand upright."""
    raw = text_page.raw
    count = pdfium.FPDFText_CountChars(raw)
    step = max(1, count // 300)
    votes: Counter[int] = Counter()
    for index in range(0, count, step):
        if chr(pdfium.FPDFText_GetUnicode(raw, index)).isalnum():
            matrix = pdfium.FS_MATRIX()
            pdfium.FPDFText_GetMatrix(raw, index, matrix)
            degrees = math.degrees(math.atan2(matrix.b, matrix.a))
            votes[round(degrees / 90) % 4 * 90] += 1
    return _Turn(votes.most_common(1)[0][0] if votes else 0, *page.get_cropbox())


def _glyphs(text_page: pypdfium2.PdfTextPage, turn: _Turn) -> tuple[list[Glyph], int]:
    """Visible characters in the order of the file, and how many were hidden."""
    raw = text_page.raw
    glyphs: list[Glyph] = []
    hidden = 0
    rect, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    style_of: dict[int, _Style] = {}
    wide, high = turn.size
    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if code in (0, 0xFFFE, 0xFFFF) or pdfium.FPDFText_IsGenerated(raw, index) == 1:
            continue
        item = pdfium.FPDFText_GetTextObject(raw, index)
        if not item:
            continue
        address = ctypes.addressof(item.contents)
        style = style_of.get(address)
        if style is None:
            style = style_of[address] = _style(item, raw, index, turn)
        pdfium.FPDFText_GetLooseCharBox(raw, index, rect)
        pdfium.FPDFText_GetCharOrigin(raw, index, x, y)
        left, _, right, _ = turn.box(rect.left, rect.bottom, rect.right, rect.top)
        baseline = turn.point(x.value, y.value)[1]
        size = style.size
        middle_x, middle_y = (left + right) / 2, baseline - 0.3 * size
        inside = -1 <= middle_x <= wide + 1 and -1 <= middle_y <= high + 1
        if style.hidden or not inside or not _within(style.clip, middle_x, middle_y) or size < 1.5:
            hidden += 0 if chr(code).isspace() else 1
            continue
        raised = chr(code) in _MARK_SIGNS and _ink_bottom(raw, index, turn) < baseline - _RAISED * size
        glyphs.append(
            Glyph(chr(code), left, right, baseline, size, style.font, address, style.is_oblique, style.light, raised)
        )
    return glyphs, hidden


def _ink_bottom(text_page: ctypes.c_void_p, index: int, turn: _Turn) -> float:
    """Where the ink of a letter ends below; a font may draw a raised digit on the common base line."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
    return turn.box(left.value, bottom.value, right.value, top.value)[3]


def _with_true_fonts(glyphs: list[Glyph]) -> list[Glyph]:
    """Glyphs of old fonts whose letters the file states in Unicode, without the font's name: they need no decoding."""
    old = [glyph for glyph in glyphs if encoding.decode_legacy("", glyph.font) is not None]
    if sum("\u1ea0" <= glyph.text <= "\u1ef9" for glyph in old) <= 0.01 * len(old):
        return glyphs
    return [replace(glyph, font="") for glyph in glyphs]


@dataclass(frozen=True)
class _Style:
    hidden: bool
    clip: Box | None
    font: str
    size: float
    is_oblique: bool
    light: float


def _style(item: ctypes.c_void_p, text_page: ctypes.c_void_p, index: int, turn: _Turn) -> _Style:
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    alpha = ctypes.c_uint(255)
    red, green, blue = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    hidden = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP) or alpha.value == 0
    # On white paper, half transparent black is grey.
    ink = 1 - (red.value + green.value + blue.value) / 765
    return _Style(
        hidden,
        _clip_box(item, turn),
        _font_name(item),
        _font_size(text_page, index),
        _is_oblique(text_page, index),
        1 - ink * alpha.value / 255,
    )


def _is_oblique(text_page: ctypes.c_void_p, index: int) -> bool:
    """Whether a letter's line is neither level nor upright on the page."""
    m = pdfium.FS_MATRIX()
    if not pdfium.FPDFText_GetMatrix(text_page, index, m):
        return False
    degrees = math.degrees(math.atan2(m.b, m.a)) % 90
    return _OBLIQUE_DEGREES < degrees < 90 - _OBLIQUE_DEGREES


def _font_size(text_page: ctypes.c_void_p, index: int) -> float:
    """Size of the font as it stands on the page, in points."""
    m = pdfium.FS_MATRIX()
    scale = 1.0
    if pdfium.FPDFText_GetMatrix(text_page, index, m):
        scale = math.sqrt(abs(m.a * m.d - m.b * m.c)) or 1.0
    return float(pdfium.FPDFText_GetFontSize(text_page, index) * scale)


def _font_name(item: ctypes.c_void_p) -> str:
    font = pdfium.FPDFTextObj_GetFont(item)
    buffer = ctypes.create_string_buffer(128)
    if not font or pdfium.FPDFFont_GetBaseFontName(font, buffer, 128) == 0:
        return ""
    name = buffer.value.decode("latin-1")
    return name.split("+", 1)[1] if "+" in name[:8] else name


def _clip_box(item: ctypes.c_void_p, turn: _Turn) -> Box | None:
    """The box that the file lets be seen of an object: its clipping paths taken as their bounding boxes."""
    clip = pdfium.FPDFPageObj_GetClipPath(item)
    box: Box | None = None
    for path in range(max(0, pdfium.FPDFClipPath_CountPaths(clip))):
        points = []
        for segment in range(max(0, pdfium.FPDFClipPath_CountPathSegments(clip, path))):
            points.append(turn.point(*_segment_point(pdfium.FPDFClipPath_GetPathSegment(clip, path, segment))))
        if points:
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            own = (min(xs), min(ys), max(xs), max(ys))
            box = own if box is None else _intersection(box, own)
    return box


def _intersection(one: Box, other: Box) -> Box:
    return (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )


def _within(box: Box | None, x: float, y: float) -> bool:
    return box is None or (box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1)


def _segment_point(segment: ctypes.c_void_p) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPathSegment_GetPoint(segment, x, y)
    return x.value, y.value


# Form fields


def _field_words(page: pypdfium2.PdfPage, turn: _Turn) -> list[Word]:
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


# Lines drawn on the page


def _lines(page: pypdfium2.PdfPage, turn: _Turn) -> tuple[list[Horizontal], list[Vertical]]:
    horizontals: list[Horizontal] = []
    verticals: list[Vertical] = []
    for (ax, ay), (bx, by) in _strokes(page):
        left, top, right, bottom = turn.box(ax, ay, bx, by)
        if right - left > bottom - top and bottom - top <= _THIN and right - left > 2:
            horizontals.append((left, right, (top + bottom) / 2))
        elif bottom - top > right - left and right - left <= _THIN and bottom - top > 2:
            verticals.append(((left + right) / 2, top, bottom))
    return horizontals, verticals


_Point = tuple[float, float]


def _strokes(page: pypdfium2.PdfPage) -> Iterator[tuple[_Point, _Point]]:
    """Pieces of drawn lines, in the page's coordinates; a thin filled box is one piece along its length."""
    for item, matrix in _paths(page.raw):
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        if not fill.value and not stroke.value:
            continue
        for points in _subpaths(item, matrix):
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            low, high = (min(xs), min(ys)), (max(xs), max(ys))
            thin = min(high[0] - low[0], high[1] - low[1]) <= _THIN
            if thin:
                if not _is_white(item, bool(stroke.value)):
                    yield low, high
            elif stroke.value and not _is_white(item, True):
                yield from itertools.pairwise(points)


def _dark_boxes(page: pypdfium2.PdfPage, turn: _Turn) -> list[Box]:
    """Boxes filled with a colour on which white letters are read."""
    boxes: list[Box] = []
    for item, matrix in _paths(page.raw):
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        red, green, blue, alpha = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(255)
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        if not fill.value or not pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha):
            continue
        if (red.value + green.value + blue.value) / 765 > _DARK or alpha.value < 128:
            continue
        for points in _subpaths(item, matrix):
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            boxes.append(turn.box(min(xs), min(ys), max(xs), max(ys)))
    return boxes


def _is_white(item: ctypes.c_void_p, stroke: bool) -> bool:
    red, green, blue, alpha = (
        ctypes.c_uint(),
        ctypes.c_uint(),
        ctypes.c_uint(),
        ctypes.c_uint(255),
    )
    get = pdfium.FPDFPageObj_GetStrokeColor if stroke else pdfium.FPDFPageObj_GetFillColor
    if not get(item, red, green, blue, alpha):
        return False
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= 250


_Matrix = tuple[float, float, float, float, float, float]


def _paths(page: ctypes.c_void_p) -> Iterator[tuple[ctypes.c_void_p, _Matrix]]:
    """Path objects of a page and of the forms in it, with the matrix that puts them on the page."""
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        yield from _paths_of(pdfium.FPDFPage_GetObject(page, index), (1, 0, 0, 1, 0, 0), 0)


def _paths_of(item: ctypes.c_void_p, outer: _Matrix, depth: int) -> Iterator[tuple[ctypes.c_void_p, _Matrix]]:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        yield item, _product(_matrix(item), outer)
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < _FORM_DEPTH:
        matrix = _product(_matrix(item), outer)
        for index in range(max(0, pdfium.FPDFFormObj_CountObjects(item))):
            yield from _paths_of(pdfium.FPDFFormObj_GetObject(item, index), matrix, depth + 1)


def _matrix(item: ctypes.c_void_p) -> _Matrix:
    m = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, m):
        return (1, 0, 0, 1, 0, 0)
    return (m.a, m.b, m.c, m.d, m.e, m.f)


def _product(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def _subpaths(item: ctypes.c_void_p, matrix: _Matrix) -> Iterator[list[_Point]]:
    a, b, c, d, e, f = matrix
    points: list[_Point] = []
    for index in range(max(0, pdfium.FPDFPath_CountSegments(item))):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        x, y = _segment_point(segment)
        place = (a * x + c * y + e, b * x + d * y + f)
        if pdfium.FPDFPathSegment_GetType(segment) == pdfium.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points
            points = [place]
        else:
            points.append(place)
        if pdfium.FPDFPathSegment_GetClose(segment) and points:
            points.append(points[0])
    if len(points) > 1:
        yield points


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


def _filled(grids: list[Grid], words: list[Word], overlaid: Sequence[Glyph]) -> tuple[list[PageTable], list[Word]]:
    """Tables with their words, a flag where something was printed over a cell, and the words that stand in none."""
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
        under = {(c.row, c.column) for glyph in overlaid if (c := grid.cell_at(glyph.middle, glyph.height_middle))}
        tables.append(
            PageTable(
                grid,
                tuple(
                    CellText(
                        _cell_text(texts.get((c.row, c.column), [])),
                        flags=("overlay_text_dropped",) if (c.row, c.column) in under else (),
                    )
                    for c in grid.cells
                ),
            )
        )
    return tables, free


def _cell_text(words: list[Word]) -> str:
    return " ".join(line.text for line in lines_of(words))
