"""What is printed over a page and is no part of it: watermarks, a reader's name and time, stamps of e-office systems.

Also what is struck out.

In: the visible characters of one page and the lines drawn on it. Out: the characters that belong to it, and those that
do not. Text of the page is level, dark, about as large as its neighbours, and keeps inside the ruled lines.
Not here: what is invisible, which the PDF itself says (`pdf.py`).
"""

from __future__ import annotations

import itertools
import statistics
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from orchestration.reading.pages.grid import Box, Horizontal, Vertical
from orchestration.reading.pages.words import Glyph

_PALE = 0.35
"""Letters lighter than this, from 0 for black to 1 for white, on a page whose letters are dark."""

_LARGE = 1.8
"""How many times the usual size letters may have over ruled lines."""

_SLACK = 0.6
"""Font sizes by which a line that strikes letters out may be longer or shorter than they are."""

_BY_HAND = 3.0
"""How many times as long as the letters a line may be that a hand drew through them."""

_JOINT = 1.5
"""Points between two pieces of one line."""

_TALLEST = 40.0
"""Points that the base line of a letter may lie under a line through it."""


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


def without_struck(
    glyphs: Sequence[Glyph], horizontals: Sequence[Horizontal], boxes: Sequence[Box]
) -> tuple[list[Glyph], list[Glyph], list[Glyph]]:
    """(characters that stand, characters struck out, those of the first that may be): by a line as long as they are, or
    in boxes that strike; a line through them that is somewhat longer or shorter may have been drawn by hand."""
    struck: set[int] = set()
    doubtful: set[int] = set()
    by_height = sorted((glyph.baseline, place) for place, glyph in enumerate(glyphs) if not glyph.text.isspace())
    for line in _whole_lines(horizontals):
        near = by_height[bisect_left(by_height, (line[2], 0)) : bisect_left(by_height, (line[2] + _TALLEST, 0))]
        under = [place for _, place in near if _is_cut(glyphs[place], [line])]
        if under:
            slack = _SLACK * max(glyphs[place].size for place in under)
            left, right = min(glyphs[place].left for place in under), max(glyphs[place].right for place in under)
            if abs(left - line[0]) <= slack and abs(right - line[1]) <= slack:
                struck.update(under)
            elif line[1] - line[0] < _BY_HAND * (right - left + slack):
                doubtful.update(under)
    struck.update(place for place, glyph in enumerate(glyphs) if any(_holds(box, glyph) for box in boxes))
    kept = [glyph for place, glyph in enumerate(glyphs) if place not in struck]
    return kept, [glyphs[place] for place in sorted(struck)], [glyphs[place] for place in sorted(doubtful - struck)]


def _whole_lines(horizontals: Sequence[Horizontal]) -> list[Horizontal]:
    """Pieces that go on at one height as one line: a table's rule is drawn cell by cell, a strike part by part."""
    lines: list[Horizontal] = []
    for left, right, y in sorted(horizontals, key=lambda line: (round(line[2]), line[0])):
        if lines and abs(lines[-1][2] - y) <= 1 and left <= lines[-1][1] + _JOINT:
            lines[-1] = (lines[-1][0], max(right, lines[-1][1]), y)
        else:
            lines.append((left, right, y))
    return lines


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
