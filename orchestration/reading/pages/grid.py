"""Drawn lines in, tables of cells out: the geometry that text PDFs and scans share.

In: horizontal and vertical line pieces of one page, in any unit, the origin at the top left. Out: Grid records whose
cells carry row, column, spans and box. `align_columns` gives the same column of one table the same index on every page.
Not here: finding the lines (`pdf.py`, `scan.py`) and what stands in the cells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

Horizontal = tuple[float, float, float]
"""(left, right, y)"""

Vertical = tuple[float, float, float]
"""(x, top, bottom)"""

Box = tuple[float, float, float, float]

_DRAWN_SHARE = 0.55
"""A border counts as drawn when this share of it is."""


@dataclass(frozen=True)
class GridCell:
    """One cell: its first row and column, its spans, and its box (left, top, right, bottom)."""

    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


@dataclass(frozen=True)
class Grid:
    """A table as it is drawn: edges from left to right and from top to bottom, and the cells between them."""

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    cells: tuple[GridCell, ...]

    @property
    def box(self) -> Box:
        return (self.columns[0], self.rows[0], self.columns[-1], self.rows[-1])

    def cell_at(self, x: float, y: float) -> GridCell | None:
        """The cell that holds a point, or None outside the table."""
        left, top, right, bottom = self.box
        if not (left <= x <= right and top <= y <= bottom):
            return None
        return next((c for c in self.cells if _holds(c.box, x, y)), None)


def find_grids(
    horizontals: Iterable[Horizontal],
    verticals: Iterable[Vertical],
    tolerance: float = 3.0,
    reach: float = 4.0,
) -> list[Grid]:
    """Tables drawn by these lines, from top to bottom.

    tolerance: lines closer than this are one line.  reach: pieces on one line with a smaller gap are joined, and a line
    that ends this close to another is taken to meet it. A figure with fewer than two columns is no table.
    """
    across = joined([(y, left, right) for left, right, y in horizontals], tolerance, reach)
    down = joined([(x, top, bottom) for x, top, bottom in verticals], tolerance, reach)
    grids = []
    for across_part, down_part in _connected(across, down, reach):
        grid = _grid(across_part, down_part, tolerance, reach)
        if grid is not None:
            grids.append(grid)
    return sorted(grids, key=lambda g: (g.rows[0], g.columns[0]))


def align_columns(grids: Sequence[Grid], tolerance: float = 4.0, shift: float = 25.0) -> list[Grid]:
    """The same grids with column edges numbered alike over runs of tables that have the same width.

    shift: how far a table may stand to the side of the one before (a scan's pages do); beyond it, or with another
    width, a new run begins. An edge missing on one page makes its cells span there.
    """
    aligned: list[Grid] = []
    run: list[Grid] = []
    for grid in grids:
        if run and not _same_frame(run[-1], grid, tolerance, shift):
            aligned += _share_columns(run, tolerance)
            run = []
        run.append(grid)
    return aligned + _share_columns(run, tolerance)


def clustered(values: Iterable[float], tolerance: float) -> list[float]:
    """Means of groups of values that lie within `tolerance` of their group's mean, in order."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - sum(groups[-1]) / len(groups[-1]) <= tolerance:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def joined(
    pieces: Sequence[tuple[float, float, float]], tolerance: float, reach: float
) -> list[tuple[float, float, float]]:
    """Pieces (place, from, to) put on common places, and those that touch made one."""
    places = clustered((place for place, _, _ in pieces), tolerance)
    by_place: dict[int, list[tuple[float, float]]] = {}
    for place, start, end in pieces:
        by_place.setdefault(_nearest(places, place), []).append((min(start, end), max(start, end)))
    whole = []
    for index, spans in by_place.items():
        (start, end), *others = sorted(spans)
        for piece_start, piece_end in others:
            if piece_start <= end + reach:
                end = max(end, piece_end)
            else:
                whole.append((places[index], start, end))
                start, end = piece_start, piece_end
        whole.append((places[index], start, end))
    return whole


_Lines = tuple[list[Horizontal], list[Vertical]]


def _connected(across: list[Horizontal], down: list[Vertical], reach: float) -> list[_Lines]:
    """Groups of lines that touch one another."""
    parent = list(range(len(across) + len(down)))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for i, (y, left, right) in enumerate(across):
        for j, (x, top, bottom) in enumerate(down):
            if left - reach <= x <= right + reach and top - reach <= y <= bottom + reach:
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, _Lines] = {}
    for i, line in enumerate(across):
        groups.setdefault(root(i), ([], []))[0].append(line)
    for j, line in enumerate(down):
        groups.setdefault(root(len(across) + j), ([], []))[1].append(line)
    return list(groups.values())


def _grid(across: list[Horizontal], down: list[Vertical], tolerance: float, reach: float) -> Grid | None:
    if not across or len(down) < 2:
        return None
    # Uprights that run past the last line belong to a row whose end was not drawn (cut by the page's end).
    rows = clustered([y for y, _, _ in across], tolerance)
    for edge in (min(top for _, top, _ in down), max(bottom for _, _, bottom in down)):
        if min(abs(edge - row) for row in rows) > 2 * reach:
            rows = sorted([*rows, edge])
    columns = clustered([x for x, _, _ in down], tolerance)
    for edge in (
        min(left for _, left, _ in across),
        max(right for _, _, right in across),
    ):
        if min(abs(edge - column) for column in columns) > 2 * reach:
            columns = sorted([*columns, edge])
    if len(rows) < 2 or len(columns) < 3:
        return None
    return Grid(tuple(columns), tuple(rows), tuple(_cells(columns, rows, across, down)))


def _cells(columns: list[float], rows: list[float], across: list[Horizontal], down: list[Vertical]) -> list[GridCell]:
    """Smallest cells merged where no line stands between them, and kept rectangular."""
    height, width = len(rows) - 1, len(columns) - 1
    below = [[False] * width for _ in range(height + 1)]
    for y, left, right in across:
        r = _nearest(rows, y)
        for c in range(width):
            below[r][c] |= _covers(left, right, columns[c], columns[c + 1])
    beside = [[False] * (width + 1) for _ in range(height)]
    for x, top, bottom in down:
        c = _nearest(columns, x)
        for r in range(height):
            beside[r][c] |= _covers(top, bottom, rows[r], rows[r + 1])
    taken = [[False] * width for _ in range(height)]
    cells = []
    for r in range(height):
        for c in range(width):
            if taken[r][c]:
                continue
            right = c + 1
            while right < width and not beside[r][right] and not taken[r][right]:
                right += 1
            bottom = r + 1
            while bottom < height and _opens_down(below, beside, bottom, c, right):
                bottom += 1
            for i in range(r, bottom):
                for j in range(c, right):
                    taken[i][j] = True
            box = (columns[c], rows[r], columns[right], rows[bottom])
            cells.append(GridCell(r, c, bottom - r, right - c, box))
    return cells


def _opens_down(below: list[list[bool]], beside: list[list[bool]], row: int, left: int, right: int) -> bool:
    """Whether the cells above `row` go on in it: no line between, none inside."""
    return not any(below[row][left:right]) and not any(beside[row][left + 1 : right])


def _covers(start: float, end: float, cell_start: float, cell_end: float) -> bool:
    overlap = min(end, cell_end) - max(start, cell_start)
    return overlap >= _DRAWN_SHARE * (cell_end - cell_start)


def _same_frame(one: Grid, other: Grid, tolerance: float, shift: float) -> bool:
    width, other_width = (
        one.columns[-1] - one.columns[0],
        other.columns[-1] - other.columns[0],
    )
    return abs(width - other_width) <= 2 * tolerance and abs(one.columns[0] - other.columns[0]) <= shift


def _share_columns(run: list[Grid], tolerance: float) -> list[Grid]:
    """Number the edges of all grids of a run on one common scale from their left edge."""
    if len(run) < 2:
        return run
    width = max(grid.columns[-1] - grid.columns[0] for grid in run)

    def scaled(grid: Grid) -> list[float]:
        own = grid.columns[-1] - grid.columns[0]
        return [(x - grid.columns[0]) * width / own for x in grid.columns]

    edges = clustered((x for grid in run for x in scaled(grid)), tolerance)
    shared = []
    for grid in run:
        number = [_nearest(edges, x) for x in scaled(grid)]
        cells = tuple(
            replace(
                cell,
                column=number[cell.column],
                column_span=max(1, number[cell.column + cell.column_span] - number[cell.column]),
            )
            for cell in grid.cells
        )
        shared.append(replace(grid, cells=cells))
    return shared


def _nearest(places: Sequence[float], value: float) -> int:
    at = bisect_right(places, value)
    if at == 0:
        return 0
    if at == len(places):
        return at - 1
    return at if places[at] - value < value - places[at - 1] else at - 1


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
