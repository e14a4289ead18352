"""Whether a document says of itself that its figures are made up.

The mark stands in the title block of everything the simulator writes, and its files are named for it; either is
enough, for a made-up figure must never pass as a real one. Not here: what follows from it (dbt, publishing).
"""

from __future__ import annotations

from pathlib import PurePath

from rapidfuzz import fuzz

from orchestration.reading.document import Block, Document
from orchestration.reading.knowledge.vietnamese import fold

MARK = "SỐ LIỆU MÔ PHỎNG / SIMULATED"
FILE_PREFIX = "MO_PHONG_"
FLAG = "simulated"

_FOLDED = fold(MARK)
# The title block, and how like the mark a line must be where letters may be read wrong.
_HEAD_LINES = 40
_LEAST = 85.0


def is_simulated(document: Document) -> bool:
    """Whether the mark stands in the title block, letter for letter or as a scan may have it."""
    lines = [line for block in document.blocks[:_HEAD_LINES] for line in _lines(block)]
    return any(_FOLDED in line or fuzz.ratio(_FOLDED, line) >= _LEAST for line in lines)


def is_named_simulated(path: PurePath | str) -> bool:
    """Whether the file is named as the simulator names its files; true of a file too damaged to be read."""
    return PurePath(path).name.startswith(FILE_PREFIX)


def _lines(block: Block) -> list[str]:
    texts = [cell.text for cell in block.cells] or [block.text]
    return [fold(line) for text in texts for line in text.splitlines()]
