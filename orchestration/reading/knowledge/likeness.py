"""What a document seems to be, for the sentence that refuses it: its kind by its title, and the tables that were seen.

In: a Document. Out: words in both languages. Not here: whether it is a report (`annex/`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from orchestration.reading.document import TABLE_ROW, Document
from orchestration.reading.knowledge import catalogue
from orchestration.sentence import Sentence

_BEFORE_THE_TITLE = 40
"""Blocks in which the title stands, or it is no title."""

_NUMBER_OF_A_LETTER = re.compile(r"^Số\s*:?\s*\d*\s*/(?!\d)[A-ZĐ]+-[A-ZĐ]+", re.IGNORECASE)
_SHOWN_TABLES, _SHOWN_LETTERS = 3, 60
_LEAST_TEXT = 40


def likeness_of(document: Document) -> Sentence:
    """What it is, then what was seen in it: `đây là Nghị định; có 2 bảng: «TT | Họ tên», «Mã | Tên»`."""
    kind, pages = _kind_of(document), document.pages
    vi, en = [], []
    if document.format == "scan":
        vi.append(f"ảnh chụp hoặc bản quét {pages} trang")
        en.append(f"a photo or scan of {pages} pages")
    if kind:
        vi.append(kind.vi)
        en.append(f"a {kind.en}")
    seen = _seen(document)
    if not vi:
        return Sentence(f"không rõ là loại văn bản gì; {seen.vi}", f"of no known kind; {seen.en}")
    return Sentence(f"đây là {', '.join(vi)}; {seen.vi}", f"it is {', '.join(en)}; {seen.en}")


def _kind_of(document: Document) -> Sentence | None:
    """The kind that stands as a title, in capitals; a letter has no title, but a number without the sign of a kind."""
    is_letter = False
    for text in _first_lines(document):
        for title, kind in _kinds():
            if text == title or text.startswith((f"{title} ", f"{title}:")):
                return kind
        is_letter |= bool(_NUMBER_OF_A_LETTER.match(text))
    return Sentence("Công văn", "official letter") if is_letter else None


def _first_lines(document: Document) -> Iterator[str]:
    for block in document.blocks[:_BEFORE_THE_TITLE]:
        for text in (block.text, *(cell.text for cell in block.cells)):
            for line in unicodedata.normalize("NFC", text).splitlines():
                if line.strip():
                    yield " ".join(line.split())


@lru_cache
def _kinds() -> tuple[tuple[str, Sentence], ...]:
    """(title in capitals, kind), the longer title first."""
    rows = sorted(catalogue.seed("document_kinds"), key=lambda row: -len(row["name"]))
    return tuple((row["name"].upper(), Sentence(row["name"], row["name_en"])) for row in rows)


def _seen(document: Document) -> Sentence:
    titles: dict[int | None, str] = {}
    for block in document.blocks:
        if block.kind == TABLE_ROW and (texts := [cell.text.strip() for cell in block.cells if cell.text.strip()]):
            titles.setdefault(block.table, _short(" | ".join(texts)))
    if titles:
        shown = ", ".join(f"«{title}»" for title in list(titles.values())[:_SHOWN_TABLES])
        return Sentence(f"có {len(titles)} bảng: {shown}", f"tables in it: {len(titles)}, {shown}")
    text = " ".join(block.text for block in document.blocks if block.text)
    if document.format == "scan" and sum(map(str.isalpha, text)) < _LEAST_TEXT:
        return Sentence("hầu như không có chữ nào đọc được", "hardly any text could be read")
    return Sentence(f"không có bảng nào, bắt đầu bằng «{_short(text)}»", f"it has no table and begins «{_short(text)}»")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS].rsplit(" ", 1)[0] + " …"
