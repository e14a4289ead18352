"""A report as PDF: with text, or as the scan of a sheet that was skewed, stamped and badly copied.

In: AnnexLine records and a Letter (`documents.py`). Out: bytes, the same for the same input. Rows run over page ends
as an office program lets them: the header again on the new page, a row cut between its lines. A text with a letter
that the font lacks is refused (`FontError`); PDFium would leave a hole in its place.
Not here: what a reader should make of it.
"""

# ruff: noqa: PLR0917 - drawing takes places

from __future__ import annotations

import ctypes
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageDraw, ImageFont

from orchestration.sentence import ToldError
from orchestration.simulation.documents import AnnexLine, GridCell, Letter, Row, Shape, annex_tables

# Debian 12's fonts-liberation has the same names without the letters of Vietnamese.
FONT_FOLDERS = ("/usr/share/fonts/truetype/liberation2", "/usr/share/fonts/truetype/liberation")
FONT_PACKAGE = "fonts-liberation2"
VIETNAMESE = "".join(map(chr, range(0x1EA0, 0x1EFA))) + "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúýĂăĐđĨĩŨũƠơƯư"
A4 = (595.0, 842.0)
_WIDTHS = (0.085, 0.37, 0.16, 0.135, 0.25)
_MARGIN, _PADDING = 56.0, 3.0


@dataclass(frozen=True)
class Sheet:
    """How the annex is set.

    ruling: all, horizontal (no uprights), vertical (uprights only), frame (uprights, and the header's cells), header
    (the header's cells only), none.  cut_rows: a row may go on over a page end.  hidden: words that no reader of the
    page sees.  quarter: pages stored turned by so many degrees.
    """

    size: float = 11.0
    font: str = "LiberationSerif"
    landscape: bool = False
    ruling: str = "all"
    cut_rows: bool = True
    repeat_header: bool = True
    hidden: bool = False
    quarter: int = 0
    letterhead: bool = True


@dataclass(frozen=True)
class Text:
    """A line of text: left edge and base line, from the page's top left corner."""

    text: str
    x: float
    y: float
    size: float
    bold: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Rule:
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass
class Page:
    texts: list[Text]
    rules: list[Rule]


def write_pdf(lines: Sequence[AnnexLine], letter: Letter, layout: Sheet) -> bytes:
    """A report with a text layer."""
    return _written(_pages(lines, letter, layout), layout)


def write_scan(
    lines: Sequence[AnnexLine],
    letter: Letter,
    layout: Sheet,
    *,
    dpi: int = 200,
    skew: float = 1.0,
    noise: float = 6.0,
    stamps: int = 1,
    opaque: bool = False,
    rotate: int = 0,
    jpeg: int = 60,
    english_layer: bool = False,
    seed: int = 1,
) -> bytes:
    """The same report as pictures.

    skew: most degrees by which a page lies askew.  noise: deviation of grey values (of 255).  stamps: pages that carry
    a red stamp; opaque ink hides what is under it.  rotate: quarter turns in degrees.  english_layer: a text layer
    without marks.
    """
    pages = write_pdf(lines, letter, layout)
    source = np.random.default_rng(seed)
    file = pypdfium2.PdfDocument(pages)
    stamped = set(source.choice(len(file), size=min(stamps, len(file)), replace=False).tolist())
    pictures = []
    for number in range(len(file)):
        picture = file[number].render(scale=dpi / 72).to_numpy()[:, :, :3].copy()
        if number in stamped:
            _stamp(picture, source, dpi, opaque)
        pictures.append(_copied(picture, source, skew, noise, rotate, jpeg))
    texts = [file[n].get_textpage().get_text_range() if english_layer else "" for n in range(len(file))]
    file.close()
    return _of_pictures(pictures, texts, dpi)


# Setting


class FontError(ToldError):
    """No font on this machine has every letter of the text; the message says which package has."""


@lru_cache(maxsize=8)
def font_file(name: str, bold: bool) -> str:
    """The first file of the font that has every Vietnamese letter. Raises FontError where there is none."""
    style = "Bold" if bold else "Regular"
    for folder in FONT_FOLDERS:
        path = Path(folder) / f"{name}-{style}.ttf"
        if path.exists() and not missing_letters(str(path), VIETNAMESE):
            return str(path)
    raise FontError(
        f"Không làm được PDF: máy này không có phông {name}-{style} đủ chữ tiếng Việt; hãy cài gói {FONT_PACKAGE}.",
        f"No PDF was made: no font {name}-{style} on this machine has every Vietnamese letter; "
        f"apt-get install {FONT_PACKAGE}.",
    )


def has_fonts() -> bool:
    """Whether this machine can write PDFs and pictures."""
    try:
        return all(font_file(name, bold) for name in ("LiberationSerif", "LiberationSans") for bold in (False, True))
    except FontError:
        return False


def missing_letters(path: str, text: str) -> str:
    """The letters of `text` that the font file lacks, in order."""
    font = ImageFont.truetype(path, 20, layout_engine=ImageFont.Layout.BASIC)
    # A font draws whatever it lacks with one and the same sign: that of a code point that is no character.
    nothing = bytes(font.getmask("\U0010ffff"))
    shown = (letter for letter in sorted(set(text)) if unicodedata.category(letter)[0] not in "CZ")
    return "".join(letter for letter in shown if bytes(font.getmask(letter)) == nothing)


@lru_cache(maxsize=32)
def _ruler(name: str, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(name, bold), 100)


@lru_cache(maxsize=65536)
def _length(text: str, name: str, bold: bool) -> float:
    """Width at 100 points; the labels of a form are measured once for all its reports."""
    return _ruler(name, bold).getlength(text)


def _width(text: str, layout: Sheet, size: float, bold: bool) -> float:
    return _length(text, layout.font, bold) * size / 100


def _wrapped(text: str, wide: float, layout: Sheet, bold: bool) -> list[str]:
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split():
            longer = f"{line} {word}".strip()
            if line and _width(longer, layout, layout.size, bold) > wide:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return lines


def _pages(lines: Sequence[AnnexLine], letter: Letter, layout: Sheet) -> list[Page]:
    wide, high = (A4[1], A4[0]) if layout.landscape else A4
    pages = []
    pitch = layout.size * 1.2
    if layout.letterhead:
        texts = [
            Text("ỦY BAN NHÂN DÂN", 80, 70, layout.size, True),
            Text(letter.issuer.upper(), 90, 70 + pitch, layout.size, True),
            Text("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", wide - 300, 70, layout.size, True),
            Text("Độc lập - Tự do - Hạnh phúc", wide - 260, 70 + pitch, layout.size, True),
        ]
        y = 70 + 4 * pitch
        for paragraph in letter.paragraphs:
            for line in _wrapped(paragraph.replace("\t", "          "), wide - 2 * _MARGIN - 20, layout, False):
                texts.append(Text(line, _MARGIN, y, layout.size))
                y += pitch
            y += 0.6 * pitch
        pages.append(Page(texts, []))
    texts, y = [], 70.0
    for title in letter.titles:
        for line in _wrapped(title, wide - 2 * _MARGIN, layout, True):
            texts.append(Text(line, (wide - _width(line, layout, layout.size, True)) / 2, y, layout.size, True))
            y += pitch
    return pages + _table_pages(annex_tables(lines, Shape())[0], layout, wide, high, Page(texts, []), y + 4)


@dataclass(frozen=True)
class _SetRow:
    """A table row with its cells' lines."""

    cells: tuple[tuple[GridCell, tuple[str, ...]], ...]
    bold: bool = False

    @property
    def lines(self) -> int:
        return max([len(lines) for cell, lines in self.cells if cell.row_span == 1] or [1])


def _table_pages(rows: Sequence[Row], layout: Sheet, wide: float, high: float, page: Page, top: float) -> list[Page]:
    edges = [_MARGIN]
    for share in _WIDTHS:
        edges.append(edges[-1] + share * (wide - 2 * _MARGIN))
    header_rows = 2
    set_rows = [_set_row(row, edges, layout, number < header_rows) for number, row in enumerate(rows)]
    header, body = set_rows[:header_rows], set_rows[header_rows:]
    pitch = layout.size * 1.2
    bottom = high - 60
    pages = [page]
    y = _draw_header(pages[-1], header, edges, top, layout)
    for row in body:
        rest: _SetRow | None = row
        while rest is not None:
            room = int((bottom - y - 2 * _PADDING) / pitch)
            if room < rest.lines and (room < 1 or not layout.cut_rows):
                pages.append(Page([], []))
                y = _draw_header(pages[-1], header, edges, 60.0, layout) if layout.repeat_header else 60.0
                continue
            part, rest = _cut(rest, room)
            height = part.lines * pitch + 2 * _PADDING
            _draw_row(pages[-1], part, edges, y, height, layout)
            y += height
    return pages


def _set_row(row: Row, edges: Sequence[float], layout: Sheet, bold: bool) -> _SetRow:
    cells = []
    for cell in row:
        wide = edges[cell.column + cell.column_span] - edges[cell.column] - 2 * _PADDING - 1
        cells.append((cell, tuple(_wrapped(cell.text, wide, layout, bold))))
    return _SetRow(tuple(cells), bold)


def _cut(row: _SetRow, room: int) -> tuple[_SetRow, _SetRow | None]:
    if row.lines <= room:
        return row, None
    first = tuple((cell, lines[:room]) for cell, lines in row.cells)
    second = tuple((cell, lines[room:]) for cell, lines in row.cells)
    return _SetRow(first, row.bold), _SetRow(second, row.bold)


def _draw_header(page: Page, header: Sequence[_SetRow], edges: Sequence[float], y: float, layout: Sheet) -> float:
    pitch = layout.size * 1.2
    heights = [row.lines * pitch + 2 * _PADDING for row in header]
    tall = (
        max([len(lines) for cell, lines in header[0].cells if cell.row_span > 1] or [1]) * pitch
        + 2 * _PADDING
        - sum(heights)
    )
    heights[-1] += max(0.0, tall)
    for number, row in enumerate(header):
        for cell, lines in row.cells:
            height = sum(heights[number : number + cell.row_span])
            _draw_cell(page, cell, lines, edges, y, height, layout, True)
        y += heights[number]
    return y


def _draw_row(page: Page, row: _SetRow, edges: Sequence[float], y: float, height: float, layout: Sheet) -> None:
    for cell, lines in row.cells:
        _draw_cell(page, cell, lines, edges, y, height, layout, row.bold)


def _draw_cell(
    page: Page,
    cell: GridCell,
    lines: Sequence[str],
    edges: Sequence[float],
    y: float,
    height: float,
    layout: Sheet,
    bold: bool,
) -> None:
    left, right = edges[cell.column], edges[cell.column + cell.column_span]
    of_header = bold and layout.ruling in ("frame", "header")
    if layout.ruling in ("all", "horizontal") or of_header:
        page.rules += [Rule(left, y, right, y), Rule(left, y + height, right, y + height)]
    if layout.ruling in ("all", "vertical", "frame") or of_header:
        page.rules += [Rule(left, y, left, y + height), Rule(right, y, right, y + height)]
    for number, line in enumerate(lines):
        at = left + _PADDING
        if cell.column != 1:
            at = (left + right - _width(line, layout, layout.size, bold)) / 2
        baseline = y + _PADDING + layout.size * (0.95 + 1.2 * number)
        if line:
            page.texts.append(Text(line, at, baseline, layout.size, bold))
    if layout.hidden and cell.column == 3 and not bold:
        page.texts.append(Text("999", left + 8, y + _PADDING + 6, layout.size, False, True))


# Writing PDF


def _written(pages: Sequence[Page], layout: Sheet) -> bytes:
    wide, high = (A4[1], A4[0]) if layout.landscape else A4
    file = pypdfium2.PdfDocument.new()
    fonts = {}
    for bold in (False, True):
        letters = "".join(text.text for page in pages for text in page.texts if text.bold == bold)
        fonts[bold] = _font(file, layout.font, bold, letters)
    for page in pages:
        turned = layout.quarter in (90, 270)
        sheet = file.new_page(high if turned else wide, wide if turned else high)
        for rule in page.rules:
            _write_rule(sheet, rule, wide, high, layout.quarter)
        for text in page.texts:
            _write_text(file, sheet, fonts[text.bold], text, wide, high, layout.quarter)
        if layout.quarter:
            sheet.set_rotation((360 - layout.quarter) % 360)
        sheet.gen_content()
    return _saved(file)


_CLOCK = re.compile(rb"(?<=/CreationDate\(D:)\d{14}")
_NUMBERS = re.compile(rb"(?<=/ID\[<)[0-9A-Fa-f]{32}(?=><)|(?<=><)[0-9A-Fa-f]{32}(?=>\])")


def _saved(file: pypdfium2.PdfDocument) -> bytes:
    """The file's bytes without the hour and number that PDFium gives every file: the same gives the same."""
    target = BytesIO()
    file.save(target)
    return _NUMBERS.sub(b"0" * 32, _CLOCK.sub(b"20000101000000", target.getvalue()))


def _font(file: pypdfium2.PdfDocument, name: str, bold: bool, text: str) -> object:
    """The font in the file. Raises FontError if it lacks a letter of `text`."""
    path = font_file(name, bold)
    if missing := missing_letters(path, text):
        raise FontError(
            f"Không làm được PDF: phông {Path(path).name} không có chữ «{missing}»; hãy bỏ chúng hoặc đổi phông.",
            f"No PDF was made: the font {Path(path).name} lacks «{missing}»; leave them out or take another font.",
        )
    data = Path(path).read_bytes()
    buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
    return pdfium.FPDFText_LoadFont(file.raw, buffer, len(data), pdfium.FPDF_FONT_TRUETYPE, True)


def _placed(x: float, y: float, wide: float, high: float, quarter: int) -> tuple[float, float]:
    """A point of the upright page in the coordinates of a page that is stored turned."""
    up = high - y
    if quarter == 90:
        return y, x
    if quarter == 180:
        return wide - x, high - up
    if quarter == 270:
        return high - y, wide - x
    return x, up


def _write_rule(sheet: pypdfium2.PdfPage, rule: Rule, wide: float, high: float, quarter: int) -> None:
    x0, y0 = _placed(rule.x0, rule.y0, wide, high, quarter)
    x1, y1 = _placed(rule.x1, rule.y1, wide, high, quarter)
    path = pdfium.FPDFPageObj_CreateNewPath(x0, y0)
    pdfium.FPDFPath_LineTo(path, x1, y1)
    pdfium.FPDFPageObj_SetStrokeColor(path, 0, 0, 0, 255)
    pdfium.FPDFPageObj_SetStrokeWidth(path, 0.6)
    pdfium.FPDFPath_SetDrawMode(path, pdfium.FPDF_FILLMODE_NONE, True)
    pdfium.FPDFPage_InsertObject(sheet.raw, path)


def _write_text(
    file: pypdfium2.PdfDocument,
    sheet: pypdfium2.PdfPage,
    font: object,
    text: Text,
    wide: float,
    high: float,
    quarter: int,
) -> None:
    item = pdfium.FPDFPageObj_CreateTextObj(file.raw, font, text.size)
    encoded = (text.text + "\0").encode("utf-16-le")
    units = (ctypes.c_ushort * (len(encoded) // 2)).from_buffer_copy(encoded)
    pdfium.FPDFText_SetText(item, units)
    if text.hidden:
        pdfium.FPDFTextObj_SetTextRenderMode(item, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
    x, y = _placed(text.x, text.y, wide, high, quarter)
    cos, sin = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[quarter]
    pdfium.FPDFPageObj_Transform(item, cos, sin, -sin, cos, x, y)
    pdfium.FPDFPage_InsertObject(sheet.raw, item)


def _of_pictures(pictures: Sequence[bytes], texts: Sequence[str], dpi: int) -> bytes:
    file = pypdfium2.PdfDocument.new()
    font = _font(file, "LiberationSerif", False, "") if any(texts) else None
    for picture, text in zip(pictures, texts, strict=True):
        image = Image.open(BytesIO(picture))
        wide, high = image.width * 72 / dpi, image.height * 72 / dpi
        sheet = file.new_page(wide, high)
        item = pypdfium2.PdfImage.new(file)
        item.load_jpeg(BytesIO(picture), inline=True)
        item.set_matrix(pypdfium2.PdfMatrix().scale(wide, high))
        sheet.insert_obj(item)
        for number, line in enumerate(_without_marks(text).splitlines()):
            _write_text(file, sheet, font, Text(line, 40, 40 + 9 * number, 8, False, True), wide, high, 0)
        sheet.gen_content()
    return _saved(file)


def _without_marks(text: str) -> str:
    """What an English model makes of Vietnamese."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in decomposed if ord(c) < 128)


# Copying badly


def _copied(
    picture: np.ndarray, source: np.random.Generator, skew: float, noise: float, rotate: int, jpeg: int
) -> bytes:
    high, wide = picture.shape[:2]
    angle = float(source.uniform(-skew, skew))
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    paper = (246, 247, 247)
    picture = cv2.warpAffine(picture, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderValue=paper)
    picture = cv2.GaussianBlur(picture, (3, 3), 0.6)
    # Ink is not quite black and paper not quite white.
    picture = 28 + picture.astype(np.float32) * (246 - 28) / 255
    picture += source.normal(0, noise, picture.shape[:2])[:, :, None]
    for x, y in zip(source.integers(0, wide, 180), source.integers(0, high, 180), strict=True):
        cv2.circle(picture, (int(x), int(y)), int(source.integers(0, 2)), (90, 90, 90), -1)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    picture = np.ascontiguousarray(np.rot90(picture, rotate // 90))
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, jpeg])[1].tobytes()


def _stamp(picture: np.ndarray, source: np.random.Generator, dpi: int, opaque: bool) -> None:
    """A round red stamp over the value column, 34 mm across, somewhere in the table's height."""
    high, wide = picture.shape[:2]
    size = round(34 / 25.4 * dpi)
    image = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(image)
    line = max(2, size // 60)
    draw.ellipse((2, 2, size - 3, size - 3), outline=255, width=2 * line)
    draw.ellipse((size // 5, size // 5, size * 4 // 5, size * 4 // 5), outline=255, width=line)
    centre, radius = size / 2, size / 6
    star = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.4
        angle = np.pi * corner / 5 - np.pi / 2
        star.append((centre + reach * np.cos(angle), centre + reach * np.sin(angle)))
    draw.polygon(star, fill=255)
    font = ImageFont.truetype(font_file("LiberationSerif", True), size // 9)
    draw.text((centre, size * 0.12), "ỦY BAN NHÂN DÂN", 255, font=font, anchor="mm")
    draw.text((centre, size * 0.88), "TỈNH MẪU", 255, font=font, anchor="mm")
    mask = np.asarray(image).astype(np.float32)[:, :, None] / 255
    left = int(np.clip(wide * source.uniform(0.5, 0.7) - size / 2, 0, wide - size))
    top = int(source.uniform(0.15, 0.75) * (high - size))
    area = picture[top : top + size, left : left + size].astype(np.float32)
    red = np.array([60, 40, 205], np.float32)
    inked = red * np.ones_like(area) if opaque else area * (red / 255)
    picture[top : top + size, left : left + size] = (area * (1 - mask) + inked * mask).astype(np.uint8)
