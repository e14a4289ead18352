"""Find the annex in a document and read its rows.

In: a Document of blocks and the catalogue of forms. Out: an Annex of rows as printed, each with its place and with
how its code is known: printed, aligned (from label and order) or unmatched.
Not here: opening files (one module a format), and what a value means (dbt decides that).

The steps, each a module: `header` → `rows` as printed → `seams`, where rows cut by a page end are put together →
`align` to the form's catalogue → what is missing, asked here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

from orchestration.reading.annex.align import PeriodBefore, align, form_of, number_unmatched_parts
from orchestration.reading.annex.row import NUMBER, UNMATCHED, Row
from orchestration.reading.annex.rows import FIGURE_OUTSIDE, annex_groups
from orchestration.reading.annex.seams import whole_rows
from orchestration.reading.document import TABLE_ROW, Block, Document
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.likeness import likeness_of
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence

# Told where each annex of a file begins and ends, in blocks; raises Refused if they are of several reports.
# What the header says of the columns, which concerns the report as a whole.
_COLUMN_FLAGS = ("extra_column", "two_value_columns", "hidden_column_left_out", "hidden_row_left_out")

_OF_THE_REPORT = ("extra_column", "hidden_row_left_out", FIGURE_OUTSIDE)
"""Flags that no row carries on."""

OneReport = Callable[[list[range]], None]
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


def read_annex(
    document: Document,
    period_before: PeriodBefore = lambda block: None,
    one_report: OneReport = lambda annexes: None,
) -> Annex:
    """The annex of one report; `period_before` is asked where the rows alone do not tell the form, `one_report` where
    there is more than one annex.

    Raises Refused as `one_report` does, and: no_annex, codes_without_table, scan_without_lines, wrong_form,
    figures_elsewhere, annex_cut_short, two_annexes.
    """
    groups = annex_groups(document)
    if not groups:
        raise _no_annex(document)
    fuzzy = document.format == "scan" or any(cell.confidence is not None for b in document.blocks for cell in b.cells)
    for rows in groups:
        _refuse_if_figures_stand_elsewhere(rows)
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


def _refuse_if_figures_stand_elsewhere(rows: list[Row]) -> None:
    """Titles over the wrong columns: more rows have a number where there is no value than have a value."""
    outside = [
        row for row in rows if not row.has_value and (FIGURE_OUTSIDE in row.flags or NUMBER.match(row.texts["note"]))
    ]
    if len(outside) >= LEAST_ROWS_OF_AN_ANNEX and len(outside) > sum(row.has_value for row in rows):
        raise Refused("figures_elsewhere", found=len(outside), place=_place(outside[0].block))


def _read_group(rows: list[Row], fuzzy: bool, period_before: PeriodBefore) -> Annex:
    form = form_of(rows, period_before)
    whole = whole_rows(rows, form)
    align(whole, form, fuzzy)
    annex_tables = {row.block.table for row in whole if row.target is not None}
    others = [row for row in whole if annex_tables and row.block.table not in annex_tables and not row.code]
    whole = [row for row in whole if not any(row is other for other in others)]
    number_unmatched_parts(whole, form)
    found = {(row.target.code, row.target.ordinal) for row in whole if row.target}
    not_found = tuple(
        row.code + (f"#{row.ordinal}" if row.ordinal else "")
        for row in form.rows
        if (row.code, row.ordinal) not in found
    )
    last = form.rows[-1]
    if (last.code, last.ordinal) not in found and whole and whole[-1].target is not None:
        whole[-1].flags.append("last_row_may_be_cut")
    flags = tuple(flag for flag in _COLUMN_FLAGS if any(flag in row.flags for row in whole))
    if others:
        flags = (*flags, "other_table_left_out")  # a table of the narrative under the same titles
    return Annex(form.code, tuple(_annex_row(row) for row in whole), len(form.rows), not_found, rows[0].at, flags)


def _annex_row(row: Row) -> AnnexRow:
    code: str | None
    parent: str | None
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
        flags=tuple(dict.fromkeys(flag for flag in row.flags if flag not in _OF_THE_REPORT)),
        crops=crops,
    )


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
    return Refused("no_annex", found=likeness_of(document))


def _place(block: Block) -> Sentence:
    """Where a block stands, in brackets; blank where nothing is known of it."""
    vi = [f"trang {block.page}" if block.page else "", f"bảng {block.table}" if block.table else ""]
    en = [f"page {block.page}" if block.page else "", f"table {block.table}" if block.table else ""]
    return Sentence(*(f" ({', '.join(filter(None, parts))})" if any(parts) else "" for parts in (vi, en)))
