"""A photographed page made as flat and as evenly lit as a scanned one.

In: the pixels of a page. Out: the same page with its ruled lines level and upright, however it leaned, narrowed or was
curled, with its paper white, and large enough to be read. A page that is flat, even and large already is given back as
it is. Not here: finding the grid (`picture.py`) and reading (`cells.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from orchestration.reading.pages.picture import Drawn, Image, brightest

_WIDE = 1100
"""Pixels across at which lines are looked for."""

_SHORTEST = 20
"""Pixels, there: longer than most strokes of letters, shorter than a row is high."""

_STEEPEST = np.tan(np.deg2rad(14))

_LEAST_LINES = 12
"""Fewer say nothing about the shape of a page."""

_ALONG, _ACROSS = 4, 2
"""Powers of a polynomial that follow a rule's bend, and how that changes from rule to rule."""

_BEYOND = 0.1
"""Share of the page's width by which what is known of the lines holds beyond them."""

_FLAT = 2.4
"""Pixels at _WIDE; lines that depart less from level and upright lines are those of a scan."""

_UNEVEN = 0.12
"""Share by which paper is darker in places, or its colours differ, that no scan shows."""

_PAPER = 246

_LEAST_SHEET, _LEAST_DESK = 0.15, 0.04
"""Shares of a photo: of the sheet on it, and of what lies around, to be seen as such."""

_LONG_SIDE = 11.69
"""Inches of A4."""

_STEP = 32
"""Pixels between the points of which it is worked out where they come from."""


def flattened(drawn: Drawn) -> Drawn:
    """The sheet as a scanner would have seen it, and where it does not lie in what is left of the photo."""
    cut = _cut_to_the_sheet(drawn)
    clean = _painted(_evened(cut.pixels), cut.beside)
    moves = _moves(clean)
    if moves is None:
        return replace(cut, pixels=clean)
    return Drawn(
        cv2.remap(clean, *moves, cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=(_PAPER,) * 3),
        cut.dpi,
        None if cut.beside is None else cv2.remap(cut.beside, *moves, cv2.INTER_NEAREST, borderValue=255),
    )


def _cut_to_the_sheet(drawn: Drawn) -> Drawn:
    """What a photo shows of the sheet, which is taken for A4; the page as it is where nothing dark lies around it."""
    colour = drawn.pixels
    high, wide = colour.shape[:2]
    paper = brightest(_twelfth(colour))
    is_light = (paper >= 0.5 * float(np.percentile(paper, 95))).astype(np.uint8)
    light = cv2.morphologyEx(is_light, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(light)
    largest = int(stats[1:, cv2.CC_STAT_AREA].argmax()) + 1 if count > 1 else 0
    share = stats[largest, cv2.CC_STAT_AREA] / paper.size
    if not largest or not _LEAST_SHEET <= share <= 1 - _LEAST_DESK:
        return drawn
    hull = cv2.convexHull(cv2.findNonZero((labels == largest).astype(np.uint8)))
    beside = cv2.fillConvexPoly(np.full_like(paper, 255), hull, 0)
    left, top, across, down = (12 * length for length in cv2.boundingRect(hull))
    sheet = (slice(top, top + down), slice(left, left + across))
    whole = cv2.resize(beside, (wide, high), interpolation=cv2.INTER_NEAREST)
    return Drawn(colour[sheet], min(drawn.dpi, max(across, down) / _LONG_SIDE), whole[sheet])


# Light


def _twelfth(colour: Image) -> Image:
    high, wide = colour.shape[:2]
    return cv2.resize(colour, (max(1, wide // 12), max(1, high // 12)), interpolation=cv2.INTER_AREA)


def _evened(colour: Image) -> Image:
    """Paper made white where a shadow or a yellow lamp is on it: every pixel divided by the paper around it."""
    high, wide = colour.shape[:2]
    # The paper around every twelfth pixel, print left out.
    paper = cv2.morphologyEx(_twelfth(colour), cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 5)
    level = paper.reshape(-1, 3).astype(np.float32)
    bright = level[level.max(axis=1) >= 0.5 * level.max()]
    darkest, lightest = np.percentile(bright.max(axis=1), (5, 95))
    tint = float(np.median(bright.max(axis=1) - bright.min(axis=1)))
    if darkest >= (1 - _UNEVEN) * lightest and tint <= _UNEVEN * 255 / 2:
        return colour
    whole = cv2.resize(np.maximum(paper, 40), (wide, high), interpolation=cv2.INTER_LINEAR)
    return cv2.divide(colour, whole, scale=_PAPER)


def _painted(colour: Image, beside: Image | None) -> Image:
    if beside is None:
        return colour
    painted = colour.copy()
    painted[cv2.dilate(beside, np.ones((25, 25), np.uint8)) > 0] = _PAPER
    return painted


# Shape


def _ruled_lines(colour: Image) -> tuple[Image, Image]:
    """Pieces of lines that run level, and of those that run upright, as (along, across, along, across) of their ends in
    shares of the page's width."""
    scale = _WIDE / colour.shape[1]
    small = cv2.resize(brightest(colour), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(small)[0]
    pieces = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(float)
    dx, dy = np.abs(pieces[:, 2] - pieces[:, 0]), np.abs(pieces[:, 3] - pieces[:, 1])
    is_long = np.hypot(dx, dy) >= _SHORTEST
    level = pieces[is_long & (dy <= _STEEPEST * dx)]
    upright = pieces[is_long & (dx <= _STEEPEST * dy)][:, [1, 0, 3, 2]]
    return level / _WIDE, upright / _WIDE


def _moves(colour: Image) -> tuple[Image, Image] | None:
    """Where each pixel comes from, so that lines are level and upright; None where they are, or are too few."""
    high, wide = colour.shape[:2]
    level, upright = _ruled_lines(colour)
    if min(len(level), len(upright)) < _LEAST_LINES:
        return None
    rows, columns = _Bend.of(level), _Bend.of(upright)
    if rows is None or columns is None or max(rows.largest, columns.largest) * _WIDE <= _FLAT:
        return None
    v, u = np.mgrid[0 : high + _STEP : _STEP, 0 : wide + _STEP : _STEP] / wide
    x, y = u.copy(), v.copy()
    for _ in range(8):  # the bend is known by where a pixel is, and wanted by where it goes
        x, y = u - columns.at(y, x), v - rows.at(x, y)
    # An enlarged map begins half a step before its first point.
    shift = np.array([(1, 0, (1 - _STEP) / 2), (0, 1, (1 - _STEP) / 2)])
    enlarged = [cv2.resize((m * wide).astype(np.float32), None, fx=_STEP, fy=_STEP) for m in (x, y)]
    across, down = (cv2.warpAffine(m, shift, (wide, high), borderMode=cv2.BORDER_REPLICATE) for m in enlarged)
    return across, down


@dataclass(frozen=True)
class _Bend:
    """How far lines that should be level are off, as a polynomial of the place along and across them.

    middle: the middle of where the lines are; along it nothing is off.  reach: half of how far they reach from there.
    largest: the most by which a line departs between its ends.
    """

    factors: Image
    middle: tuple[float, float]
    reach: tuple[float, float]
    largest: float

    @classmethod
    def of(cls, pieces: Image) -> _Bend | None:
        """By least squares over the ends of the pieces; pieces of something else than the table are left out."""
        low, high = np.percentile(pieces.reshape(-1, 2), (2, 98), axis=0)
        along, across = (low + high) / 2
        factors = np.zeros(_ALONG * (_ACROSS + 1))
        kept = np.ones(len(pieces), bool)
        starts = _powers(pieces[:, 0] - along, pieces[:, 1] - across)
        ends = _powers(pieces[:, 2] - along, pieces[:, 3] - across)
        rise = pieces[:, 3] - pieces[:, 1]
        for allowed in (0.02, 0.005, 0.0025, 0.002):
            factors = np.linalg.lstsq((starts - ends)[kept], rise[kept], rcond=1e-6)[0]
            kept = np.abs((starts - ends) @ factors - rise) <= allowed
            if kept.sum() < _LEAST_LINES:
                return None
        off = np.concatenate([(starts @ factors)[kept], (ends @ factors)[kept]])
        reach = (high - low) / 2 + _BEYOND
        return cls(factors, (along, across), (reach[0], reach[1]), float(np.abs(off).max()))

    def at(self, along: Image, across: Image) -> Image:
        """By how much to move what stands at a place, across the lines."""
        # Beyond the lines a polynomial would run away.
        x, y = (
            np.clip(place - middle, -reach, reach)
            for place, middle, reach in zip((along, across), self.middle, self.reach, strict=True)
        )
        return _powers(x, y) @ self.factors


def _powers(along: Image, across: Image) -> Image:
    return np.stack([along**a * across**b for a in range(1, _ALONG + 1) for b in range(_ACROSS + 1)], axis=-1)
