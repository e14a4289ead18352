"""What stands in the cells of a ruled table: text as words, codes and figures as digits read twice.

In: a Page and one of its grids. Out: a PageTable; a cell that is unsure is flagged and keeps its picture.
Not here: finding the grid (`picture.py`), and what codes and values mean (the annex).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import cv2
import numpy as np

from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.pages.columns import is_code
from orchestration.reading.pages.grid import Grid, GridCell
from orchestration.reading.pages.page import CellText, PageTable
from orchestration.reading.pages.picture import DPI, Image, Page
from orchestration.reading.pages.recognise import BLOCK_OF_TEXT, NOTHING, Engines, Read, recognise, recognise_words
from orchestration.reading.pages.words import Word, lines_of

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

_LEAST_DIGIT = 14
"""Pixels that any digit is tall; points and commas are smaller."""

_LEAST_INK = 40
"""Dark pixels below which a cell is empty; a thin 1 has two hundred."""

_ODD_MARKS = re.compile(r",\d{3}(?!\d)|\.(?!\d{3}(?!\d))")
"""A comma before three digits or a point before other than three: not how a number is written in Vietnamese."""


@dataclass(frozen=True)
class _CellImage:
    """The inside of a cell: grey with its border taken off, its place on the page, and what touches it."""

    cell: GridCell
    grey: Image
    ink: Image
    left: int
    top: int
    has_ink: bool
    has_specks: bool
    touches_line: bool
    under_stamp: bool


class TableReading:
    """One table on one page."""

    def __init__(self, page: Page, grid: Grid, engines: Engines) -> None:
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

    def _words(self, images: list[_CellImage]) -> dict[int, Read]:
        """Every cell read as Vietnamese text, the cells of one column in one picture: a call costs more than a line."""
        read = dict.fromkeys(range(len(images)), NOTHING)
        by_column: dict[tuple[int, int], list[int]] = {}
        for n, image in enumerate(images):
            if image.has_ink:
                by_column.setdefault((image.cell.column, image.cell.column_span), []).append(n)
        for members in by_column.values():
            read |= self._column_words(images, members)
        return read

    def _column_words(self, images: list[_CellImage], members: list[int]) -> dict[int, Read]:
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
        words = recognise_words(self._engines.vie, sheet, BLOCK_OF_TEXT, DPI)
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
                read[n] = recognise(self._engines.vie, np.pad(images[n].grey, 20, constant_values=255))
                continue
            text = " ".join(line.text for line in lines_of(word for word, _ in own))
            read[n] = Read(text, float(np.mean([confidence for _, confidence in own])))
        return read

    def _numeric_columns(self, images: list[_CellImage], words: dict[int, Read]) -> set[int]:
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

    def _text(self, image: _CellImage, words: Read, numeric: bool) -> CellText:
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

    def _as_words(self, image: _CellImage, words: Read, flags: list[str]) -> CellText:
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
        first = recognise(self._engines.eng_digits, crop.image)
        second = recognise(self._engines.vie_digits, crop.image)
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
            if _digits_of(recognise(self._engines.eng_digits, smaller).text) != _digits_of(text):
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


def _cell_image(page: Page, cell: GridCell) -> _CellImage:
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
    bright: Image = (
        cv2.normalize(tidy, np.empty_like(tidy), 0, 255, cv2.NORM_MINMAX) if has_ink else np.full_like(grey, 255)
    )
    stamp = page.stamp[y0:y1, x0:x1]
    return _CellImage(cell, bright, clean, x0, y0, has_ink, specks, touches, int((stamp > 0).sum()) > 40)


def _border(ink: Image, axis: int, edge: int, reach: int, direction: int) -> int:
    """Pixels to take off one side of a cell's surroundings, to just inside its drawn border."""
    profile = ink.mean(axis=1 - axis) / 255
    if direction < 0:
        profile = profile[::-1]
    outside = min(reach, edge) if direction > 0 else reach
    window = profile[: outside + reach + 2]
    drawn = np.flatnonzero(window > 0.45)
    return int(drawn[-1]) + 3 if drawn.size else outside + 3


def _own_ink(grey: Image) -> Image:
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

    image: Image
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
        # In small print the rings of a % are smaller than a digit of ordinary print.
        least = min(_LEAST_DIGIT, 0.4 * tall)
        for n, (x, y, w, h, _) in enumerate(boxes, start=1):
            if h >= least or w >= least:
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
