"""What is drawn on a page of a PDF: letters that can be seen, lines and annotations, in reading coordinates.

In: a page of PDFium. Out: Glyph records, ruled lines, boxes, pictures, what is painted over what, what readers wrote on
the page; origin top left, turned so that most letters stand upright.
Not here: words (`words.py`), the cells that lines make (`grid.py`), which pages are pictures (`pdf.py`).
"""

from __future__ import annotations

import ctypes
import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from orchestration.reading.pages.grid import Box, Horizontal, Vertical
from orchestration.reading.pages.words import Glyph

FORM_DEPTH = 4
"""How deep forms within forms are looked into."""

_THIN = 3.0
"""A filled box thinner than this, in points, is a line."""

_OBLIQUE_DEGREES = 3
"""A page that was scanned askew leans less."""

_DARK = 0.55
"""Paper darker than this, from 0 for black to 1 for white, is printed on in white."""

_MOST_STROKES = 500

_SEEN = 0.03
"""Letters less opaque than this are not seen."""

_MARK_SIGNS = frozenset("0123456789()")
_RAISED = 0.2
"""Ink that ends higher above the base line than this share of the size is that of a raised sign."""


_Point = tuple[float, float]


@dataclass(frozen=True)
class Turn:
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


def turn_of(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Turn:
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
    return Turn(votes.most_common(1)[0][0] if votes else 0, *page.get_cropbox())


@dataclass(frozen=True)
class Painted:
    """How a page is painted: when each text object is, how opaque the forms around it are (0 to 1), both by its
    address; the boxes of white paint with their time; and the boxes of pictures."""

    order: dict[int, int]
    opacity: dict[int, float]
    white: list[tuple[int, Box]]
    pictures: list[Box]

    def covers(self, glyph: Glyph) -> bool:
        """Whether white paint was laid over a letter later, as people do who correct a PDF."""
        painted = self.order.get(glyph.source)
        return painted is not None and any(
            time > painted and box[0] <= glyph.middle <= box[2] and box[1] <= glyph.height_middle <= box[3]
            for time, box in self.white
        )


def painted(page: pypdfium2.PdfPage, turn: Turn) -> Painted:
    found = Painted({}, {}, [], [])
    for time, (item, matrix, opacity) in enumerate(_objects(page.raw)):
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            address = ctypes.addressof(item.contents)  # type: ignore[attr-defined]
            found.order[address], found.opacity[address] = time, opacity
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            a, b, c, d, e, f = _product(_matrix(item), matrix)  # a picture fills the unit square
            found.pictures.append(_around([(e, f), (e + a, f + b), (e + c, f + d), (e + a + c, f + b + d)], turn))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH and _is_filled(item) and _is_white(item, False) and _alpha(item) == 1:
            clip = _clip_box(item, turn)
            for points in _subpaths(item, matrix):
                box = _around(points, turn)
                found.white.append((time, _intersection(box, clip) if clip else box))
    return found


def _around(points: Sequence[_Point], turn: Turn) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return turn.box(min(xs), min(ys), max(xs), max(ys))


def _is_filled(item: ctypes.c_void_p) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
    return bool(fill.value)


def _alpha(item: ctypes.c_void_p) -> float:
    """How opaque an object, or a form as a whole, is painted."""
    red, green, blue, alpha = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint(255)
    pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    return alpha.value / 255


def glyphs_of(text_page: pypdfium2.PdfTextPage, turn: Turn, painted: Painted) -> tuple[list[Glyph], int]:
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
            style = style_of[address] = _style(item, raw, index, turn, painted.opacity.get(address, 1.0))
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


def _ink_bottom(text_page: ctypes.c_void_p, index: int, turn: Turn) -> float:
    """Where the ink of a letter ends below; a font may draw a raised digit on the common base line."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
    return turn.box(left.value, bottom.value, right.value, top.value)[3]


@dataclass(frozen=True)
class _Style:
    hidden: bool
    clip: Box | None
    font: str
    size: float
    is_oblique: bool
    light: float


def _style(item: ctypes.c_void_p, text_page: ctypes.c_void_p, index: int, turn: Turn, opacity: float) -> _Style:
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    alpha = ctypes.c_uint(255)
    red, green, blue = ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    opacity *= alpha.value / 255
    hidden = mode in (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP) or opacity < _SEEN
    # On white paper, half transparent black is grey.
    ink = 1 - (red.value + green.value + blue.value) / 765
    return _Style(
        hidden,
        _clip_box(item, turn),
        _font_name(item),
        _font_size(text_page, index),
        _is_oblique(text_page, index),
        1 - ink * opacity,
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


def _clip_box(item: ctypes.c_void_p, turn: Turn) -> Box | None:
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


# Lines drawn on the page


def lines_of_page(page: pypdfium2.PdfPage, turn: Turn) -> tuple[list[Horizontal], list[Vertical]]:
    horizontals: list[Horizontal] = []
    verticals: list[Vertical] = []
    for (ax, ay), (bx, by) in _strokes(page):
        left, top, right, bottom = turn.box(ax, ay, bx, by)
        if right - left > bottom - top and bottom - top <= _THIN and right - left > 2:
            horizontals.append((left, right, (top + bottom) / 2))
        elif bottom - top > right - left and right - left <= _THIN and bottom - top > 2:
            verticals.append(((left + right) / 2, top, bottom))
    return horizontals, verticals


def pen_strokes_of(page: pypdfium2.PdfPage, turn: Turn) -> list[_Point]:
    """Middles of drawn pieces that are neither level nor upright, such as a cross through a figure; of a drawing of
    more than `_MOST_STROKES` none."""
    found: list[_Point] = []
    for (ax, ay), (bx, by) in _strokes(page):
        if min(abs(bx - ax), abs(by - ay)) > _THIN:
            found.append(turn.point((ax + bx) / 2, (ay + by) / 2))
            if len(found) > _MOST_STROKES:
                return []
    return found


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


def dark_boxes(page: pypdfium2.PdfPage, turn: Turn) -> list[Box]:
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
        boxes += [_around(points, turn) for points in _subpaths(item, matrix)]
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
    for item, matrix, _ in _objects(page):
        if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_PATH:
            yield item, matrix


def _objects(page: ctypes.c_void_p) -> Iterator[tuple[ctypes.c_void_p, _Matrix, float]]:
    """Objects of a page and of the forms in it as they are painted, each with the matrix that puts it on the page (of a
    path alone) and the opacity of the forms around it."""
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        yield from _objects_of(pdfium.FPDFPage_GetObject(page, index), (1, 0, 0, 1, 0, 0), 1.0, 0)


def _objects_of(
    item: ctypes.c_void_p, outer: _Matrix, opacity: float, depth: int
) -> Iterator[tuple[ctypes.c_void_p, _Matrix, float]]:
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_PATH:
        yield item, _product(_matrix(item), outer), opacity
    elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < FORM_DEPTH:
        matrix, opacity = _product(_matrix(item), outer), opacity * _alpha(item)
        for index in range(max(0, pdfium.FPDFFormObj_CountObjects(item))):
            yield from _objects_of(pdfium.FPDFFormObj_GetObject(item, index), matrix, opacity, depth + 1)
    else:
        yield item, outer, opacity


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


# What readers wrote on the page


@dataclass(frozen=True)
class Annotations:
    """What was put on a page after it was made: boxes struck out, boxes drawn over, and texts typed into boxes."""

    struck: list[Box]
    drawn: list[Box]
    typed: list[tuple[str, Box]]


_STRIKES = (pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_REDACT)
_DRAWINGS = (pdfium.FPDF_ANNOT_INK, pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_STAMP)


def annotations_of(page: pypdfium2.PdfPage, turn: Turn) -> Annotations:
    found = Annotations([], [], [])
    for index in range(max(0, pdfium.FPDFPage_GetAnnotCount(page.raw))):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, index)
        kind, rect = pdfium.FPDFAnnot_GetSubtype(annotation), pdfium.FS_RECTF()
        is_hidden = pdfium.FPDFAnnot_GetFlags(annotation) & pdfium.FPDF_ANNOT_FLAG_HIDDEN
        if not is_hidden and pdfium.FPDFAnnot_GetRect(annotation, rect):
            box = turn.box(rect.left, rect.bottom, rect.right, rect.top)
            if kind in _STRIKES:
                found.struck.extend(_quads(annotation, turn) or [box])
            elif kind in _DRAWINGS:
                found.drawn.append(box)
            elif kind == pdfium.FPDF_ANNOT_FREETEXT:
                found.typed.append((_contents(annotation), box))
        pdfium.FPDFPage_CloseAnnot(annotation)
    return found


def _quads(annotation: ctypes.c_void_p, turn: Turn) -> list[Box]:
    """The lines of text that an annotation marks."""
    boxes, quad = [], pdfium.FS_QUADPOINTSF()
    for index in range(pdfium.FPDFAnnot_CountAttachmentPoints(annotation)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, index, quad):
            corners = [(quad.x1, quad.y1), (quad.x2, quad.y2), (quad.x3, quad.y3), (quad.x4, quad.y4)]
            boxes.append(_around(corners, turn))
    return boxes


def _contents(annotation: ctypes.c_void_p) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size)
    return bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", errors="replace")
