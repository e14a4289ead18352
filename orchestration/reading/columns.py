"""Tables without drawn cells, found by their header's words and by white space.

In: the lines of text of one page that has no ruled table, and what little is drawn on it. Out: tables, and the lines
left over. A table is only sought under the annex's header words, or at the top of a page that continues one.
Not here: ruled tables (`grid.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.reading.grid import Horizontal, Vertical
from orchestration.reading.page import PageTable
from orchestration.reading.vietnamese import fold
from orchestration.reading.words import Line


@dataclass(frozen=True)
class Drawn:
    """Lines that are drawn on the page without making cells."""

    horizontals: tuple[Horizontal, ...] = ()
    verticals: tuple[Vertical, ...] = ()


def has_header(text: str) -> bool:
    """Whether the annex's header words stand in a text."""
    folded = fold(text)
    return "chi tieu thong ke" in folded and "so lieu" in folded


def find_tables(
    lines: Sequence[Line], drawn: Drawn, size: tuple[float, float], continues: bool
) -> tuple[list[PageTable], list[Line]]:
    """Tables on a page without a ruled one, and the lines that belong to none."""
    return [], list(lines)
