"""The rows under each run of annex headers, as printed.

In: a Document. Out: rows with their texts by field, a group for each annex.
Not here: rows cut by a page end (`seams.py`), and which row of the form a row is (`align.py`).
"""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from orchestration.reading.annex.header import Header, header_at, header_field
from orchestration.reading.annex.labels import comparable, known_labels
from orchestration.reading.annex.row import FIELDS, NUMBER, PART, Row, code_of
from orchestration.reading.document import TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import fold, nfkc

_CODE_INSIDE = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3}\.|\d{1,2}(?:\.\d{1,2}){1,3}) ?(?=\D)")
_CODE_AND_PART = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3}\.?) trong đó:?$", re.IGNORECASE)
_PART_PREFIX = re.compile(r"^\s*trong\s+(?:đ[óo]|số)\s*[:,-]?\s*", re.IGNORECASE)
# A header printed again may carry a slip; another table has other titles.
SAME_HEADER = 80.0


FIGURE_OUTSIDE = "figure_outside"
"""Of a row with a number in a column that has no title of ours."""


def annex_groups(document: Document) -> list[list[Row]]:
    """The rows under each run of annex headers; a new group starts where the codes start again or the titles change."""
    groups: list[list[Row]] = []
    rows: list[Row] = []
    header: Header | None = None
    table, width, at, after_break, page = None, 0, 0, False, None
    foreign: int | None = None
    blocks = document.blocks
    while at < len(blocks):
        block = blocks[at]
        is_foreign = foreign is not None and block.table == foreign
        if block.kind != TABLE_ROW or (is_foreign and not _may_be_header(block)):
            at += 1
            continue
        if found := header_at(blocks, at):
            if header is None or (rows and _is_another_table(found, header, blocks, at, rows)):
                rows = []
                groups.append(rows)
            header, width, table, after_break, foreign = found, _width(block), block.table, True, None
            page = blocks[at + found.rows - 1].page
            at += found.rows
            continue
        if header is not None:
            if block.table != table:
                if not _continues(blocks, at, header.columns, width, rows):
                    foreign = block.table
                    at += 1
                    continue
                table, after_break = block.table, True
            elif block.page != page and page is not None:
                after_break = True
            row = _row(block, header.columns, after_break)
            if row is not None:
                row.at = at
                row.flags.extend(header.flags)
                rows.append(row)
                after_break = False
            page = block.page
        at += 1
    for group in groups:
        _doubt_shared_figures(group)
    return _seen([group for group in groups if group])


def _doubt_shared_figures(rows: list[Row]) -> None:
    """Flag rows, each with a label of its own, that one merged cell gives a figure to."""
    for place, row in enumerate(rows):
        cell, label = row.cells.get("value"), row.cells.get("label")
        shared = cell.row_span - (label.row_span if label else 1) if cell and cell.text.strip() else 0
        below = [other for other in rows[place + 1 : place + 1 + shared] if other.label and not other.texts["value"]]
        for each in (row, *below) if below else ():
            each.flags.append("value:shared_cell")


def _seen(groups: list[list[Row]]) -> list[list[Row]]:
    """The rows without hidden ones that say again what a visible one says: what a person sees counts."""
    visible = [group for group in groups if not all("hidden" in row.flags for row in group)] or groups
    left_out = len(visible) < len(groups)
    kept = []
    for group in visible:
        code, keys = "", []
        for row in group:
            code = row.code or code
            keys.append((code, comparable(row.label)))
        shown = {key for row, key in zip(group, keys, strict=True) if "hidden" not in row.flags}
        rows = [row for row, key in zip(group, keys, strict=True) if "hidden" not in row.flags or key not in shown]
        if left_out or len(rows) < len(group):
            rows[0].flags.append("hidden_row_left_out")
        kept.append(rows)
    return kept


def _is_another_table(found: Header, header: Header, blocks: tuple[Block, ...], at: int, rows: list[Row]) -> bool:
    if fuzz.ratio(found.titles, header.titles) < SAME_HEADER:
        return True
    return _is_restart(blocks, at + found.rows, found.columns, rows)


def _may_be_header(block: Block) -> bool:
    return sum(header_field(cell.text) is not None for cell in block.cells if cell.text.strip()) >= 2


def _width(block: Block) -> int:
    return max((cell.column + cell.column_span for cell in block.cells), default=0)


def _is_restart(blocks: tuple[Block, ...], at: int, columns: dict[str, range], rows: list[Row]) -> bool:
    """The first code or whole label after this header was read before, or is where every form begins."""
    seen = {row.code for row in rows if row.code} | {comparable(row.label) for row in rows if row.has_value}
    first_labels = {form.rows[0].text for form in catalogue.forms()}
    for block in blocks[at : at + 3]:
        row = _row(block, columns, False) if block.kind == TABLE_ROW else None
        if row and row.code:
            return row.code in seen or (row.code == "1" and any(earlier.code for earlier in rows))
        if row and row.label and (row.has_value or comparable(row.label) in first_labels):
            return comparable(row.label) in first_labels or (comparable(row.label) in seen and "code" not in columns)
    return False


def _continues(blocks: tuple[Block, ...], at: int, columns: dict[str, range], width: int, rows: list[Row]) -> bool:
    """Whether a further table without a header goes on with the annex: no wider than it, and its first code is a
    later one, or its first labels are the form's where codes are not printed."""
    table = blocks[at].table
    last = max((_order_of(row.code) for row in rows if row.code), default=())
    for block in blocks[at : at + 6]:
        if block.kind != TABLE_ROW or block.table != table:
            break
        if _width(block) > width + 1:
            return False
        row = _row(block, columns, True)
        if row is None:
            continue
        if row.code:
            return _order_of(row.code) > last
        if row.starts_parts or (comparable(row.label) in known_labels() and row.label):
            return True
    return False


def _order_of(code: str) -> tuple[int, ...]:
    return tuple(int(part) for part in code.split("."))


def _row(block: Block, columns: dict[str, range], after_break: bool) -> Row | None:
    texts, cells, flags = _fields(block, columns)
    if not any(texts.values()):
        return None
    # Of a form with a column for codes too: some write them into the label and leave the column empty.
    if not texts["code"] and (inside := _CODE_INSIDE.match(texts["label"])):
        texts["code"], texts["label"] = inside.group(1), texts["label"][inside.end() :]
    if not code_of(texts["code"]) and (both := _CODE_AND_PART.match(texts["code"])):
        texts["code"] = both.group(1)
    row = Row(texts, block, after_break, flags=flags, cells=cells)
    if PART.match(fold(texts["code"])):
        row.is_part = row.starts_parts = True
        rest = _PART_PREFIX.sub("", texts["code"])
        if rest and not texts["label"]:
            texts["label"] = rest
    elif not row.code and PART.match(fold(texts["label"])):
        row.is_part = row.starts_parts = True
        texts["label"] = _PART_PREFIX.sub("", texts["label"]).strip()
    return row


def _fields(block: Block, columns: dict[str, range]) -> tuple[dict[str, str], dict[str, Cell], list[str]]:
    """What each field of a row says, the cell that says it, and what there is to doubt."""
    texts, flags = dict.fromkeys(FIELDS, ""), list(block.flags)
    cells: dict[str, Cell] = {}
    for cell in sorted(block.cells, key=lambda cell: cell.column):
        field = _field_of(cell, columns)
        text = _tidy(cell.text)
        if field is None:
            if text:
                flags.append("extra_column")
                if NUMBER.match(text):
                    flags.append(FIGURE_OUTSIDE)
                if cell.confidence is not None and NUMBER.match(text):
                    flags.append("value:low_confidence")  # a line that a picture shows twice makes a column of its own
            continue
        if field == "value" and cell.confidence is not None and text and not NUMBER.match(text):
            flags.append("value:low_confidence")  # figures are read twice from a scan, words only once
            spelt = catalogue.with_marks_of_the_forms(text)
            if spelt != text:
                text = spelt
                flags.append("value:marks_by_form")
        if text:
            texts[field] = f"{texts[field]} {text}".strip()
        if text or field not in cells:
            cells.setdefault(field, cell)
        flags.extend(f"{field}:{flag}" for flag in cell.flags)
    return texts, cells, flags


def _field_of(cell: Cell, columns: dict[str, range]) -> str | None:
    """The field that a cell belongs to; a merged cell over unit and value holds what the form prints there: a text
    under the unit, a number under the value."""
    covered = range(cell.column, cell.column + cell.column_span)
    titled = {field for field, span in columns.items() if span.start in covered}
    if {"unit", "value"} <= titled and "label" not in titled:
        return "value" if NUMBER.match(nfkc(cell.text)) else "unit"
    for field, span in columns.items():
        if cell.column == span.start:
            return field
    for field, span in columns.items():
        if cell.column in span:
            return field
    # A merged cell that begins in a column without a title still covers titled ones.
    return next((field for field in columns if field in titled), None)


_TAG = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|br)\s*/?>", re.IGNORECASE)


def _tidy(text: str) -> str:
    """A cell as one line, tags of an OCR text taken off; letters stay as they are, composed."""
    return nfkc(_TAG.sub(" ", text)) if text else ""
