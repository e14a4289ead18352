"""The header of an annex: which column holds which field.

In: blocks. Out: a Header. Not here: the rows under it (`rows.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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

# A cell, the field that it is the title of, and how surely.
_Title = tuple[Cell, str, int]


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
    for titled, name, strength in catalogue.header_names():
        if folded == name:
            return titled, _RANKS[strength]
    if len(folded) >= 5:
        for titled, name, strength in catalogue.header_names():
            if len(name) >= 5 and fuzz.ratio(folded, name) >= 85:
                return titled, _RANKS[strength]
        for titled, name, strength in catalogue.header_names():
            if len(name) >= 5 and folded.startswith(name + " "):
                return titled, min(_RANKS[strength], _BEGINS_WITH_NAME)
    return None


@dataclass
class _Found:
    """What the titles seen so far say: where each field stands, how surely, and the year of the figures."""

    columns: dict[str, range] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    year: int = 0
    hidden: set[str] = field(default_factory=set)

    def take(self, cell: Cell, name: str, rank: int) -> None:
        """Let a title have its column, unless a better one of the field has been seen."""
        if name == "other":
            return
        is_hidden = "hidden" in cell.flags
        if name in self.columns and is_hidden != (name in self.hidden):
            # What a person sees counts, and the other column is named.
            self.flags.append("hidden_column_left_out")
            if is_hidden:
                return
            self.hidden.discard(name)
        elif name == "value" and name in self.columns and rank == self.ranks[name] and rank > 0:
            # Two columns of figures (`Số liệu năm 2020`, `Số liệu năm 2021`): the later year, else the first.
            self.flags.append("two_value_columns")
            if _year(cell.text) <= self.year:
                return
        elif name in self.columns and rank <= self.ranks[name]:
            return
        if is_hidden:
            self.hidden.add(name)
        self.columns[name], self.ranks[name] = range(cell.column, cell.column + cell.column_span), rank
        if name == "value":
            self.year = _year(cell.text)

    def goes_on(self, block: Block, titles: list[_Title]) -> bool:
        """Whether a further row is one of titles; the rest of a cut row may read like one: `… trong` | `kỳ báo cáo`."""
        if _looks_like_data(block):
            return False
        return len(titles) >= 2 or (self.ranks.get("value") == 0 and titles[0][0].column in self.columns["value"])

    def part_group(self) -> None:
        """Where only the title over unit and value was found, the value stands last."""
        span = self.columns["value"]
        if self.ranks["value"] > 0 or len(span) == 1:
            return
        unit = self.columns.setdefault("unit", range(span[0], span[0] + 1))
        rest = [column for column in span if column != unit.start]
        self.columns["value"] = range(rest[-1], rest[-1] + 1)


def header_at(blocks: tuple[Block, ...], at: int) -> Header | None:
    """The header that starts at block `at`, if one does.

    A title that spans columns (`Kết quả thống kê`) gives way to the titles under it.
    """
    found, taken = _Found(), 0
    words: list[str] = []
    for block in blocks[at : at + 3]:
        if block.kind != TABLE_ROW or block.table != blocks[at].table:
            break
        titles = _titles_of(block)
        if not titles or (taken and not found.goes_on(block, titles)):
            break
        if taken:
            _make_room(found.columns, titles)
        for title in sorted(titles, key=lambda title: title[0].column):
            found.take(*title)
        words.extend(fold(cell.text) for cell in block.cells if cell.text.strip())
        taken += 1
        if taken == 1 and not (len(titles) >= 2 and {"label", "code"} & set(found.columns)):
            return None
    # Codes without labels identify nothing once forms change.
    if not {"label", "value"} <= set(found.columns):
        return None
    found.part_group()
    while at + taken < len(blocks) and _is_column_numbers(blocks[at + taken]):
        taken += 1
    return Header(found.columns, " ".join(words), taken, tuple(dict.fromkeys(found.flags)))


def _titles_of(block: Block) -> list[_Title]:
    """The titles of columns in a row; none where less than half of its cells are such."""
    found = [(cell, header_field(cell.text)) for cell in block.cells if cell.text.strip()]
    titles = [(cell, *known) for cell, known in found if known]
    return titles if len(titles) >= len(found) / 2 else []


def _make_room(columns: dict[str, range], titles: list[_Title]) -> None:
    """Where a format lost the width of `Kết quả thống kê`, the titles right of it move on by what stands under it."""
    group = columns.get("value")
    under = [cell.column for cell, name, _ in titles if name in ("unit", "value")]
    if group is None or len(group) > 1 or len(under) < 2 or min(under) != group.start:
        return
    for name, span in list(columns.items()):
        if name != "value" and span.start in under:
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
