"""How figures, dates and names are written for people, in Vietnamese and in English.

Not here: sentences of a product, and any rounding that decides something: a rank is of unrounded values.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

DASH = "–"
_TO_VIETNAMESE = str.maketrans(",.", ".,")


def number_vi(value: Decimal | float | int | None, decimals: int = 2, *, signed: bool = False) -> str:
    """`1.921`, `87,09`, with a sign `+1,20`; a dash where there is no value."""
    return number_en(value, decimals, signed=signed).translate(_TO_VIETNAMESE)


def number_en(value: Decimal | float | int | None, decimals: int = 2, *, signed: bool = False) -> str:
    """`1,921`, `87.09`, with a sign `+1.20`; a dash where there is no value."""
    if value is None:
        return DASH
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    # A value that rounds to nothing has no sign.
    return format(rounded or abs(rounded), f"{'+' if signed and rounded else ''},.{decimals}f").replace("-", "−")


def date_vi(day: date | None) -> str:
    """`20/12/2024`; a dash where there is none."""
    return f"{day:%d/%m/%Y}" if day else DASH


# What turns the direction of a text round, or cannot be seen: no text of a document needs it.
_CONTROLS = {
    code: None
    for code in (*range(0x20), 0x7F, *range(0x80, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\t\n\r"
}


def without_controls(text: str) -> str:
    """`text` without control characters and without what turns its direction round."""
    return text.translate(_CONTROLS)


def slug(name: str) -> str:
    """A name without marks for a file or an address: `Bà Rịa - Vũng Tàu` → `ba-ria-vung-tau`."""
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    letters = "".join(letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter))
    return "-".join(letters.split())


def province_folder(code: str, name: str) -> str:
    """`35-ha-nam`: where the products of a province stand below `tinh/`."""
    return f"{code}-{slug(name)}"
