"""Find the annex in a document and read its rows.

In: a Document of blocks and the catalogue of forms. Out: an Annex of rows as printed, each with its place and with
how its code is known: printed, aligned (from label and order) or unmatched.
Not here: opening files (one module a format), and what a value means (dbt decides that).

The steps, each a function: header_at → tables_of_annex → printed_rows → whole_rows (rows cut by a page end are put
together) → align (to the form's catalogue) → checks of what is missing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from orchestration.reading import catalogue
from orchestration.reading.catalogue import Form, FormRow
from orchestration.reading.document import TABLE_ROW, Block, Cell, Document
from orchestration.reading.refusal import Refused
from orchestration.reading.vietnamese import fold, nfkc

PRINTED, ALIGNED, UNMATCHED = "printed", "aligned", "unmatched"
FIELDS = ("code", "label", "unit", "value", "note")

_CODE = re.compile(r"^\d{1,2}( ?\. ?\d{1,2}){0,3} ?\.?$")
_PART = re.compile(r"^trong (do|so)\b")
_PART_PREFIX = re.compile(r"^\s*trong\s+đ[óo]\s*[:,-]?\s*", re.IGNORECASE)
_COLUMN_NUMBERS = re.compile(r"^\(?\s*(\d|[a-eA-E])\s*\)?$")

# A label that is this close to the catalogue's, both folded, is the same label.
SAME_LABEL = 80.0
# Without a printed code the label alone must carry the identification.
SURE_LABEL = 88.0
# OCR reads marks and letters wrong but keeps order, so codes and order may carry more.
SAME_LABEL_OCR = 55.0
# Fewer rows than this share of the form is another form, not a shorter report.
MIN_SHARE_OF_FORM = 0.3
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
    """A row on its way: texts by field, then its place in the catalogue."""

    texts: dict[str, str]
    block: Block
    after_break: bool
    is_part: bool = False
    starts_parts: bool = False
    target: FormRow | None = None
    source: str = UNMATCHED
    flags: list[str] = field(default_factory=list)
    cells: dict[str, Cell] = field(default_factory=dict)
    at: int = 0

    @property
    def code(self) -> str:
        return code_of(self.texts["code"])

    @property
    def has_value(self) -> bool:
        return bool(self.texts["value"])


def read_annex(document: Document) -> Annex:
    """The annex of one report.

    Raises Refused: no_annex, codes_without_table, wrong_form, annex_cut_short, two_annexes.
    """
    groups = _annex_groups(document)
    if not groups:
        raise _no_annex(document)
    fuzzy = document.format == "scan" or any(cell.confidence is not None for b in document.blocks for cell in b.cells)
    read = [_read_group(rows, fuzzy) for rows in groups]
    read.sort(key=lambda annex: -_matched(annex))
    best = read[0]
    if _matched(best) < MIN_SHARE_OF_FORM * best.rows_expected:
        raise Refused(
            "wrong_form", found=_matched(best), expected=best.rows_expected, place=_place(groups[0][0].block)
        )
    best = _with_repeats(best, [other for other in read[1:] if _matched(other) >= MIN_SHARE_OF_FORM * best.rows_expected])
    _refuse_if_cut_short(best)
    return best


# --- header ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def header_field(text: str) -> tuple[str, str] | None:
    """(field, strength) of a column title, None if it is not one: `Chi tiêu thống kê (Sử dụng…)` → label, strong."""
    folded = fold(re.sub(r"\(.*", "", nfkc(text))) or fold(text)
    if not folded or len(folded) > 60:
        return None
    for field, name, strength in catalogue.header_names():
        if folded == name:
            return field, strength
    if len(folded) >= 5:
        for field, name, strength in catalogue.header_names():
            if len(name) >= 5 and (fuzz.ratio(folded, name) >= 85 or folded.startswith(name + " ")):
                return field, strength
    return None


def header_at(blocks: tuple[Block, ...], at: int) -> tuple[dict[str, range], int] | None:
    """The column of each field and how many rows the header takes, if a header starts at block `at`.

    A title that spans columns (`Kết quả thống kê`) gives way to the titles under it.
    """
    columns: dict[str, range] = {}
    strengths: dict[str, str] = {}
    taken = 0
    for block in blocks[at : at + 3]:
        if block.kind != TABLE_ROW or (taken and block.table != blocks[at].table):
            break
        found = [(cell, header_field(cell.text)) for cell in block.cells if cell.text.strip()]
        hits = [(cell, field) for cell, field in found if field]
        if not hits or len(hits) < len(found) / 2 or (taken and _looks_like_data(block)):
            break
        for cell, (field, strength) in hits:
            span = range(cell.column, cell.column + cell.column_span)
            if field not in columns or _stronger(strength, strengths[field]):
                columns[field], strengths[field] = span, strength
        taken += 1
        if taken == 1 and not (len(hits) >= 2 and {"label", "code"} & set(columns)):
            return None
    if "value" not in columns or not {"label", "code"} & set(columns):
        return None
    if strengths["value"] == "group" and "unit" in columns and columns["unit"].start in columns["value"]:
        rest = [column for column in columns["value"] if column != columns["unit"].start]
        columns["value"] = range(rest[-1], rest[-1] + 1) if rest else columns["value"]
    while at + taken < len(blocks) and _is_column_numbers(blocks[at + taken]):
        taken += 1
    return columns, taken


def _stronger(strength: str, than: str) -> bool:
    order = ("group", "weak", "strong")
    return order.index(strength) > order.index(than)


def _looks_like_data(block: Block) -> bool:
    return any(_CODE.match(nfkc(cell.text)) for cell in block.cells)


def _is_column_numbers(block: Block) -> bool:
    """A row that only numbers the columns: (1) (2) (3) …"""
    texts = [nfkc(cell.text) for cell in block.cells if cell.text.strip()]
    return block.kind == TABLE_ROW and len(texts) >= 3 and all(_COLUMN_NUMBERS.match(text) for text in texts)


# --- rows as printed ------------------------------------------------------------------------------------------------


def _annex_groups(document: Document) -> list[list[_Row]]:
    """The rows under each run of annex headers; a new group starts where the codes start again."""
    groups: list[list[_Row]] = []
    rows: list[_Row] = []
    columns: dict[str, range] | None = None
    table, width, at, after_break, page = None, 0, 0, False, None
    blocks = document.blocks
    while at < len(blocks):
        block = blocks[at]
        if block.kind != TABLE_ROW:
            at += 1
            continue
        header = header_at(blocks, at)
        if header:
            new_columns, taken = header
            if columns is None or rows and _is_restart(blocks, at + taken, new_columns, rows):
                rows = []
                groups.append(rows)
            columns, width, table, after_break = new_columns, _width(block), block.table, True
            at += taken
            continue
        if columns is not None:
            if block.table != table:
                if abs(_width(block) - width) > 1 or not _continues(block, columns):
                    columns = None
                    continue
                table, after_break = block.table, True
            elif block.page != page and page is not None:
                after_break = True
            row = _row(block, columns, after_break)
            if row is not None:
                row.at = at
                rows.append(row)
                after_break = False
            page = block.page
        at += 1
    return [group for group in groups if group]


def _width(block: Block) -> int:
    return max((cell.column + cell.column_span for cell in block.cells), default=0)


def _is_restart(blocks: tuple[Block, ...], at: int, columns: dict[str, range], rows: list[_Row]) -> bool:
    """The first code after this header is `1` (or any that was seen) although later ones were read before."""
    for block in blocks[at : at + 3]:
        row = _row(block, columns, False) if block.kind == TABLE_ROW else None
        if row and row.code:
            return row.code in {earlier.code for earlier in rows if earlier.code}
    return False


def _continues(block: Block, columns: dict[str, range]) -> bool:
    """A further table without a header goes on with the annex if its first row has a code where codes stand."""
    row = _row(block, columns, True)
    return row is not None and bool(row.code or row.starts_parts)


def _row(block: Block, columns: dict[str, range], after_break: bool) -> _Row | None:
    texts, cells, flags = dict.fromkeys(FIELDS, ""), {}, list(block.flags)
    starts = {columns[field].start: field for field in columns}
    for cell in sorted(block.cells, key=lambda cell: cell.column):
        field = starts.get(cell.column) or next((f for f, span in columns.items() if cell.column in span), None)
        if field is None:
            # A merged cell that begins in a column without a title still covers titled ones.
            covered = range(cell.column, cell.column + cell.column_span)
            field = next((f for f, span in columns.items() if span.start in covered), None)
        text = _tidy(cell.text)
        if field is None:
            if text:
                flags.append("extra_column")
            continue
        if text:
            texts[field] = f"{texts[field]} {text}".strip()
        cells.setdefault(field, cell)
        flags.extend(f"{field}:{flag}" for flag in cell.flags)
    if not any(texts.values()):
        return None
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


_TAG = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|br)\s*/?>", re.IGNORECASE)


def _tidy(text: str) -> str:
    """A cell as one line, tags of an OCR text taken off; letters stay as they are, composed."""
    return nfkc(_TAG.sub(" ", text)) if text else ""


def code_of(text: str) -> str:
    """`1.1.1.` → `1.1.1`, `１.１` → `1.1`; empty if the text is not a code."""
    text = nfkc(text)
    if not _CODE.match(text):
        return ""
    return ".".join(str(int(part)) for part in re.findall(r"\d+", text))


# --- rows cut by a page end -----------------------------------------------------------------------------------------


def likeness(text: str, target: str) -> float:
    """0 to 100: how alike two labels are, marks and abbreviations aside."""
    return fuzz.ratio(catalogue.expanded(text), target) if text else 0.0


def join(first: str, second: str, target: str = "") -> tuple[str, bool]:
    """Two halves of a cell as one text, and whether letters were dropped.

    The break may stand between words or inside one, and an OCR text may repeat a few letters at the seam; the
    reading nearest to the catalogue's text wins, a plain space when there is none.
    """
    if not first or not second:
        return first or second, False
    tail = second.split(" ", 1)[1] if " " in second else ""
    readings = [(f"{first} {second}", False), (f"{first}{second}", False)]
    if tail and len(second.split(" ", 1)[0]) <= 3:
        readings.append((f"{first} {tail}", True))
    if not target:
        return readings[0]
    scores = [fuzz.ratio(nfkc(text).lower(), nfkc(target).lower()) for text, _ in readings]
    best = max(range(len(readings)), key=lambda i: (scores[i], -i))
    if readings[best][1] and scores[best] < 99:
        best = max((0, 1), key=lambda i: (scores[i], -i))
    return readings[best]


def whole_rows(rows: list[_Row], form: Form) -> list[_Row]:
    """Logical rows: cut rows joined, "Trong đó" rows marked as parts of the coded row before them."""
    by_code = {row.code: row for row in form.rows if row.ordinal == 0}
    parts: dict[str, list[FormRow]] = {}
    for form_row in form.rows:
        if form_row.ordinal:
            parts.setdefault(form_row.code, []).append(form_row)
    whole: list[_Row] = []
    pending: _Row | None = None
    parent, ordinal = "", 0
    for position, row in enumerate(rows):
        if pending is not None:
            row = _joined(pending, row, by_code.get(row.code))
            pending = None
        if row.code:
            parent, ordinal = row.code, 0
            row.target = by_code.get(row.code)
            whole.append(row)
            continue
        if row.starts_parts and not (row.texts["label"] or row.has_value):
            continue  # "Trong đó" on a line of its own: the rows after it are found by the catalogue or by their dash
        following = next((later for later in rows[position + 1 :] if later.code or later.is_part), None)
        kind = _kind_of_uncoded(row, whole, following, parts.get(parent, []), ordinal, by_code)
        if kind == "part":
            ordinal += 1
            expected = parts.get(parent, [])
            row.is_part = True
            row.target = next((part for part in expected if part.ordinal == ordinal), None)
            better = process.extractOne(
                catalogue.expanded(row.texts["label"]), {p.ordinal: p.text for p in expected}, scorer=fuzz.ratio
            )
            if better and better[1] >= SURE_LABEL and better[2] > ordinal:
                ordinal = better[2]
                row.target = expected[ordinal - 1]
            row.texts["parent"], row.texts["ordinal"] = parent, str(ordinal)
            whole.append(row)
        elif kind == "before":
            pending = row
        elif kind == "after":
            whole[-1] = _joined(whole[-1], row, whole[-1].target)
        else:
            whole.append(row)
    if pending is not None:
        whole.append(pending)
    return whole


def _kind_of_uncoded(
    row: _Row,
    whole: list[_Row],
    following: _Row | None,
    expected_parts: list[FormRow],
    ordinal: int,
    by_code: dict[str, FormRow],
) -> str:
    """What a row without a code is: a `part`, the rest of the row before (`after`), the beginning of the next
    (`before`), or `alone`."""
    if row.starts_parts:
        return "part"
    label = row.texts["label"]
    previous = whole[-1] if whole else None
    next_part = max((likeness(label, part.text) for part in expected_parts[ordinal:]), default=0.0)
    gain_after = gain_before = -1.0
    if previous is not None and previous.target is not None:
        if label:
            longer, _ = join(previous.texts["label"], label, previous.target.label)
            gain_after = likeness(longer, previous.target.text) - likeness(previous.texts["label"], previous.target.text)
        elif row.texts["unit"] and previous.target.unit:
            longer, _ = join(previous.texts["unit"], row.texts["unit"], previous.target.unit)
            gain_after = likeness(longer, fold(previous.target.unit)) - likeness(
                previous.texts["unit"], fold(previous.target.unit)
            )
    if following is not None and (target := by_code.get(following.code)) and label and not row.has_value:
        longer, _ = join(label, following.texts["label"], target.label)
        gain_before = likeness(longer, target.text) - likeness(following.texts["label"], target.text)
    may_follow = previous is not None and not (row.has_value and previous.has_value and not _is_words(row.texts["value"]))
    if next_part >= SURE_LABEL and next_part >= gain_after:
        return "part"
    if may_follow and gain_after > 2 and gain_after >= gain_before:
        return "after"
    if gain_before > 2:
        return "before"
    if previous is not None and previous.is_part and (row.has_value or row.texts["unit"]) and label and not (
        row.after_break and not row.has_value
    ):
        return "part"
    if next_part >= SAME_LABEL_OCR and label:
        return "part"
    if may_follow and (row.after_break or not label or not (row.has_value or row.texts["unit"])):
        return "after"
    return "alone"


def _is_words(text: str) -> bool:
    return not any(character.isdigit() for character in text)


def _joined(first: _Row, second: _Row, target: FormRow | None) -> _Row:
    """One row of two halves; the place is the first half's, `joined` says that it went on."""
    texts, flags = {}, [*first.flags, *second.flags]
    for field in FIELDS:
        goal = {"label": target.label, "unit": target.unit}.get(field, "") if target else ""
        a, b = first.texts[field], second.texts[field]
        if field == "code" and a and b:
            texts[field] = a if code_of(a) else b
            continue
        texts[field], dropped = join(a, b, goal)
        if field == "value" and a and b:
            if not _is_words(a) and not _is_words(b):
                texts[field] = a + b
            flags.append("value:joined")
        if dropped:
            flags.append(f"{field}:letters_dropped_at_seam")
    cells = {**second.cells, **{field: cell for field, cell in first.cells.items() if first.texts[field]}}
    flags.append("joined")
    whole = replace(first, texts={**first.texts, **texts}, flags=flags, cells=cells)
    whole.is_part, whole.starts_parts = first.is_part or second.is_part, first.starts_parts or second.starts_parts
    whole.target = target or first.target
    return whole


# --- alignment to the form ------------------------------------------------------------------------------------------


def form_of(rows: list[_Row]) -> Form:
    """The form that most printed rows follow, by code and label together; the newest of equals."""

    def agreement(form: Form) -> float:
        by_code = {row.code: row for row in form.rows if row.ordinal == 0}
        known = [(row, by_code[row.code]) for row in rows if row.code in by_code]
        same = sum(_says_the_same(row.texts["label"], target, False) for row, target in known)
        labels = {row.text for row in form.rows}
        uncoded = sum(catalogue.expanded(row.texts["label"]) in labels for row in rows if not row.code)
        return same + 0.1 * len(known) + uncoded

    return max(reversed(catalogue.forms()), key=agreement)


@lru_cache(maxsize=65536)
def _other_words(printed: str, known: str) -> tuple[int, bool]:
    """How many words of either text have no near equal in the other, and whether a number is among them."""
    ours, theirs = printed.split(), known.split()

    def missing(words: list[str], others: list[str]) -> list[str]:
        left = Counter(others)
        out = []
        for word in words:
            if left[word]:
                left[word] -= 1
                continue
            near = next((o for o in left if left[o] and len(word) > 2 and fuzz.ratio(word, o) >= 75), None)
            if near:
                left[near] -= 1
            else:
                out.append(word)
        return out

    odd = missing(ours, theirs) + missing(theirs, ours)
    return len(odd), any(character.isdigit() for word in odd for character in word)


def _says_the_same(label: str, target: FormRow, fuzzy: bool) -> bool:
    """Whether a printed label can be the catalogue's: alike as a whole, and no word or number that says otherwise."""
    if not label:
        return True
    printed = catalogue.expanded(label)
    if printed == target.text:
        return True
    alike = fuzz.ratio(printed, target.text)
    if fuzzy:
        return alike >= SAME_LABEL_OCR
    odd, number = _other_words(printed, target.text)
    return alike >= SAME_LABEL and not number and odd <= max(1, len(target.text.split()) // 4)


def align(rows: list[_Row], form: Form, fuzzy: bool) -> None:
    """Give every row its place in the catalogue, in the catalogue's order; set target and source.

    A printed code counts when its label agrees. Rows whose code is absent, misread or contradicted by the label are
    placed by label between their neighbours; a row that fits nowhere stays unmatched.
    """
    taken: set[tuple[str, int]] = set()
    places: dict[int, int] = {}
    order = {(row.code, row.ordinal): i for i, row in enumerate(form.rows)}
    for at, row in enumerate(rows):
        key = (row.texts["parent"], int(row.texts["ordinal"])) if row.is_part and "parent" in row.texts else (row.code, 0)
        target = form.rows[order[key]] if key in order and key not in taken else None
        if target and _says_the_same(row.texts["label"], target, fuzzy):
            row.target, row.source = target, PRINTED
            taken.add(key)
            places[at] = order[key]
        else:
            row.target = None
    for at, row in enumerate(rows):
        if row.target is not None or not row.texts["label"]:
            continue
        low = max((place for other, place in places.items() if other < at), default=-1)
        high = min((place for other, place in places.items() if other > at), default=len(form.rows))
        free = [i for i in range(low + 1, high) if (form.rows[i].code, form.rows[i].ordinal) not in taken]
        printed = catalogue.expanded(row.texts["label"])
        scores = sorted(((fuzz.ratio(printed, form.rows[i].text), -i) for i in free), reverse=True)
        sure = SURE_LABEL if not fuzzy else 70.0
        if scores and scores[0][0] >= sure and _says_the_same(row.texts["label"], form.rows[-scores[0][1]], fuzzy):
            place = -scores[0][1]
            row.target, row.source = form.rows[place], ALIGNED
            if row.code and row.code != row.target.code:
                row.flags.append(f"code:corrected_from_{row.code}")
            taken.add((row.target.code, row.target.ordinal))
            places[at] = place
        elif fuzzy and len(free) == 1 and high - low == 2:
            # Only one row of the form can stand between two that are known.
            row.target, row.source = form.rows[free[0]], ALIGNED
            row.flags.append("label:unclear")
            taken.add((row.target.code, row.target.ordinal))
            places[at] = free[0]


def _read_group(rows: list[_Row], fuzzy: bool) -> Annex:
    form = form_of(rows)
    first_block = rows[0].at
    whole = whole_rows(rows, form)
    align(whole, form, fuzzy)
    found = {(row.target.code, row.target.ordinal) for row in whole if row.target}
    not_found = tuple(
        row.code + (f"#{row.ordinal}" if row.ordinal else "")
        for row in form.rows
        if (row.code, row.ordinal) not in found
    )
    flags = ("extra_column",) if any("extra_column" in row.flags for row in whole) else ()
    return Annex(form.code, tuple(_annex_row(row) for row in whole), len(form.rows), not_found, first_block, flags)


def _annex_row(row: _Row) -> AnnexRow:
    if row.target is not None:
        code, ordinal, parent = row.target.code, row.target.ordinal, row.target.parent_code or None
    elif "parent" in row.texts:
        code, ordinal, parent = row.texts["parent"], int(row.texts["ordinal"]), row.texts["parent"]
    else:
        code, ordinal = row.code or None, 0
        parent = code.rpartition(".")[0] or None if code else None
    confidences = [
        cell.confidence for field, cell in row.cells.items() if field in ("code", "value") and cell.confidence is not None
    ]
    crops = tuple((field, cell.crop) for field, cell in row.cells.items() if cell.crop is not None)
    value_cell = row.cells.get("value")
    return AnnexRow(
        code_printed=row.texts["code"],
        code=code,
        ordinal=ordinal,
        parent_code=parent,
        code_source=row.source,
        label=row.texts["label"] or None,
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


_CODES_IN_TEXT = re.compile(r"(?<![\d.])[1-9]\.\d\.\d\.?(?!\d)")


def _no_annex(document: Document) -> Refused:
    """No annex table: say whether its codes stand in the text all the same, which means that a table was lost."""
    text = "\n".join(block.text for block in document.blocks if block.kind != TABLE_ROW)
    words = fold(text)
    codes = set(_CODES_IN_TEXT.findall(nfkc(text)))
    if len(codes) >= 15 and "chi tieu thong ke" in words:
        return Refused("codes_without_table")
    tables = {block.table for block in document.blocks if block.kind == TABLE_ROW}
    place = f" ({len(tables)} bảng / tables)" if tables else ""
    return Refused("no_annex", place=place)


def _place(block: Block) -> str:
    parts = [f"trang {block.page}" if block.page else "", f"bảng {block.table}" if block.table else ""]
    text = ", ".join(part for part in parts if part)
    return f" ({text})" if text else ""
