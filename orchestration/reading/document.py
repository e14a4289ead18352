"""The block model: what every reader makes of a file, whatever its format.

A Document is a sequence of Blocks in reading order; a Block is a paragraph, one table row or a note that a mark in the
text points to; a Cell is text with its place in the grid. Text is kept as printed; nothing here interprets it.
Not here: opening files (one module a format), finding the annex (`annex.py`), writing Parquet (`raw.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

PARAGRAPH = "paragraph"
TABLE_ROW = "table_row"
NOTE = "note"


@dataclass(frozen=True)
class Cell:
    """One cell of a table row.

    column: grid column of its left edge, from 0; column_span and row_span in grid cells, at least 1.
    text: as printed (a number in a workbook is written as a Vietnamese reader sees it).
    typed_value, number_format: only from workbooks, the stored value and its format, as text.
    box: (left, top, right, bottom) in points from the page's top left corner, only from paged formats.
    confidence: 0 to 1, only from OCR.  flags: short lower-case words such as `stamp`, `low_confidence`.
    crop: PNG bytes of a doubtful cell, kept for review; never written to `raw/blocks`.
    """

    column: int
    text: str
    column_span: int = 1
    row_span: int = 1
    typed_value: str | None = None
    number_format: str | None = None
    box: tuple[float, float, float, float] | None = None
    confidence: float | None = None
    flags: tuple[str, ...] = ()
    crop: bytes | None = None


@dataclass(frozen=True)
class Block:
    """A paragraph (`text`), a table row (`cells`) or a note (`text`), with its place.

    A note stands behind the paragraph or table that points to it; its flag says which one: `footnote:3`, `endnote:i`.

    page: from 1, None where the format has no pages.  table: from 1 through the document (the sheet's number in a
    workbook).  row: from 1 within the table (the row number shown in a workbook).  line: from 1, only of text files.
    A cell that spans rows stands in its first row only.
    """

    kind: str
    text: str = ""
    page: int | None = None
    table: int | None = None
    row: int | None = None
    line: int | None = None
    cells: tuple[Cell, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """What one file holds.

    format: docx, docm, doc, xlsx, xls, ods, pdf, scan, html, text, rtf.  pages: None where the format has none.
    flags: facts about the file as a whole, such as `encoding:tcvn3` or `extension:pdf` (an extension that lies).
    """

    format: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    flags: tuple[str, ...] = field(default=())
