"""A page as it was read: its tables and paragraphs, and how pages become the blocks of a document.

In: PageContent records from `pdf.py` (text) and `scan.py` (pictures), lengths in points from the top left corner.
Out: Blocks in reading order, tables numbered through the document, columns numbered alike over the pages of one table.
Not here: reading anything, and joining the rows that a page break cut (`annex.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell
from orchestration.reading.pages.grid import Grid, align_columns


@dataclass(frozen=True)
class CellText:
    """What was read in one cell, and how sure that is; `crop` is a PNG of a doubtful cell."""

    text: str = ""
    confidence: float | None = None
    flags: tuple[str, ...] = ()
    crop: bytes | None = None


@dataclass(frozen=True)
class PageTable:
    """A grid and the text of its cells, in the order of `grid.cells`."""

    grid: Grid
    texts: tuple[CellText, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """Text outside tables and where its first line begins, from the page's top."""

    top: float
    text: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageContent:
    """One page, from 1. beside: what stands right of it where two pages are printed on one sheet."""

    number: int
    paragraphs: tuple[Paragraph, ...] = ()
    tables: tuple[PageTable, ...] = ()
    beside: PageContent | None = None


def blocks_of(pages: Sequence[PageContent]) -> tuple[Block, ...]:
    """Blocks of all pages, top to bottom."""
    pages = [half for page in pages for half in (page, page.beside) if half is not None]
    tables = [(page.number, table) for page in pages for table in page.tables]
    grids = iter(align_columns([table.grid for _, table in tables]))
    blocks: list[Block] = []
    table_number = 0
    for page in pages:
        parts: list[tuple[float, list[Block]]] = [
            (p.top, [Block(PARAGRAPH, text=p.text, page=page.number, flags=p.flags)]) for p in page.paragraphs
        ]
        for table in page.tables:
            table_number += 1
            parts.append(
                (
                    table.grid.rows[0],
                    _table_blocks(page.number, table_number, table, next(grids)),
                )
            )
        for _, part in sorted(parts, key=lambda part: part[0]):
            blocks += part
    return tuple(blocks)


def _table_blocks(page: int, number: int, table: PageTable, grid: Grid) -> list[Block]:
    rows: dict[int, list[Cell]] = {}
    for cell, read in zip(grid.cells, table.texts, strict=True):
        left, top, right, bottom = cell.box
        rows.setdefault(cell.row, []).append(
            Cell(
                column=cell.column,
                text=read.text,
                column_span=cell.column_span,
                row_span=cell.row_span,
                box=(round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)),
                confidence=read.confidence,
                flags=read.flags,
                crop=read.crop,
            )
        )
    return [
        Block(
            TABLE_ROW,
            page=page,
            table=number,
            row=position,
            cells=tuple(sorted(rows[row], key=lambda cell: cell.column)),
            flags=table.flags,
        )
        for position, row in enumerate(sorted(rows), start=1)
    ]
