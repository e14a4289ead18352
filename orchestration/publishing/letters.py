"""How wide letters are, and so how many lines a text takes in a cell of a given width.

In: a text and the width of its column in Excel's units. Out: lines. Not here: heights and fonts of a sheet (sheet.py).

`letter_widths.csv` holds the advance widths of Liberation Serif 2.1 (SIL Open Font License 1.1), in thousandths of the
letters' size; its letters are as wide as those of Times New Roman, in which the workbooks are written. A test measures
them again where the font is there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

WIDTHS = Path(__file__).with_name("letter_widths.csv")
# Of what the table lacks: as wide as a letter gets.
WIDEST = 1000
# Excel: a column of n units is 7 n + 5 pixels of 0.75 points, of which the margins of a cell take 5.
PIXELS_PER_UNIT, PIXELS_BESIDE, MARGIN_PIXELS, POINTS_PER_PIXEL = 7, 5, 5, 0.75


@cache
def _widths(is_bold: bool) -> dict[str, int]:
    with WIDTHS.open(encoding="utf-8", newline="") as file:
        return {row["letter"]: int(row["bold" if is_bold else "regular"]) for row in csv.DictReader(file)}


def text_width(text: str, size: float, *, is_bold: bool = False) -> float:
    """The width of one line of `text`, in points, set in letters of `size` points."""
    widths = _widths(is_bold)
    return sum(widths.get(letter, WIDEST) for letter in text) * size / 1000


def column_points(width: float) -> float:
    """A column of `width` units, in points, margins included."""
    return (width * PIXELS_PER_UNIT + PIXELS_BESIDE) * POINTS_PER_PIXEL


@lru_cache(maxsize=50_000)
def line_count(text: str, width: float, size: float = 11, *, is_bold: bool = False) -> int:
    """How many lines `text` takes in a column of `width` units; a word longer than a line is broken.

    Excel fits heights when a file is opened, but not of merged cells, and other programs do not fit them at all.
    """
    room = column_points(width) - MARGIN_PIXELS * POINTS_PER_PIXEL
    space = text_width(" ", size, is_bold=is_bold)
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for word in _words(paragraph, size, is_bold):
            if used and used + space + word > room:
                lines, used = lines + 1, 0.0
            elif used:
                used += space
            # A word wider than a line goes on in the next ones.
            lines += int(word // room) if word > room else 0
            used += word % room if word > room else word
    return lines


def _words(paragraph: str, size: float, is_bold: bool) -> Iterator[float]:
    return (text_width(word, size, is_bold=is_bold) for word in paragraph.split(" "))
