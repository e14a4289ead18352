"""A page as pixels: drawn, turned, straightened, coloured ink lifted, and the ruled lines found in it.

In: a page of a PDF file. Out: a Page of black ink on white, and the grids that its lines make.
Not here: reading any letter (`recognise.py`). Lengths are pixels at DPI.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pypdfium2.raw as pdfium

from orchestration.reading.pages.grid import Grid, Horizontal, Vertical, find_grids, joined

if TYPE_CHECKING:
    import pypdfium2


DPI = 300
"""Tables are read at this resolution: at 150 the dots of `1.480` are lost."""

_LEAST_STAMP = 800
"""Pixels of coloured ink below which it is a speck."""

Image = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Drawn:
    """A page as pixels (blue, green, red), and the resolution they were drawn at.

    beside: 255 where a photo shows what the sheet lies on; None where the sheet is all that is seen.
    """

    pixels: Image
    dpi: float
    beside: Image | None = None


def drawn_page(file: pypdfium2.PdfDocument, index: int) -> Drawn:
    """The page at the resolution of its largest picture, within reason."""
    page = file[index]
    try:
        wide, high = page.get_size()
        dpi = _native_dpi(page)
        # A sheet larger than A3 (or a page that lies about its size) must not cost gigabytes.
        dpi = min(dpi, 300.0, 5000.0 / max(wide, high, 1.0) * 72)
        pixels = page.render(scale=dpi / 72, no_smoothtext=False).to_numpy()[:, :, :3]
        return Drawn(np.ascontiguousarray(pixels), dpi)
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


@dataclass(frozen=True)
class Page:
    """A straightened page at DPI.

    colour: as scanned, at its own resolution dpi.  grey: black ink on white, coloured ink lifted.
    stamp: where coloured ink was, or no sheet.
    """

    colour: Image
    dpi: float
    grey: Image
    stamp: Image

    @cached_property
    def ink(self) -> Image:
        """255 where there is black ink."""
        return cv2.adaptiveThreshold(self.grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 15)


def prepared(drawn: Drawn) -> Page:
    """Coloured ink is looked for in the scan's own pixels, and only the grey is enlarged: that is most of the cost."""
    grey, stamp = _lifted(drawn.pixels)
    if drawn.beside is not None:
        stamp = cv2.bitwise_or(stamp, drawn.beside)
    scale = DPI / drawn.dpi
    if abs(scale - 1) > 0.01:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        stamp = cv2.resize(stamp, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_NEAREST)
    return Page(drawn.pixels, drawn.dpi, grey, stamp)


def brightest(colour: Image) -> Image:
    blue, green, red = cv2.split(colour)
    return cv2.max(cv2.max(blue, green), red)


def _lifted(colour: Image) -> tuple[Image, Image]:
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


def turned(colour: Image, quarters: int) -> Image:
    return np.ascontiguousarray(np.rot90(colour, quarters))


def lies_on_its_side(colour: Image) -> bool:
    """Whether lines of print run from top to bottom: gaps between lines make the profile across them rougher."""
    small = cv2.resize(brightest(colour), (600, 600 * colour.shape[0] // colour.shape[1]), interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 21, 12)
    letters = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 25), np.uint8))
    letters = cv2.bitwise_or(letters, cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((25, 1), np.uint8)))
    letters = cv2.subtract(ink, cv2.dilate(letters, np.ones((3, 3), np.uint8)))

    def roughness(axis: int) -> float:
        profile = letters.sum(axis=axis).astype(float)
        return float(np.abs(np.diff(profile)).sum() / max(1.0, profile.sum()))

    return roughness(0) > roughness(1)


def skew_of(grey: Image) -> float:
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


def levelled(drawn: Drawn) -> Drawn:
    """The page turned by the few degrees by which its lines lean."""
    skew = skew_of(brightest(drawn.pixels))
    if abs(skew) <= 0.03:
        return drawn
    beside = None if drawn.beside is None else rotated(drawn.beside, skew, 255)
    return Drawn(rotated(drawn.pixels, skew, 255), drawn.dpi, beside)


def rotated(image: Image, angle: float, fill: int) -> Image:
    high, wide = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), angle, 1)
    value = (fill,) * 3 if image.ndim == 3 else fill
    return cv2.warpAffine(
        image, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=value
    )


def ruled(page: Page) -> list[Grid]:
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


def _pieces(page: Page, horizontal: bool) -> list[_Piece]:
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


def _bridged(pieces: list[_Piece], stamp: Image) -> list[_Piece]:
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
