"""Read pages that are pictures: `picture` makes them ready and finds the ruled grid, `cells` reads what is in it.

In: a PDF file and the pages to read. Out: PageContent with the confidence of every cell. A cell that two readings see
differently, that a stamp or a line touches, or that is unsure is flagged and keeps its picture; nothing is guessed.
Not here: which page is a picture (`pdf.py`), what codes and values mean (`annex.py`), and tables without drawn cells:
by white space alone too many cells of a scan are mixed up, so such an annex is left as text and refused (`annex.py`).

Lengths here are pixels of the page at DPI, but for the records that go out, which are in points.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from orchestration.reading.pages.cells import TableReading
from orchestration.reading.pages.grid import Grid
from orchestration.reading.pages.page import PageContent, PageTable
from orchestration.reading.pages.photograph import flattened
from orchestration.reading.pages.picture import (
    DPI,
    Drawn,
    Image,
    Page,
    drawn_page,
    levelled,
    lies_on_its_side,
    prepared,
    ruled,
    turned,
)
from orchestration.reading.pages.recognise import COLUMN_OF_TEXT, Engines, recognise_words
from orchestration.reading.pages.words import Word, between_two_pages, lines_of, paragraphs_of
from orchestration.reading.refusal import Refused
from orchestration.reading.version import model_folder

if TYPE_CHECKING:
    import pypdfium2

WORKERS = 2
"""Pages read at a time; the recogniser lets go of the interpreter while it works."""

_UPRIGHT = 0.72
"""Mean confidence of a page: upright pages have 0.85 and more, pages upside down below 0.6."""

_PACKAGES = "tesseract-ocr tesseract-ocr-vie"


def read_pages(file: pypdfium2.PdfDocument, indices: Sequence[int]) -> Iterator[PageContent]:
    """The given pages (from 0), in their order.

    Raises Refused missing_package where Tesseract's Vietnamese model is not installed.
    """
    if not indices:
        return
    reader = _reader()
    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = []
        for index in indices:
            # PDFium is not made for threads: pages are drawn here, and never many at a time.
            waiting.append(pool.submit(reader.page, drawn_page(file, index), index + 1))
            if len(waiting) > WORKERS:
                yield waiting.pop(0).result()
        for result in waiting:
            yield result.result()


def as_read(file: pypdfium2.PdfDocument, index: int) -> Image:
    """A page (from 0) at DPI, turned and flattened as it was when its cells were read. Raises as `read_pages`."""
    drawn = drawn_page(file, index)
    _, turns = _reader().upright(drawn, index + 1)
    page = _ready(Drawn(turned(drawn.pixels, turns), drawn.dpi))
    return cv2.resize(page.colour, (page.grey.shape[1], page.grey.shape[0]), interpolation=cv2.INTER_AREA)


def _reader() -> _Reader:
    data = model_folder()
    if data is None:
        raise Refused("missing_package", format="scan", package=_PACKAGES)
    # The threads of the image libraries would fight with ours for the same cores.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    cv2.setNumThreads(1)
    return _Reader(data)


def _ready(drawn: Drawn) -> Page:
    return prepared(levelled(flattened(drawn)))


class _Reader:
    """Reads pages with the models in a folder."""

    def __init__(self, data: str) -> None:
        self._data = data
        # Sheets of one pile mostly lie the same way, so a page is first tried as the one before lay.
        self._turned_over = False
        self._local = threading.local()

    @property
    def _engines(self) -> Engines:
        if not hasattr(self._local, "engines"):
            self._local.engines = Engines(self._data)
        engines: Engines = self._local.engines
        return engines

    def page(self, drawn: Drawn, number: int) -> PageContent:
        """One page, turned the right way round."""
        return self.upright(drawn, number)[0]

    def upright(self, drawn: Drawn, number: int) -> tuple[PageContent, int]:
        """A page and its quarter turns: the first way that reads surely, else the surest of the four."""
        quarter, over = int(lies_on_its_side(drawn.pixels)), 2 * self._turned_over
        best, best_turns, best_sureness = PageContent(number, (), ()), 0, -1.0
        # A page with little print can be taken for one that lies on its side, so both other ways come last.
        for turns in (quarter + over, quarter + over + 2, quarter + over + 1, quarter + over + 3):
            content, sureness = self._read(Drawn(turned(drawn.pixels, turns % 4), drawn.dpi), number)
            if sureness > best_sureness:
                best, best_turns, best_sureness = content, turns % 4, sureness
                if (turns - quarter) % 2 == 0:
                    self._turned_over = (turns - quarter) % 4 == 2
            if sureness >= _UPRIGHT:
                break
        return best, best_turns

    def _read(self, drawn: Drawn, number: int) -> tuple[PageContent, float]:
        """The page read as it lies, and how sure the readings are on average."""
        page = _ready(drawn)
        grids = ruled(page)
        tables, sureness = [], []
        for grid in grids:
            table, sure = TableReading(page, grid, self._engines).table()
            if table is not None and sum(bool(t.text) for t in table.texts) >= 2:
                tables.append(table)
                sureness += sure
        words, sure = self._words_outside(page, [t.grid for t in tables])
        sureness += sure
        in_points = [replace(t, grid=_scaled(t.grid, 72 / DPI)) for t in tables]
        high, wide = (length * 72 / DPI for length in page.grey.shape)
        middle = between_two_pages(words, [t.grid for t in in_points], wide, high)
        right = _content(number, words, in_points, middle, wide) if middle else None
        content = replace(_content(number, words, in_points, 0, middle or wide), beside=right)
        return content, float(np.mean(sureness)) if sureness else 0.0

    def _words_outside(self, page: Page, grids: list[Grid]) -> tuple[list[Word], list[float]]:
        """Words outside the tables in points, read at the scan's own resolution: enlarging costs marks."""
        rest = page.grey
        if grids:
            rest = rest.copy()
            for grid in grids:
                left, top, right, bottom = (int(length) for length in grid.box)
                rest[max(0, top - 12) : bottom + 12, max(0, left - 12) : right + 12] = 255
            if _is_blank(rest):
                return [], []
        scale = min(page.dpi, DPI) / DPI
        if scale < 0.99:
            rest = cv2.resize(rest, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        read = recognise_words(self._engines.vie, rest, COLUMN_OF_TEXT, page.dpi)
        points = 72 / (DPI * scale)
        words = [
            replace(w, left=w.left * points, right=w.right * points, baseline=w.baseline * points, size=w.size * points)
            for w, confidence in read
            if not _is_speck(w.text, confidence)
        ]
        return words, [confidence for _, confidence in read]


def _content(number: int, words: list[Word], tables: list[PageTable], left: float, right: float) -> PageContent:
    """What stands on a page between two places across."""
    own = [word for word in words if left <= max(word.left, 0) < right]
    return PageContent(
        number, tuple(paragraphs_of(lines_of(own))), tuple(t for t in tables if left <= max(t.grid.box[0], 0) < right)
    )


def _scaled(grid: Grid, factor: float) -> Grid:
    cells = tuple(
        replace(cell, box=(left * factor, top * factor, right * factor, bottom * factor))
        for cell in grid.cells
        for left, top, right, bottom in [cell.box]
    )
    return Grid(tuple(x * factor for x in grid.columns), tuple(y * factor for y in grid.rows), cells)


def _is_blank(grey: Image) -> bool:
    return int((grey[::2, ::2] < 110).sum()) < 60


def _is_speck(text: str, confidence: float) -> bool:
    """Whether a word outside tables is dirt: Tesseract at times gives a word that it reads rightly no confidence."""
    letters = sum(c.isalnum() for c in text)
    return confidence <= (0.6 if letters == 0 else 0.2) and letters < 3
