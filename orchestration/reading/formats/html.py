"""Read a web page (.html, and the .doc or .xls files that are one): paragraphs and tables as a browser shows them.

In: bytes. Out: a Document without pages. Scripts are left out, and what is struck out, white on white or not displayed,
by the page's own style sheets too; raised letters come as the raised ones of Unicode. What form fields show is text; a
cell that is nothing but a picture is flagged.
Not here: encodings (`encoding.py`) and which table is the annex (`annex.py`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.formats.encoding import OldFont, decode_bytes, decode_legacy, old_font_of
from orchestration.reading.knowledge import marks
from orchestration.reading.refusal import Refused

_SKIPPED = frozenset((
    "script", "style", "head", "template", "noscript", "svg", "math", "object", "iframe", "option",
))  # fmt: skip
_LINES = frozenset((
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd",
    "blockquote", "pre", "center", "section", "article", "header", "footer", "main", "address",
    "form", "fieldset", "hr", "body", "caption", "table",
))  # fmt: skip
_FIELDS = frozenset(("input", "select", "textarea"))
_PICTURES = frozenset(("img", "svg", "math", "object", "iframe", "canvas", "script"))
_CONTENT = re.compile(r"(?:^|;)\s*content\s*:(?!\s*(?:none|normal|\"\"|''))", re.IGNORECASE)
_CONTENT_OF_STYLE = "par-content"
"""Attribute of an element beside which a style sheet writes text."""

_WRITTEN_BY_STYLE = re.compile(r"::?(?:before|after)$", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0*\.?0+\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:\.0+)?(?:\D|$)|(?:left|text-indent)\s*:\s*-\d{4,}",
    re.IGNORECASE,
)
_STRUCK = frozenset(("s", "strike", "del"))
_LINE_THROUGH = re.compile(r"text-decoration[^;]*line-through", re.IGNORECASE)
_SUPER = re.compile(r"vertical-align\s*:\s*super|position\s*:\s*relative\s*;\s*top\s*:\s*-", re.IGNORECASE)
_FAMILY = re.compile(r"font-family\s*:\s*[\"']?([^\"',;]+)", re.IGNORECASE)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_NO_GROUND = frozenset(("", "none", "transparent", "inherit", "initial", "auto"))
_WHITE = 0xF0
"""Red, green and blue of letters that nobody sees on white paper are each at least this."""
_CSS_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_CSS_RULE = re.compile(r"([^{};]{1,500})\{([^{}]{1,5000})\}")
_CSS_SAYS = re.compile(
    "color|background|content|text-decoration|vertical-align|display|visibility|opacity|mso-hide|font-size|font-family"
    "|position|indent",
    re.IGNORECASE,
)
_MOST_RULES = 500
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,40})", re.IGNORECASE)
_SPACE = re.compile("[ \t\r\n\f]+")
_AROUND_BREAK = re.compile(" *\n[ \n]*")
_MAX_COLUMN_SPAN = 256
_DOUBTFUL_CHARSETS = frozenset((
    "utf8", "iso88591", "latin1", "windows1252", "cp1252", "usascii", "ascii", "xuserdefined",
    "utf16",
))  # fmt: skip
"""Charsets that pages declare out of habit, so that the bytes are asked instead."""


@dataclass
class _OpenCell:
    column_span: int
    row_span: int
    parts: list[str] = field(default_factory=list)
    nested: list[Block] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    has_picture: bool = False


@dataclass(frozen=True)
class _Look:
    """How the letters of an element are drawn; font is the old Vietnamese font, "" for any other, None unsaid.

    grounded: something darker than paper lies under them.
    """

    font: str | None = None
    struck: bool = False
    raised: bool = False
    white: bool = False
    grounded: bool = False


@dataclass
class _OpenTable:
    number: int
    rows: list[list[_OpenCell]] = field(default_factory=list)
    cell: _OpenCell | None = None


def read_html(data: bytes) -> Document:
    """Read a page. Raises Refused empty or no_text."""
    if not data.strip():
        raise Refused("empty")
    text, flags = _text(data)
    parser = LexborHTMLParser(text.replace("\0", ""))
    _apply_style_sheets(parser)
    page = _Page()
    if parser.root is not None:
        page.read(parser.root)
    if not any(block.text or any(cell.text for cell in block.cells) for block in page.blocks):
        raise Refused("no_text", format="html")
    return Document("html", tuple(page.blocks), flags=tuple(sorted({*flags, *page.flags})))


def _text(data: bytes) -> tuple[str, tuple[str, ...]]:
    declared = _CHARSET.search(data[:4096])
    if declared and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        name = declared.group(1).decode("ascii").lower()
        if re.sub("[^a-z0-9]", "", name) not in _DOUBTFUL_CHARSETS:
            try:
                return data.decode(name), (f"encoding:{name}",)
            except (LookupError, ValueError):
                pass
    return decode_bytes(data)


class _Page:
    """Collects blocks from the opening and closing of elements; a table inside a cell is a table of its own."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.flags: set[str] = set()
        self._tables: list[_OpenTable] = []
        self._count = 0
        self._parts: list[str] = []
        self._looks = [_Look()]
        self._old_font: OldFont | None = None

    def read(self, root: LexborNode) -> None:
        fonts = (font for node in root.css("[style], font[face]") if (font := _font(node)))
        self._old_font = old_font_of(fonts, root.text(separator="\n"))
        self.flags.update(self._old_font.flags if self._old_font else ())
        for event, node in self._events(root):
            tag = node.tag or ""
            if event == "text":
                self._text(_SPACE.sub(" ", node.text_content or ""))
            elif event == "field":
                self._text(_field_text(node))
            elif event == "open":
                self._open(tag, node)
            else:
                self._close(tag)
        self._end_line()

    def _events(self, root: LexborNode) -> Iterator[tuple[str, LexborNode]]:
        """Openings, texts and closings in order, without recursion: a damaged page nests without end."""
        node: LexborNode | None = root
        waiting: list[LexborNode] = []
        while node is not None:
            child = None
            if node.is_text_node:
                yield "text", node
            elif node.tag in _FIELDS and not self._is_skipped(node):
                yield "field", node
            elif node.is_element_node and not self._is_skipped(node):
                yield "open", node
                child = node.first_child
                if child is None:
                    yield "close", node
            if child is not None:
                waiting.append(node)
                node = child
                continue
            while node.next is None and waiting:
                node = waiting.pop()
                yield "close", node
            node = node.next if waiting else None

    def _is_skipped(self, node: LexborNode) -> bool:
        is_written = _CONTENT_OF_STYLE in node.attributes
        if (node.tag in _PICTURES or is_written) and self._tables and (cell := self._tables[-1].cell) is not None:
            cell.has_picture = cell.has_picture or node.attributes.get("width") not in ("0", "1")
        if node.tag in _SKIPPED:
            return True
        attributes = node.attributes
        if "hidden" in attributes or _HIDDEN.search(attributes.get("style") or ""):
            self.flags.add("hidden_text")
            return True
        return False

    def _open(self, tag: str, node: LexborNode) -> None:
        self._looks.append(_look(node, self._looks[-1]))
        if tag in _LINES:
            self._end_line()
        if tag == "br":
            self._target().append("\n")
        elif tag == "table":
            self._count += 1
            self._tables.append(_OpenTable(self._count))
        elif tag == "tr" and self._tables:
            self._tables[-1].cell = None
            self._tables[-1].rows.append([])
        elif tag in ("td", "th") and self._tables:
            table = self._tables[-1]
            if not table.rows:
                table.rows.append([])
            table.cell = _OpenCell(
                min(_whole(node.attributes.get("colspan")), _MAX_COLUMN_SPAN),
                _whole(node.attributes.get("rowspan"), zero=65_535),
            )
            table.rows[-1].append(table.cell)

    def _close(self, tag: str) -> None:
        self._looks.pop()
        if tag in ("td", "th") and self._tables:
            self._tables[-1].cell = None
        elif tag == "table" and self._tables:
            self._end_table(self._tables.pop())
        elif tag in _LINES:
            self._end_line()

    def _text(self, text: str) -> None:
        look = self._looks[-1]
        left_out = "struck_out" if look.struck else "hidden_text" if look.white and not look.grounded else None
        if left_out and text.strip():
            self.flags.add(left_out)
            for table in self._tables[-1:]:
                if table.cell is not None:
                    table.cell.flags.add(left_out)
            return
        decoded = self._decoded(text)
        self._target().append(marks.raised(decoded) if look.raised else decoded)

    def _target(self) -> list[str]:
        """Where text goes: the innermost open cell, else the paragraph."""
        for table in reversed(self._tables):
            if table.cell is not None:
                return table.cell.parts
        return self._parts

    def _end_line(self) -> None:
        target = self._target()
        if target is not self._parts:
            target.append("\n")
            return
        text = _clean(self._parts)
        self._parts.clear()
        if text:
            self.blocks.append(Block(PARAGRAPH, text=text))

    def _end_table(self, table: _OpenTable) -> None:
        blocks = _table_blocks(table)
        framed = [cell.text for block in blocks for cell in block.cells if cell.text]
        for outer in reversed(self._tables):
            if outer.cell is not None and len(blocks) == 1 and framed and not _clean(outer.cell.parts):
                # A table of one row that is all of a cell parts what the cell says.
                outer.cell.parts.append(" | ".join(framed))
                return
            if outer.cell is not None:
                outer.cell.nested.extend(blocks)
                return
        self._end_line()
        self.blocks.extend(blocks)

    def _decoded(self, text: str) -> str:
        font = self._looks[-1].font
        if not text.strip():
            return text
        if not font:
            return self._old_font.decode(text) if self._old_font else text
        self.flags.add(f"font:{font}")
        decoded = decode_legacy(text, font)
        return text if decoded is None else decoded


def _table_blocks(table: _OpenTable) -> list[Block]:
    """Rows with each cell at its grid column: a cell that spans rows keeps its columns taken below it."""
    blocks: list[Block] = []
    taken: dict[int, int] = {}
    total = len(table.rows)
    for row, open_cells in enumerate(table.rows):
        cells: list[Cell] = []
        nested: list[Block] = []
        column = 0
        for cell in open_cells:
            while taken.get(column, 0) > row:
                column += 1
            rows = max(1, min(cell.row_span, total - row))
            if rows > 1:
                taken.update(dict.fromkeys(range(column, column + cell.column_span), row + rows))
            text = _clean(cell.parts)
            if cell.has_picture and not text and not cell.nested:
                cell.flags.add("not_text")
            flags = tuple(sorted(cell.flags))
            cells.append(Cell(column, text, column_span=cell.column_span, row_span=rows, flags=flags))
            nested.extend(cell.nested)
            column += cell.column_span
        blocks.append(Block(TABLE_ROW, table=table.number, row=row + 1, cells=tuple(cells)))
        blocks.extend(nested)
    return blocks


def _clean(parts: list[str]) -> str:
    text = "".join(parts).replace("\u00ad", "")
    return _AROUND_BREAK.sub("\n", re.sub("  +", " ", text)).strip()


def _look(node: LexborNode, around: _Look) -> _Look:
    style, font = node.attributes.get("style") or "", _font(node)
    return _Look(
        around.font if font is None else font,
        around.struck or node.tag in _STRUCK or bool(_LINE_THROUGH.search(style)),
        around.raised or node.tag == "sup" or bool(_SUPER.search(style)),
        around.white if not (colour := _last(_COLOUR, style) or _of(node, "color")) else _is_white(colour),
        around.grounded or _is_ground(_last(_GROUND, style)) or _is_ground(_of(node, "bgcolor")),
    )


def _apply_style_sheets(parser: LexborHTMLParser) -> None:
    """What the page's style sheets say of an element, put before what its own style says; the last word counts."""
    sheets = _CSS_COMMENT.sub("", "\n".join(node.text() for node in parser.css("style")))
    rules = (rule for rule in _CSS_RULE.findall(sheets) if _CSS_SAYS.search(rule[1]))
    said: dict[int, tuple[LexborNode, list[str]]] = {}
    for selectors, declarations in itertools.islice(rules, _MOST_RULES):
        for selector in selectors.split(","):
            of_element, is_around = _WRITTEN_BY_STYLE.subn("", selector.strip())
            if is_around and not _CONTENT.search(declarations):
                continue
            try:
                found = parser.css(of_element)
            except (ValueError, RuntimeError):
                continue  # a selector that no element has, such as :hover or @page
            for node in found:
                if is_around:
                    node.attrs[_CONTENT_OF_STYLE] = ""
                else:
                    said.setdefault(node.mem_id, (node, []))[1].append(declarations)
    for node, declarations in said.values():
        node.attrs["style"] = ";".join((*declarations, node.attributes.get("style") or ""))


def _last(pattern: re.Pattern[str], style: str) -> str:
    return found[-1].strip() if (found := pattern.findall(style)) else ""


def _of(node: LexborNode, attribute: str) -> str:
    return (node.attributes.get(attribute) or "").strip().lower()


def _is_white(colour: str) -> bool:
    colour = colour.lower()
    if colour in ("white", "transparent"):
        return True
    if digits := re.fullmatch("#([0-9a-f]{3}|[0-9a-f]{6})", colour):
        parts = [
            int(part * 2 if len(part) == 1 else part, 16) for part in re.findall("." * (len(digits[1]) // 3), digits[1])
        ]
    else:
        parts = [int(part) for part in re.findall(r"\d{1,3}", colour)[:3]] if colour.startswith("rgb") else []
    return len(parts) == 3 and min(parts) >= _WHITE


def _is_ground(colour: str) -> bool:
    return colour.lower() not in _NO_GROUND and not _is_white(colour.partition(" ")[0])


def _field_text(node: LexborNode) -> str:
    """What a form field shows."""
    if node.tag == "textarea":
        return node.text()
    if node.tag == "select":
        options = node.css("option")
        chosen = [option for option in options if "selected" in option.attributes] or options[:1]
        return " ".join(option.text() for option in chosen)
    kind = _of(node, "type")
    if kind in ("checkbox", "radio"):
        return "☒" if "checked" in node.attributes else "☐"
    is_shown = kind not in ("hidden", "submit", "button", "reset", "image", "file", "password")
    return (node.attributes.get("value") or "") if is_shown else ""


def _font(node: LexborNode) -> str | None:
    """Old Vietnamese font that an element sets, "" where it sets another one, None where it sets none."""
    attributes = node.attributes
    face = attributes.get("face") if node.tag == "font" else None
    if not face:
        face = _last(_FAMILY, attributes.get("style") or "")
    if not face:
        return None
    face = face.strip()
    return face if face.lower().startswith((".vn", "vni")) else ""


def _whole(text: str | None, zero: int = 1) -> int:
    """A span attribute: 1 where it is missing or no number; a row span of 0 reaches to the table's end."""
    digits = re.match(r"\s*(\d{1,5})", text or "", re.ASCII)
    if digits is None:
        return 1
    return int(digits.group(1)) or zero
