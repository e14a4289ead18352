"""Read pages that are pictures: straighten, lift coloured ink, find the ruled grid, read text and digits apart.

In: a PDF file and the pages to read. Out: PageContent with the confidence of every cell. A cell that two readings see
differently, that a stamp or a line touches, or that is unsure is flagged and keeps its picture; nothing is guessed.
Not here: which page is a picture (`pdf.py`), what codes and values mean (`annex.py`), and tables without drawn cells:
by white space alone too many cells of a scan are mixed up, so such an annex is left as text and refused (`annex.py`).

Lengths here are pixels of the page at DPI, but for the records that go out, which are in points.
"""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pypdfium2.raw as pdfium
import tesserocr

from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.pages.columns import is_code
from orchestration.reading.pages.grid import Grid, GridCell, Horizontal, Vertical, find_grids, joined
from orchestration.reading.pages.page import CellText, PageContent, PageTable, Paragraph
from orchestration.reading.pages.words import Word, lines_of, paragraphs_of
from orchestration.reading.refusal import Refused
from orchestration.reading.version import model_folder

if TYPE_CHECKING:
    import pypdfium2

DPI = 300
"""Tables are read at this resolution: at 150 the dots of `1.480` are lost."""

WORKERS = 2
"""Pages read at a time; the recogniser lets go of the interpreter while it works."""

LOW_CONFIDENCE = 0.6
"""Below it a cell of text is flagged."""

LOW_CONFIDENCE_DIGITS = 0.7
"""Below it a cell of digits is flagged."""

_SURE_DIGITS = 0.9
"""Figures read with less are read once more from a smaller picture, at which the models make other mistakes."""

_SURE_WORDS = 0.8
"""Words read in a column of codes and numbers with less are tried as digits."""

_RUBBISH = 0.45
"""What is read under a stamp with less is the stamp's own ink."""

_UPRIGHT = 0.72
"""Mean confidence of a page: upright pages have 0.85 and more, pages upside down below 0.6."""

_LEAST_DIGIT = 14
"""Pixels that any digit is tall; points and commas are smaller."""

_LEAST_INK = 40
"""Dark pixels below which a cell is empty; a thin 1 has two hundred."""

_LEAST_STAMP = 800
"""Pixels of coloured ink below which it is a speck."""

_PACKAGES = "tesseract-ocr tesseract-ocr-vie"
_DIGITS = "0123456789.,%"
_BLOCK_OF_TEXT, _COLUMN_OF_TEXT = 6, 4
_LSTM_ONLY = 1

_ODD_MARKS = re.compile(r",\d{3}(?!\d)|\.(?!\d{3}(?!\d))")
"""A comma before three digits or a point before other than three: not how a number is written in Vietnamese."""

_Image = np.ndarray


def read_pages(file: pypdfium2.PdfDocument, indices: Sequence[int]) -> Iterator[PageContent]:
    """The given pages (from 0), in their order.

    Raises Refused missing_package where Tesseract's Vietnamese model is not installed.
    """
    if not indices:
        return
    data = model_folder()
    if data is None:
        raise Refused("missing_package", format="scan", package=_PACKAGES)
    # The threads of the image libraries would fight with ours for the same cores.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    cv2.setNumThreads(1)
    reader = _Reader(data)
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = []
        for index in indices:
            # PDFium is not made for threads: pages are drawn here, and never many at a time.
            waiting.append(pool.submit(reader.page, _drawn(file, index), index + 1))
            if len(waiting) > WORKERS:
                yield waiting.pop(0).result()
        for result in waiting:
            yield result.result()


@dataclass(frozen=True)
class _Drawn:
    """A page as pixels (blue, green, red), and the resolution they were drawn at."""

    pixels: _Image
    dpi: float


def _drawn(file: pypdfium2.PdfDocument, index: int) -> _Drawn:
    """The page at the resolution of its largest picture, within reason."""
    page = file[index]
    try:
        wide, high = page.get_size()
        dpi = _native_dpi(page)
        # A sheet larger than A3 (or a page that lies about its size) must not cost gigabytes.
        dpi = min(dpi, 300.0, 5000.0 / max(wide, high, 1.0) * 72)
        pixels = page.render(scale=dpi / 72, no_smoothtext=False).to_numpy()[:, :, :3]
        return _Drawn(np.ascontiguousarray(pixels), dpi)
    finally:
        page.close()


def _native_dpi(page: pypdfium2.PdfPage) -> float:
    best, largest = 200.0, 0.0
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        area = (right - left) * (top - bottom)
        if area > largest and right - left > 1 and top - bottom > 1:
            largest = area
            wide, high = item.get_px_size()
            best = max(wide, high) / max(right - left, top - bottom) * 72
    return min(max(best, 100.0), 300.0)


# The picture made ready


@dataclass(frozen=True)
class _Page:
    """A straightened page at DPI.

    colour: as scanned, at its own resolution dpi.  grey: black ink on white, coloured ink lifted.
    stamp: where coloured ink was.
    """

    colour: _Image
    dpi: float
    grey: _Image
    stamp: _Image

    @cached_property
    def ink(self) -> _Image:
        """255 where there is black ink."""
        return cv2.adaptiveThreshold(self.grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 15)


def _prepared(colour: _Image, dpi: float) -> _Page:
    """Coloured ink is looked for in the scan's own pixels, and only the grey is enlarged: that is most of the cost."""
    grey, stamp = _lifted(colour)
    scale = DPI / dpi
    if abs(scale - 1) > 0.01:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        stamp = cv2.resize(stamp, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    return _Page(colour, dpi, grey, stamp)


def _brightest(colour: _Image) -> _Image:
    blue, green, red = cv2.split(colour)
    return cv2.max(cv2.max(blue, green), red)


def _lifted(colour: _Image) -> tuple[_Image, _Image]:
    """Grey without coloured ink, and a mask of that ink.

    The brightest channel of red or blue ink is bright and that of black print is dark, under the ink too.
    """
    blue, green, red = cv2.split(colour)
    brightest = cv2.max(cv2.max(blue, green), red)
    spread = cv2.subtract(brightest, cv2.min(cv2.min(blue, green), red))
    tinted = cv2.bitwise_and(
        cv2.threshold(spread, 45, 255, cv2.THRESH_BINARY)[1], cv2.threshold(brightest, 90, 255, cv2.THRESH_BINARY)[1]
    )
    tinted = cv2.morphologyEx(tinted, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    if cv2.countNonZero(tinted) < _LEAST_STAMP:
        return brightest, np.zeros_like(brightest)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(tinted, np.ones((7, 7), np.uint8)))
    large = stats[:, cv2.CC_STAT_AREA] >= _LEAST_STAMP
    large[0] = False
    if count <= 1 or not large.any():
        return brightest, np.zeros_like(brightest)
    stamp = cv2.bitwise_and(tinted, large.astype(np.uint8)[labels] * 255)
    paper = int(np.percentile(brightest[::8, ::8], 80))
    # Made brighter in proportion, so that the soft edges of print under the ink stay.
    near = cv2.dilate(stamp, np.ones((3, 3), np.uint8)) > 0
    level = float(np.median(brightest[stamp > 0]))
    grey = brightest.copy()
    grey[near] = np.minimum(brightest[near] * (paper / max(level, 100.0)), paper).astype(np.uint8)
    return grey, stamp


def _turned(colour: _Image, quarters: int) -> _Image:
    return np.ascontiguousarray(np.rot90(colour, quarters))


def _lies_on_its_side(colour: _Image) -> bool:
    """Whether lines of print run from top to bottom: gaps between lines make the profile across them rougher."""
    small = cv2.resize(
        _brightest(colour), (600, 600 * colour.shape[0] // colour.shape[1]), interpolation=cv2.INTER_AREA
    )
    ink = cv2.adaptiveThreshold(small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 21, 12)
    letters = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 25), np.uint8))
    letters |= cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((25, 1), np.uint8))
    letters = cv2.subtract(ink, cv2.dilate(letters, np.ones((3, 3), np.uint8)))

    def roughness(axis: int) -> float:
        profile = letters.sum(axis=axis).astype(float)
        return float(np.abs(np.diff(profile)).sum() / max(1.0, profile.sum()))

    return roughness(0) > roughness(1)


def _skew(grey: _Image) -> float:
    """Degrees by which to turn the page so that its lines run level."""
    wide = 900
    small = cv2.resize(grey, (wide, wide * grey.shape[0] // grey.shape[1]), interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)

    ys, xs = np.nonzero(ink)
    if not ys.size:
        return 0.0

    def sharpness(angle: float) -> float:
        # Only the rows that ink falls into are asked for: turning the picture each time would cost ten times as much.
        turn = np.deg2rad(angle)
        rows = ys * np.cos(turn) - xs * np.sin(turn) + wide
        whole = rows.astype(np.int32)
        share = rows - whole
        count = int(whole.max()) + 2
        profile = np.bincount(whole, 1 - share, count) + np.bincount(whole + 1, share, count)
        return float(((profile[1:] - profile[:-1]) ** 2).sum())

    best = max(np.arange(-6, 6.01, 0.5), key=sharpness)
    for step in (0.1, 0.02):
        best = max((best + step * k for k in range(-5, 6)), key=sharpness)
    return float(best)


def _rotated(image: _Image, angle: float, fill: int) -> _Image:
    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    value = (fill,) * 3 if image.ndim == 3 else fill
    return cv2.warpAffine(
        image, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=value
    )


# The grid


def _ruled(page: _Page) -> list[Grid]:
    """Tables of the page by their drawn lines; under a stamp a line counts as drawn."""
    across = joined(_pieces(page, horizontal=True), _TOLERANCE, 6)
    down = joined(_pieces(page, horizontal=False), _TOLERANCE, 6)
    # Strokes of letters look like pieces of line; they neither are long nor run from line to line.
    long_across = [line for line in across if line[2] - line[1] >= _LONG]
    long_down = [line for line in down if line[2] - line[1] >= _LONG]
    across = [line for line in across if line in long_across or _meets(line, long_down)]
    columns = [place for place, _, _ in long_down]
    down = [
        line
        for line in down
        if line in long_down or (_meets(line, across) and any(abs(line[0] - c) <= _TOLERANCE for c in columns))
    ]
    horizontals: list[Horizontal] = [(start, end, place) for place, start, end in across]
    verticals: list[Vertical] = [(place, start, end) for place, start, end in down]
    grids = find_grids(horizontals, verticals, tolerance=_TOLERANCE, reach=18)
    return [g for g in grids if len(g.columns) >= 3 and len(g.rows) >= 2 and g.box[3] - g.box[1] > 60]


_Piece = tuple[float, float, float]
"""(place, start, end) of a drawn line, across or down"""

_TOLERANCE = 10
_LONG = 260
"""No letter and hardly an underlined word is as long as this."""


def _meets(line: _Piece, others: list[_Piece]) -> bool:
    """Whether a line begins and ends at lines that cross it."""
    place, start, end = line
    crossing = [other for other, low, high in others if low - 18 <= place <= high + 18]
    return end - start >= 36 and all(any(abs(end_ - other) <= 18 for other in crossing) for end_ in (start, end))


def _pieces(page: _Page, horizontal: bool) -> list[_Piece]:
    """Pieces of drawn lines as (place, start, end)."""
    ink = page.ink if horizontal else page.ink.T
    stamp = page.stamp if horizontal else page.stamp.T
    ink = np.ascontiguousarray(ink)
    length = 70 if horizontal else 42
    # A line that is not quite level is broken into steps: thicken it, then ask for length.
    thick = cv2.dilate(ink, np.ones((3, 1), np.uint8))
    thick = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, 3), np.uint8))
    lines = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    pieces = []
    # Contours and not components: lines are few, and labelling every pixel of the page is slow.
    for contour in cv2.findContours(lines, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        left, top, wide, high = cv2.boundingRect(contour)
        if high <= max(16, 0.02 * wide):
            moments = cv2.moments(lines[top : top + high, left : left + wide], binaryImage=True)
            if moments["m00"] / wide <= 14:
                pieces.append((top + moments["m01"] / moments["m00"], float(left), float(left + wide)))
    return _bridged(pieces, np.ascontiguousarray(stamp))


def _bridged(pieces: list[_Piece], stamp: _Image) -> list[_Piece]:
    """Pieces, and what of their lines a stamp hides: gaps between two pieces of one line that lie under its ink."""
    if not stamp.any():
        return pieces
    covered = (
        cv2.morphologyEx(
            cv2.resize(stamp, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA),
            cv2.MORPH_CLOSE,
            np.ones((25, 25), np.uint8),
        )
        > 0
    )
    bridges = []
    for place, _, end in pieces:
        following = [p for p in pieces if abs(p[0] - place) <= 10 and p[1] > end]
        if not following:
            continue
        after = min(following, key=lambda p: p[1])
        row = covered[min(int(place / 8), covered.shape[0] - 1), int(end / 8) : int(after[1] / 8) + 1]
        if row.size and row.mean() >= 0.6:
            bridges.append((place, end, after[1]))
    return pieces + bridges


# Reading


@dataclass(frozen=True)
class _Read:
    text: str
    confidence: float


_NOTHING = _Read("", 0.0)


class _Engines(threading.local):
    """One recogniser a thread and model: they are not shared."""

    def __init__(self, data: str) -> None:
        self.vie = tesserocr.PyTessBaseAPI(path=data, lang="vie", psm=_BLOCK_OF_TEXT, oem=_LSTM_ONLY)
        self.vie_digits = tesserocr.PyTessBaseAPI(path=data, lang="vie", psm=_BLOCK_OF_TEXT, oem=_LSTM_ONLY)
        self.eng_digits = tesserocr.PyTessBaseAPI(path=data, lang="eng", psm=_BLOCK_OF_TEXT, oem=_LSTM_ONLY)
        self.vie_digits.SetVariable("tessedit_char_whitelist", _DIGITS)
        self.eng_digits.SetVariable("tessedit_char_whitelist", _DIGITS)
        for engine in (self.vie, self.vie_digits, self.eng_digits):
            # White print on black is not looked for: what is read badly would be read again turned to its negative.
            engine.SetVariable("tessedit_do_invert", "0")


def _recognise(engine, image: _Image, mode: int = _BLOCK_OF_TEXT) -> _Read:
    engine.SetPageSegMode(mode)
    high, wide = image.shape
    engine.SetImageBytes(np.ascontiguousarray(image).tobytes(), wide, high, 1, wide)
    engine.SetSourceResolution(DPI)
    text = " ".join(engine.GetUTF8Text().split())
    confidences = engine.AllWordConfidences()
    engine.Clear()
    return _Read(unicodedata.normalize("NFC", text), min(confidences) / 100 if confidences else 0.0)


def _recognise_words(engine, image: _Image, mode: int, dpi: float) -> list[tuple[Word, float]]:
    """Words with their place and confidence."""
    engine.SetPageSegMode(mode)
    high, wide = image.shape
    engine.SetImageBytes(np.ascontiguousarray(image).tobytes(), wide, high, 1, wide)
    engine.SetSourceResolution(round(dpi))
    engine.Recognize()
    words: list[tuple[Word, float]] = []
    iterator = engine.GetIterator()
    if iterator is not None:
        for item in tesserocr.iterate_level(iterator, tesserocr.RIL.WORD):
            try:
                text = item.GetUTF8Text(tesserocr.RIL.WORD)
            except RuntimeError:
                continue
            left, top, right, bottom = item.BoundingBox(tesserocr.RIL.WORD)
            line = item.Baseline(tesserocr.RIL.WORD)
            baseline = float(line[0][1] + line[1][1]) / 2 if line else float(bottom)
            text = unicodedata.normalize("NFC", text.strip())
            if text:
                size = 1.35 * max(bottom - top, 1)
                words.append(
                    (
                        Word(text, float(left), float(right), baseline, float(size)),
                        item.Confidence(tesserocr.RIL.WORD) / 100,
                    )
                )
    engine.Clear()
    return words


class _Reader:
    """Reads pages with the models in a folder."""

    def __init__(self, data: str) -> None:
        self._data = data
        # Sheets of one pile mostly lie the same way, so a page is first tried as the one before lay.
        self._turned_over = False
        self._local = threading.local()

    @property
    def _engines(self) -> _Engines:
        if not hasattr(self._local, "engines"):
            self._local.engines = _Engines(self._data)
        return self._local.engines

    def page(self, drawn: _Drawn, number: int) -> PageContent:
        """One page, turned the right way round: the first way that reads surely, else the surest of the four."""
        quarter, over = int(_lies_on_its_side(drawn.pixels)), 2 * self._turned_over
        best, best_sureness = None, -1.0
        # A page with little print can be taken for one that lies on its side, so both other ways come last.
        for turns in (quarter + over, quarter + over + 2, quarter + over + 1, quarter + over + 3):
            content, sureness = self._upright(_turned(drawn.pixels, turns % 4), drawn.dpi, number)
            if sureness > best_sureness:
                best, best_sureness = content, sureness
                if (turns - quarter) % 2 == 0:
                    self._turned_over = (turns - quarter) % 4 == 2
            if sureness >= _UPRIGHT:
                break
        return best

    def _upright(self, colour: _Image, dpi: float, number: int) -> tuple[PageContent, float]:
        """The page read as it lies, and how sure the readings are on average."""
        skew = _skew(_brightest(colour))
        if abs(skew) > 0.03:
            colour = _rotated(colour, skew, 255)
        page = _prepared(colour, dpi)
        grids = _ruled(page)
        tables, sureness = [], []
        for grid in grids:
            table, sure = _TableReading(page, grid, self._engines).table()
            if table is not None and sum(bool(t.text) for t in table.texts) >= 2:
                tables.append(table)
                sureness += sure
        paragraphs, sure = self._text_outside(page, [t.grid for t in tables], dpi)
        sureness += sure
        in_points = [replace(t, grid=_scaled(t.grid, 72 / DPI)) for t in tables]
        return PageContent(number, tuple(paragraphs), tuple(in_points)), float(np.mean(sureness)) if sureness else 0.0

    def _text_outside(self, page: _Page, grids: list[Grid], dpi: float) -> tuple[list[Paragraph], list[float]]:
        """Paragraphs outside the tables, read at the scan's own resolution: enlarging costs marks."""
        rest = page.grey
        if grids:
            rest = rest.copy()
            for grid in grids:
                left, top, right, bottom = (int(length) for length in grid.box)
                rest[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12] = 255
            if _is_blank(rest):
                return [], []
        scale = min(dpi, DPI) / DPI
        if scale < 0.99:
            rest = cv2.resize(rest, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        read = _recognise_words(self._engines.vie, rest, _COLUMN_OF_TEXT, dpi)
        points = 72 / (DPI * scale)
        words = [
            replace(w, left=w.left * points, right=w.right * points, baseline=w.baseline * points, size=w.size * points)
            for w, confidence in read
            if not _is_speck(w.text, confidence)
        ]
        return paragraphs_of(lines_of(words)), [confidence for _, confidence in read]


def _scaled(grid: Grid, factor: float) -> Grid:
    cells = tuple(replace(c, box=tuple(length * factor for length in c.box)) for c in grid.cells)
    return Grid(tuple(x * factor for x in grid.columns), tuple(y * factor for y in grid.rows), cells)


def _is_blank(grey: _Image) -> bool:
    return int((grey[::2, ::2] < 110).sum()) < 60


@dataclass(frozen=True)
class _CellImage:
    """The inside of a cell: grey with its border taken off, its place on the page, and what touches it."""

    cell: GridCell
    grey: _Image
    ink: _Image
    left: int
    top: int
    has_ink: bool
    has_specks: bool
    touches_line: bool
    under_stamp: bool


class _TableReading:
    """One table on one page."""

    def __init__(self, page: _Page, grid: Grid, engines: _Engines) -> None:
        self._page = page
        self._grid = grid
        self._engines = engines

    def table(self) -> tuple[PageTable | None, list[float]]:
        """The table, and how sure the readings of its text are; None for a frame whose rows are not drawn apart."""
        images = [_cell_image(self._page, cell) for cell in self._grid.cells]
        words = self._words(images)
        if any(sum(map(is_code, read.text.split())) >= 4 for read in words.values()):
            return None, []
        numeric = self._numeric_columns(images, words)
        texts = [self._text(image, words[n], image.cell.column in numeric) for n, image in enumerate(images)]
        return PageTable(self._grid, tuple(texts)), [w[1].confidence for w in words.items() if w[1].text]

    def _words(self, images: list[_CellImage]) -> dict[int, _Read]:
        """Every cell read as Vietnamese text, the cells of one column in one picture: a call costs more than a line."""
        read = dict.fromkeys(range(len(images)), _NOTHING)
        by_column: dict[tuple[int, int], list[int]] = {}
        for n, image in enumerate(images):
            if image.has_ink:
                by_column.setdefault((image.cell.column, image.cell.column_span), []).append(n)
        for members in by_column.values():
            read |= self._column_words(images, members)
        return read

    def _column_words(self, images: list[_CellImage], members: list[int]) -> dict[int, _Read]:
        gap = 24
        wide = max(images[n].grey.shape[1] for n in members) + 2 * gap
        places, parts, y = [], [], gap
        for n in members:
            rows = np.flatnonzero(images[n].ink.any(axis=1))
            first, last = max(0, int(rows[0]) - 4), int(rows[-1]) + 5
            part = images[n].grey[first:last]
            strip = np.full((part.shape[0] + gap, wide), 255, np.uint8)
            strip[: part.shape[0], gap : gap + part.shape[1]] = part
            places.append((y, y + part.shape[0]))
            parts.append(strip)
            y += strip.shape[0]
        sheet = np.vstack([np.full((gap, wide), 255, np.uint8), *parts])
        words = _recognise_words(self._engines.vie, sheet, _BLOCK_OF_TEXT, DPI)
        found: dict[int, list[tuple[Word, float]]] = {n: [] for n in members}
        for word, confidence in words:
            if _is_dust(word.text, confidence):
                continue
            middle = word.baseline - 0.25 * word.size
            at = min(range(len(places)), key=lambda i: max(places[i][0] - middle, middle - places[i][1], 0))
            found[members[at]].append((word, confidence))
        read = {}
        for n, own in found.items():
            if not own:
                # Read alone, a short text is found that is lost among the others.
                read[n] = _recognise(self._engines.vie, np.pad(images[n].grey, 20, constant_values=255))
                continue
            text = " ".join(line.text for line in lines_of(word for word, _ in own))
            read[n] = _Read(text, float(np.mean([confidence for _, confidence in own])))
        return read

    def _numeric_columns(self, images: list[_CellImage], words: dict[int, _Read]) -> set[int]:
        """Columns of codes and values, by their header's words or by what stands in most of their cells."""
        numeric: set[int] = set()
        by_column: dict[int, list[str]] = {}
        for n, image in enumerate(images):
            text = words[n].text
            if image.cell.column_span != 1:
                continue
            if fold(text) in ("stt", "so tt", "tt", "so lieu", "ma", "ma so"):
                numeric.add(image.cell.column)
            elif image.has_ink:
                by_column.setdefault(image.cell.column, []).append(text)
        for column, texts in by_column.items():
            if 2 * sum(_is_number_like(text) for text in texts) > len(texts):
                numeric.add(column)
        return numeric

    def _text(self, image: _CellImage, words: _Read, numeric: bool) -> CellText:
        flags: list[str] = []
        if image.under_stamp:
            flags.append("stamp")
        if not image.has_ink:
            if image.has_specks and numeric:
                flags.append("low_confidence")
            return self._flagged(image, CellText("", None, tuple(flags)))
        if not (numeric or _is_number_like(words.text)):
            return self._as_words(image, words, flags)
        if not _is_words(words.text):
            return self._digits(image, flags)
        if words.confidence < _SURE_WORDS:
            digits = self._digits(image, flags)
            if set(digits.flags) <= {"stamp"}:
                return digits
        return self._as_words(image, words, flags)

    def _as_words(self, image: _CellImage, words: _Read, flags: list[str]) -> CellText:
        text = words.text
        if words.confidence < LOW_CONFIDENCE:
            flags = [*flags, "low_confidence"]
            if image.under_stamp and words.confidence < _RUBBISH:
                text = ""
        return self._flagged(image, CellText(text, round(words.confidence, 2), tuple(flags)))

    def _digits(self, image: _CellImage, flags: list[str]) -> CellText:
        """Codes and numbers: cropped to their ink and read twice by models that know only digits.

        The first reading stands, unless it is empty; where the two differ in a point or comma, its shape decides. A
        figure that both agree on without being sure must also be read the same from a smaller picture.
        """
        flags = list(flags)
        crop = _cropped(image)
        first = _recognise(self._engines.eng_digits, crop.image)
        second = _recognise(self._engines.vie_digits, crop.image)
        text, other = first.text.replace(" ", ""), second.text.replace(" ", "")
        confidence = first.confidence
        if text != other:
            flags.append("disagreement")
            if not text:
                text, confidence = other, 0.0
            elif text.replace(",", ".") == other.replace(",", "."):
                text = _with_marks(text, crop.marks)
        elif _with_marks(text, crop.marks) != text:
            flags.append("disagreement")  # both models take a point for a comma, or the other way round
        in_code_column = image.cell.column == 0
        if not in_code_column and not flags and confidence < _SURE_DIGITS:
            smaller = cv2.resize(crop.image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
            if _digits_of(_recognise(self._engines.eng_digits, smaller).text) != _digits_of(text):
                flags.append("disagreement")
        trimmed = text.lstrip(".,") if in_code_column else text.strip(".,")
        if trimmed != text:
            text = trimmed
            flags.append("trimmed")
        if not in_code_column and _ODD_MARKS.search(text):
            flags.append("disagreement")  # dust makes a comma of a point, and a faint comma is one
        if confidence < LOW_CONFIDENCE_DIGITS or not text or crop.is_stacked:
            flags.append("low_confidence")
        if image.touches_line:
            flags.append("touches_line")
        return self._flagged(image, CellText(text, round(confidence, 2), tuple(dict.fromkeys(flags))))

    def _flagged(self, image: _CellImage, read: CellText) -> CellText:
        """A flagged cell keeps its picture, as it was scanned."""
        if not read.flags:
            return read
        scale = self._page.dpi / DPI
        left, top, right, bottom = (int(length * scale) for length in image.cell.box)
        picture = self._page.colour[max(0, top - 6) : bottom + 6, max(0, left - 6) : right + 6]
        return replace(read, crop=cv2.imencode(".png", picture)[1].tobytes())


def _is_dust(text: str, confidence: float) -> bool:
    """Whether a word is specks and no print: a point or comma never stands alone in a cell."""
    if any(c.isalnum() or c in "%=" for c in text):
        return False
    return confidence < _SURE_WORDS or not text.strip(".,:;'`")


def _is_speck(text: str, confidence: float) -> bool:
    """Whether a word outside tables is dirt: Tesseract at times gives a word that it reads rightly no confidence."""
    letters = sum(c.isalnum() for c in text)
    return confidence <= (0.6 if letters == 0 else 0.2) and letters < 3


def _is_number_like(text: str) -> bool:
    """Whether a text is a code or number, allowing for letters that digits are taken for."""
    tight = text.replace(" ", "")
    digits = sum(c.isdigit() for c in tight)
    return digits > 0 and len(tight) <= 14 and digits * 2 >= len(tight.strip(".,%()"))


def _is_words(text: str) -> bool:
    """Whether a cell of a numeric column holds words, such as `Trong đó` or a sentence."""
    letters = sum(c.isalpha() for c in text)
    if fold(text) in ("trong", "do"):  # a "Trong đó" that a page end cuts
        return True
    return letters >= 3 and letters > sum(c.isdigit() for c in text)


def _cell_image(page: _Page, cell: GridCell) -> _CellImage:
    """The inside of a cell with its border taken off, and only there: elsewhere it would eat the tails of letters."""
    left, top, right, bottom = (round(length) for length in cell.box)
    reach = 9
    ink = page.ink[max(0, top - reach) : bottom + reach, max(0, left - reach) : right + reach]
    off_top, off_bottom = _border(ink, 0, top, reach, 1), _border(ink, 0, bottom, reach, -1)
    off_left, off_right = _border(ink, 1, left, reach, 1), _border(ink, 1, right, reach, -1)
    y0, y1 = max(0, top - reach) + off_top, max(0, top - reach) + ink.shape[0] - off_bottom
    x0, x1 = max(0, left - reach) + off_left, max(0, left - reach) + ink.shape[1] - off_right
    grey = page.grey[y0:y1, x0:x1]
    if grey.size == 0 or min(grey.shape) < 8:
        empty = np.full((8, 8), 255, np.uint8)
        return _CellImage(cell, empty, np.zeros_like(empty), x0, y0, False, False, False, False)
    own = _own_ink(grey)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(own, connectivity=8)
    clean = own.copy()
    touches = specks = has_ink = False
    high, wide = own.shape
    for n in range(1, count):
        x, y, w, h, area = stats[n]
        at_edge = x == 0 or y == 0 or x + w == wide or y + h == high
        is_rest_of_line = at_edge and ((h <= 5 and w > 3 * h) or (w <= 5 and h > 3 * w) or area < 12)
        if is_rest_of_line or area < 7:
            clean[labels == n] = 0
        elif (h >= 14 and area >= 45) or (w >= 14 and h >= 3 and area >= 45):
            has_ink = True
            touches |= bool(at_edge)
        elif area >= 14:
            specks = True
    if not has_ink:
        clean[:] = 0
    # What is not ink becomes paper, so that no rest of a line and no dust is read.
    paper = np.uint8(np.percentile(grey, 90))
    kept = cv2.dilate(clean, np.ones((5, 5), np.uint8)) > 0
    tidy = np.where(kept, grey, paper).astype(np.uint8)
    tidy = cv2.normalize(tidy, None, 0, 255, cv2.NORM_MINMAX) if has_ink else np.full_like(grey, 255)
    stamp = page.stamp[y0:y1, x0:x1]
    return _CellImage(cell, tidy, clean, x0, y0, has_ink, specks, touches, int((stamp > 0).sum()) > 40)


def _border(ink: _Image, axis: int, edge: int, reach: int, direction: int) -> int:
    """Pixels to take off one side of a cell's surroundings, to just inside its drawn border."""
    profile = ink.mean(axis=1 - axis) / 255
    if direction < 0:
        profile = profile[::-1]
    outside = min(reach, edge) if direction > 0 else reach
    window = profile[: outside + reach + 2]
    drawn = np.flatnonzero(window > 0.45)
    return int(drawn[-1]) + 3 if drawn.size else outside + 3


def _own_ink(grey: _Image) -> _Image:
    """Ink of a cell by Otsu's threshold; none where the cell has no contrast."""
    paper = float(np.percentile(grey, 90))
    # Counted in pixels and not as a share: a lone 1 in a tall cell is a thousandth of it.
    darkest = float(np.partition(grey, _LEAST_INK, axis=None)[_LEAST_INK]) if grey.size > _LEAST_INK else 255.0
    if paper - darkest < 55:
        return np.zeros_like(grey)
    threshold, ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if threshold > paper - 30:
        _, ink = cv2.threshold(grey, paper - 50, 255, cv2.THRESH_BINARY_INV)
    return ink


@dataclass(frozen=True)
class _Crop:
    """Black print on white with a margin, how digits are read best; its points and commas from left to right.

    is_stacked: digits stand below digits, as where the line between two rows was not seen.
    """

    image: _Image
    marks: str
    is_stacked: bool


def _cropped(image: _CellImage) -> _Crop:
    """The print of a cell without the dust around it: what is as small as a point and does not stand where one can."""
    ink = image.ink.copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes = [tuple(int(v) for v in stats[n]) for n in range(1, count)]
    digits = [(x, y, w, h) for x, y, w, h, _ in boxes if h >= _LEAST_DIGIT]
    marks: list[tuple[int, str]] = []
    is_stacked = False
    if digits:
        left = min(x for x, _, _, _ in digits)
        right = max(x + w for x, _, w, _ in digits)
        tall = max(h for _, _, _, h in digits)
        foot = float(np.median([y + h for _, y, _, h in digits]))
        whole = [(y, y + h) for _, y, _, h in digits if h >= 0.6 * tall]  # not the rings of a %
        is_stacked = max(top for top, _ in whole) > min(bottom for _, bottom in whole)
        for n, (x, y, w, h, _) in enumerate(boxes, start=1):
            if h >= _LEAST_DIGIT or w >= _LEAST_DIGIT:
                continue
            on_foot = foot - 0.3 * tall <= y + h / 2 <= foot + 0.35 * tall
            if not on_foot or not left < x <= right + 0.5 * tall:
                ink[labels == n] = 0
            else:
                marks.append((x, "," if y + h - foot > 0.12 * tall else "."))
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    inside = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    picture = np.pad(255 - inside, 20, constant_values=255)
    return _Crop(picture, "".join(mark for _, mark in sorted(marks)), is_stacked)


def _digits_of(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _with_marks(text: str, marks: str) -> str:
    """A number with its points and commas as their shapes say, where there are as many."""
    if sum(c in ".," for c in text) != len(marks):
        return text
    following = iter(marks)
    return "".join(next(following) if c in ".," else c for c in text)
