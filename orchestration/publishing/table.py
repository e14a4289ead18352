"""The published tables: which marts leave the house, what their columns mean, and their rows in a fixed order.

In: the dbt manifest (an exposure names the tables) and a warehouse opened read-only. Out: Arrow tables.
Not here: files (package.py, workbook.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from orchestration.reading.simulated import MARK
from orchestration.sentence import ToldError

EXPOSURE = "ministry_exports"
SIMULATED_MARK = f"{MARK} – KHÔNG PHẢI SỐ LIỆU THẬT"


class NothingToPublishError(ToldError):
    """The manifest or the warehouse lacks what a release is made of; the message says what to do."""


@dataclass(frozen=True)
class PublishedColumn:
    """What one column means; the unit is given where it is one unit for the whole column."""

    name: str
    description_vi: str = ""
    description_en: str = ""
    unit: str | None = None


@dataclass(frozen=True)
class PublishedTable:
    """One mart that the ministry reads, as the manifest describes it."""

    schema: str
    name: str
    description_vi: str = ""
    description_en: str = ""
    columns: Mapping[str, PublishedColumn] = field(default_factory=dict)

    @property
    def relation(self) -> str:
        return f"{quoted(self.schema)}.{quoted(self.name)}"


@dataclass(frozen=True)
class Method:
    """What the exposure says about the release as a whole."""

    title: str
    text_vi: str
    text_en: str = ""
    licences: tuple[Mapping[str, str], ...] = ()


def quoted(identifier: str) -> str:
    """`identifier` as an SQL name, whatever it contains."""
    return '"' + identifier.replace('"', '""') + '"'


def published_tables(manifest: Mapping[str, Any]) -> list[PublishedTable]:
    """The tables that the exposure `ministry_exports` depends on, by name.

    A description is written in Vietnamese and English with a slash between, and is split here. A column's unit is
    `meta.unit`, or follows from its name (`_pct`, `_points`, `days_`).
    """
    nodes = (manifest["nodes"][key] for key in sorted(_exposure(manifest)["depends_on"]["nodes"]))
    tables = [_published_table(node) for node in nodes if node["resource_type"] == "model"]
    return sorted(tables, key=lambda table: table.name)


def release_method(manifest: Mapping[str, Any]) -> Method:
    """Title, method and licences as the exposure states them (`label`, `description`, `meta.licences`)."""
    exposure = _exposure(manifest)
    licences = _meta(exposure).get("licences") or ()
    vietnamese, english = split_description(exposure.get("description") or "")
    return Method(
        title=exposure.get("label") or "Kho dữ liệu cải cách hành chính",
        text_vi=vietnamese,
        text_en=english,
        licences=tuple(licences),
    )


@contextmanager
def open_warehouse(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, read-only; it is replaced whole, so what is read is one state of it."""
    if not database.is_file():
        raise NothingToPublishError(
            f"Chưa có kho dữ liệu {database.name}; hãy chạy `par run` trước khi công bố.",
            "There is no warehouse yet: run `par run`.",
        )
    connection = duckdb.connect(str(database), read_only=True)
    try:
        # Timestamps are written as they are stored, whatever the time zone of this machine.
        connection.execute("set TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()


def read_table(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> pa.Table:
    """All rows of `table`, ordered by all its columns from left to right: the same warehouse, the same order."""
    try:
        return connection.execute(f"select * from {table.relation} order by all").to_arrow_table()
    except duckdb.CatalogException as error:
        raise NothingToPublishError(
            f"Kho dữ liệu không có bảng {table.schema}.{table.name} mà bản mô tả nêu tên; hãy chạy lại `par run`.",
            "The warehouse lacks a table that the description names: run `par run` again.",
        ) from error


def has_simulated_rows(connection: duckdb.DuckDBPyConnection, tables: list[PublishedTable]) -> bool:
    """Whether any published row says of itself that it was made up (`is_simulated`)."""
    marked = connection.execute(
        "select table_schema, table_name from information_schema.columns where column_name = 'is_simulated'"
    ).fetchall()
    return any(
        connection.execute(f"select 1 from {table.relation} where is_simulated limit 1").fetchall()
        for table in tables
        if (table.schema, table.name) in marked
    )


def _exposure(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    exposures: Mapping[str, Mapping[str, Any]] = manifest.get("exposures", {})
    for exposure in exposures.values():
        if exposure["name"] == EXPOSURE:
            return exposure
    raise NothingToPublishError(
        f"Bản mô tả của dbt không có exposure «{EXPOSURE}» nêu các bảng được công bố.",
        "dbt's manifest has no such exposure, which names what is published.",
    )


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    # dbt 1.10 moved meta under config and keeps a copy in the old place.
    return node.get("config", {}).get("meta") or node.get("meta") or {}


def _published_table(node: Mapping[str, Any]) -> PublishedTable:
    columns = {name: _published_column(name, column) for name, column in node.get("columns", {}).items()}
    vietnamese, english = split_description(node.get("description") or "")
    return PublishedTable(
        schema=node["schema"],
        name=node.get("alias") or node["name"],
        description_vi=vietnamese,
        description_en=english,
        columns=columns,
    )


def _published_column(name: str, column: Mapping[str, Any]) -> PublishedColumn:
    vietnamese, english = split_description(column.get("description") or "")
    unit = _meta(column).get("unit") or unit_by_name(name)
    return PublishedColumn(name, vietnamese, english, unit)


def split_description(text: str) -> tuple[str, str]:
    """`Mã tỉnh. / Province code.` as its Vietnamese and its English part, in whichever order they stand.

    A slash inside a sentence does not split: the parts meet where a sentence ends, or at the only slash.
    """
    text = " ".join(text.split())
    for separator in (". / ", " / "):
        first, found, second = text.partition(separator)
        if found:
            parts = ((first + separator[0]).strip(), second.strip())
            return parts if _vietnamese_share(parts[0]) >= _vietnamese_share(parts[1]) else parts[::-1]
    return text, ""


def _vietnamese_share(text: str) -> float:
    """Which part of the letters is outside ASCII: about a quarter in Vietnamese, next to none in English."""
    return sum(character.isalpha() and not character.isascii() for character in text) / max(1, len(text))


def unit_by_name(name: str) -> str | None:
    """The unit that a column's name states by the project's grammar of names."""
    if name.endswith("_pct"):
        return "%"
    if name == "points" or name.endswith("_points"):
        return "điểm"
    if name.startswith("days_"):
        return "ngày"
    return None
