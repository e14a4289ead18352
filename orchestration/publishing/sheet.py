"""One worksheet as data, and how it becomes a sheet of an Excel file that reads and prints well.

In: a Sheet (title lines, columns, rows of typed values). Out: the sheet in an XlsxWriter workbook.
Not here: what the sheets of a release hold (workbook.py).

Every text is written as a text: none becomes a number, a link or a formula, whatever it begins with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
CUT = " … (còn nữa, xem tệp CSV)"
FONT = {"font_name": "Times New Roman", "font_size": 11}
A4 = 9
# A workbook needs a date; a warehouse without a report has none to give.
NO_DATE = date(2000, 1, 1)
LINE_HEIGHT = 15.0
TITLE_HEIGHT = 20.0
MAX_ROW_HEIGHT = 409.0
# A unit of width is one digit of the default font, wider than the average letter of FONT; measured on rendered pages.
CHARACTERS_PER_UNIT = 1.4

# A style is a set of traits, later ones over earlier ones.
TRAITS: dict[str, dict[str, object]] = {
    "mark": {"bold": True, "font_color": "#C00000", "font_size": 13, "align": "center"},
    "title": {"bold": True, "font_size": 14},
    "line": {"text_wrap": True, "valign": "top"},
    "legend": {"font_size": 10, "align": "center", "valign": "vcenter", "border": 1, "text_wrap": True},
    "header": {
        "bold": True,
        "text_wrap": True,
        "align": "center",
        "valign": "vcenter",
        "border": 1,
        "bg_color": "#1F4E78",
        "font_color": "#FFFFFF",
    },
    "cell": {"valign": "top", "border": 1, "border_color": "#A6A6A6"},
    "plain": {"valign": "top"},
    "text": {"text_wrap": True},
    "middle": {"align": "center"},
    "count": {"num_format": "#,##0"},
    "fraction": {"num_format": "#,##0.######"},
    "percent": {"num_format": "0.00"},
    "score": {"num_format": "0.00####"},
    "code": {"num_format": "0"},
    "date": {"num_format": "dd/mm/yyyy", "align": "center"},
    "indent": {"align": "left", "indent": 2, "italic": True},
    "padded": {"align": "left", "indent": 1},
    "area": {"bold": True, "bg_color": "#BDD7EE"},
    "group": {"bold": True, "bg_color": "#EAF1F8"},
    "blank": {"bg_color": "#D9D9D9"},
    "absent": {"bg_color": "#808080", "font_color": "#FFFFFF"},
    "words": {"bg_color": "#DCE6C8", "text_wrap": True},
    "doubtful": {"bg_color": "#FFD966"},
    "good": {"font_color": "#1E7B34"},
    "bad": {"font_color": "#C00000"},
    "bold": {"bold": True},
    "left": {"align": "left"},
    "section": {"bold": True, "font_size": 12, "font_color": "#1F4E78", "bottom": 1},
    "link": {"font_color": "#0563C1", "underline": 1},
}

Value = str | int | Decimal | float | date | bool | None


class Styled(NamedTuple):
    """A value with traits of its own, on top of its column's and its row's."""

    value: Value
    traits: tuple[str, ...]


class Link(NamedTuple):
    """A text that leads to another sheet of the same workbook."""

    text: str
    sheet: str


class Row(NamedTuple):
    """Values in the order of the columns, and the traits of the whole row."""

    values: Sequence[Value | Styled | Link]
    traits: tuple[str, ...] = ()


class Legend(NamedTuple):
    """A patch of colour with its meaning, over the columns from `first` to `last`."""

    first: int
    last: int
    text: str
    traits: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    heading: str
    width: float
    traits: tuple[str, ...] = ("text",)


@dataclass(frozen=True)
class Sheet:
    """`title` is the first line, `lines` follow it; `rows` may be a generator, read once.

    All columns are printed unless `printed_columns` says how many of the first ones are.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    lines: tuple[str, ...] = ()
    legend: tuple[Legend, ...] = ()
    footer: str = ""
    frozen_columns: int = 0
    printed_columns: int | None = None
    has_header: bool = True
    # Without borders an empty cell need not be written, which makes a long sheet smaller.
    shows_empty_cells: bool = True
    cell_traits: tuple[str, ...] = ("cell",)


class Styles:
    """The formats of one workbook, each combination of traits made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._formats: dict[tuple[str, ...], Format] = {}

    def __call__(self, *traits: str) -> Format:
        if traits not in self._formats:
            merged: dict[str, object] = dict(FONT)
            for trait in traits:
                merged |= TRAITS[trait]
            self._formats[traits] = self._workbook.add_format(merged)
        return self._formats[traits]


@contextmanager
def open_workbook(path: Path, title: str, mark: str | None, newest_date: date | None) -> Iterator[Workbook]:
    """A new workbook at `path`, whose only date is `newest_date`: without one it would carry the clock."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    created = datetime.combine(newest_date or NO_DATE, datetime.min.time())
    with Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": title, "comments": mark or "", "created": created})
        yield workbook


def write_sheet(workbook: Workbook, styles: Styles, sheet: Sheet, mark: str | None) -> int:
    """Add `sheet` to `workbook` and say how many rows of data it got; `mark` stands on top and on each printed page."""
    worksheet = workbook.add_worksheet(sheet.name)
    for index, column in enumerate(sheet.columns):
        worksheet.set_column(index, index, column.width)
    top = _write_title_block(worksheet, styles, sheet, mark)
    written = _write_rows(worksheet, styles, sheet, top + 1 if sheet.has_header else top)
    _set_up_page(worksheet, sheet, mark)
    if sheet.has_header:
        for index, column in enumerate(sheet.columns):
            worksheet.write_string(top, index, column.heading, styles("header"))
        # Bold letters are wider.
        lines = max(line_count(column.heading, column.width * 0.85) for column in sheet.columns)
        worksheet.set_row(top, LINE_HEIGHT * lines + 3)
        worksheet.freeze_panes(top + 1, sheet.frozen_columns)
        worksheet.repeat_rows(top)
        worksheet.autofilter(top, 0, top + written, len(sheet.columns) - 1)
    if sheet.printed_columns:
        worksheet.print_area(0, 0, top + written, sheet.printed_columns - 1)
    return written


@lru_cache(maxsize=50_000)
def line_count(text: str, width: float) -> int:
    """How many lines `text` takes in a column of `width`; a word longer than a line is broken.

    Excel fits heights when a file is opened, but not of merged cells, and other programs do not fit them at all.
    """
    room = max(1, int(width * CHARACTERS_PER_UNIT))
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0
        for word in paragraph.split(" "):
            needed = len(word) + (1 if used else 0)
            if used + needed <= room:
                used += needed
                continue
            lines += 1 if used else 0
            lines += (len(word) - 1) // room
            used = (len(word) - 1) % room + 1
    return lines


def room_for_rows(title_rows: int) -> int:
    """How many rows of data fit under a header that stands below `title_rows` rows."""
    return MAX_ROWS - title_rows - 1


def _write_title_block(worksheet: Worksheet, styles: Styles, sheet: Sheet, mark: str | None) -> int:
    # Over the printed columns only, so that the mark is whole on paper.
    printed = sheet.columns[: sheet.printed_columns]
    last, width = len(printed) - 1, sum(column.width for column in printed)
    block = [(mark, "mark")] if mark else []
    block += [(sheet.title, "title"), *((line, "line") for line in sheet.lines)]
    for index, (text, trait) in enumerate(block):
        style = styles(trait)
        worksheet.merge_range(index, 0, index, last, "", style)
        worksheet.write_string(index, 0, _fitting(text), style)
        worksheet.set_row(index, (LINE_HEIGHT if trait == "line" else TITLE_HEIGHT) * line_count(text, width))
    top = len(block)
    if sheet.legend:
        for patch in sheet.legend:
            style = styles("legend", *patch.traits)
            if patch.last > patch.first:
                worksheet.merge_range(top, patch.first, top, patch.last, "", style)
            worksheet.write_string(top, patch.first, patch.text, style)
        worksheet.set_row(top, 30)
        top += 1
    return top


def _write_rows(worksheet: Worksheet, styles: Styles, sheet: Sheet, top: int) -> int:
    columns = [(*sheet.cell_traits, *column.traits) for column in sheet.columns]
    widths = [column.width for column in sheet.columns]
    # A long sheet has a million cells and a handful of styles.
    known: dict[tuple[int, tuple[str, ...], tuple[str, ...]], Format] = {}
    written = 0
    for number, (values, row_traits) in enumerate(sheet.rows, top):
        lines = 1
        for index, cell in enumerate(values):
            value: Value | Link
            own_traits: tuple[str, ...]
            if isinstance(cell, Styled):
                value, own_traits = cell
            else:
                value, own_traits = cell, _LINK if isinstance(cell, Link) else ()
            if cell is None and not sheet.shows_empty_cells:
                continue
            key = (index, row_traits, own_traits)
            style = known.get(key)
            if style is None:
                style = known[key] = styles(*columns[index], *row_traits, *own_traits)
            if isinstance(value, str) and value:
                worksheet.write_string(number, index, _fitting(value), style)
                if style.text_wrap:
                    lines = max(lines, line_count(value, widths[index]))
            else:
                _write_value(worksheet, number, index, value, style)
        if lines > 1:
            worksheet.set_row(number, min(MAX_ROW_HEIGHT, LINE_HEIGHT * lines))
        written += 1
    return written


_LINK = ("link",)


def _write_value(worksheet: Worksheet, row: int, column: int, value: Value | Link, style: Format) -> None:
    """A value that is not a text."""
    if value is None or value == "":
        worksheet.write_blank(row, column, None, style)
    elif isinstance(value, Link):
        target = "internal:'" + value.sheet.replace("'", "''") + "'!A1"
        worksheet.write_url(row, column, target, style, string=value.text)
    elif isinstance(value, bool):
        worksheet.write_string(row, column, "Có" if value else "Không", style)
    elif isinstance(value, date | datetime):
        worksheet.write_datetime(row, column, value, style)
    else:
        worksheet.write_number(row, column, value, style)


def _set_up_page(worksheet: Worksheet, sheet: Sheet, mark: str | None) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(A4)
    worksheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
    worksheet.fit_to_pages(1, 0)
    worksheet.hide_gridlines(2 if not sheet.has_header else 1)
    if mark:
        worksheet.set_header(f"&C&B{_in_page_text(mark)}")
    left = f"&L{_in_page_text(sheet.footer)}" if sheet.footer else ""
    worksheet.set_footer(f"{left}&RTrang &P / &N")


def _in_page_text(text: str) -> str:
    # In headers and footers & starts a code, and the whole may hold 255 characters.
    return text[:100].replace("&", "&&")


def _fitting(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT


def number_trait(value_kind: str, value: Decimal) -> str:
    """The number format of a value: two decimals for percent, none for a whole count, as many as needed else."""
    if value_kind == "percent":
        return "percent"
    if value != value.to_integral_value():
        return "fraction"
    return "code" if value_kind == "code" else "count"
