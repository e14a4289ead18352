"""Text as offices store it that write in TCVN3 or VNI fonts: Vietnamese letters as other letters.

The inverse of the reader's tables, so it shows that texts come back, not that the tables are right.
Not here: telling such text from sound text (`reading/formats/encoding.py`).
"""

from __future__ import annotations

import unicodedata

from orchestration.reading.formats import encoding

TCVN3, VNI = encoding.TCVN3, encoding.VNI

_TABLES = {
    TCVN3: {letter: stored for stored, letter in reversed(encoding._TCVN3_LETTERS.items())},
    VNI: {letter: stored for stored, letter in reversed(encoding._VNI_LETTERS.items())},
}


def stored(text: str, font: str) -> str:
    """`text` as the font stores it; a marked capital that TCVN3 lacks is stored as the small letter."""
    table = _TABLES[font]
    return "".join(table.get(c, table.get(c.lower(), c)) for c in unicodedata.normalize("NFC", text))
