"""The published tables: which marts leave the house, what their columns mean, and their rows in a fixed order.

In: the dbt manifest (an exposure names the tables) and a warehouse opened read-only. Out: Arrow tables.
Not here: files (package.py, workbook.py).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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


# What a check says of one column alone; what it says of two columns a Table Schema cannot say.
_LISTED = re.compile(r"\b(\w+) in \(('[^']*'(?:, '[^']*')*)\)")
_BETWEEN = re.compile(r"\b(\w+) between (\S+) and (\S+)")
_COMPARED = re.compile(r"\b(\w+) (>=|<=) (\S+)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class PublishedColumn:
    """What one column means; the unit is given where it is one unit for the whole column.

    constraints: as a Table Schema names them: required, enum, minimum, maximum.
    """

    name: str
    description_vi: str = ""
    description_en: str = ""
    unit: str | None = None
    constraints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ForeignKey:
    """A column whose values another published table knows as its `other_column`."""

    column: str
    table: str
    other_column: str


@dataclass(frozen=True)
class PublishedTable:
    """One mart that the ministry reads, as the manifest describes it."""

    schema: str
    name: str
    description_vi: str = ""
    description_en: str = ""
    columns: Mapping[str, PublishedColumn] = field(default_factory=dict)
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

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
    keywords: tuple[str, ...] = ()
    contributors: tuple[Mapping[str, Any], ...] = ()


def quoted(identifier: str) -> str:
    """`identifier` as an SQL name, whatever it contains."""
    return '"' + identifier.replace('"', '""') + '"'


def published_tables(manifest: Mapping[str, Any]) -> list[PublishedTable]:
    """The tables that the exposure `ministry_exports` depends on, by name.

    A description is written in Vietnamese and English with a slash between, and is split here. A column's unit is
    `meta.unit`, or follows from its name (`_pct`, `_points`, `days_`). Keys and constraints are those of the contract
    and of dbt's `relationships`, as far as both tables are published.
    """
    nodes = {key: manifest["nodes"][key] for key in sorted(_exposure(manifest)["depends_on"]["nodes"])}
    models = {key: node for key, node in nodes.items() if node["resource_type"] == "model"}
    tables = [_published_table(node, _foreign_keys(manifest, key, models)) for key, node in models.items()]
    return sorted(tables, key=lambda table: table.name)


def release_method(manifest: Mapping[str, Any]) -> Method:
    """Title and method as the exposure states them (`label`, `description`), and its licences, keywords and
    contributors (`meta`).
    """
    exposure = _exposure(manifest)
    meta = _meta(exposure)
    vietnamese, english = split_description(exposure.get("description") or "")
    return Method(
        title=exposure.get("label") or "Kho dữ liệu cải cách hành chính",
        text_vi=vietnamese,
        text_en=english,
        licences=tuple(meta.get("licences") or ()),
        keywords=tuple(meta.get("keywords") or ()),
        contributors=tuple(meta.get("contributors") or ()),
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


def _published_table(node: Mapping[str, Any], foreign_keys: tuple[ForeignKey, ...]) -> PublishedTable:
    contract = node.get("constraints", ())
    primary_key = tuple(next((rule["columns"] for rule in contract if rule["type"] == "primary_key"), ()))
    checked = _checked(rule["expression"] for rule in contract if rule["type"] == "check")
    columns = {}
    for name, column in node.get("columns", {}).items():
        is_required = name in primary_key or any(rule["type"] == "not_null" for rule in column.get("constraints", ()))
        constraints = ({"required": True} if is_required else {}) | checked.get(name, {})
        columns[name] = _published_column(name, column, constraints)
    vietnamese, english = split_description(node.get("description") or "")
    return PublishedTable(
        schema=node["schema"],
        name=node.get("alias") or node["name"],
        description_vi=vietnamese,
        description_en=english,
        columns=columns,
        primary_key=primary_key,
        foreign_keys=foreign_keys,
    )


def _foreign_keys(
    manifest: Mapping[str, Any], model: str, published: Mapping[str, Mapping[str, Any]]
) -> tuple[ForeignKey, ...]:
    """Of dbt's relationships tests on `model`, those that lead to another published table."""
    keys = []
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if node.get("attached_node") == model and test.get("name") == "relationships":
            others = [other for other in node["depends_on"]["nodes"] if other != model and other in published]
            keys += [
                ForeignKey(test["kwargs"]["column_name"], published[other]["name"], test["kwargs"]["field"])
                for other in others
            ]
    return tuple(sorted(keys, key=lambda key: key.column))


def _checked(expressions: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Column → what the checks of a contract say of it alone; of alternatives (`or`) and of negations nothing."""
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for expression in expressions:
        if " or " in expression or expression.startswith("not "):
            continue
        for column, listed in _LISTED.findall(expression):
            found[column]["enum"] = re.findall("'([^']*)'", listed)
        for column, low, high in _BETWEEN.findall(expression):
            found[column] |= _bounds(low, high)
        for column, sign, bound in _COMPARED.findall(expression):
            found[column] |= _bounds(bound, "") if sign == ">=" else _bounds("", bound)
    return found


def _bounds(low: str, high: str) -> dict[str, int | float]:
    """The bounds that are numbers and not other columns."""
    texts = {"minimum": low, "maximum": high}
    return {name: json.loads(text) for name, text in texts.items() if _NUMBER.fullmatch(text)}


def _published_column(name: str, column: Mapping[str, Any], constraints: Mapping[str, Any]) -> PublishedColumn:
    vietnamese, english = split_description(column.get("description") or "")
    unit = _meta(column).get("unit") or unit_by_name(name)
    return PublishedColumn(name, vietnamese, english, unit, constraints)


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
