"""Find the annex in a document and read its rows.

In: a Document of blocks and the catalogue of forms. Out: an Annex of rows as printed, each with its place and with
how its code is known: printed, aligned (from label and order) or unmatched.
Not here: opening files (one module a format), and what a value means (dbt decides that).

The steps, each a function: header_at → tables_of_annex → printed_rows → whole_rows (rows cut by a page end are put
together) → align (to the form's catalogue) → checks of what is missing.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from orchestration.reading.document import TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Form, FormRow
from orchestration.reading.knowledge.vietnamese import fold, nfkc
from orchestration.reading.refusal import Refused

PRINTED, ALIGNED, UNMATCHED = "printed", "aligned", "unmatched"
FIELDS = ("code", "label", "unit", "value", "note")
# The key of the period that the text before a block states, if any.
PeriodBefore = Callable[[int], str | None]
# Told where each annex of a file begins and ends, in blocks; raises Refused if they are of several reports.
OneReport = Callable[[list[range]], None]

_CODE = re.compile(r"^\d{1,2}( ?[.,] ?\d{1,2}){0,3} ?[.)]?$")
_CODE_INSIDE = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3}\.|\d{1,2}(?:\.\d{1,2}){1,3}) ?(?=\D)")
_CODE_AND_PART = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,3}\.?) trong đó:?$", re.IGNORECASE)
_NUMBER = re.compile(r"^[\d.,% ]*\d[\d.,% ]*$")
_PART = re.compile(r"^trong (do|so)\b")
_PART_PREFIX = re.compile(r"^\s*trong\s+(?:đ[óo]|số)\s*[:,-]?\s*", re.IGNORECASE)
_PART_MARK = re.compile(r"^[-+*•–]$|^[a-zđ][).]?$", re.IGNORECASE)
_COLUMN_NUMBERS = re.compile(r"^\(?\s*(\d|[a-eA-E])\s*\)?$")

# A label that is this close to the catalogue's, both folded, is the same label.
SAME_LABEL = 80.0
# Without a printed code the label alone must carry the identification.
SURE_LABEL = 88.0
SURE_LABEL_OCR = 70.0
# Two halves belong together if the whole is this much nearer to a known label than each half.
LEAST_GAIN = 2.0
NEARLY_WHOLE = 97.0
# A header printed again may carry a slip; another table has other titles.
SAME_HEADER = 80.0
# OCR reads marks and letters wrong but keeps order, so codes and order may carry more.
SAME_LABEL_OCR = 55.0
# Fewer rows than this share of the form is another form, not a shorter report.
MIN_SHARE_OF_FORM = 0.3
# Fewer rows of a form are a table of the narrative, not another report's annex.
LEAST_ROWS_OF_AN_ANNEX = 10
# An annex may leave out a few rows; a longer run missing at its end is a file cut short.
MAX_ROWS_MISSING_AT_END = 4


@dataclass(frozen=True)
class AnnexRow:
    """One row of the annex as printed.

    code: normalised, without a trailing dot; a "Trong đó" row has its parent's code and an ordinal from 1, every
    other row ordinal 0.  code_source: printed, aligned or unmatched.  Texts are as printed, NFC of the page's own
    characters; None where the annex has no such column or the cell is empty.
    """

    code_printed: str
    code: str | None
    ordinal: int
    parent_code: str | None
    code_source: str
    label: str | None
    unit: str | None
    value_raw: str | None
    value_typed: str | None
    note: str | None
    page: int | None
    table: int | None
    row: int | None
    confidence: float | None = None
    flags: tuple[str, ...] = ()
    crops: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Annex:
    """form_code: the form its rows follow.  rows_not_found: keys of the form that no row carries, `3.1.3#2` for parts.
    first_block: position in the document of its first row.
    """

    form_code: str
    rows: tuple[AnnexRow, ...]
    rows_expected: int
    rows_not_found: tuple[str, ...]
    first_block: int
    flags: tuple[str, ...] = ()


@dataclass
class _Row:
    """A row on its way: texts by field, then its place in the catalogue.

    hint: the form row that its text was recognised as while rows were put together.  parent, ordinal: of a row
    under "Trong đó", as printed.
    """

    texts: dict[str, str]
    block: Block
    after_break: bool
    is_part: bool = False
    starts_parts: bool = False
    hint: FormRow | None = None
    parent: str = ""
    ordinal: int = 0
    target: FormRow | None = None
    source: str = UNMATCHED
    flags: list[str] = dataclasses.field(default_factory=list)
    cells: dict[str, Cell] = dataclasses.field(default_factory=dict)
    at: int = 0

    @property
    def code(self) -> str:
        return code_of(self.texts["code"])

    @property
    def label(self) -> str:
        return self.texts["label"]

    @property
    def has_value(self) -> bool:
        return bool(self.texts["value"])

    @property
    def has_number(self) -> bool:
        return bool(_NUMBER.match(self.texts["value"]))


def read_annex(
    document: Document,
    period_before: PeriodBefore = lambda block: None,
    one_report: OneReport = lambda annexes: None,
) -> Annex:
    """The annex of one report; `period_before` is asked where the rows alone do not tell the form, `one_report` where
    there is more than one annex.

    Raises Refused as `one_report` does, and: no_annex, codes_without_table, scan_without_lines, wrong_form,
    annex_cut_short, two_annexes.
    """
    groups = _annex_groups(document)
    if not groups:
        raise _no_annex(document)
    fuzzy = document.format == "scan" or any(cell.confidence is not None for b in document.blocks for cell in b.cells)
    read = [_read_group(rows, fuzzy, period_before) for rows in groups]
    places = [
        range(rows[0].at, rows[-1].at + 1)
        for rows, annex in zip(groups, read, strict=True)
        if _matched(annex) >= LEAST_ROWS_OF_AN_ANNEX
    ]
    if len(places) > 1:
        one_report(places)
    read.sort(key=lambda annex: -_matched(annex))
    best = read[0]
    if _matched(best) < MIN_SHARE_OF_FORM * best.rows_expected:
        raise Refused("wrong_form", found=_matched(best), expected=best.rows_expected, place=_place(groups[0][0].block))
    enough = MIN_SHARE_OF_FORM * best.rows_expected
    best = _with_repeats(best, [other for other in read[1:] if _matched(other) >= enough])
    _refuse_if_cut_short(best)
    return best


# --- header ---------------------------------------------------------------------------------------------------------

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
    return any(_CODE.match(nfkc(cell.text)) or catalogue.expanded(cell.text) in _known_labels() for cell in block.cells)


@lru_cache
def _known_labels() -> frozenset[str]:
    return frozenset(row.text for form in catalogue.forms() for row in form.rows)


def _is_column_numbers(block: Block) -> bool:
    """A row that only numbers the columns: (1) (2) (3) …"""
    texts = [nfkc(cell.text) for cell in block.cells if cell.text.strip()]
    return block.kind == TABLE_ROW and len(texts) >= 3 and all(_COLUMN_NUMBERS.match(text) for text in texts)


# --- rows as printed ------------------------------------------------------------------------------------------------


def _annex_groups(document: Document) -> list[list[_Row]]:
    """The rows under each run of annex headers; a new group starts where the codes start again or the titles change."""
    groups: list[list[_Row]] = []
    rows: list[_Row] = []
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
    return [group for group in groups if group]


def _is_another_table(found: Header, header: Header, blocks: tuple[Block, ...], at: int, rows: list[_Row]) -> bool:
    if fuzz.ratio(found.titles, header.titles) < SAME_HEADER:
        return True
    return _is_restart(blocks, at + found.rows, found.columns, rows)


def _may_be_header(block: Block) -> bool:
    return sum(header_field(cell.text) is not None for cell in block.cells if cell.text.strip()) >= 2


def _width(block: Block) -> int:
    return max((cell.column + cell.column_span for cell in block.cells), default=0)


def _is_restart(blocks: tuple[Block, ...], at: int, columns: dict[str, range], rows: list[_Row]) -> bool:
    """The first code or whole label after this header was read before, or is where every form begins."""
    seen = {row.code for row in rows if row.code} | {_key(row.label) for row in rows if row.has_value}
    first_labels = {form.rows[0].text for form in catalogue.forms()}
    for block in blocks[at : at + 3]:
        row = _row(block, columns, False) if block.kind == TABLE_ROW else None
        if row and row.code:
            return row.code in seen or (row.code == "1" and any(earlier.code for earlier in rows))
        if row and row.label and (row.has_value or _key(row.label) in first_labels):
            return _key(row.label) in first_labels or (_key(row.label) in seen and "code" not in columns)
    return False


def _key(label: str) -> str:
    return catalogue.expanded(label)


def _continues(blocks: tuple[Block, ...], at: int, columns: dict[str, range], width: int, rows: list[_Row]) -> bool:
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
        if row.starts_parts or (_key(row.label) in _known_labels() and row.label):
            return True
    return False


def _order_of(code: str) -> tuple[int, ...]:
    return tuple(int(part) for part in code.split("."))


def _row(block: Block, columns: dict[str, range], after_break: bool) -> _Row | None:
    texts, cells, flags = dict.fromkeys(FIELDS, ""), {}, list(block.flags)
    for cell in sorted(block.cells, key=lambda cell: cell.column):
        field = _field_of(cell, columns)
        text = _tidy(cell.text)
        if field is None:
            if text:
                flags.append("extra_column")
            continue
        if field == "value" and cell.confidence is not None and text and not _NUMBER.match(text):
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
    if not any(texts.values()):
        return None
    if "code" not in columns and (inside := _CODE_INSIDE.match(texts["label"])):
        texts["code"], texts["label"] = inside.group(1), texts["label"][inside.end() :]
    if not code_of(texts["code"]) and (both := _CODE_AND_PART.match(texts["code"])):
        texts["code"] = both.group(1)
    row = _Row(texts, block, after_break, flags=flags, cells=cells)
    if _PART.match(fold(texts["code"])):
        row.is_part = row.starts_parts = True
        rest = _PART_PREFIX.sub("", texts["code"])
        if rest and not texts["label"]:
            texts["label"] = rest
    elif not row.code and _PART.match(fold(texts["label"])):
        row.is_part = row.starts_parts = True
        texts["label"] = _PART_PREFIX.sub("", texts["label"]).strip()
    return row


def _field_of(cell: Cell, columns: dict[str, range]) -> str | None:
    """The field that a cell belongs to; a merged cell over unit and value holds what the form prints there: a text
    under the unit, a number under the value."""
    covered = range(cell.column, cell.column + cell.column_span)
    titled = {field for field, span in columns.items() if span.start in covered}
    if {"unit", "value"} <= titled and "label" not in titled:
        return "value" if _NUMBER.match(nfkc(cell.text)) else "unit"
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


@lru_cache(maxsize=65536)
def code_of(text: str) -> str:
    """`1.1.1.` → `1.1.1`, `１.１` → `1.1`; empty if the text is not a code.

    A workbook that took `1.1` for a number prints it as `1,1`.
    """
    text = nfkc(text)
    if not _CODE.match(text):
        return ""
    return ".".join(str(int(part)) for part in re.findall(r"\d+", text))


# --- rows cut by a page end -----------------------------------------------------------------------------------------


def likeness(text: str, target: str) -> float:
    """0 to 100: how alike two labels are, marks and abbreviations aside."""
    return fuzz.ratio(catalogue.expanded(text), target) if text else 0.0


def join(first: str, second: str, target: str = "", words: frozenset[str] = frozenset()) -> tuple[str, bool]:
    """Two halves of a cell as one text, and whether letters were dropped.

    The break may stand between words or inside one, and an OCR text may repeat a few letters at the seam; the
    reading nearest to the catalogue's text wins. Free text has no catalogue: its halves are one word if together
    they make one of `words` and apart they do not.
    """
    if not first or not second:
        return first or second, False
    if not fold(second):
        return f"{first}{second}", False  # closing marks follow their word without a space
    tail = second.split(" ", 1)[1] if " " in second else ""
    readings = [(f"{first} {second}", False), (f"{first}{second}", False)]
    if not target:
        left = first.rsplit(maxsplit=1)[-1].lower()
        right = second.split(maxsplit=1)[0].lower().strip(".,;:()")
        inside = left + right in words and not (left in words and right in words)
        return readings[1 if inside else 0]
    if tail and len(second.split(" ", 1)[0]) <= 3:
        readings.append((f"{first} {tail}", True))
    scores = [fuzz.ratio(nfkc(text).lower(), nfkc(target).lower()) for text, _ in readings]
    best = max(range(len(readings)), key=lambda i: (scores[i], -i))
    if readings[best][1] and scores[best] < 99:
        best = max((0, 1), key=lambda i: (scores[i], -i))
    return readings[best]


@dataclass(frozen=True)
class _Context:
    """What is known while rows are put together: the form, where each of its rows stands, the words in use."""

    form: Form
    order: dict[tuple[str, int], int]
    words: frozenset[str]


def whole_rows(rows: list[_Row], form: Form) -> list[_Row]:
    """Logical rows: cut rows joined, "Trong đó" rows marked as parts of the coded row before them.

    A row without a code is compared with the rows of the form that may stand there: those after the last row that
    was recognised and before the next printed code.
    """
    context = _Context(
        form,
        {(row.code, row.ordinal): i for i, row in enumerate(form.rows)},
        frozenset(word for row in rows for text in row.texts.values() for word in text.lower().split())
        | _form_words(form),
    )
    _join_part_words(rows)
    whole: list[_Row] = []
    pending: _Row | None = None
    parent, ordinal, place, in_parts = "", 0, -1, False
    for position, second in enumerate(rows):
        row = second
        if pending is not None:
            open_rows = _open_rows(place, rows, position, context)
            row, pending = _joined(pending, second, _goal_of(pending, second, open_rows, context), context), None
        if row.code:
            if whole and _is_end_of(whole[-1], row, _row_of_code(row, context)):
                row = _joined(whole.pop(), row, _row_of_code(row, context), context)
            parent, ordinal, in_parts = row.code, 0, False
            row.hint = _row_of_code(row, context)
            place = context.order.get((row.code, 0), place) if row.hint else place
            whole.append(row)
            continue
        if row.starts_parts and not any(row.texts[field] for field in FIELDS if field != "code"):
            in_parts = True  # "Trong đó" on a line of its own, with nothing else on it
            continue
        open_rows = _open_rows(place, rows, position, context)
        following = rows[position + 1] if position + 1 < len(rows) else None
        kind, hint = _kind_of_uncoded(row, whole, following, open_rows, in_parts=in_parts, context=context)
        if kind == "before":
            pending = row
        elif kind == "after":
            previous = whole[-1]
            goals = _goals_of_previous(previous, open_rows, context)
            whole[-1] = _joined(previous, row, _best_goal(previous, row, goals), context)
            if whole[-1].hint and not whole[-1].code:
                place = max(place, context.order[whole[-1].hint.code, whole[-1].hint.ordinal])
        else:
            row.hint = hint
            if hint and not hint.ordinal:
                # A row of its own whose code is not printed: what follows "Trong đó" belongs to it.
                parent, ordinal, in_parts, row.is_part = hint.code, 0, False, False
            elif kind == "part":
                parent = hint.code if hint else parent
                ordinal += 1
                row.is_part, row.parent, row.ordinal, in_parts = True, parent, ordinal, True
            if hint:
                place = context.order[hint.code, hint.ordinal]
            whole.append(row)
    if pending is not None:
        whole.append(pending)
    return whole


def _is_end_of(first: _Row, second: _Row, target: FormRow | None) -> bool:
    """Whether a page end left all words of a label on one page, and its code, figure and last marks on the next."""
    is_whole = target is not None and _key(first.label) == target.text
    return is_whole and not first.code and not first.has_value and bool(second.label) and not fold(second.label)


def _join_part_words(rows: list[_Row]) -> None:
    """`Trong` at the foot of a page and `đó` at the head of the next are one "Trong đó"."""
    for first, second in pairwise(rows):
        parts = fold(first.texts["code"]), fold(second.texts["code"])
        if second.after_break and parts in (("trong", "do"), ("trong", "so")):
            first.texts["code"], second.texts["code"] = f"{first.texts['code']} {second.texts['code']}", ""
            first.is_part = first.starts_parts = True


@lru_cache
def _form_words(form: Form) -> frozenset[str]:
    texts = (nfkc(f"{row.label} {row.unit}").lower() for row in form.rows)
    return frozenset(word.strip(".,;:()") for text in texts for word in text.split())


def _row_of_code(row: _Row, context: _Context) -> FormRow | None:
    """The form row with this code, unless the label is that of another."""
    at = context.order.get((row.code, 0))
    return None if at is None or _is_another(row.label, context.form.rows[at]) else context.form.rows[at]


def _is_another(label: str, target: FormRow) -> bool:
    text = _key(label)
    return text != target.text and text in _known_labels()


def _open_rows(place: int, rows: list[_Row], position: int, context: _Context) -> list[FormRow]:
    """The form rows that may stand between the last recognised row and the next printed code."""
    end = len(context.form.rows)
    for later in rows[position + 1 :]:
        if later.code:
            at = context.order.get((later.code, 0))
            if at is not None and at > place and not _is_another(later.label, context.form.rows[at]):
                end = at
                break
    return list(context.form.rows[place + 1 : end])


def _goals_of_previous(previous: _Row, open_rows: list[FormRow], context: _Context) -> list[FormRow]:
    """The form rows that the row read last can turn out to be once it is whole."""
    if previous.hint is None:
        return [] if previous.code else open_rows
    if _key(previous.label) == previous.hint.text:
        return []
    if previous.code:
        return [previous.hint]
    at = context.order[previous.hint.code, previous.hint.ordinal]
    return [previous.hint, *(other for other in open_rows if context.order[other.code, other.ordinal] > at)]


def _gain_before(row: _Row, following: _Row, open_rows: list[FormRow], context: _Context) -> float:
    """As `_gain`, for the row and the one after it; a code that waits for its label takes it."""
    if following.code:
        at = context.order.get((following.code, 0))
        if at is None:
            return 0.0
        goal = context.form.rows[at]
        if not following.label:
            return max(0.0, likeness(row.label, goal.text) - SAME_LABEL_OCR)
        return _gain(row, following, [goal])
    if any(_key(following.label) == other.text for other in open_rows):
        return 0.0
    return _gain(row, following, open_rows)


def _goal_of(first: _Row, second: _Row, open_rows: list[FormRow], context: _Context) -> FormRow | None:
    """The form row that two halves make, the second of which may bear the code."""
    if not second.code:
        return _best_goal(first, second, open_rows)
    at = context.order.get((second.code, 0))
    return None if at is None else context.form.rows[at]


def _best_goal(first: _Row, second: _Row, goals: list[FormRow]) -> FormRow | None:
    if not goals:
        return None
    return max(goals, key=lambda goal: likeness(join(first.label, second.label, goal.label)[0], goal.text))


def _gain(first: _Row, second: _Row, goals: list[FormRow]) -> float:
    """How much nearer to a form row two halves are together than the better of them alone, 0 if not clearly."""
    best = 0.0
    for goal in goals:
        joined = likeness(join(first.label, second.label, goal.label)[0], goal.text)
        gain = joined - max(likeness(first.label, goal.text), likeness(second.label, goal.text))
        # The last letters of a long label weigh little, but they make it whole.
        if gain > (LEAST_GAIN if joined < NEARLY_WHOLE else 0.3):
            best = max(best, gain)
    return best


def _unit_gain(first: _Row, second: _Row, goal: FormRow | None) -> float:
    if goal is None or not goal.unit or not second.texts["unit"]:
        return -1.0
    unit = fold(goal.unit)
    both = fold(join(first.texts["unit"], second.texts["unit"], goal.unit)[0])
    return fuzz.ratio(both, unit) - fuzz.ratio(fold(first.texts["unit"]), unit)


def _kind_of_uncoded(
    row: _Row,
    whole: list[_Row],
    following: _Row | None,
    open_rows: list[FormRow],
    *,
    in_parts: bool,
    context: _Context,
) -> tuple[str, FormRow | None]:
    """What a row without a code is, and the form row it was recognised as: a row of its own (`own`), a `part`, the
    rest of the row before (`after`), the beginning of the next (`before`), or `alone`."""
    parts = [other for other in open_rows if other.ordinal]
    if row.starts_parts:
        return "part", _recognised(row.label, parts or open_rows)
    label, marked = row.label, bool(_PART_MARK.match(row.texts["code"]))
    previous = whole[-1] if whole else None
    only_marks = bool(label) and not fold(label) and not row.texts["code"]
    if previous is not None and only_marks and not (row.has_value and previous.has_value):
        return "after", None  # only the closing marks of a label, and perhaps its figure, stand on the next page
    if exact := next((other for other in open_rows if label and _key(label) == other.text), None):
        if following is not None and following.starts_parts and not following.label and not row.has_value:
            return "before", None  # "Trong đó" and the figure stand on the next page
        return ("part" if exact.ordinal else "own"), exact
    free_code = not row.texts["code"]
    may_follow = free_code and previous is not None and not (row.has_number and previous.has_number)
    gain_after = gain_before = 0.0
    if previous is not None and may_follow:
        goals = _goals_of_previous(previous, open_rows, context)
        gain_after = _gain(previous, row, goals) if label else _unit_gain(previous, row, previous.hint)
    if following is not None and label and free_code and not (row.has_number and following.has_number):
        gain_before = _gain_before(row, following, open_rows, context)
    if gain_after > 0 and gain_after >= gain_before:
        return "after", None
    if gain_before > 0:
        return "before", None
    hint = _recognised(label, open_rows)
    if hint:
        return ("part" if hint.ordinal else "own"), hint
    if (
        (in_parts or marked)
        and label
        and (row.has_value or row.texts["unit"])
        and not (row.after_break and not row.has_value)
    ):
        return "part", None
    if label and parts and max(likeness(label, other.text) for other in parts) >= SAME_LABEL_OCR:
        return "part", None
    if may_follow and (not label or (row.after_break and previous.hint is None)):
        return "after", None
    return "alone", None


def _recognised(label: str, open_rows: list[FormRow]) -> FormRow | None:
    """The first of the form's next rows whose label this is, a slip of the pen aside."""
    if not label or not open_rows:
        return None
    best = max(open_rows, key=lambda other: likeness(label, other.text))
    return best if likeness(label, best.text) >= SURE_LABEL and _difference(_key(label), best.text).is_none else None


def _joined(first: _Row, second: _Row, target: FormRow | None, context: _Context) -> _Row:
    """One row of two halves; the place is the first half's, `joined` says that it went on."""
    texts, flags = {}, [*first.flags, *second.flags]
    for field in FIELDS:
        goal = {"label": target.label, "unit": target.unit}.get(field, "") if target else ""
        a, b = first.texts[field], second.texts[field]
        if field == "code" and a and b:
            texts[field] = a if code_of(a) or not code_of(b) else b
            continue
        if goal and field == "unit" and likeness(f"{a}{b}", fold(goal)) < SAME_LABEL_OCR:
            goal = ""  # a plan's title stands where the unit would
        texts[field], dropped = join(a, b, goal, context.words)
        if field == "value" and a and b:
            flags.append("value:joined")
        if dropped:
            flags.append(f"{field}:letters_dropped_at_seam")
    cells = {**second.cells, **{field: cell for field, cell in first.cells.items() if first.texts[field]}}
    return replace(
        first,
        texts=texts,
        flags=[*flags, "joined"],
        cells=cells,
        is_part=first.is_part or second.is_part,
        starts_parts=first.starts_parts or second.starts_parts,
        hint=target or first.hint,
    )


# --- alignment to the form ------------------------------------------------------------------------------------------


# The form of the period gives way to another only if that one places more rows than slips explain.
_ROWS_AGAINST_DATE = 2


def form_of(rows: list[_Row], period_before: PeriodBefore = lambda block: None) -> Form:
    """The form that the printed rows follow, by code and label together.

    A later form may hold every row of an earlier one, so of forms that place about as many rows the one in force in
    the report's period counts; without one, the form that asks for the fewest rows that are not there, then the newest.
    """
    labels = {_key(row.label) for row in rows}

    def agreement(form: Form) -> float:
        """About two for every row that the form explains."""
        by_code = {row.code: row for row in form.rows if row.ordinal == 0}
        known = [(row, by_code[row.code]) for row in rows if row.code in by_code]
        same = sum(_key(row.label) == target.text or not row.label for row, target in known)
        alike = sum(_says_the_same(row.label, target, False) for row, target in known)
        texts = {row.text for row in form.rows}
        uncoded = sum(_key(row.label) in texts for row in rows if not row.code)
        return same + alike + 2 * uncoded + 0.1 * len(known)

    scores = {form.code: agreement(form) for form in catalogue.forms()}
    near = [form for form in catalogue.forms() if scores[form.code] > max(scores.values()) - 2 * _ROWS_AGAINST_DATE]
    if len(near) > 1 and (period := period_before(rows[0].at)):
        near = [form for form in near if catalogue.is_form_of(form, period)] or near
    return max(
        near, key=lambda form: (scores[form.code], -len({row.text for row in form.rows} - labels), form.first_period)
    )


@dataclass(frozen=True)
class _Difference:
    """Words of meaning in which a printed label departs from a known one, slips of the pen aside."""

    added: tuple[str, ...]
    missing: tuple[str, ...]
    known_added: int

    @property
    def is_none(self) -> bool:
        return not (self.added or self.missing)

    @property
    def number(self) -> bool:
        return any(character.isdigit() for word in self.added + self.missing for character in word)


# Words that may come or go without changing what is counted.
_FILLERS = frozenset(
    (
        "cac",
        "cua",
        "da",
        "duoc",
        "do",
        "la",
        "nhung",
        "o",
        "so",
        "tai",
        "theo",
        "thi",
        "tong",
        "trong",
        "tren",
        "va",
        "ve",
        "voi",
    )
)
# Words that turn a statement round.
_NEGATIONS = frozenset(("chua", "khong", "ngoai", "qua", "tru"))


@lru_cache(maxsize=65536)
def _difference(printed: str, known: str) -> _Difference:
    """A word that no form uses and that is nearly the known one is a slip; a word that forms use is another word."""
    vocabulary = _vocabulary()
    missing = list((Counter(known.split()) - Counter(printed.split())).elements())
    added = []
    for word in (Counter(printed.split()) - Counter(known.split())).elements():
        slip = None
        if word not in vocabulary and not any(character.isdigit() for character in word):
            near = (other for other in missing if Levenshtein.distance(word, other) <= max(1, len(other) // 3))
            slip = next(near, None)
        if slip:
            missing.remove(slip)
        else:
            added.append(word)
    if printed.replace(" ", "") == known.replace(" ", ""):
        added, missing = [], []  # words run together or pulled apart by the scan
    added = [word for word in added if word not in _FILLERS]
    missing = [word for word in missing if word not in _FILLERS]
    return _Difference(tuple(added), tuple(missing), sum(word in vocabulary for word in added))


@lru_cache
def _vocabulary() -> frozenset[str]:
    return frozenset(word for label in _known_labels() for word in label.split())


def _says_the_same(label: str, target: FormRow, fuzzy: bool) -> bool:
    """Whether a printed label can be the catalogue's: alike as a whole, with words left out or added but none put in
    the place of another, and not the label of another row.

    Of an OCR text only well-read words count against it: a misread word is no word of any form.
    """
    if not label:
        return True
    printed = _key(label)
    if printed == target.text:
        return True
    if printed in _known_labels():
        return False
    alike = fuzz.ratio(printed, target.text)
    difference = _difference(printed, target.text)
    if fuzzy:
        return alike >= SAME_LABEL_OCR and not (difference.known_added >= 2 and len(difference.missing) >= 2)
    odd = difference.added + difference.missing
    return (
        alike >= SAME_LABEL
        and not difference.number
        and not (difference.added and difference.missing)
        and not _NEGATIONS & set(odd)
        and len(odd) <= max(1, len(target.text.split()) // 4)
    )


def align(rows: list[_Row], form: Form, fuzzy: bool) -> None:
    """Give every row its place in the catalogue, in the catalogue's order; set target and source.

    A printed code counts when its label agrees. Rows whose code is absent, misread or contradicted by the label are
    placed by label between their neighbours; a row that fits nowhere stays unmatched.
    """
    taken: set[tuple[str, int]] = set()
    places: dict[int, int] = {}
    order = {(row.code, row.ordinal): i for i, row in enumerate(form.rows)}

    def put(at: int, place: int, source: str) -> None:
        rows[at].target, rows[at].source = form.rows[place], source
        taken.add((form.rows[place].code, form.rows[place].ordinal))
        places[at] = place

    parent_printed = ""
    for at, row in enumerate(rows):
        if not row.is_part:
            parent_printed = row.code
        key = (row.parent, row.hint.ordinal if row.hint else row.ordinal) if row.is_part else (row.code, 0)
        if key in order and key not in taken and _says_the_same(row.label, form.rows[order[key]], fuzzy):
            put(at, order[key], PRINTED if not row.is_part or parent_printed == row.parent else ALIGNED)
            _flag_difference(row)
    for at, row in enumerate(rows):
        if row.target is not None or not row.label:
            continue
        low = max((place for other, place in places.items() if other < at), default=-1)
        high = min((place for other, place in places.items() if other > at), default=len(form.rows))
        free = [i for i in range(low + 1, high) if (form.rows[i].code, form.rows[i].ordinal) not in taken]
        place = _place_of_label(row, free, form, fuzzy)
        if place is not None:
            put(at, place, ALIGNED)
            if row.code and row.code != form.rows[place].code:
                row.flags.append(f"code:corrected_from_{row.code}")
            _flag_difference(row)
        elif fuzzy and len(free) == 1 and high - low == 2 and not row.code and _is_unclear(row, form.rows[free[0]]):
            # Only one row of the form can stand between two that are known.
            put(at, free[0], ALIGNED)
            row.flags.append("label:unclear")


def _is_unclear(row: _Row, target: FormRow) -> bool:
    difference = _difference(_key(row.label), target.text)
    return difference.known_added < 2


def _flag_difference(row: _Row) -> None:
    if not row.label:
        row.flags.append("label:missing")
    elif row.target and not _difference(_key(row.label), row.target.text).is_none:
        row.flags.append("label:differs")


def _place_of_label(row: _Row, free: list[int], form: Form, fuzzy: bool) -> int | None:
    """The free place whose label this is beyond doubt; a code that says otherwise needs the very words."""
    if not free:
        return None
    printed = _key(row.label)
    best = max(free, key=lambda i: (fuzz.ratio(printed, form.rows[i].text), -i))
    target = form.rows[best]
    if fuzz.ratio(printed, target.text) < (SURE_LABEL_OCR if fuzzy else SURE_LABEL):
        return None
    if row.code and row.code != target.code and not fuzzy and not _difference(printed, target.text).is_none:
        return None
    return best if _says_the_same(row.label, target, fuzzy) else None


def _number_unmatched_parts(rows: list[_Row], form: Form) -> None:
    """A part that the form does not know comes after those it knows, so that no two rows share a key."""
    used = Counter({row.parent: 0 for row in rows})
    for form_row in form.rows:
        used[form_row.code] = max(used[form_row.code], form_row.ordinal)
    for row in rows:
        if row.is_part and row.target is None:
            used[row.parent] += 1
            row.ordinal = used[row.parent]


def _read_group(rows: list[_Row], fuzzy: bool, period_before: PeriodBefore) -> Annex:
    form = form_of(rows, period_before)
    whole = whole_rows(rows, form)
    align(whole, form, fuzzy)
    annex_tables = {row.block.table for row in whole if row.target is not None}
    others = [row for row in whole if annex_tables and row.block.table not in annex_tables and not row.code]
    whole = [row for row in whole if not any(row is other for other in others)]
    _number_unmatched_parts(whole, form)
    found = {(row.target.code, row.target.ordinal) for row in whole if row.target}
    not_found = tuple(
        row.code + (f"#{row.ordinal}" if row.ordinal else "")
        for row in form.rows
        if (row.code, row.ordinal) not in found
    )
    last = form.rows[-1]
    if (last.code, last.ordinal) not in found and whole and whole[-1].target is not None:
        whole[-1].flags.append("last_row_may_be_cut")
    flags = tuple(flag for flag in ("extra_column", "two_value_columns") if any(flag in row.flags for row in whole))
    if others:
        flags = (*flags, "other_table_left_out")  # a table of the narrative under the same titles
    return Annex(form.code, tuple(_annex_row(row) for row in whole), len(form.rows), not_found, rows[0].at, flags)


def _annex_row(row: _Row) -> AnnexRow:
    if row.target is not None:
        code, ordinal, parent = row.target.code, row.target.ordinal, row.target.parent_code or None
    elif row.is_part:
        code, ordinal, parent = row.parent or None, row.ordinal, row.parent or None
    else:
        code, ordinal = row.code or None, 0
        parent = code.rpartition(".")[0] or None if code else None
    read = [row.cells[field].confidence for field in ("code", "value") if field in row.cells]
    confidences = [confidence for confidence in read if confidence is not None]
    crops = tuple((field, cell.crop) for field, cell in row.cells.items() if cell.crop is not None)
    value_cell = row.cells.get("value")
    return AnnexRow(
        code_printed=row.texts["code"],
        code=code,
        ordinal=ordinal,
        parent_code=parent,
        code_source=row.source,
        label=row.label or None,
        unit=row.texts["unit"] or None,
        value_raw=row.texts["value"] or None,
        value_typed=value_cell.typed_value if value_cell else None,
        note=row.texts["note"] or None,
        page=row.block.page,
        table=row.block.table,
        row=row.block.row,
        confidence=min(confidences) if confidences else None,
        flags=tuple(dict.fromkeys(flag for flag in row.flags if flag != "extra_column")),
        crops=crops,
    )


# --- checks ---------------------------------------------------------------------------------------------------------


def _matched(annex: Annex) -> int:
    return sum(row.code_source != UNMATCHED for row in annex.rows)


def _with_repeats(best: Annex, others: list[Annex]) -> Annex:
    """The annex printed twice is one annex if the figures agree; if not, nobody can say which counts."""
    for other in others:
        values = {(row.code, row.ordinal): row.value_raw for row in other.rows if row.code_source != UNMATCHED}
        differing = [
            row.code
            for row in best.rows
            if row.code_source != UNMATCHED
            and (row.code, row.ordinal) in values
            and fold(values[row.code, row.ordinal] or "") != fold(row.value_raw or "")
        ]
        if differing:
            raise Refused("two_annexes", codes=", ".join(str(code) for code in dict.fromkeys(differing[:5])))
        best = replace(best, flags=(*best.flags, "annex_repeated"))
    return best


def _refuse_if_cut_short(annex: Annex) -> None:
    form = next(form for form in catalogue.forms() if form.code == annex.form_code)
    found = {(row.code, row.ordinal) for row in annex.rows if row.code_source != UNMATCHED}
    missing_at_end = 0
    for row in reversed(form.rows):
        if (row.code, row.ordinal) in found:
            break
        missing_at_end += 1
    unmatched = len(annex.rows) - _matched(annex)
    if missing_at_end > MAX_ROWS_MISSING_AT_END + unmatched:
        last = form.rows[len(form.rows) - missing_at_end - 1].code
        raise Refused("annex_cut_short", found=_matched(annex), expected=annex.rows_expected, last=last)


_LABEL_TITLE = re.compile(r"ch[ỉi] ti[êe]u\s+th[ốôo]ng\s+k[êe]", re.IGNORECASE)
_CODES_IN_TEXT = re.compile(r"(?<![\d.])[1-9]\.\d\.\d\.?(?!\d)")


def _no_annex(document: Document) -> Refused:
    """No annex table: say whether its codes stand in the text all the same, which means that a table was lost.

    Its header may still be a table: some draw lines around nothing else.
    """
    texts = [block.text for block in document.blocks if block.kind != TABLE_ROW]
    titles = [cell.text for block in document.blocks for cell in block.cells]
    if any(_LABEL_TITLE.search(unicodedata.normalize("NFC", text)) for text in (*texts, *titles)):
        codes = {code for text in texts for code in _CODES_IN_TEXT.findall(unicodedata.normalize("NFKC", text))}
        if len(codes) >= 15:
            return Refused("scan_without_lines" if document.format == "scan" else "codes_without_table")
    tables = {block.table for block in document.blocks if block.kind == TABLE_ROW}
    place = f" ({len(tables)} bảng / tables)" if tables else ""
    return Refused("no_annex", place=place)


def _place(block: Block) -> str:
    parts = [f"trang {block.page}" if block.page else "", f"bảng {block.table}" if block.table else ""]
    text = ", ".join(part for part in parts if part)
    return f" ({text})" if text else ""
