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
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import xlsxwriter
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range_abs
from xlsxwriter.worksheet import Worksheet

from orchestration.publishing import letters
from orchestration.publishing.letters import line_count
from orchestration.publishing.product import layout_of
from orchestration.publishing.table import SIMULATED_MARK
from orchestration.publishing.words import without_controls

LAYOUT = layout_of(Path(__file__), Path(letters.__file__), letters.WIDTHS) + xlsxwriter.__version__

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
MAX_SHEET_NAME = 31
FORBIDDEN_IN_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "-"))
CUT = " … (còn nữa, xem tệp CSV)"
SIZE = 11
FONT = {"font_name": "Times New Roman", "font_size": SIZE}
PAGE_FONT = '&"Times New Roman,Regular"&9'
A4 = 9
LEFT_RIGHT, TOP, BOTTOM = 0.4, 0.6, 0.7  # inches
# A workbook needs a date; a warehouse without a report has none to give.
NO_DATE = date(2000, 1, 1)
# Of a line of letters, as a share of their size; and what a row has beside its lines.
LINE, ROW_BESIDE = 1.17, 2.0
DEFAULT_HEIGHT = 15.0
MAX_ROW_HEIGHT = 409.0
# Units of width that one step of indent takes.
INDENT = 1.5
# Pixels of a unit of width, beside a picture, and of the highest picture.
UNIT, PICTURE_EDGE, MAX_PICTURE = 7, 3, 60
POINTS_PER_PIXEL = 72 / 96

# A style is a set of traits, later ones over earlier ones.
TRAITS: dict[str, dict[str, object]] = {
    "mark": {"bold": True, "font_color": "#C00000", "font_size": 13, "align": "center"},
    "title": {"bold": True, "font_size": 14},
    "line": {"text_wrap": True, "valign": "top"},
    "note": {"text_wrap": True, "valign": "top", "italic": True},
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
    "score": {"num_format": "0.00"},
    "change": {"num_format": "+0.00;−0.00;0.00"},
    "places": {"num_format": "+0;−0;0", "align": "center"},
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
    "section": {
        "bold": True,
        "font_size": 12,
        "font_color": "#1F4E78",
        "align": "left",
        "text_wrap": False,
        "border": 0,
    },
    "wrapped": {"text_wrap": True},
    "sum": {"bold": True, "bg_color": "#EAF1F8"},
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


class Picture(NamedTuple):
    """A picture (PNG) that lies in its cell, with what it shows in words."""

    png: bytes
    text: str

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as the header of a PNG says."""
        return int.from_bytes(self.png[16:20]), int.from_bytes(self.png[20:24])


class Row(NamedTuple):
    """Values in the order of the columns, and the traits of the whole row."""

    values: Sequence[Value | Styled | Link | Picture]
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

    about: one sentence on what is in it, for the contents of its workbook.
    is_simulated: whether a figure on it is made up; such a sheet is marked, and no other is.
    All columns and rows are printed unless `printed_columns` and `printed_rows` say how many of the first ones are.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    lines: tuple[str, ...] = ()
    legend: tuple[Legend, ...] = ()
    about: str = ""
    is_simulated: bool = False
    footer: str = ""
    frozen_columns: int = 0
    printed_columns: int | None = None
    printed_rows: int | None = None
    is_portrait: bool = False
    has_header: bool = True
    # A name in the workbook for the header and all rows: what a pivot table is made of.
    range_name: str = ""
    # Without borders an empty cell need not be written, which makes a long sheet smaller.
    shows_empty_cells: bool = True
    cell_traits: tuple[str, ...] = ("cell",)


class Book:
    """A workbook being written: its formats, each combination of traits made once.

    stamp: which content it is, in the footer of each page.
    """

    def __init__(self, workbook: Workbook, stamp: str) -> None:
        self.workbook = workbook
        self.stamp = stamp
        self._formats: dict[tuple[str, ...], Format] = {}

    def style(self, *traits: str) -> Format:
        if traits not in self._formats:
            merged: dict[str, object] = dict(FONT)
            for trait in traits:
                merged |= TRAITS[trait]
            self._formats[traits] = self.workbook.add_format(merged)
        return self._formats[traits]

    def write(self, sheet: Sheet) -> int:
        """Add `sheet` and say how many rows of data it got; what is made up is marked on top and on each page."""
        mark = SIMULATED_MARK if sheet.is_simulated else None
        worksheet = self.workbook.add_worksheet(sheet.name)
        for index, column in enumerate(sheet.columns):
            worksheet.set_column(index, index, column.width)
        top = _write_title_block(worksheet, self, sheet, mark)
        written = _write_rows(worksheet, self, sheet, top + 1 if sheet.has_header else top)
        _set_up_page(worksheet, sheet, mark, self.stamp)
        if sheet.has_header:
            _write_header(worksheet, self, sheet, top, written)
        if sheet.range_name:
            cells = xl_range_abs(top, 0, top + written, len(sheet.columns) - 1)
            self.workbook.define_name(sheet.range_name, f"='{sheet.name}'!{cells}")
        if sheet.printed_columns or sheet.printed_rows is not None:
            last = written if sheet.printed_rows is None else min(written, sheet.printed_rows)
            worksheet.print_area(0, 0, top + last, (sheet.printed_columns or len(sheet.columns)) - 1)
        return written


@contextmanager
def open_book(path: Path, title: str, newest_date: date | None, stamp: str) -> Iterator[Book]:
    """A new workbook at `path`, whose only date is `newest_date`: without one it would carry the clock."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        # Columns are measured in digits of this font, and headers and footers are set in it.
        # A copy: the library writes into it, and the second workbook of a process would differ from the first.
        "default_format_properties": dict(FONT),
    }
    created = datetime.combine(newest_date or NO_DATE, datetime.min.time())
    with Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": title, "created": created})
        yield Book(workbook, stamp)


def row_height(lines: int, size: float = SIZE) -> float:
    """Points that a row of so many lines takes."""
    return min(MAX_ROW_HEIGHT, round(lines * size * LINE + ROW_BESIDE, 1))


def sheet_name(start: str, end: str = "") -> str:
    """A name that Excel takes: at most 31 characters, none of those that it forbids; `end` is kept whole."""
    return start.translate(FORBIDDEN_IN_SHEET_NAME)[: MAX_SHEET_NAME - len(end)].rstrip() + end


def room_for_rows(title_rows: int) -> int:
    """How many rows of data fit under a header that stands below `title_rows` rows."""
    return MAX_ROWS - title_rows - 1


def _write_title_block(worksheet: Worksheet, book: Book, sheet: Sheet, mark: str | None) -> int:
    # Over the printed columns only, so that the mark is whole on paper.
    printed = sheet.columns[: sheet.printed_columns]
    last, width = len(printed) - 1, sum(column.width for column in printed)
    block = [(mark, "mark")] if mark else []
    block += [(sheet.title, "title"), *((line, "line") for line in sheet.lines)]
    for index, (text, trait) in enumerate(block):
        style = book.style(trait)
        if last:
            worksheet.merge_range(index, 0, index, last, "", style)
        worksheet.write_string(index, 0, _fitting(text), style)
        worksheet.set_row(
            index, row_height(line_count(text, width, style.font_size, is_bold=style.bold), style.font_size)
        )
    top = len(block)
    if sheet.legend:
        for patch in sheet.legend:
            style = book.style("legend", *patch.traits)
            if patch.last > patch.first:
                worksheet.merge_range(top, patch.first, top, patch.last, "", style)
            worksheet.write_string(top, patch.first, patch.text, style)
        worksheet.set_row(top, 30)
        top += 1
    return top


def _write_header(worksheet: Worksheet, book: Book, sheet: Sheet, top: int, written: int) -> None:
    for index, column in enumerate(sheet.columns):
        worksheet.write_string(top, index, column.heading, book.style("header"))
    worksheet.set_row(
        top, row_height(max(line_count(each.heading, each.width, is_bold=True) for each in sheet.columns))
    )
    worksheet.freeze_panes(top + 1, sheet.frozen_columns)
    worksheet.repeat_rows(top)
    worksheet.autofilter(top, 0, top + written, len(sheet.columns) - 1)


def _write_rows(worksheet: Worksheet, book: Book, sheet: Sheet, top: int) -> int:
    columns = [(*sheet.cell_traits, *column.traits) for column in sheet.columns]
    widths = [column.width for column in sheet.columns]
    # A long sheet has a million cells and a handful of styles.
    known: dict[tuple[int, tuple[str, ...], tuple[str, ...]], Format] = {}
    written = 0
    for number, (values, row_traits) in enumerate(sheet.rows, top):
        height = DEFAULT_HEIGHT
        for index, cell in enumerate(values):
            value: Value | Link | Picture
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
                style = known[key] = book.style(*columns[index], *row_traits, *own_traits)
            if isinstance(value, str) and value:
                worksheet.write_string(number, index, _fitting(value), style)
                if style.text_wrap:
                    room = widths[index] - INDENT * style.indent
                    lines = line_count(value, room, style.font_size, is_bold=bool(style.bold))
                    height = max(height, row_height(lines, style.font_size))
            elif isinstance(value, Picture):
                worksheet.write_blank(number, index, None, style)
                height = max(height, _put_picture(worksheet, number, index, value, widths[index]))
            else:
                _write_value(worksheet, number, index, value, style)
        if height > DEFAULT_HEIGHT:
            worksheet.set_row(number, height)
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


def _put_picture(worksheet: Worksheet, row: int, column: int, picture: Picture, width: float) -> float:
    """Lay a picture into its cell, never larger than it is nor than the cell is wide; returns the height it needs."""
    wide, high = picture.size
    scale = min(1.0, (width * UNIT - 2 * PICTURE_EDGE) / wide, MAX_PICTURE / high)
    worksheet.insert_image(
        row,
        column,
        "o.png",
        {
            "image_data": BytesIO(picture.png),
            "x_scale": scale,
            "y_scale": scale,
            "x_offset": PICTURE_EDGE,
            "y_offset": PICTURE_EDGE,
            "object_position": 1,
            "description": picture.text,
        },
    )
    return (high * scale + 2 * PICTURE_EDGE) * POINTS_PER_PIXEL


def _set_up_page(worksheet: Worksheet, sheet: Sheet, mark: str | None, stamp: str) -> None:
    if sheet.is_portrait:
        worksheet.set_portrait()
    else:
        worksheet.set_landscape()
    worksheet.set_paper(A4)
    worksheet.set_margins(left=LEFT_RIGHT, right=LEFT_RIGHT, top=TOP, bottom=BOTTOM)
    worksheet.fit_to_pages(1, 0)
    worksheet.hide_gridlines(2 if not sheet.has_header else 1)
    if mark:
        worksheet.set_header(f"&C{PAGE_FONT}&B{_in_page_text(mark)}")
    left = " · ".join(text for text in (sheet.footer, stamp) if text)
    worksheet.set_footer(f"&L{PAGE_FONT}{_in_page_text(left)}&R{PAGE_FONT}Trang &P / &N")


def _in_page_text(text: str) -> str:
    # In headers and footers & starts a code, and the whole may hold 255 characters.
    return text[:150].replace("&", "&&")


def _fitting(text: str) -> str:
    text = without_controls(text)
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(CUT)] + CUT


def number_trait(value_kind: str, value: Decimal) -> str:
    """The number format of a value: two decimals for percent, none for a whole count, as many as needed else."""
    if value_kind == "percent":
        return "percent"
    if value != value.to_integral_value():
        return "fraction"
    return "code" if value_kind == "code" else "count"
