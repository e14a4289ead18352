"""Made-up inputs of an index, for tests: sheets as offices send them, and the truth they were made from.

Values follow from a small formula, so that a test can state them; nothing here uses the code under test.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook

SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"

Cell = str | Decimal | int | None


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def provinces_of(year: int) -> list[dict[str, str]]:
    day = f"{year}-12-31"
    return [row for row in seed("provinces") if row["valid_from"] <= day <= (row["valid_to"] or "9999-12-31")]


def leaves(index: str, edition: str) -> list[dict[str, str]]:
    """The criteria that points are given to."""
    rows = [row for row in seed("criteria") if (row["index_code"], row["edition_code"]) == (index, edition)]
    parents = {row["parent_code"] for row in rows}
    return [row for row in rows if row["criterion_code"] not in parents]


def workbook(sheet: str, title: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A sheet with its title block in column A, an empty row, the header and the rows; decimals as numbers."""
    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True, "strings_to_numbers": False}) as book:
        page = book.add_worksheet(sheet)
        for line, text in enumerate(title):
            page.write_string(line, 0, text)
        top = len(title) + 1 if title else 0
        for column, name in enumerate(header):
            page.write_string(top, column, name)
        for line, row in enumerate(rows, top + 1):
            for column, value in enumerate(row):
                if isinstance(value, Decimal | int):
                    page.write_number(line, column, float(value))
                elif value is not None:
                    page.write_string(line, column, value)
    return stream.getvalue()


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str = ",") -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(["" if value is None else str(value) for value in row] for row in rows)
    return stream.getvalue().encode("utf-8")


SCORES_HEADER = (
    "year",
    "province_code",
    "province_name",
    "level",
    "code",
    "parent_code",
    "name_en",
    "name_vi",
    "score",
)
