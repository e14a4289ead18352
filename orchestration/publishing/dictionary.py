"""The data dictionary: what every published table and column means, in both languages.

In: the published tables as the manifest describes them. Out: a sheet, a CSV and a page of Markdown.
Not here: the descriptions themselves, which stand in dbt.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from orchestration.publishing.product import Product, digest_of, layout_of
from orchestration.publishing.sheet import Column, Row, Sheet
from orchestration.publishing.table import PublishedColumn, PublishedTable
from orchestration.sentence import Sentence

FOLDER = "tu_dien_du_lieu"
HEADER = ("table", "column", "unit", "required", "values", "description_vi", "description_en")


def products(tables: Sequence[PublishedTable]) -> list[Product]:
    """The dictionary as CSV and as Markdown."""
    made_from = digest_of([repr(table) for table in tables], layout_of(Path(__file__)))
    made = {
        "csv": (as_csv, Sentence("Từ điển dữ liệu: mọi bảng và cột (CSV).", "Data dictionary: tables and columns.")),
        "md": (as_markdown, Sentence("Từ điển dữ liệu để đọc (Markdown).", "The data dictionary, to read.")),
    }

    def product(ending: str) -> Product:
        text, title = made[ending]

        def write(path: Path) -> None:
            path.write_text(text(tables), encoding="utf-8", newline="")

        return Product(f"{FOLDER}.{ending}", title, False, digest_of(made_from, ending), write)

    return [product(ending) for ending in made]


def dictionary_sheet(tables: Sequence[PublishedTable]) -> Sheet:
    """Every table and column in Vietnamese."""
    return Sheet(
        name="Từ điển dữ liệu",
        title="TỪ ĐIỂN DỮ LIỆU",
        about="Ý nghĩa của mọi bảng và cột được công bố; không in",
        lines=("Bảng và cột của các thư mục csv/, bang_tinh/, parquet/; bản song ngữ: tu_dien_du_lieu.md.",),
        columns=(
            Column("Bảng", 26),
            Column("Cột", 28),
            Column("Đơn vị", 9),
            Column("Bắt buộc", 9, ("middle",)),
            Column("Ý nghĩa", 90),
        ),
        rows=_sheet_rows(tables),
        footer="Từ điển dữ liệu",
        frozen_columns=2,
        printed_rows=0,
    )


def _sheet_rows(tables: Sequence[PublishedTable]) -> Iterator[Row]:
    for table in tables:
        yield Row((table.name, None, None, None, table.description_vi), ("group",))
        for column in table.columns.values():
            required = "có" if column.constraints.get("required") else None
            yield Row((table.name, column.name, column.unit, required, column.description_vi))


def as_csv(tables: Sequence[PublishedTable]) -> str:
    """One row a table and one a column."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for table in tables:
        writer.writerow((table.name, "", "", "", "", table.description_vi, table.description_en))
        for column in table.columns.values():
            required = "true" if column.constraints.get("required") else "false"
            allowed = _allowed(column)
            writer.writerow(
                (
                    table.name,
                    column.name,
                    column.unit or "",
                    required,
                    allowed,
                    column.description_vi,
                    column.description_en,
                )
            )
    return text.getvalue()


def as_markdown(tables: Sequence[PublishedTable]) -> str:
    """A section a table, both languages."""
    lines = ["# Từ điển dữ liệu / Data dictionary", ""]
    for table in tables:
        lines += [f"## {table.name}", "", f"{table.description_vi} / {table.description_en}", ""]
        if table.primary_key:
            lines += [f"Khóa / key: {', '.join(f'`{name}`' for name in table.primary_key)}", ""]
        lines += ["| cột / column | đơn vị / unit | tiếng Việt | English |", "|---|---|---|---|"]
        for column in table.columns.values():
            vietnamese = " ".join(filter(None, (column.description_vi, _listed(column))))
            cells = (f"`{column.name}`", column.unit or "", vietnamese, column.description_en)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _listed(column: PublishedColumn) -> str:
    return f"({_allowed(column)})" if column.constraints.get("enum") else ""


def _allowed(column: PublishedColumn) -> str:
    """`on_time, late` or `0…100`, empty where anything goes."""
    if listed := column.constraints.get("enum"):
        return ", ".join(listed)
    low, high = column.constraints.get("minimum"), column.constraints.get("maximum")
    return "" if low is None and high is None else f"{'' if low is None else low}…{'' if high is None else high}"
