"""Tables without drawn cells, found by their header's words and by white space.

In: the lines of text of one page that has no ruled table, and what little is drawn on it. Out: the table, and the lines
left over. A table is only sought under the annex's header words, or on a page that continues one; its rows are flagged
`unruled`, because white space proves less than a drawn line.
Not here: ruled tables (`grid.py`).
"""

from __future__ import annotations

import itertools
import re
import statistics
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestration.reading.knowledge.catalogue import header_names
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.pages.grid import Grid, GridCell, Horizontal, Vertical, clustered, joined
from orchestration.reading.pages.page import CellText, PageTable
from orchestration.reading.pages.words import Line, Word

UNRULED = "unruled"

_CODE = re.compile(r"(\d{1,2}\.)*\d{1,2}\.?|[IVX]{1,4}\.?|[A-H]\.")
_SPACE = 0.42
"""White space within a text, in font sizes; wider is the space between two cells."""


@dataclass(frozen=True)
class Drawn:
    """Lines that are drawn on the page without making cells."""

    horizontals: tuple[Horizontal, ...] = ()
    verticals: tuple[Vertical, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Where the columns of a table stand; kept for the pages on which it goes on.

    edges: left to right.  code, value: columns of the codes and of the figures, None where the header names none.
    """

    edges: tuple[float, ...]
    code: int | None
    value: int | None
    header_lines: int


def is_code(text: str) -> bool:
    """Whether a word is the code of a row below the level of areas, such as `3.1.2.`"""
    return re.fullmatch(r"\d{1,2}(\.\d{1,2}){1,3}\.?", text) is not None


def has_header(text: str) -> bool:
    """Whether the annex's header words stand in a text."""
    folded = fold(text)
    return "chi tieu" in folded and any(name in folded for name in ("so lieu", "ket qua thong ke", "gia tri"))


def find_tables(
    lines: Sequence[Line], drawn: Drawn, known: Layout | None, evidence: Sequence[Line] = ()
) -> tuple[list[PageTable], list[Line], Layout | None]:
    """The table of a page without a ruled one, the lines outside it, and its layout where it may go on.

    known: the layout of the page before, if a table without drawn cells stood at its end.  evidence: lines of all pages
    of the table, so that its columns stand at the same places on all of them.
    """
    header = _header(lines, known)
    if header is None and known is None:
        return [], list(lines), None
    body = list(lines[header.after :] if header else lines)
    layout = known
    if header and not (known and len(known.edges) == len(header.labels) + 1):
        layout = _layout(header, evidence or body, drawn)
    if layout is None or not body:
        return [], list(lines), layout
    rows, rest = _rows(body, layout, drawn)
    if not rows:
        return [], list(lines), None
    before = list(lines[: header.first]) if header else []
    named = [[_label_line(header.labels)]] if header else []
    return [_table([*named, *rows], layout)], [*before, *rest], None if rest else layout


# The header


@dataclass(frozen=True)
class _Label:
    """Words of a header over one column."""

    field: str
    words: tuple[Word, ...]

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return self.words[-1].right

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class _Header:
    labels: list[_Label]
    first: int
    after: int


def _header(lines: Sequence[Line], known: Layout | None) -> _Header | None:
    """The header's leaf labels, and the lines it takes: up to the first code, or as many as on the page before."""
    for start, line in enumerate(lines):
        if not any(label.field in ("code", "label") for label in _labels(line)):
            continue
        end = start
        if known:
            end = min(len(lines), start + known.header_lines)
        else:
            while end < len(lines) and end < start + 8 and not _begins_with_code(lines[end]):
                end += 1
        found: dict[str, _Label] = {}
        for header_line in lines[start:end]:
            for label in _labels(header_line):
                found.setdefault(label.field, label)
        if {"label", "value"} <= set(found) and len(found) >= 3:
            labels = sorted(found.values(), key=lambda label: label.left)
            if all(a.right <= b.left for a, b in itertools.pairwise(labels)):
                return _Header(labels, start, end)
    return None


def _labels(line: Line) -> list[_Label]:
    """Names of columns that stand in a line, the longest first."""
    names = sorted(
        ((name.split(), field) for field, name, strength in header_names() if strength == "strong"),
        key=lambda pair: -len(pair[0]),
    )
    folded = [fold(word.text) for word in line.words]
    labels: list[_Label] = []
    taken: set[int] = set()
    for name, field in names:
        for at in range(len(folded) - len(name) + 1):
            places = range(at, at + len(name))
            if folded[at : at + len(name)] == name and not taken & set(places):
                labels.append(_Label(field, tuple(line.words[at : at + len(name)])))
                taken |= set(places)
    return labels


def _label_line(labels: Sequence[_Label]) -> Line:
    return Line(tuple(word for label in labels for word in label.words))


def _begins_with_code(line: Line) -> bool:
    return _CODE.fullmatch(line.words[0].text) is not None


# Columns


def _layout(header: _Header, body: Sequence[Line], drawn: Drawn) -> Layout:
    """Edges at drawn uprights, else where the fewest lines have print between the middles of two labels."""
    labels = header.labels
    top = min(word.baseline - word.size for label in labels for word in label.words)
    uprights = clustered(
        (x for x, high, low in joined(list(drawn.verticals), 3, 4) if low - high > 40 and low > top), 4
    )
    fields = [label.field for label in labels]
    if len(uprights) == len(labels) + 1:
        edges = uprights
    else:
        left = min([labels[0].left, *(line.left for line in body)])
        right = max([labels[-1].right, *(line.right for line in body)])
        inner = [_emptiest(a.middle, b.middle, body) for a, b in itertools.pairwise(labels)]
        edges = [left - 2, *inner, right + 2]
    return Layout(
        tuple(edges),
        fields.index("code") if "code" in fields else None,
        fields.index("value") if "value" in fields else None,
        header.after - header.first,
    )


def _emptiest(left: float, right: float, body: Sequence[Line]) -> float:
    """The middle of the widest stretch between two places over which the fewest lines have print."""
    step = 1.0
    count = max(1, int((right - left) / step))
    print_over = [0] * count
    for line in body:
        for word in line.words:
            low, high = int((word.left - left) / step), int((word.right - left) / step)
            for at in range(max(0, low), min(count, high + 1)):
                print_over[at] += 1
    least = min(print_over)
    best, start = (0, 0), None
    for at, number in enumerate([*print_over, least + 1]):
        if number == least and start is None:
            start = at
        elif number != least and start is not None:
            best = max(best, (at - start, start))
            start = None
    return left + step * (best[1] + best[0] / 2)


# Rows


def _rows(body: Sequence[Line], layout: Layout, drawn: Drawn) -> tuple[list[list[Line]], list[Line]]:
    """Lines by the row they belong to, and the lines after the table's end."""
    ruled = [y for y, left, right in _across(drawn) if right - left > 0.6 * (layout.edges[-1] - layout.edges[0])]
    within, rest = _until_end(body, ruled)
    bands: dict[int, list[Line]] = {}
    for line in within:
        bands.setdefault(bisect_right(ruled, line.baseline - 0.3 * line.size), []).append(line)
    if len(ruled) >= 3 and all(sum(map(_begins_with_code, band)) <= 2 for band in bands.values()):
        return [bands[n] for n in sorted(bands)], rest
    pitch = _pitch(within, layout)
    spaced = _rows_are_spaced(within, pitch, layout)
    grouped: list[list[Line]] = []
    for line in within:
        if not grouped or _begins_row(grouped[-1], line, pitch, spaced, layout):
            grouped.append([])
        grouped[-1].append(line)
    return grouped, rest


def _across(drawn: Drawn) -> list[tuple[float, float, float]]:
    return sorted(joined([(y, left, right) for left, right, y in drawn.horizontals], 3, 4))


def _until_end(body: Sequence[Line], ruled: Sequence[float]) -> tuple[list[Line], list[Line]]:
    """The table ends below its last drawn line, or at a gap of several lines."""
    for at, line in enumerate(body):
        if len(ruled) >= 3 and line.baseline - 0.5 * line.size > ruled[-1]:
            return list(body[:at]), list(body[at:])
        if at and line.baseline - body[at - 1].baseline > 3.5 * line.size:
            return list(body[:at]), list(body[at:])
    return list(body), []


def _pitch(lines: Sequence[Line], layout: Layout) -> float:
    """Distance of base lines within a cell: among the smallest distances between lines left of the figures."""
    value_edge = layout.edges[layout.value] if layout.value else layout.edges[-1]
    places = [line.baseline for line in lines if line.left < value_edge]
    steps = sorted(b - a for a, b in itertools.pairwise(places) if b - a > 0.7 * lines[0].size)
    return steps[len(steps) // 10] if steps else 1.2 * lines[0].size if lines else 12.0


def _rows_are_spaced(lines: Sequence[Line], pitch: float, layout: Layout) -> bool:
    """Whether rows stand apart more than the lines within them, as most lines that begin with a code do."""
    gaps = [
        line.baseline - before.baseline
        for before, line in itertools.pairwise(lines)
        if _code_text(line, layout) and _CODE.fullmatch(_code_text(line, layout))
    ]
    return bool(gaps) and statistics.quantiles([*gaps, *gaps], n=10)[1] > 1.1 * pitch


def _begins_row(row: list[Line], line: Line, pitch: float, spaced: bool, layout: Layout) -> bool:
    if spaced:
        return line.baseline - row[-1].baseline > 1.1 * pitch
    code = _code_text(line, layout)
    if code and (_CODE.fullmatch(code) or fold(code).startswith("trong")):
        return True
    # A row without a code begins where a new figure stands.
    return bool(_value_text(line, layout)) and any(_value_text(before, layout) for before in row)


def _code_text(line: Line, layout: Layout) -> str:
    return _column_text(line, layout, layout.code)


def _value_text(line: Line, layout: Layout) -> str:
    return _column_text(line, layout, layout.value)


def _column_text(line: Line, layout: Layout, column: int | None) -> str:
    if column is None:
        return ""
    left, right = layout.edges[column], layout.edges[column + 1]
    return " ".join(word.text for word in line.words if left <= word.middle <= right)


# Cells


def _table(rows: Sequence[Sequence[Line]], layout: Layout) -> PageTable:
    edges = layout.edges
    tops = [min(line.top for line in row) for row in rows]
    bottoms = [max(line.baseline + 0.25 * line.size for line in row) for row in rows]
    places = [tops[0], *((b + t) / 2 for b, t in zip(bottoms, tops[1:], strict=False)), bottoms[-1]]
    cells: list[GridCell] = []
    texts: list[CellText] = []
    for number, row in enumerate(rows):
        closed = _closed_edges(row, edges)
        start = 0
        for end in [*(n for n in range(1, len(edges) - 1) if closed[n]), len(edges) - 1]:
            box = (edges[start], places[number], edges[end], places[number + 1])
            cells.append(GridCell(number, start, 1, end - start, box))
            within = [
                replace(line, words=tuple(w for w in line.words if _column_of(w, edges) in range(start, end)))
                for line in row
                if any(_column_of(w, edges) in range(start, end) for w in line.words)
            ]
            texts.append(CellText(" ".join(line.text for line in within)))
            start = end
    return PageTable(Grid(tuple(edges), tuple(places), tuple(cells)), tuple(texts), (UNRULED,))


def _column_of(word: Word, edges: Sequence[float]) -> int:
    return min(max(bisect_right(edges, word.middle) - 1, 0), len(edges) - 2)


def _closed_edges(row: Sequence[Line], edges: Sequence[float]) -> list[bool]:
    """Whether each edge parts two cells in this row: no word stands on it and no text runs over it."""
    closed = [True] * len(edges)
    for n in range(1, len(edges) - 1):
        for line in row:
            if any(word.left < edges[n] - 2 and word.right > edges[n] + 2 for word in line.words):
                closed[n] = False
            for a, b in itertools.pairwise(line.words):
                if a.middle <= edges[n] < b.middle and b.left - a.right < _SPACE * line.size:
                    closed[n] = False
    return closed
