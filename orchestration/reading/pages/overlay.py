"""What is printed over a page and is no part of it: watermarks, a reader's name and time, stamps of e-office systems.

In: the visible characters of one page and the lines drawn on it. Out: the characters that belong to it, and those that
do not. Text of the page is level, dark, about as large as its neighbours, and keeps inside the ruled lines.
Not here: what is invisible, which the PDF itself says (`pdf.py`).
"""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from orchestration.reading.pages.grid import Box, Horizontal, Vertical
from orchestration.reading.pages.words import Glyph

_PALE = 0.35
"""Letters lighter than this, from 0 for black to 1 for white, on a page whose letters are dark."""

_LARGE = 1.8
"""How many times the usual size letters may have over ruled lines."""


def without_overlay(
    glyphs: Sequence[Glyph],
    horizontals: Sequence[Horizontal],
    verticals: Sequence[Vertical],
    dark_boxes: Callable[[], list[Box]],
) -> tuple[list[Glyph], list[Glyph]]:
    """(characters of the page, characters printed over it). dark_boxes is asked only where there are pale letters."""
    letters = [glyph for glyph in glyphs if glyph.text.isalnum()]
    if not letters:
        return list(glyphs), []
    usual = statistics.median(glyph.size for glyph in letters)
    is_dark_page = statistics.median(glyph.light for glyph in letters) < _PALE
    pale = [glyph for glyph in letters if glyph.light >= _PALE] if is_dark_page else []
    boxes = dark_boxes() if pale else []
    dropped = {glyph.source for glyph in letters if glyph.is_oblique}
    dropped |= {glyph.source for glyph in pale if not any(_holds(box, glyph) for box in boxes)}
    for source, drawn in _by_source(letters):
        if source in dropped:
            continue
        is_large = drawn[0].size > _LARGE * usual
        crosses = any(_crosses(word, verticals) for word in _words(drawn))
        if crosses and (is_large or any(_is_cut(glyph, horizontals) for glyph in drawn)):
            dropped.add(source)
    kept = [glyph for glyph in glyphs if glyph.source not in dropped]
    return kept, [glyph for glyph in glyphs if glyph.source in dropped and not glyph.text.isspace()]


def _by_source(glyphs: Sequence[Glyph]) -> Iterator[tuple[int, list[Glyph]]]:
    found: dict[int, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        found[glyph.source].append(glyph)
    yield from found.items()


def _words(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Letters of one object that stand close together on one line."""
    word = [glyphs[0]]
    for before, glyph in itertools.pairwise(glyphs):
        if abs(glyph.left - before.right) > 0.3 * glyph.size or abs(glyph.baseline - before.baseline) > 1:
            yield word
            word = []
        word.append(glyph)
    yield word


def _crosses(word: Sequence[Glyph], verticals: Sequence[Vertical]) -> bool:
    """Whether an upright line runs through the word."""
    left, right = word[0].left, word[-1].right
    margin = 0.25 * word[0].size
    middle = word[0].height_middle
    return any(left + margin < x < right - margin and top < middle < bottom for x, top, bottom in verticals)


def _is_cut(glyph: Glyph, horizontals: Sequence[Horizontal]) -> bool:
    """Whether a level line runs through the letter's body."""
    high, low = glyph.baseline - 0.55 * glyph.size, glyph.baseline - 0.1 * glyph.size
    return any(high < y < low and left < glyph.middle < right for left, right, y in horizontals)


def _holds(box: Box, glyph: Glyph) -> bool:
    left, top, right, bottom = box
    return left <= glyph.middle <= right and top <= glyph.height_middle <= bottom
