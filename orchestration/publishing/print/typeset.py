"""Data and a template → the bytes of a PDF: tagged (PDF/UA-1), with its own fonts, equal for equal data.

In: the name of a template of this folder, data that JSON can write, its `day` among it. Out: bytes.
Not here: what stands in a product, and how it looks.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typst

from orchestration.publishing.product import digest_of, layout_of

TEMPLATES = Path(__file__).parent
LONGEST_TEXT = 600
LONGEST_WORD = 24
CUT = " …"
# What the fonts of Typst can draw and people at the ministry read; PDF/UA allows no letter without a picture.
_DRAWN = (
    (0x20, 0x7E),
    (0xA0, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x203F),
    (0x20A0, 0x20BF),
    (0x2153, 0x2184),
    (0x2190, 0x23FF),
    (0x2500, 0x25FF),
)
_OTHER = re.compile("[^" + "".join(f"{chr(low)}-{re.escape(chr(high))}" for low, high in _DRAWN) + "]")
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PILED_MARKS = re.compile("([\u0300-\u036f]{2})[\u0300-\u036f]+")
_LONG_WORD = re.compile(rf"([^\s\u200b]{{{LONGEST_WORD}}})(?=\S)")
_STAND_IN = "□"
_MAY_BREAK = "\u200b"


def readable(text: str) -> str:
    """`text` as a page can show it: one line, bounded, what turns text round taken out, what no font has as `□`."""
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", " ".join(text[: 4 * LONGEST_TEXT].split())))
    drawn = _OTHER.sub(_STAND_IN, _PILED_MARKS.sub(r"\1", seen))
    cut = drawn if len(drawn) <= LONGEST_TEXT else drawn[:LONGEST_TEXT] + CUT
    return _LONG_WORD.sub(rf"\1{_MAY_BREAK}", cut.replace("_", f"_{_MAY_BREAK}"))


def _readable_in(data: Any) -> Any:
    if isinstance(data, str):
        return readable(data)
    if isinstance(data, Mapping):
        return {key: _readable_in(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_readable_in(value) for value in data]
    return data


@cache
def layout() -> str:
    """Of all code and templates that set type, and of Typst itself."""
    return digest_of(version("typst"), layout_of(*TEMPLATES.glob("*.py"), *TEMPLATES.glob("*.typ")))


def made_from(template: str, data: Mapping[str, Any]) -> str:
    """Equal for PDF files that come out equal."""
    return digest_of(template, data, layout())


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(TEMPLATES / template, root=TEMPLATES, ignore_system_fonts=True)


def typeset(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF; its date is `data["day"]`, never the clock's, and the start of its digest stands in each footer."""
    day: date = data["day"]
    shown = {**_readable_in(data), "day": [day.year, day.month, day.day], "digest": made_from(template, data)[:8]}
    found = _compiler(template).compile(
        format="pdf", sys_inputs={"data": json.dumps(shown, ensure_ascii=False)}, pdf_standards=["ua-1"]
    )
    if not isinstance(found, bytes):
        raise TypeError(f"{template}: a PDF is one file")
    return found
