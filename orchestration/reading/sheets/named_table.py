"""Tables whose header names their columns: the sheets of scores, surveys and criteria.

In: a Document. Out: NamedTable records: the lines above the header, and each row as field → Cell.
Columns are known by their names (seed `score_headers`), never by place. Not here: what a sheet means (`score_sheet.py`,
`survey.py`, `edition.py`), the annex (`annex.py`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestration.reading.annex.header import header_at
from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.sheets import decision

# A header names at least this many known columns, two of them in cells of their own.
_LEAST_NAMES = 3
# An annex has more delimiters than a text has commas by chance in a line of titles.
_LEAST_DELIMITERS = 30
_LONGEST_HEADER = 10_000
# How far down the header of an annex stands, at most.
_HEAD_LINES = 400
_AREA = re.compile(r"linh vuc (\d+) ?%?$")


@dataclass(frozen=True)
class NamedRow:
    """One row under a header: field → cell; table and row as in the document."""

    table: int
    row: int
    cells: Mapping[str, Cell]

    def text(self, field: str) -> str | None:
        """The text of a field as printed, None where it is blank or absent."""
        cell = self.cells.get(field)
        return (cell.text.strip() or None) if cell else None

    def typed(self, field: str) -> str | None:
        """The value that a workbook stores; a number typed as text has none."""
        cell = self.cells.get(field)
        return cell.typed_value if cell and cell.typed_value and _is_number(cell.typed_value) else None

    def stored(self, field: str) -> str | None:
        return self.typed(field) or self.text(field)


@dataclass(frozen=True)
class NamedTable:
    fields: frozenset[str]
    title: tuple[str, ...]
    rows: tuple[NamedRow, ...]


def named_tables(document: Document) -> list[NamedTable]:
    """Every table with a header of known names, with its rows up to the first empty one, whatever stands above it."""
    found: list[NamedTable] = []
    title: list[str] = []
    columns: dict[int, str] = {}
    rows: list[NamedRow] = []
    table = named = None

    def close() -> None:
        if columns and rows:
            found.append(NamedTable(frozenset(columns.values()), tuple(title), tuple(rows)))

    for block in document.blocks:
        if block.kind != TABLE_ROW:
            if columns:
                close()
                title, columns, rows = [], {}, []
            title.append(block.text)
            continue
        if columns and block.table != table:
            close()
            rows = []
        table, names = block.table, fields_of(block)
        if names:
            if columns and names != columns:
                # Below a header of the same table another table begins; above the first one stand the lines of a title.
                if named == table:
                    close()
                title, rows = ([] if named == table else _texts(rows)), []
            columns, named = names, table
            continue
        if not columns:
            title.extend(cell.text for cell in block.cells if cell.text.strip())
            continue
        cells = {columns[cell.column]: cell for cell in block.cells if cell.column in columns}
        if any(cell.text.strip() for cell in cells.values()):
            rows.append(NamedRow(block.table or 1, block.row or len(rows) + 1, cells))
    close()
    return found


def _texts(rows: list[NamedRow]) -> list[str]:
    return [cell.text for row in rows for cell in row.cells.values() if cell.text.strip()]


def fields_of(block: Block) -> dict[int, str]:
    """Column → field where a row is a header of known names, else nothing."""
    names: dict[int, str] = {}
    for cell in block.cells:
        field = field_named(cell.text)
        if field and field not in names.values():
            names[cell.column] = field
    return names if len(names) >= _LEAST_NAMES or {"province_code", "sipas_pct"} <= set(names.values()) else {}


def field_named(text: str) -> str | None:
    folded = _key(text)
    area = _AREA.match(folded)
    return f"area_{area.group(1)}" if area else _names().get(folded)


@lru_cache
def _names() -> dict[str, str]:
    return {_key(row["name"]): row["field"] for row in catalogue.seed("score_headers")}


def _key(text: str) -> str:
    return fold(text.replace("_", " ").replace("%", " % "))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_delimited(text: str, flags: tuple[str, ...] = ()) -> Document | None:
    """A text of comma, semicolon or tab separated values under a header of known names; None for any other text.

    Tables of an index and decisions begin with their header; an annex has the report's title lines above it.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in text.split("\n") if line.strip()), "")[:_LONGEST_HEADER]
    for delimiter in (",", ";", "\t"):
        header = tuple(_cells(next(_values(first, delimiter), [])))
        if fields_of(Block(TABLE_ROW, cells=header)) or decision.fields_of(header):
            return _delimited(text, delimiter, flags)
    top = "\n".join(text.split("\n", _HEAD_LINES)[:_HEAD_LINES])
    for delimiter in (";", ","):
        head = _delimited(top, delimiter, flags) if text.count(delimiter) >= _LEAST_DELIMITERS else None
        if head and _has_annex_header(head.blocks):
            return _delimited(text, delimiter, flags)
    return None


def _has_annex_header(blocks: tuple[Block, ...]) -> bool:
    """Whether an annex begins here, its cells apart: a tab or a line between them is another way to write a table."""
    apart = [not any(set(cell.text) & set("\t|") for cell in block.cells) for block in blocks]
    return any(apart[at] and header_at(blocks, at) for at in range(len(blocks)))


def _delimited(text: str, delimiter: str, flags: tuple[str, ...]) -> Document | None:
    try:
        blocks = [
            _block(number, values)
            for number, values in enumerate(_values(text, delimiter), 1)
            if any(value.strip() for value in values)
        ]
    except csv.Error:
        return None
    return Document("text", tuple(blocks), flags=flags)


def _block(number: int, values: list[str]) -> Block:
    """A row, or the paragraph that a line without a delimiter is."""
    if len(values) == 1:
        return Block(PARAGRAPH, text=values[0].strip().lstrip("\ufeff"))
    return Block(TABLE_ROW, table=1, row=number, cells=tuple(_cells(values)))


def _values(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _cells(values: list[str]) -> Iterator[Cell]:
    for column, value in enumerate(values):
        yield Cell(column, value.strip().lstrip("\ufeff"))
