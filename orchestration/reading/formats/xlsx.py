"""Read a workbook (.xlsx, .xlsm): each sheet a table, each cell as a Vietnamese reader sees it.

In: bytes. Out: a Document whose cells keep the stored value and its number format beside the printed text, so
that a reader can be shown why `1,921` may have been meant as 1921. The sheets' XML is read here in one pass
because it holds values, formats, merged ranges and hidden rows together; formulas give the value last computed, and a
flag where none was stored. What is struck out is not read, nor white letters in a cell that others fill; raised letters
come as the raised ones of Unicode; text of an old Vietnamese font is decoded. A number in white or under a format that
hides it is flagged as hidden.
Not here: .xls and .ods (converted first, `office.py`) and what a number means (dbt).
"""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache

from lxml import etree

from orchestration.reading.document import TABLE_ROW, Block, Cell, Document
from orchestration.reading.formats.encoding import OldFont, decode_legacy, old_font_of
from orchestration.reading.formats.zipped import attribute, local, main_part, open_zip, read_xml
from orchestration.reading.knowledge import marks
from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.refusal import Refused

_MAX_ROWS = 1_048_576
_MAX_COLUMNS = 16_384
_HEADER_ROWS = 30
_CODE_HEADERS = frozenset(("stt", "tt", "so tt", "so thu tu", "ma", "ma so", "ma chi tieu", "ma tieu chi"))

_BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "dd/mm/yyyy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "dd/mm/yyyy h:mm", 37: "#,##0 ;(#,##0)",
    38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Number formats that files name by number only (ECMA-376 part 1, 18.8.30)."""

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|([0#?.,]+)|([dmyhsDMYHS]+)|(E[+-])|(AM/PM|A/P)|(.)',
    re.DOTALL,
)
_EXACT = Context(prec=400)
_CONDITION = re.compile(r"(<>|<=|>=|[<>=])\s*(-?[0-9]+(?:\.[0-9]+)?)", re.ASCII)
_TIMED = re.compile(r"[hs]|\[[hms]+\]", re.IGNORECASE)


@dataclass(frozen=True)
class _Look:
    """How letters are drawn, as far as it says what they are."""

    font: str = ""
    struck: bool = False
    raised: bool = False
    white: bool = False


@dataclass(frozen=True)
class _Style:
    """Of a cell: its number format, how its letters look, and whether its ground is darker than paper."""

    format: str = "General"
    look: _Look = _Look()
    grounded: bool = False

    @property
    def hides(self) -> bool:
        return self.look.white and not self.grounded


_Runs = tuple[tuple[str, _Look | None], ...]
"""A text in parts, each with a look of its own or the cell's."""


@dataclass(frozen=True)
class _Book:
    """What all sheets share: texts and styles that cells name by position, the names of all fonts."""

    strings: list[_Runs]
    styles: list[_Style]
    fonts: frozenset[str]
    is_1904: bool


@dataclass(frozen=True)
class _Stored:
    """A cell as the file has it: `kind` is text, number, boolean, error, date or formula (one without a value)."""

    column: int
    kind: str
    value: str
    format: str
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    number: int
    cells: tuple[_Stored, ...]
    is_hidden: bool


@dataclass(frozen=True)
class _Range:
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class _Shape:
    """What one section of a number format says: how to write a number, or that it is a date.

    condition: the numbers that it is for, such as `=1`, where it says so.  is_text: words in the place of the number.
    """

    condition: str = ""
    is_text: bool = False
    is_power: bool = False
    before: str = ""
    after: str = ""
    is_general: bool = False
    is_date: bool = False
    is_timed: bool = False
    is_dateless: bool = False
    whole_digits: int = 1
    fixed_decimals: int = 0
    most_decimals: int = 0
    groups: bool = False
    scale: int = 0


def read_xlsx(data: bytes, format: str = "xlsx") -> Document:
    """Read a .xlsx, or a .xlsm where `format` says so. Raises Refused for one that is damaged or without any cell."""
    opened = open_zip(data, format)
    part = main_part(opened, format, "xl/workbook.xml")
    workbook = read_xml(opened, part, format)
    folder = part.rpartition("/")[0]
    targets = _relations(opened, folder, part, format)
    strings, (styles, fonts) = _shared_strings(opened, targets, format), _styles(opened, targets, format)
    book = _Book(
        strings=strings,
        styles=styles,
        fonts=frozenset((*fonts, *_run_fonts(strings))),
        is_1904=any(
            attribute(element, "date1904") in ("1", "true") for element in workbook if local(element) == "workbookPr"
        ),
    )
    sheets: list[tuple[int, bool, etree._Element]] = []
    for number, (name, is_hidden) in enumerate(_sheets(workbook, targets), start=1):
        if name not in opened.namelist():
            raise Refused("truncated", format=format)
        sheet = read_xml(opened, name, format)
        if local(sheet) == "worksheet":
            sheets.append((number, is_hidden, sheet))
    letters = ["\n".join(_letters(sheet, strings)) for *_, sheet in sheets]
    of_book = old_font_of(book.fonts, "\n".join(letters))
    blocks: list[Block] = []
    flags: set[str] = set()
    for (number, is_hidden, sheet), said in zip(sheets, letters, strict=True):
        # A sheet tells more than the book: others may hold the figures of somebody else.
        old_font = old_font_of(book.fonts, said) or of_book
        flags.update(old_font.flags if old_font else ())
        blocks.extend(_sheet_blocks(sheet, number, is_hidden, book, old_font))
    if not any(cell.text for block in blocks for cell in block.cells):
        raise Refused("no_text", format=format)
    return Document(format=format, blocks=tuple(blocks), flags=tuple(sorted(flags)))


def shown_number(value: str, format: str) -> str:
    """A stored number as Vietnamese Excel prints it: ("1480", "#,##0") → `1.480`, ("0.92", "0%") → `92%`."""
    number = _decimal(value)
    if number is None:
        return value
    shape, sign = _section_for(number, format)
    if shape.is_text:
        return shape.before + shape.after
    if shape.is_general or shape.is_date:
        return sign + _general(abs(number)) + shape.after
    scaled = abs(number).scaleb(shape.scale, _EXACT)
    try:
        rounded = scaled.quantize(Decimal(1).scaleb(-shape.most_decimals), ROUND_HALF_UP, _EXACT)
    except InvalidOperation:
        return sign + _general(abs(number))
    whole, _, decimals = f"{rounded:f}".partition(".")
    decimals = decimals[: shape.fixed_decimals] + decimals[shape.fixed_decimals :].rstrip("0")
    whole = whole.lstrip("0").rjust(shape.whole_digits, "0")
    if shape.groups:
        whole = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+$)", ".", whole)
    if not rounded:
        sign = ""
    return shape.before + sign + whole + ("," + decimals if decimals else "") + shape.after


def _section_for(number: Decimal, format: str) -> tuple[_Shape, str]:
    """The section of a format that a number is written by, and the sign that stands before it."""
    sections = _sections(format)
    sign = "-" if number < 0 else ""
    if any(shape.condition for shape in sections):
        return next((shape for shape in sections if _is_for(shape.condition, number)), sections[-1]), sign
    if len(sections) > 2 and number == 0:
        return sections[2], ""
    if len(sections) > 1 and number < 0:
        return sections[1], ""
    return sections[0], sign


def _is_for(condition: str, number: Decimal) -> bool:
    found = _CONDITION.fullmatch(condition)
    if found is None:
        return True
    limit = Decimal(found.group(2))
    return {
        "=": number == limit, "<>": number != limit,
        "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit,
    }[found.group(1)]  # fmt: skip


def _letters(sheet: etree._Element, strings: list[_Runs]) -> Iterator[str]:
    """The texts of a sheet, as they are stored."""
    for cell in sheet.iter("{*}c"):
        runs, _ = _content(cell, strings)
        yield "".join(text for text, _ in runs)


def _sheet_blocks(
    sheet: etree._Element, number: int, is_hidden: bool, book: _Book, old_font: OldFont | None
) -> list[Block]:
    hidden_columns = _hidden_columns(sheet)
    rows = _rows(sheet, book, old_font)
    last = max((cell.column for row in rows for cell in row.cells if cell.value), default=-1)
    waiting = sorted(_merged(sheet), key=lambda merged: merged.top, reverse=True)
    active: list[_Range] = []
    code_columns: set[int] = set()
    blocks: list[Block] = []
    for place, row in enumerate(rows):
        while waiting and waiting[-1].top <= row.number:
            active.append(waiting.pop())
        active = [merged for merged in active if merged.bottom >= row.number]
        cells: list[Cell] = []
        headers: set[int] = set()
        for stored in row.cells:
            if stored.column > last:
                continue
            merged = _covering(active, row.number, stored.column)
            if merged and (merged.top, merged.left) != (row.number, stored.column):
                continue
            cell = _cell(stored, stored.column in code_columns, book.is_1904)
            flags = (*cell.flags, *stored.flags, *("hidden",) * (stored.column in hidden_columns))
            cells.append(
                Cell(
                    column=cell.column,
                    text=cell.text,
                    column_span=min(merged.right, last) - merged.left + 1 if merged else 1,
                    row_span=min(merged.bottom, rows[-1].number) - merged.top + 1 if merged else 1,
                    typed_value=cell.typed_value,
                    number_format=cell.number_format,
                    flags=flags,
                )
            )
            if place < _HEADER_ROWS and stored.kind == "text" and fold(stored.value) in _CODE_HEADERS:
                headers.add(stored.column)
        code_columns |= headers
        if any(cell.text for cell in cells):
            flags = ("hidden_sheet",) * is_hidden + ("hidden",) * row.is_hidden
            blocks.append(Block(TABLE_ROW, table=number, row=row.number, cells=tuple(cells), flags=flags))
    return blocks


def _cell(stored: _Stored, is_code: bool, is_1904: bool) -> Cell:
    value, format = stored.value, stored.format
    if stored.kind == "error":
        return Cell(stored.column, value, typed_value=value, number_format=format, flags=("formula_error",))
    if stored.kind == "formula":
        return Cell(stored.column, "", number_format=format, flags=("formula_without_value",))
    if stored.kind == "boolean":
        text = "FALSE" if value == "0" else "TRUE"
        return Cell(stored.column, text, typed_value=text, number_format=format)
    if stored.kind == "date":
        return Cell(stored.column, _iso_date(value), typed_value=value, number_format=format)
    if stored.kind == "text" or not value:
        return Cell(stored.column, value.strip())
    number = _decimal(value)
    if number is None:
        return Cell(stored.column, value.strip())
    typed = _plain(number)
    shape = _section_for(number, format)[0]
    flags = ("code_typed_as_number",) if is_code else ()
    if shape.is_date:
        day = _shown_date(number, shape, is_1904)
        return Cell(stored.column, day or _general(number), typed_value=typed, number_format=format, flags=flags)
    text = shown_number(value, format)
    if not any(sign.isdigit() for sign in text) and not (shape.is_text and text.strip() and number):
        # `#`, `;;;` and the dash of accounting hide a zero that somebody did enter; another number is not to be seen.
        flags = (*flags, "hidden_by_format", *("hidden",) * bool(number))
        text = shown_number(value, "General")
    if is_code:
        # A code is no number: `1.1` that Excel took for one is still printed with a point.
        text = text.replace(".", "").replace(",", ".")
    elif _rounds(number, shape):
        flags = (*flags, "display_rounds")
    elif shape.is_general and len(typed.partition(".")[2]) == 3:
        flags = (*flags, "undecidable_number")
    return Cell(stored.column, text, typed_value=typed, number_format=format, flags=flags)


def _rounds(number: Decimal, shape: _Shape) -> bool:
    """Whether the format hides decimals that a report would print: 7.03 shown as 7, not 33.3333 shown as 33,33."""
    if shape.is_power:
        return True
    if shape.is_general or shape.is_text or shape.most_decimals > 1:
        return False
    scaled = number.scaleb(shape.scale, _EXACT)
    return round(scaled, 2) != round(scaled, shape.most_decimals)


def _rows(sheet: etree._Element, book: _Book, old_font: OldFont | None) -> list[_Row]:
    rows: list[_Row] = []
    number = 0
    for container in sheet:
        if local(container) != "sheetData":
            continue
        for element in container:
            if local(element) != "row":
                continue
            number = _whole(element.get("r"), number + 1)
            cells: list[_Stored] = []
            column = -1
            for child in element:
                if local(child) != "c":
                    continue
                reference = _REFERENCE.fullmatch(child.get("r") or "")
                column = _column(reference.group(1)) if reference else column + 1
                if column < _MAX_COLUMNS:
                    cells.append(_stored(child, column, book, old_font))
            if 0 < number <= _MAX_ROWS:
                is_hidden = element.get("hidden") in ("1", "true") or element.get("ht") == "0"
                rows.append(_Row(number, tuple(cells), is_hidden))
    return sorted(rows, key=lambda row: row.number)


def _content(element: etree._Element, strings: list[_Runs]) -> tuple[_Runs, str]:
    """Parts of a cell's text, none where it is not text, and what stands in it as its value."""
    kind = element.get("t")
    value = next((child.text or "" for child in element if local(child) == "v"), "")
    if kind == "s":
        index = _whole(value, -1)
        return strings[index] if 0 <= index < len(strings) else (), value
    if kind == "str":
        return ((_unescaped(value), None),), value
    inline = next((child for child in element if local(child) == "is"), None)
    return (() if inline is None or kind != "inlineStr" else _runs(inline)), value


def _stored(element: etree._Element, column: int, book: _Book, old_font: OldFont | None) -> _Stored:
    number = _whole(element.get("s"), 0)
    style = book.styles[number] if number < len(book.styles) else _Style()
    kind = element.get("t") or "n"
    runs, value = _content(element, book.strings)
    has_formula = any(local(child) == "f" for child in element)
    if kind in ("s", "str", "inlineStr"):
        text, flags = _text_of(runs, style, old_font)
        return _Stored(column, "text", text, style.format, flags)
    if has_formula and not value:
        return _Stored(column, "formula", "", style.format)
    if style.look.struck and value:
        return _Stored(column, "text", "", style.format, ("struck_out",))
    kinds = {"b": "boolean", "e": "error", "d": "date"}
    hides = ("hidden",) * style.hides
    return _Stored(column, kinds.get(kind, "number") if value else "number", value, style.format, hides)


def _text_of(runs: _Runs, style: _Style, old_font: OldFont | None) -> tuple[str, tuple[str, ...]]:
    """The letters that stand, and a flag where some are struck out."""
    parts: list[str] = []
    flags: list[str] = []
    look = style.look
    # White letters of a whole cell are read and in doubt, as a hidden column is; beside others they are left out.
    is_seen = style.grounded or not any(own and not own.white for _, own in runs)
    for text, own in runs:
        drawn = own or look
        if text.strip() and (drawn.struck or (drawn.white and not is_seen)):
            flags.append("struck_out" if drawn.struck else "hidden_text")
            continue
        decoded = decode_legacy(text, drawn.font or look.font)
        if decoded is None:
            decoded = old_font.decode(text) if old_font else text
        parts.append(marks.raised(decoded) if drawn.raised else decoded)
        flags += ["hidden"] * (drawn.white and not style.grounded and bool(text.strip()))
    return "".join(parts), tuple(dict.fromkeys(flags))


def _sheets(workbook: etree._Element, targets: dict[str, str]) -> list[tuple[str, bool]]:
    """Member name and hiddenness of each sheet, in the order of the tabs."""
    found: list[tuple[str, bool]] = []
    for container in workbook:
        if local(container) == "sheets":
            for element in container:
                state = element.get("state") or "visible"
                # `r:id` and `sheetId` differ only by their namespace once prefixes are gone.
                name = targets.get(next((v for k, v in element.attrib.items() if k.endswith("}id")), ""), "")
                found.append((name, state != "visible"))
    return found


def _relations(opened: zipfile.ZipFile, folder: str, part: str, format: str) -> dict[str, str]:
    """Member names by relation identifier, and by the last word of the relation's type."""
    name = f"{folder}/_rels/{part.rpartition('/')[2]}.rels".lstrip("/")
    if name not in opened.namelist():
        raise Refused("truncated", format=format)
    targets: dict[str, str] = {}
    for relation in read_xml(opened, name, format):
        target = relation.get("Target") or ""
        path = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}".lstrip("/")
        targets[relation.get("Id") or ""] = path
        targets.setdefault((relation.get("Type") or "").rpartition("/")[2], path)
    return targets


def _shared_strings(opened: zipfile.ZipFile, targets: dict[str, str], format: str) -> list[_Runs]:
    name = targets.get("sharedStrings")
    if name is None or name not in opened.namelist():
        return []
    return [_runs(item) for item in read_xml(opened, name, format) if local(item) == "si"]


def _run_fonts(strings: list[_Runs]) -> Iterator[str]:
    return (look.font for runs in strings for _, look in runs if look)


def _styles(opened: zipfile.ZipFile, targets: dict[str, str], format: str) -> tuple[list[_Style], list[str]]:
    """Style of each kind of cell, and the names of all fonts."""
    name = targets.get("styles")
    if name is None or name not in opened.namelist():
        return [], []
    codes = dict(_BUILT_IN)
    looks: list[_Look] = []
    grounds: list[bool] = []
    styles: list[_Style] = []
    for container in read_xml(opened, name, format):
        if local(container) == "numFmts":
            for element in container:
                codes[_whole(element.get("numFmtId"), -1)] = element.get("formatCode") or "General"
        elif local(container) == "fonts":
            looks = [_look(element) for element in container if local(element) == "font"]
        elif local(container) == "fills":
            grounds = [_is_ground(element) for element in container if local(element) == "fill"]
        elif local(container) == "cellXfs":
            for element in container:
                font = _whole(element.get("fontId"), 0)
                look = looks[font] if font < len(looks) else _Look()
                fill = _whole(element.get("fillId"), 0)
                grounded = fill < len(grounds) and grounds[fill]
                styles.append(_Style(codes.get(_whole(element.get("numFmtId"), 0), "General"), look, grounded))
    return styles, [look.font for look in looks]


def _is_ground(fill: etree._Element) -> bool:
    """Whether a fill is darker than paper: a gradient, a pattern, or a colour but white."""
    pattern = next((child for child in fill if local(child) == "patternFill"), None)
    if pattern is None:
        return len(fill) > 0
    colours = [child for child in pattern if local(child) == "fgColor"]
    return pattern.get("patternType") not in (None, "none") and not (colours and _is_white(colours[0]))


def _is_white(colour: etree._Element) -> bool:
    """The first colour of a theme is that of paper, which a tint below zero darkens; else red, green and blue."""
    if colour.get("theme") is not None:
        return colour.get("theme") == "0" and not (colour.get("tint") or "").startswith("-")
    rgb = colour.get("rgb") or ""
    return re.fullmatch("(?:[0-9A-Fa-f]{2})?(?:[Ff][0-9A-Fa-f]){3}", rgb) is not None or colour.get("indexed") in (
        "1",
        "9",
    )


def _look(properties: etree._Element) -> _Look:
    """Of a font of the workbook (`name`) or of a run (`rFont`)."""
    colour = next((child for child in properties if local(child) == "color"), None)
    said = {local(child): child.get("val") for child in properties}
    return _Look(
        font=said.get("name") or said.get("rFont") or "",
        struck="strike" in said and said["strike"] not in ("0", "false"),
        raised=said.get("vertAlign") == "superscript",
        white=(colour is not None and _is_white(colour)) or said.get("sz") in ("1", "2"),
    )


def _runs(element: etree._Element) -> _Runs:
    """Parts of a string item; the reading aids of East Asian text are left out."""
    parts: list[tuple[str, _Look | None]] = []
    for child in element:
        name = local(child)
        if name == "t":
            parts.append((_unescaped(child.text or ""), None))
        elif name == "r":
            properties = next((inner for inner in child if local(inner) == "rPr"), None)
            text = "".join(inner.text or "" for inner in child if local(inner) == "t")
            parts.append((_unescaped(text), None if properties is None else _look(properties)))
    return tuple(parts)


def _unescaped(text: str) -> str:
    """Text with Excel's `_x000D_` for signs that XML cannot hold; those that are no text are dropped."""
    return _ESCAPE.sub(_unescaped_sign, text) if "_x" in text else text


def _unescaped_sign(match: re.Match[str]) -> str:
    sign = chr(int(match.group(1), 16))
    return sign if sign.isprintable() or sign in "\t\n" else ""


def _hidden_columns(sheet: etree._Element) -> set[int]:
    hidden: set[int] = set()
    for container in sheet:
        if local(container) == "cols":
            for element in container:
                if element.get("hidden") in ("1", "true") or element.get("width") == "0":
                    first = _whole(element.get("min"), 1)
                    last = min(_whole(element.get("max"), first), _MAX_COLUMNS)
                    hidden.update(range(first - 1, last))
    return hidden


def _merged(sheet: etree._Element) -> list[_Range]:
    ranges: list[_Range] = []
    for container in sheet:
        if local(container) != "mergeCells":
            continue
        for element in container:
            ends = [end for part in (element.get("ref") or "").split(":") if (end := _REFERENCE.fullmatch(part))]
            if len(ends) == 2:
                (left, top), (right, bottom) = ((_column(end.group(1)), int(end.group(2))) for end in ends)
                if left <= right < _MAX_COLUMNS and top <= bottom <= _MAX_ROWS:
                    ranges.append(_Range(top, left, bottom, right))
    return ranges


def _covering(active: list[_Range], row: int, column: int) -> _Range | None:
    return next((m for m in active if m.top <= row and m.left <= column <= m.right), None)


@lru_cache(maxsize=1024)
def _sections(format: str) -> tuple[_Shape, ...]:
    """Sections of a number format, for numbers above, below and at zero."""
    sections: list[str] = []
    start, quoted = 0, False
    for place, sign in enumerate(format):
        if sign == '"':
            quoted = not quoted
        elif sign == ";" and not quoted and not format[:place].endswith("\\"):
            sections.append(format[start:place])
            start = place + 1
    sections.append(format[start:])
    # An empty format is General.
    if len(sections) == 1:
        return (_shape(format.strip() or "General"),)
    return tuple(_section(section) for section in sections)


def _section(section: str) -> _Shape:
    """One of several sections: an empty one prints nothing, and one may say which numbers it is for."""
    said = re.search(r"\[([<>=][^\]]*)\]", section)
    condition = said.group(1) if said and _CONDITION.fullmatch(said.group(1)) else ""
    rest = section.replace(f"[{condition}]", "")
    return replace(_shape(rest), condition=condition) if rest.strip() else _Shape(condition, is_text=True)


def _shape(section: str) -> _Shape:
    before, digits, after, percents = "", "", "", 0
    if section.strip() == "@":
        return _Shape(is_general=True)
    if section.lower().startswith("general"):
        return _Shape(is_general=True, after=section[7:].replace('"', ""))
    tokens = _TOKEN.findall(section)
    if _is_of_date(tokens):
        bare = re.sub(r'"[^"]*"|\\.|\[\$[^\]]*\]', "", section)
        return _Shape(is_date=True, is_timed=bool(_TIMED.search(bare)), is_dateless=not re.search("[dyDY]", bare))
    for quoted, escaped, bracket, places, _, exponent, _, other in tokens:
        literal = quoted or escaped
        if bracket.startswith("$"):
            literal = bracket[1:].partition("-")[0]
        if exponent or other == "/" or (places and digits and after):
            # A power, a fraction, or digits parted by words, as in a telephone number.
            return _Shape(is_general=True, is_power=bool(exponent))
        if places:
            digits += places
        elif other == "%":
            percents += 1
            literal = "%"
        elif other and other != "@":
            literal = other
        if literal:
            before, after = (before, after + literal) if digits else (before + literal, after)
    whole, _, decimals = digits.replace("?", "#").partition(".")
    scaled_down = len(whole) - len(whole.rstrip(",")) if not decimals else len(decimals) - len(decimals.rstrip(","))
    whole, decimals = whole.rstrip(",") if not decimals else whole, decimals.replace(",", "").replace(".", "")
    return _Shape(
        is_text=not digits,
        before=before,
        after=after,
        whole_digits=whole.count("0"),
        fixed_decimals=len(decimals.rstrip("#")),
        most_decimals=len(decimals),
        groups="," in whole,
        scale=2 * percents - 3 * scaled_down,
    )


def _is_of_date(tokens: list[tuple[str, ...]]) -> bool:
    return any(
        dated or noon or (bracket and not bracket.lower().strip("hms"))
        for _, _, bracket, _, dated, _, noon, _ in tokens
    )


def _decimal(value: str) -> Decimal | None:
    """The number a cell holds, rounded as Excel shows it: 15 digits, so that 7.0300000000000002 is 7.03."""
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return Decimal(f"{number:.15g}")


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _general(number: Decimal) -> str:
    return _plain(number).replace(".", ",")


def _shown_date(number: Decimal, shape: _Shape, is_1904: bool) -> str | None:
    """A date as dd/mm/yyyy, a time of day as hh:mm; None for a number that is neither."""
    if not 0 <= number < 2_958_466:
        return None
    days = int(number)
    minutes = int((number - days) * 1440 + Decimal("0.5"))
    clock = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    if shape.is_dateless and shape.is_timed:
        return clock
    # Excel counts a 29/02/1900 that never was.
    first_of_1900 = date(1899, 12, 30) if days > 59 else date(1899, 12, 31)
    first = date(1904, 1, 1) if is_1904 else first_of_1900
    day = f"{first + timedelta(days=days):%d/%m/%Y}" if days < 2_956_000 else None
    return f"{day} {clock}" if day and shape.is_timed and minutes else day


def _iso_date(value: str) -> str:
    match = re.match(r"(\d{4})-(\d{2})-(\d{2})", value, re.ASCII)
    return f"{match.group(3)}/{match.group(2)}/{match.group(1)}" if match else value


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default
