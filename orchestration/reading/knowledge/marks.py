"""Signs that stand in a text and are no part of it: note marks that are raised, and signs without ink.

In: a Document as its reader made it; readers write what is raised with the raised letters of Unicode (`raised`).
Out: the same Document without them, a flag on each cell and paragraph that had some.
Not here: what is struck out or hidden, which only the format's reader can see.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from orchestration.reading.document import Block, Cell, Document

_PLAIN = "0123456789+-=()abcdefghijklmnoprstuvwxyz"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
_TO_RAISED = str.maketrans(_PLAIN + "[]", _RAISED + "⁽⁾")

_RUN = rf"[{_RAISED}](?:[{_RAISED},; ]*[{_RAISED}])?"
_MARK = re.compile(rf"\s*(?:\({_RUN}\)|\[{_RUN}\]|{_RUN})")
# Digits in circles and the like are note marks behind a figure; NFKC would make digits of them.
_IN_CIRCLES = "\u2460-\u249b\u24ea-\u24ff\u2776-\u2793\u3251-\u325f\u32b1-\u32bf\U0001f100-\U0001f10c"
_SIGN_BEHIND_FIGURE = re.compile(
    rf"(?<=[0-9%])\s*(?:[{_IN_CIRCLES}\u2080-\u208e]+|[*⁎†‡§]+|[ºª]|\([*]{{1,3}}\)|\[(?:[*]{{1,3}}|\^?[0-9a-z]{{1,2}})\])$"
)
_MAY_MARK = re.compile(r"[*<\[]")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGGED = re.compile(r"<sup(?:\s[^<>]{0,200})?>(.{0,40}?)</sup\s*>", re.IGNORECASE | re.DOTALL)


def raised(text: str) -> str:
    """`text` in raised letters, as a note mark is printed; a text that has other letters too is no mark and stays."""
    written = text.lower().translate(_TO_RAISED)
    return written if all(sign in _RAISED or not sign.isalnum() for sign in written) else text


def tags_raised(text: str) -> str:
    """`36<sup>1</sup>` → `36¹`: tags that stand in a text as they do in what OCR programs write."""
    return _TAGGED.sub(lambda match: raised(match.group(1)), text) if "<" in text else text


def without_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """(text, flags): `36¹` → `36`, `note_mark:1`; `m²` stays, and so does a text that is raised as a whole."""
    flags: list[str] = []
    text = tags_raised(text)
    if any(unicodedata.category(sign) == "Cf" for sign in text):
        flags += ["bidi_override"] if _BIDI.search(text) else ["invisible_sign"]
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    for pattern in (_MARK, _SIGN_BEHIND_FIGURE):
        kept: list[str] = []
        at = 0
        for match in pattern.finditer(text):
            before, mark = text[at : match.start()], match.group()
            is_power = _is_power(text[: match.start()], mark)
            kept += [before, mark if is_power else ""]
            if not is_power:
                flags.append("note_mark:" + "".join(unicodedata.normalize("NFKC", mark).split()))
            at = match.end()
        if at and (rest := "".join((*kept, text[at:]))).strip():
            text = rest
        elif at:
            flags = [flag for flag in flags if not flag.startswith("note_mark")]
    return text, tuple(dict.fromkeys(flags))


def _is_power(before: str, mark: str) -> bool:
    """The ² of m², km²."""
    return mark in ("²", "³") and bool(re.search(r"(?<![^\W\d_])[kdcmh]?m$", before, re.IGNORECASE))


def clean(document: Document) -> Document:
    """`document` without note marks and signs that have no ink."""
    return replace(document, blocks=tuple(map(_clean_block, document.blocks)))


def _clean_block(block: Block) -> Block:
    texts = (block.text, *(cell.text for cell in block.cells))
    if all(text.isascii() and not _MAY_MARK.search(text) for text in texts):
        return block
    text, flags = without_marks(block.text)
    cells = tuple(map(_clean_cell, block.cells))
    return replace(block, text=text, cells=cells, flags=(*block.flags, *flags))


def _clean_cell(cell: Cell) -> Cell:
    text, flags = without_marks(cell.text)
    return replace(cell, text=text, flags=(*cell.flags, *flags))
