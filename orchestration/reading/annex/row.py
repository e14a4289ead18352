"""A row of an annex on its way from the page to the catalogue, and its code as the catalogue writes it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import lru_cache

from orchestration.reading.document import Block, Cell
from orchestration.reading.knowledge.catalogue import FormRow
from orchestration.reading.knowledge.vietnamese import nfkc

PRINTED, ALIGNED, UNMATCHED = "printed", "aligned", "unmatched"
FIELDS = ("code", "label", "unit", "value", "note")

CODE = re.compile(r"^\d{1,2}( ?[.,] ?\d{1,2}){0,3} ?[.)]?$")
NUMBER = re.compile(r"^[\d.,% ]*\d[\d.,% ]*$")
PART = re.compile(r"^trong (do|so)\b")


@dataclass
class Row:
    """A row on its way: texts by field, then its place in the catalogue.

    hint: the form row that its text was recognised as while rows were put together.  parent, ordinal: of a row
    under "Trong đó", as printed.
    """

    texts: dict[str, str]
    block: Block
    after_break: bool
    is_part: bool = False
    starts_parts: bool = False
    hint: FormRow | None = None
    parent: str = ""
    ordinal: int = 0
    target: FormRow | None = None
    source: str = UNMATCHED
    flags: list[str] = dataclasses.field(default_factory=list)
    cells: dict[str, Cell] = dataclasses.field(default_factory=dict)
    at: int = 0

    @property
    def code(self) -> str:
        return code_of(self.texts["code"])

    @property
    def label(self) -> str:
        return self.texts["label"]

    @property
    def has_value(self) -> bool:
        return bool(self.texts["value"])

    @property
    def has_number(self) -> bool:
        return bool(NUMBER.match(self.texts["value"]))


@lru_cache(maxsize=65536)
def code_of(text: str) -> str:
    """`1.1.1.` → `1.1.1`, `１.１` → `1.1`; empty if the text is not a code.

    A workbook that took `1.1` for a number prints it as `1,1`.
    """
    text = nfkc(text)
    if not CODE.match(text):
        return ""
    return ".".join(str(int(part)) for part in re.findall(r"\d+", text))
