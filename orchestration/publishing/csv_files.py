"""A table as CSV, twice: one file for programs, one for a spreadsheet on a Vietnamese machine.

In: an Arrow table. Out: a file. Not here: which tables get which file (package.py).

For programs: RFC 4180 (commas, CRLF, quotes doubled), UTF-8, numbers with a point, texts as printed.
For spreadsheets: semicolons and decimal commas as Vietnamese settings want them, a byte order mark without which Excel
takes Vietnamese for another alphabet, days as 2024-12-31, which no setting turns round; a text that a spreadsheet would
read as a number, a day or a truth value gets an apostrophe in front, so that `01.1` stays `01.1`.

In both, a number never has exactly three decimals: with the other country's settings `87.089` would be 87 thousand, but
`87.0890` is no number at all and cannot be mistaken for one. In both, a text that would run as a formula gets an
apostrophe in front.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.publishing.words import without_controls

# What a spreadsheet takes for the start of a formula, with the full-width signs that Excel folds to them.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
# What it takes for a number, an amount, a share, a time, a day with a month in letters, or a truth value.
_READ_AS_SOMETHING_ELSE = re.compile(
    r"(?i)(?=\D*\d)[\W\d_]*(e|am|pm|sa|ch|đ|thg|tháng|jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|"
    r"february|march|april|june|july|august|september|october|november|december)?[\W\d_]*|true|false|đúng|sai"
)

TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_floating, "number"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "datetime"),
)


def field_type(arrow_type: pa.DataType) -> str:
    """The Table Schema type of an Arrow type; whatever has no type of its own is a string."""
    return next((name for is_kind, name in TYPES if is_kind(arrow_type)), "string")


def write_for_programs(rows: pa.Table, path: Path) -> None:
    """`rows` with a header line, as programs read it."""
    _write(rows, path, _FOR_PROGRAMS, encoding="utf-8", delimiter=",")


def write_for_spreadsheets(rows: pa.Table, path: Path) -> None:
    """`rows` with a header line, for a double click on a machine with Vietnamese settings."""
    _write(rows, path, _FOR_SPREADSHEETS, encoding="utf-8-sig", delimiter=";")


def number(value: Decimal | float) -> str:
    """`7.03`, `87.0890`: with a point, without exponent or trailing zeros, never with exactly three decimals."""
    text = format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def number_with_comma(value: Decimal | float) -> str:
    """The same with a decimal comma: `7,03`, `87,0890`."""
    return number(value).replace(".", ",")


def guarded(text: str) -> str:
    """`text`, with an apostrophe in front where a spreadsheet would take it for a formula.

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def kept_as_text(text: str) -> str:
    """`text` for a spreadsheet: with an apostrophe in front where it would be taken for anything but a text."""
    shown = without_controls(text)
    return f"'{shown}" if _READ_AS_SOMETHING_ELSE.fullmatch(shown) else guarded(shown)


_FOR_PROGRAMS: dict[str, Callable[[Any], str]] = {
    "boolean": lambda value: "true" if value else "false",
    "integer": str,
    "number": number,
    "date": date.isoformat,
    "datetime": lambda value: value.isoformat(timespec="seconds"),
    "string": guarded,
}


def _minute(value: datetime) -> str:
    return value.isoformat(sep=" ", timespec="seconds")


_FOR_SPREADSHEETS: dict[str, Callable[[Any], str]] = {
    **_FOR_PROGRAMS,
    "boolean": lambda value: "có" if value else "không",
    "number": number_with_comma,
    "datetime": _minute,
    "string": kept_as_text,
}


def _write(
    rows: pa.Table, path: Path, writers: Mapping[str, Callable[[Any], str]], *, encoding: str, delimiter: str
) -> None:
    columns = [_cells(rows.column(name), writers) for name in rows.column_names]
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(rows.column_names)
        writer.writerows(zip(*columns, strict=True))


def _cells(column: pa.ChunkedArray, writers: Mapping[str, Callable[[Any], str]]) -> list[str]:
    """One column as cells; nothing is written for a missing value."""
    write = writers[field_type(column.type)]
    # Most columns say the same few things many times.
    encoded = pa.chunked_array(column.chunks, column.type).combine_chunks().dictionary_encode()
    texts = pa.array(["" if value is None else write(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return list(texts.take(encoded.indices).fill_null("").to_pylist())
