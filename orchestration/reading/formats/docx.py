"""Read a Word document (.docx, .docm): paragraphs and table rows in the order a person reads them.

In: bytes. Out: a Document without pages. Tracked insertions are read and deletions are not; what is struck out, text
that is hidden or white on white, field codes, page headers and macros are not read; raised letters come as the raised
ones of Unicode. A footnote or endnote is a block of its own behind the paragraph or table that points to it; the sign
that points is no text. What a form field shows is text; a cell that is nothing but a picture, or a field without a
result, is flagged. Numbers that Word prints before a paragraph (automatic numbering) are read, because the codes of an
annex are often made that way.
Not here: old .doc files (converted first, `office.py`) and which table is the annex (`annex.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from orchestration.reading.document import NOTE, PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.formats.encoding import OldFont, decode_legacy, old_font_of
from orchestration.reading.formats.zipped import attribute, local, main_part, open_zip, read_xml
from orchestration.reading.knowledge import marks
from orchestration.reading.refusal import Refused

_NOTES = {"footnote": "decimal", "endnote": "lowerRoman"}
"""Kind of a note, and how Word counts it unless the file says otherwise."""

_MAX_SPAN = 1024
"""Word allows 63 columns; a larger span is damage and must not cost time."""

_WRAPPERS = frozenset((
    "sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple", "bdo",
    "dir", "oMath", "oMathPara", "sSup", "e", "sup", "ruby", "rubyBase",
))  # fmt: skip
_SOFT_HYPHEN = "\u00ad"
_LEFT_OUT = {"hidden": "hidden_text", "struck": "struck_out"}
"""What a run may be, and the flag of the cell that it is left out of."""
_OFF = frozenset(("0", "false", "off", "none"))
_WHITE = 0xF0
"""Red, green and blue of letters that nobody sees on white paper are each at least this."""
_SYMBOLS = {"fc": "✓", "fe": "☑", "fd": "☒", "a8": "☐", "6f": "☐", "78": "☒", "fb": "✗"}
"""Wingdings that people tick boxes with, by the last byte of their code."""


@dataclass(frozen=True)
class _Style:
    based_on: str | None = None
    font: str | None = None
    hidden: bool | None = None
    white: bool | None = None
    shaded: bool | None = None
    struck: bool | None = None
    raised: bool | None = None
    numbering: tuple[str, int] | None = None


@dataclass(frozen=True)
class _Level:
    format: str
    text: str
    start: int


@dataclass
class _Notes:
    """The notes of a kind by their identifier, how they are counted, and how many were met."""

    texts: dict[str, etree._Element]
    format: str
    count: int = 0


@dataclass
class _OpenCell:
    column: int
    text: str
    column_span: int
    row_span: int = 1
    flags: tuple[str, ...] = ()


@dataclass
class _OpenRow:
    cells: list[_OpenCell]
    nested: list[Block]
    flags: tuple[str, ...]


def read_docx(data: bytes, format: str = "docx") -> Document:
    """Read a .docx, or a .docm where `format` says so. Raises Refused for one that is damaged or without text."""
    opened = open_zip(data, format)
    part = main_part(opened, format, "word/document.xml")
    folder = part.rpartition("/")[0]
    names = set(opened.namelist())

    def beside(name: str) -> etree._Element | None:
        path = f"{folder}/{name}" if folder else name
        return read_xml(opened, path, format) if path in names else None

    root, styles = read_xml(opened, part, format), beside("styles.xml")
    notes = {kind: beside(f"{kind}s.xml") for kind in _NOTES}
    trees = (root, styles, *notes.values())
    theme = _theme_fonts(beside("theme/theme1.xml"))
    for tree in trees:
        _name_theme_fonts(tree, theme)
    inks = {"p": "\n", "t": "", "softHyphen": _SOFT_HYPHEN}
    letters = "".join(element.text or inks[local(element)] for element in root.iter(*(f"{{*}}{kind}" for kind in inks)))
    old_font = old_font_of((font for tree in trees for font in _fonts(tree)), letters)
    reader = _Reader(
        _styles(styles), _Numbering(beside("numbering.xml")), old_font, _notes(notes, root, beside("settings.xml"))
    )
    try:
        body = _child(root, "body")
        blocks = tuple(reader.read(body)) if body is not None else ()
    except RecursionError as error:
        raise Refused("truncated", format=format) from error
    if not any(block.text or any(cell.text for cell in block.cells) for block in blocks):
        raise Refused("no_text", format=format)
    return Document(format=format, blocks=blocks, flags=tuple(sorted(reader.flags)))


class _Numbering:
    """Automatic numbers of paragraphs, counted as Word counts them."""

    def __init__(self, root: etree._Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._lists: dict[str, str] = {}
        if root is None:
            return
        abstract: dict[str, dict[int, _Level]] = {}
        for element in root:
            if local(element) == "abstractNum":
                abstract[attribute(element, "abstractNumId") or ""] = _levels(element)
        for element in root:
            if local(element) != "num":
                continue
            key, list_id = attribute(element, "numId") or "", _value(element, "abstractNumId") or ""
            levels = dict(abstract.get(list_id, {}))
            for override in element:
                if local(override) == "lvlOverride":
                    levels.update(_levels(override))
                    start, depth = _value(override, "startOverride"), _number(attribute(override, "ilvl"))
                    if start is not None and depth in levels:
                        old = levels[depth]
                        levels[depth] = _Level(old.format, old.text, _number(start, 1))
                        list_id = f"{list_id}/{key}"
            self._levels[key], self._lists[key] = levels, list_id

    def next(self, list_id: str, depth: int) -> str:
        """Number that stands before the next paragraph of the list, "" for a bullet or an unknown list."""
        levels = self._levels.get(list_id, {})
        if depth not in levels:
            return ""
        counts = self._counts.setdefault(self._lists[list_id], {})
        counts[depth] = counts.get(depth, levels[depth].start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        if levels[depth].format in ("bullet", "none"):
            return ""
        printed = levels[depth].text
        for above in range(depth + 1):
            if above in levels and f"%{above + 1}" in printed:
                # A level that was never counted shows its start.
                count = counts.setdefault(above, levels[above].start)
                printed = printed.replace(f"%{above + 1}", _counted(count, levels[above].format))
        return printed


class _Reader:
    """Walks one document; keeps the table number and the flags met on the way."""

    def __init__(
        self,
        styles: dict[str, _Style],
        numbering: _Numbering,
        old_font: OldFont | None,
        notes: dict[str, _Notes],
    ) -> None:
        self.flags: set[str] = set()
        self._old_font = old_font
        self._styles = styles
        self._numbering = numbering
        self._notes = notes
        self._noted: list[Block] = []
        self._tables = 0
        self._cell_flags: set[str] = set()

    def read(self, body: etree._Element) -> Iterator[Block]:
        """Paragraphs and tables, each with its notes behind it: a note would part a table's rows."""
        for element in _through_wrappers(body):
            yield from self._element(element)
            yield from self._noted
            self._noted = []

    def blocks(self, container: etree._Element) -> Iterator[Block]:
        for element in _through_wrappers(container):
            yield from self._element(element)

    def _element(self, element: etree._Element) -> Iterator[Block]:
        kind = local(element)
        if kind == "p":
            text, boxes = self._paragraph(element)
            if text:
                yield Block(PARAGRAPH, text=text)
            for box in boxes:
                yield from self.blocks(box)
        elif kind == "tbl":
            yield from self._table(element)

    def _table(self, table: etree._Element) -> Iterator[Block]:
        self._tables += 1
        number = self._tables
        rows: list[_OpenRow] = []
        spanning: dict[int, _OpenCell] = {}
        for element in _through_wrappers(table):
            if local(element) == "tr" and not _is_deleted_row(element):
                rows.append(self._row(element, spanning))
        for place, row in enumerate(rows, start=1):
            cells = tuple(
                Cell(c.column, c.text, column_span=c.column_span, row_span=c.row_span, flags=c.flags) for c in row.cells
            )
            yield Block(TABLE_ROW, table=number, row=place, cells=cells, flags=row.flags)
            yield from row.nested

    def _row(self, row: etree._Element, spanning: dict[int, _OpenCell]) -> _OpenRow:
        """Cells that begin in this row; `spanning` holds, by column, the cell that a continuation continues."""
        properties = _child(row, "trPr")
        column = min(_number(_value(properties, "gridBefore")), _MAX_SPAN)
        flags = ("hidden",) if _is_on(properties, "hidden") else ()
        cells: list[_OpenCell] = []
        nested: list[Block] = []
        for element in _through_wrappers(row):
            if local(element) != "tc":
                continue
            properties = _child(element, "tcPr")
            span = min(max(_number(_value(properties, "gridSpan"), 1), 1), _MAX_SPAN)
            if _value(properties, "hMerge", "continue") == "continue" and cells:
                cells[-1].column_span += span
                column += span
                continue
            merge = _value(properties, "vMerge", "continue")
            origin = spanning.get(column)
            if merge == "continue" and origin is not None:
                origin.row_span += 1
            else:
                text, tables, cell_flags = self._cell(element)
                cell = _OpenCell(column, text, span, flags=cell_flags)
                cells.append(cell)
                nested.extend(tables)
                spanning.pop(column, None)
                if merge is not None:
                    spanning[column] = cell
            column += span
        return _OpenRow(cells, nested, flags)

    def _cell(self, cell: etree._Element) -> tuple[str, list[Block], tuple[str, ...]]:
        """Text of a cell, one line a paragraph, the rows of the tables inside it, and what was left out of it."""
        lines: list[str] = []
        tables: list[Block] = []
        around, self._cell_flags = self._cell_flags, set()
        for block in self.blocks(cell):
            if block.kind == PARAGRAPH:
                lines.append(block.text)
            else:
                tables.append(block)
        found, self._cell_flags = self._cell_flags, around
        framed = [text for block in tables for inner in block.cells if (text := inner.text)]
        if len(tables) == 1 and framed and not lines:
            # A table of one row that is all of a cell parts what the cell says.
            lines, tables = [" | ".join(framed)], []
        if not lines and not tables and (what := _instead_of_text(cell)):
            found = found | {what}
        return "\n".join(lines), tables, tuple(sorted(found))

    def _paragraph(self, paragraph: etree._Element) -> tuple[str, list[etree._Element]]:
        """Printed text of a paragraph and the contents of the text boxes anchored in it."""
        properties = _child(paragraph, "pPr")
        style = _value(properties, "pStyle")
        runs: list[tuple[str | None, str]] = []
        boxes: list[etree._Element] = []
        for element in _through_wrappers(paragraph):
            if local(element) == "r":
                self._run(element, style, runs, boxes)
        printed = "".join(self._decoded(font, text) for font, text in _joined(runs)).strip()
        number = self._number_of(properties, style)
        return (f"{number} {printed}".strip() if number else printed), boxes

    def _number_of(self, properties: etree._Element | None, style: str | None) -> str:
        direct = _child(properties, "numPr")
        if direct is not None:
            list_id, depth = _value(direct, "numId"), _number(_value(direct, "ilvl"))
            return self._numbering.next(list_id, depth) if list_id else ""
        inherited = self._inherited(style, "numbering")
        return self._numbering.next(*inherited) if inherited else ""

    def _run(
        self,
        run: etree._Element,
        paragraph_style: str | None,
        runs: list[tuple[str | None, str]],
        boxes: list[etree._Element],
    ) -> None:
        properties = _child(run, "rPr")
        run_style = _value(properties, "rStyle")
        text = self._run_text(run, boxes)
        pointing = [element for element in run if local(element).removesuffix("Reference") in self._notes]
        if not text and not pointing:
            return

        def trait(own: Any, what: str) -> Any:
            """What the run says, or its style, or its paragraph's style."""
            for style in (run_style, paragraph_style):
                own = self._inherited(style, what) if own is None else own
            return own

        white = trait(_white(properties), "white") and not self._is_shaded(run, (run_style, paragraph_style))
        hidden = white or trait(_flag(properties, "vanish"), "hidden")
        for what, is_so in (("hidden", hidden), ("struck", trait(_struck(properties), "struck"))):
            if is_so:
                self.flags.add(_LEFT_OUT[what])
                self._cell_flags.add(_LEFT_OUT[what])
                return
        for element in pointing:
            self._note(element, text)
        if trait(_raised(properties), "raised") or local(run.getparent()) == "sup":
            text = marks.raised(text)
        font = trait(_font(properties), "font")
        runs.append((font or self._inherited("", "font"), text))

    def _note(self, pointing: etree._Element, own_mark: str) -> None:
        """Keep what a sign points to; own_mark: what is printed in place of its number where the sign says so."""
        kind = local(pointing).removesuffix("Reference")
        notes = self._notes[kind]
        note = notes.texts.get(attribute(pointing, "id") or "")
        if (attribute(pointing, "customMarkFollows") or "off").lower() in _OFF:
            notes.count += 1
            mark = _counted(notes.count, notes.format)
        else:
            mark = own_mark.strip()
        # Word has no notes in notes; a file whose notes point to each other would be read without end.
        all_notes, self._notes = self._notes, {}
        blocks = tuple(self.blocks(note)) if note is not None else ()
        self._notes = all_notes
        text = "\n".join(block.text or " | ".join(cell.text for cell in block.cells) for block in blocks)
        if text.strip():
            self._noted.append(Block(NOTE, text=text.strip(), flags=(f"{kind}:{mark}",)))

    def _is_shaded(self, run: etree._Element, styles: tuple[str | None, ...]) -> bool:
        """Whether white letters of a run can be seen: on a ground of its own, its paragraph, cell or table."""
        if any(self._inherited(style, "shaded") for style in styles) or _shaded(_child(run, "rPr")):
            return True
        for around in run.iterancestors("{*}p", "{*}tc", "{*}tbl", "{*}txbxContent"):
            properties = _child(around, f"{local(around)}Pr")
            if local(around) == "txbxContent" or _shaded(properties):
                return True
            if self._inherited(_value(properties, "tblStyle"), "shaded"):
                return True
        return False

    def _run_text(self, run: etree._Element, boxes: list[etree._Element]) -> str:
        parts: list[str] = []
        for element in run:
            kind = local(element)
            if kind == "t":
                parts.append(element.text or "")
            elif kind == "softHyphen":
                parts.append(_SOFT_HYPHEN)
            elif kind in ("tab", "ptab"):
                parts.append("\t")
            elif kind == "cr" or (kind == "br" and attribute(element, "type") not in ("page", "column")):
                parts.append("\n")
            elif kind == "fldChar":
                parts.append(_form_field(element))
            elif kind == "noBreakHyphen":
                parts.append("-")
            elif kind == "sym":
                code = (attribute(element, "char") or "").lower()
                if "wingdings" in (attribute(element, "font") or "").lower():
                    parts.append(_SYMBOLS.get(code[-2:], ""))
            elif kind in ("drawing", "pict", "object", "AlternateContent"):
                boxes.extend(_text_boxes(element))
            elif kind == "ruby":
                inner_runs = (inner for inner in _through_wrappers(element) if local(inner) == "r")
                parts.extend(self._run_text(inner, boxes) for inner in inner_runs)
        return "".join(parts)

    def _decoded(self, font: str | None, text: str) -> str:
        """Text of a run, from the letters of its old Vietnamese font where it has one."""
        if not font or not font.lower().startswith((".vn", "vni")):
            # A soft hyphen is ink only where a line happens to end; in an old font it is a letter.
            beside = self._old_font.decode(text) if self._old_font else text
            return beside.replace(_SOFT_HYPHEN, "")
        self.flags.add(f"font:{font}")
        decoded = decode_legacy(text, font)
        return text if decoded is None else decoded

    def _inherited(self, name: str | None, what: str) -> Any:
        """What a style says, or the one it is based on; the style "" is the document's default."""
        seen: set[str] = set()
        while name is not None and name not in seen:
            seen.add(name)
            style = self._styles.get(name)
            if style is None:
                return None
            if getattr(style, what) is not None:
                return getattr(style, what)
            name = style.based_on
        return None


def _through_wrappers(container: etree._Element) -> Iterator[etree._Element]:
    """Children of an element, those inside content controls, insertions, links and the like included."""
    for element in container:
        if local(element) in _WRAPPERS:
            yield from _through_wrappers(element)
        else:
            yield element


def _text_boxes(element: etree._Element) -> Iterator[etree._Element]:
    """Text boxes in a drawing, each once: AlternateContent holds the same box again for old programs."""
    for child in element:
        kind = local(child)
        if kind == "txbxContent":
            yield child
        elif kind != "Fallback":
            yield from _text_boxes(child)


def _joined(runs: list[tuple[str | None, str]]) -> Iterator[tuple[str | None, str]]:
    """Neighbouring runs of one font as one: an old font may put a letter and its mark into two runs."""
    font, text = None, ""
    for next_font, next_text in runs:
        if next_font != font and text:
            yield font, text
            text = ""
        font, text = next_font, text + next_text
    if text:
        yield font, text


def _notes(parts: dict[str, etree._Element | None], *settings: etree._Element | None) -> dict[str, _Notes]:
    """The notes of a file by their kind."""
    found: dict[str, _Notes] = {}
    for kind, part in parts.items():
        texts = {attribute(note, "id") or "": note for note in part} if part is not None else {}
        said = (_value(each, "numFmt") for tree in settings if tree is not None for each in tree.iter(f"{{*}}{kind}Pr"))
        found[kind] = _Notes(texts, next(filter(None, said), _NOTES[kind]))
    return found


def _styles(root: etree._Element | None) -> dict[str, _Style]:
    """Styles by identifier; "" is the default of the document, on which every style without a base rests."""
    found: dict[str, _Style] = {"": _Style()}
    if root is None:
        return found
    default_paragraph = None
    for element in root:
        if local(element) == "docDefaults":
            found[""] = _Style(font=_font(_child(_child(element, "rPrDefault"), "rPr")))
        elif local(element) == "style":
            name = attribute(element, "styleId") or ""
            properties = _child(element, "rPr")
            numbers = _child(_child(element, "pPr"), "numPr")
            list_id = _value(numbers, "numId")
            style = _Style(
                based_on=_value(element, "basedOn"),
                font=_font(properties),
                hidden=_flag(properties, "vanish"),
                white=_white(properties),
                shaded=any(map(_shaded, element.iter("{*}rPr", "{*}pPr", "{*}tcPr", "{*}tblPr", "{*}trPr"))) or None,
                struck=_struck(properties),
                raised=_raised(properties),
                numbering=(list_id, _number(_value(numbers, "ilvl"))) if list_id else None,
            )
            if name:
                found[name] = style
            if attribute(element, "type") == "paragraph" and attribute(element, "default") in ("1", "true"):
                default_paragraph = style
    if default_paragraph is not None and default_paragraph.font:
        # A paragraph that names no style has the default one.
        found[""] = _Style(font=default_paragraph.font)
    return found


def _levels(element: etree._Element) -> dict[int, _Level]:
    return {
        _number(attribute(level, "ilvl")): _Level(
            _value(level, "numFmt") or "decimal", _value(level, "lvlText") or "", _number(_value(level, "start"), 1)
        )
        for level in element
        if local(level) == "lvl"
    }


def _counted(count: int, format: str) -> str:
    if format in ("upperRoman", "lowerRoman"):
        roman = _roman(count)
        return roman if format == "upperRoman" else roman.lower()
    if format in ("upperLetter", "lowerLetter") and count > 0:
        letter = chr(ord("A") + (count - 1) % 26) * min((count - 1) // 26 + 1, 9)
        return letter if format == "upperLetter" else letter.lower()
    return f"{count:02d}" if format == "decimalZero" else str(count)


def _roman(count: int) -> str:
    if not 0 < count < 4000:
        return str(count)
    printed = ""
    for value, sign in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        printed += sign * (count // value)
        count %= value
    return printed


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    if element is not None:
        for child in element:
            if local(child) == name:
                return child
    return None


def _value(element: etree._Element | None, name: str, without: str | None = None) -> str | None:
    """`w:val` of the child `name`: None without the child, `without` where the child has no value."""
    child = _child(element, name)
    if child is None:
        return None
    value = attribute(child, "val")
    return without if value is None else value


def _flag(element: etree._Element | None, name: str) -> bool | None:
    value = _value(element, name, "true")
    return None if value is None else value.lower() not in _OFF


def _is_on(element: etree._Element | None, name: str) -> bool:
    return bool(_flag(element, name))


def _is_deleted_row(row: etree._Element) -> bool:
    return _child(_child(row, "trPr"), "del") is not None


def _font(properties: etree._Element | None) -> str | None:
    """The font of the letters above ASCII, which are those that an old font draws as others."""
    fonts = _child(properties, "rFonts")
    return None if fonts is None else attribute(fonts, "hAnsi") or attribute(fonts, "ascii")


def _theme_fonts(root: etree._Element | None) -> dict[str, str]:
    """Latin fonts of a theme, `major` and `minor`."""
    latin = root.iterfind(".//{*}fontScheme/*/{*}latin") if root is not None else ()
    return {local(font.getparent()).removesuffix("Font"): font.get("typeface") or "" for font in latin}


def _name_theme_fonts(root: etree._Element | None, theme: dict[str, str]) -> None:
    """Name the fonts that a part takes from the theme as if it named them itself."""
    for fonts in list(root.iter("{*}rFonts")) if root is not None and theme else ():
        for which in ("ascii", "hAnsi"):
            if font := theme.get((attribute(fonts, f"{which}Theme") or "")[:5]):
                fonts.set(f"{{{etree.QName(fonts).namespace}}}{which}", font)


def _white(properties: etree._Element | None) -> bool | None:
    colour = _value(properties, "color")
    if colour is None:
        return None
    try:
        return len(colour) == 6 and all(part >= _WHITE for part in bytes.fromhex(colour))
    except ValueError:
        return False


def _shaded(properties: etree._Element | None) -> bool:
    """Whether something darker than paper lies under the letters."""
    shade = _child(properties, "shd")
    fill = None if shade is None else (attribute(shade, "fill") or "auto").lower()
    return fill not in (None, "auto", "ffffff") or _value(properties, "highlight") not in (None, "none", "white")


def _form_field(element: etree._Element) -> str:
    """What a form field shows that no run says: the chosen entry of a list, a box ticked or not."""
    field = _child(element, "ffData")
    if (drop_down := _child(field, "ddList")) is not None:
        entries = [attribute(entry, "val") or "" for entry in drop_down if local(entry) == "listEntry"]
        chosen = _number(_value(drop_down, "result") or _value(drop_down, "default"))
        return entries[chosen] if chosen < len(entries) else ""
    if (box := _child(field, "checkBox")) is not None:
        checked = _flag(box, "checked")
        return "☒" if (_is_on(box, "default") if checked is None else checked) else "☐"
    return ""


def _instead_of_text(cell: etree._Element) -> str | None:
    """The flag of a cell that shows something without any text: a picture, an object, a formula without a result."""
    codes = (field.text or attribute(field, "instr") or "" for field in cell.iter("{*}instrText", "{*}fldSimple"))
    if any(code.strip() and not code.lstrip().startswith("FORM") for code in codes):
        return "formula_without_value"
    return "not_text" if next(cell.iter("{*}blip", "{*}imagedata", "{*}object", "{*}oMath"), None) is not None else None


def _struck(properties: etree._Element | None) -> bool | None:
    single, double = _flag(properties, "strike"), _flag(properties, "dstrike")
    return double or single


def _raised(properties: etree._Element | None) -> bool | None:
    """Whether letters are raised: by a superscript, or by hand above the line."""
    position = _value(properties, "position")
    if position is not None and _number(position.removeprefix("-"), -1) >= 0:
        return _number(position) > 0
    align = _value(properties, "vertAlign")
    return None if align is None else align == "superscript"


def _fonts(root: etree._Element | None) -> Iterator[str]:
    for element in root.iter("{*}rFonts") if root is not None else ():
        yield attribute(element, "hAnsi") or attribute(element, "ascii") or ""


def _number(text: str | None, default: int = 0) -> int:
    # int() reads more than digits ("1_0") and is slow on very long ones.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else default
