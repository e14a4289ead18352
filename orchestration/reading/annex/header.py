"""The header of an annex: which column holds which field.

In: blocks. Out: a Header. Not here: the rows under it (`rows.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from orchestration.reading.annex.labels import known_labels
from orchestration.reading.annex.row import CODE
from orchestration.reading.document import TABLE_ROW, Block, Cell
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.vietnamese import fold, nfkc

_COLUMN_NUMBERS = re.compile(r"^\(?\s*(\d|[a-eA-E])\s*\)?$")


_RANKS = {"group": 0, "weak": 1, "strong": 3}
# A title that only begins with a known name (`Số liệu kỳ trước`) gives way to one that is the name.
_BEGINS_WITH_NAME = 2


@dataclass(frozen=True)
class Header:
    """columns: where each field stands.  titles: the folded titles, to know a repeated header by."""

    columns: dict[str, range]
    titles: str
    rows: int
    flags: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def header_field(text: str) -> tuple[str, int] | None:
    """(field, rank) of a column title, None if it is not one: `Chi tiêu thống kê (Sử dụng…)` → label, strong.

    The field `other` is a known column that holds none of ours, such as the figures of the period before.
    """
    folded = fold(re.sub(r"\(.*", "", nfkc(text))) or fold(text)
    if not folded or len(folded) > 60:
        return None
    for field, name, strength in catalogue.header_names():
        if folded == name:
            return field, _RANKS[strength]
    if len(folded) >= 5:
        for field, name, strength in catalogue.header_names():
            if len(name) >= 5 and fuzz.ratio(folded, name) >= 85:
                return field, _RANKS[strength]
        for field, name, strength in catalogue.header_names():
            if len(name) >= 5 and folded.startswith(name + " "):
                return field, min(_RANKS[strength], _BEGINS_WITH_NAME)
    return None


def header_at(blocks: tuple[Block, ...], at: int) -> Header | None:
    """The header that starts at block `at`, if one does.

    A title that spans columns (`Kết quả thống kê`) gives way to the titles under it.
    """
    columns: dict[str, range] = {}
    ranks: dict[str, int] = {}
    titles: list[str] = []
    flags: list[str] = []
    taken, year = 0, 0
    for block in blocks[at : at + 3]:
        if block.kind != TABLE_ROW or (taken and block.table != blocks[at].table):
            break
        found = [(cell, header_field(cell.text)) for cell in block.cells if cell.text.strip()]
        hits = [(cell, *field) for cell, field in found if field]
        if not hits or len(hits) < len(found) / 2 or (taken and _looks_like_data(block)):
            break
        if taken and len(hits) < 2 and not (ranks.get("value") == 0 and hits[0][0].column in columns["value"]):
            break  # the rest of a cut row may read like a title: `… trong` | `kỳ báo cáo`
        if taken:
            _make_room(columns, hits)
        for cell, field, rank in sorted(hits, key=lambda hit: hit[0].column):
            if field == "other":
                continue
            span = range(cell.column, cell.column + cell.column_span)
            if field in columns and rank == ranks[field] and field == "value" and rank > 0:
                # Two columns of figures (`Số liệu năm 2020`, `Số liệu năm 2021`): the later year, else the first.
                flags.append("two_value_columns")
                if _year(cell.text) <= year:
                    continue
            elif field in columns and rank <= ranks[field]:
                continue
            columns[field], ranks[field] = span, rank
            if field == "value":
                year = _year(cell.text)
        titles.extend(fold(cell.text) for cell, _ in found)
        taken += 1
        if taken == 1 and not (len(hits) >= 2 and {"label", "code"} & set(columns)):
            return None
    # Codes without labels identify nothing once forms change.
    if not {"label", "value"} <= set(columns):
        return None
    if ranks["value"] == 0 and len(columns["value"]) > 1:
        # Only the title over unit and value was found: the value stands last.
        span = columns["value"]
        if "unit" not in columns:
            columns["unit"] = range(span[0], span[0] + 1)
        rest = [column for column in span if column != columns["unit"].start]
        columns["value"] = range(rest[-1], rest[-1] + 1)
    while at + taken < len(blocks) and _is_column_numbers(blocks[at + taken]):
        taken += 1
    return Header(columns, " ".join(titles), taken, tuple(dict.fromkeys(flags)))


def _make_room(columns: dict[str, range], hits: list[tuple[Cell, str, int]]) -> None:
    """Where a format lost the width of `Kết quả thống kê`, the titles right of it move on by what stands under it."""
    group = columns.get("value")
    under = [cell.column for cell, field, _ in hits if field in ("unit", "value")]
    if group is None or len(group) > 1 or len(under) < 2 or min(under) != group.start:
        return
    for field, span in list(columns.items()):
        if field != "value" and span.start in under:
            for other, moved in list(columns.items()):
                if moved.start > group.start:
                    columns[other] = range(moved.start + len(under) - 1, moved.stop + len(under) - 1)
            return


def _year(title: str) -> int:
    return max((int(year) for year in re.findall(r"20\d\d", title)), default=0)


def _looks_like_data(block: Block) -> bool:
    """A code or a label of a form stands in the row."""
    return any(CODE.match(nfkc(cell.text)) or catalogue.expanded(cell.text) in known_labels() for cell in block.cells)


def _is_column_numbers(block: Block) -> bool:
    """A row that only numbers the columns: (1) (2) (3) …"""
    texts = [nfkc(cell.text) for cell in block.cells if cell.text.strip()]
    return block.kind == TABLE_ROW and len(texts) >= 3 and all(_COLUMN_NUMBERS.match(text) for text in texts)
