"""Read plain text and Markdown (.txt, .md): lines as paragraphs, lines with tabs or pipes as table rows.

In: decoded text. Out: a Document, with pages only where the text has form feeds. Markdown's and HTML's
emphasis is taken off, nothing else is changed. Not here: encodings (`encoding.py`), which table is the annex.
"""

from __future__ import annotations

import re

from orchestration.reading.document import PARAGRAPH, TABLE_ROW, Block, Cell, Document
from orchestration.reading.knowledge.marks import tags_raised
from orchestration.reading.refusal import Refused

_TAGS = re.compile(r"</?(?:b|i|u|em|strong|sup|sub|span|font|p|div)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BOLD = re.compile(r"\*\*|__(?=\w)|(?<=\w)__")
_ITALIC = re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,2000})(?<=\S)\*(?![\w*])")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
_PIPE_RULE = re.compile(r"^\|?(\s*:?-+:?\s*\|)+\s*(:?-+:?)?\s*$")
_PIPE = re.compile(r"(?<!\\)\|")


def read_text(text: str, flags: tuple[str, ...] = ()) -> Document:
    """Read plain text; flags: what was noticed when it was decoded. Raises Refused empty or no_text.

    A line with two tabs or more is a table row, its cells placed by their tabs; blank lines do not end a table,
    a paragraph does.
    """
    if not text.strip():
        raise Refused("empty")
    pages = text.split("\f")
    blocks: list[Block] = []
    table, row, before = 0, 0, 0
    for number, page in enumerate(pages, start=1):
        shown = number if len(pages) > 1 else None
        lines = [(at, line) for at, line in enumerate(page.splitlines(), before + 1) if line.strip()]
        before += len(page.splitlines())
        tabbed = _tab_rows([line for _, line in lines], row > 0)
        for (at, line), is_tabbed in zip(lines, tabbed, strict=True):
            cells = _cells(line, is_tabbed)
            if cells is None:
                printed = _plain(line)
                if printed:
                    row = 0
                    blocks.append(Block(PARAGRAPH, text=printed, page=shown, line=at))
            elif cells:
                table, row = (table, row + 1) if row else (table + 1, 1)
                blocks.append(Block(TABLE_ROW, page=shown, table=table, row=row, line=at, cells=cells))
    if not any(block.text or any(cell.text for cell in block.cells) for block in blocks):
        raise Refused("no_text", format="text")
    return Document("text", tuple(blocks), pages=len(pages) if len(pages) > 1 else None, flags=flags)


def _tab_rows(lines: list[str], is_open: bool) -> list[bool]:
    """Which lines are rows of a tab table.

    Editors cut tabs off line ends, so a row without values may keep one tab: it counts as a row where it stands
    between two rows.
    """
    tabs = [line.count("\t") for line in lines]
    before = is_open
    forward: list[bool] = []
    for count in tabs:
        before = count >= 2 or (before and count == 1)
        forward.append(before)
    after = False
    rows: list[bool] = []
    for count, possible in zip(reversed(tabs), reversed(forward), strict=True):
        after = count >= 2 or (after and count == 1)
        rows.append(possible and after)
    return rows[::-1]


def _cells(line: str, is_tabbed: bool) -> tuple[Cell, ...] | None:
    """Cells of a row, () for the rule under a Markdown header, None for a line that is no row."""
    if is_tabbed:
        return tuple(Cell(column, _plain(_unquoted(text))) for column, text in enumerate(line.split("\t")))
    stripped = line.strip()
    if not stripped.startswith("|") or stripped.count("|") < 3:
        return None
    if _PIPE_RULE.match(stripped):
        return ()
    parts = _PIPE.split(stripped[1:])
    if not parts[-1].strip():
        parts = parts[:-1]
    return tuple(Cell(column, _plain(text.replace("\\|", "|"))) for column, text in enumerate(parts))


def _unquoted(text: str) -> str:
    """A cell as the program that quoted it had it."""
    is_quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1].replace('""', '"') if is_quoted else text


def _plain(text: str) -> str:
    """Text without the marks of emphasis, headings and soft hyphens: `### **3. Kiểm tra**` → `3. Kiểm tra`."""
    text = _HEADING.sub("", text.lstrip("\ufeff").replace("\u00ad", ""))
    if "<" in text:
        text = _TAGS.sub("", _BREAK.sub("\n", tags_raised(text)))
    if "*" in text or "__" in text:
        text = _ITALIC.sub(r"\1", _BOLD.sub("", text))
    return text.strip()
