"""Characters with places in, words, lines and paragraphs out.

In: Glyph records of one page in the order of the file, y downwards. Out: Word, Line and Paragraph records as a reader
sees them, and where two pages stand on one sheet. Letters of old fonts (TCVN3, VNI) are decoded here, because only here
font and letter stand together.
Not here: where glyphs come from (`pdf.py`) and tables (`grid.py`, `columns.py`).
"""

from __future__ import annotations

import itertools
import statistics
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from orchestration.reading.formats import encoding
from orchestration.reading.knowledge import marks
from orchestration.reading.pages.grid import Grid, Vertical
from orchestration.reading.pages.page import Paragraph

_WORD_GAP = 0.17
"""White space wider than this share of the font size parts two words."""

_COLUMN_GAP = 1.6
"""White space wider than this many font sizes parts two columns of text."""

_TWO_PAGES = 1.2
"""A sheet of two pages is at least so much wider than high."""

_GAP = 0.01
"""Share of its width that is empty on each side of the middle; a margin has three times as much."""


@dataclass(frozen=True)
class Glyph:
    """One visible character: its sides, base line, font size in points, font, and the object it was drawn by.

    is_oblique: its line leans.  light: from 0 for black to 1 for white.  is_raised: its ink stands above the base line.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    font: str = ""
    source: int = 0
    is_oblique: bool = False
    light: float = 0.0
    is_raised: bool = False

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height_middle(self) -> float:
        return self.baseline - 0.3 * self.size


@dataclass(frozen=True)
class Word:
    """Characters without white space between them. is_typed: by a reader, onto the finished page."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    is_typed: bool = False

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height_middle(self) -> float:
        return self.baseline - 0.3 * self.size


@dataclass(frozen=True)
class Line:
    """Words on one base line, from left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return self.words[-1].right

    @property
    def size(self) -> float:
        return max(word.size for word in self.words)

    @property
    def baseline(self) -> float:
        return max(self.words, key=lambda word: word.size).baseline

    @property
    def top(self) -> float:
        return self.baseline - 0.8 * self.size


def words_of(glyphs: Iterable[Glyph], verticals: Sequence[Vertical] = ()) -> list[Word]:
    """Words in the order of the file; a jump, a gap, a new line, white space or an upright line ends one."""
    words: list[Word] = []
    current: list[Glyph] = []
    for glyph in glyphs:
        if current and (
            glyph.text.isspace() or _ends_word(current[-1], glyph) or _is_between(verticals, current[-1], glyph)
        ):
            words.append(_word(current))
            current = []
        if not glyph.text.isspace():
            current.append(glyph)
    if current:
        words.append(_word(current))
    return words


def lines_of(words: Iterable[Word]) -> list[Line]:
    """Lines from top to bottom; words whose base lines nearly agree share one (a raised footnote mark does)."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.baseline, w.left)):
        row = rows[-1] if rows else None
        if row and word.baseline - row[0].baseline <= 0.42 * max(word.size, row[0].size):
            row.append(word)
        else:
            rows.append([word])
    return [Line(tuple(_stuck_together(_with_raised(sorted(row, key=lambda w: w.left))))) for row in rows]


def pieces_of(line: Line) -> list[Line]:
    """A line cut where wide white space parts columns of text."""
    pieces: list[list[Word]] = [[line.words[0]]]
    for before, word in zip(line.words, line.words[1:], strict=False):
        if word.left - before.right > _COLUMN_GAP * line.size:
            pieces.append([])
        pieces[-1].append(word)
    return [Line(tuple(piece)) for piece in pieces]


def paragraphs_of(lines: Sequence[Line]) -> list[Paragraph]:
    """Lines joined to paragraphs, columns of text apart.

    A paragraph ends at a wide gap, before an indented line, after a line that stops short, and where capitals change to
    small letters (a heading, a letterhead).
    """
    if not lines:
        return []
    right = max(line.right for line in lines)
    pitch = _pitch(lines)
    blocks: list[list[Line]] = []
    still_open: list[list[Line]] = []
    for line in lines:
        still_open = [block for block in still_open if line.baseline - block[-1].baseline <= 1.3 * pitch]
        pieces = pieces_of(line)
        for piece in pieces:
            block = next(
                (b for b in still_open if _goes_on(b, piece, right if len(pieces) == 1 else None)),
                None,
            )
            if block is None:
                block = []
                blocks.append(block)
                still_open.append(block)
            block.append(piece)
    return [Paragraph(block[0].top, " ".join(line.text for line in block)) for block in blocks]


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance of base lines on the page."""
    steps = [
        below.baseline - line.baseline
        for line, below in itertools.pairwise(lines)
        if 0.8 * line.size <= below.baseline - line.baseline <= 2.5 * line.size
    ]
    return statistics.median(steps) if steps else 1.2 * lines[0].size


def _goes_on(block: list[Line], line: Line, right: float | None) -> bool:
    """Whether a line carries on a paragraph. right: the text's right edge, None for a line of several columns."""
    before = block[-1]
    if line.baseline <= before.baseline:
        return False
    overlap = min(before.right, line.right) - max(before.left, line.left)
    if overlap < 0.5 * min(before.right - before.left, line.right - line.left):
        return False
    if len(block) < 3 and before.text.isupper() != line.text.isupper():
        return False
    if right is None or before.text.isupper():
        return True
    is_centred = abs(line.left + line.right - before.left - before.right) < line.size
    indented = line.left - before.left > 0.6 * line.size and not is_centred
    stopped_short = right - before.right > 0.12 * (right - min(b.left for b in block))
    return not indented and not stopped_short


def _ends_word(before: Glyph, glyph: Glyph) -> bool:
    size = max(before.size, glyph.size)
    if abs(glyph.baseline - before.baseline) > 0.42 * size:
        return True
    if unicodedata.combining(glyph.text):
        return False
    return not -0.6 * size <= glyph.left - before.right <= _WORD_GAP * size


def _is_between(verticals: Sequence[Vertical], before: Glyph, glyph: Glyph) -> bool:
    """Whether an upright line parts two letters that were drawn apart: a text that fills its cell meets the next."""
    return before.source != glyph.source and any(
        before.middle < x < glyph.middle and top < glyph.height_middle < bottom for x, top, bottom in verticals
    )


def _word(glyphs: list[Glyph]) -> Word:
    tallest = max(glyphs, key=lambda g: g.size)
    text = "".join(marks.raised(g.text) if g.is_raised or _is_raised(g, tallest) else g.text for g in glyphs)
    decoded = encoding.decode_legacy(text, glyphs[0].font) if glyphs[0].font else None
    text = unicodedata.normalize("NFC", decoded if decoded is not None else text)
    return Word(
        text,
        min(g.left for g in glyphs),
        max(g.right for g in glyphs),
        tallest.baseline,
        max(g.size for g in glyphs),
    )


def _is_raised(mark: Glyph | Word, beside: Glyph | Word) -> bool:
    """Whether a sign is smaller and stands higher, as a note mark does beside its figure."""
    return mark.size <= 0.82 * beside.size and beside.baseline - mark.baseline >= 0.12 * beside.size


def _with_raised(words: list[Word]) -> list[Word]:
    """Words of one line; one that stands close behind another as its note mark gets raised letters."""
    shown = words[:1]
    for before, word in itertools.pairwise(words):
        is_mark = _is_raised(word, before) and word.left - before.right < 0.5 * before.size
        shown.append(replace(word, text=marks.raised(word.text)) if is_mark else word)
    return shown


def _stuck_together(words: list[Word]) -> list[Word]:
    """Parts of one word that the file draws separately, made one."""
    joined: list[Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if before and word.left - before.right < 0.05 * min(word.size, before.size) and before.text and word.text:
            joined[-1] = Word(
                before.text + word.text,
                before.left,
                max(before.right, word.right),
                before.baseline,
                max(before.size, word.size),
            )
        else:
            joined.append(word)
    return joined


def between_two_pages(words: Iterable[Word], grids: Iterable[Grid], wide: float, high: float) -> float | None:
    """Where the right one of two pages on a sheet begins; None for one page, whose lines cross there."""
    if wide < _TWO_PAGES * high:
        return None
    middle, gap = wide / 2, _GAP * wide
    spans = [*((word.left, word.right) for word in words), *((grid.box[0], grid.box[2]) for grid in grids)]
    if any(left < middle + gap and right > middle - gap for left, right in spans):
        return None
    return middle if {left < middle for left, _ in spans} == {True, False} else None
