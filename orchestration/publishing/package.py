"""The release for machines: every published table as Parquet and CSV, and the descriptor of the CSV files.

In: published tables and their rows. Out: files in one folder, byte for byte equal for an equal warehouse.
Not here: how a CSV is written (csv_files.py), the README (readme.py), naming and freezing a release (release.py).

Parquet carries every value as it is. Tables whose names begin with `dim_` or `mart_`, and what changed, are written
once more for spreadsheets; facts have too many rows for those, and stand in the workbooks.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.publishing import csv_files
from orchestration.publishing.checksums import sha256_of
from orchestration.publishing.product import digest_of
from orchestration.publishing.table import Method, PublishedColumn, PublishedTable

DESCRIPTOR = "datapackage.json"
CSV, PARQUET, SPREADSHEETS = "csv", "parquet", "bang_tinh"
FOR_PEOPLE = ("dim_", "mart_", "thay_doi")
# The marts' columns keep their names and types; a release that changes them raises the first number.
FORMAT_VERSION = "1"

# No licence has been given by the ministry; inventing one would be a statement about somebody else's rights.
NO_LICENCE = {"name": "notspecified", "title": "Chưa ấn định; nguồn là báo cáo hành chính của các tỉnh, thành phố"}


@dataclass(frozen=True)
class Resource:
    """One published table with the files that were written of it; bytes and sha256 are those of the CSV."""

    table: PublishedTable
    row_count: int
    fields: tuple[dict[str, Any], ...]
    csv: str
    parquet: str
    spreadsheet: str | None
    bytes: int
    sha256: str
    parquet_sha256: str


def write_table(rows: pa.Table, table: PublishedTable, folder: Path) -> Resource:
    """Write `parquet/<table>.parquet`, `csv/<table>.csv` and, of a table for people, `bang_tinh/<table>.csv`.

    The names never change, whatever the figures are: programs open them by name. Which rows are made up each row says.
    """
    parquet, text, spreadsheet = (
        folder / kind / f"{table.name}.{ending}"
        for kind, ending in ((PARQUET, "parquet"), (CSV, "csv"), (SPREADSHEETS, "csv"))
    )
    for path in (parquet, text, spreadsheet):
        path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(rows, parquet, compression="zstd")
    csv_files.write_for_programs(rows, text)
    is_for_people = table.name.startswith(FOR_PEOPLE)
    if is_for_people:
        csv_files.write_for_spreadsheets(rows, spreadsheet)
    return Resource(
        table=table,
        row_count=rows.num_rows,
        fields=tuple(describe_field(column, table) for column in rows.schema),
        csv=text.relative_to(folder).as_posix(),
        parquet=parquet.relative_to(folder).as_posix(),
        spreadsheet=spreadsheet.relative_to(folder).as_posix() if is_for_people else None,
        bytes=text.stat().st_size,
        sha256=sha256_of(text),
        parquet_sha256=sha256_of(parquet),
    )


def contents_digest(resources: Sequence[Resource]) -> str:
    """Equal for releases whose tables hold the same rows."""
    return digest_of(*sorted((resource.table.name, resource.parquet_sha256) for resource in resources))


def describe_field(column: pa.Field, table: PublishedTable) -> dict[str, Any]:
    """One column as a field of a Table Schema; unit and English description are extra properties."""
    known = table.columns.get(column.name) or PublishedColumn(column.name)
    described = {
        "name": column.name,
        "type": csv_files.field_type(column.type),
        "unit": known.unit,
        "description": known.description_vi,
        "description_en": known.description_en,
        "constraints": dict(known.constraints),
    }
    return {key: value for key, value in described.items() if value}


def data_package(
    resources: Sequence[Resource],
    method: Method,
    sources: Sequence[dict[str, str]],
    mark: str | None,
    *,
    newest_date: date | None,
    digest: str,
) -> dict[str, Any]:
    """The descriptor of a release's CSV files: a Frictionless Data Package, version 2.

    digest: of the contents. The only date is the newest one in the data; id and version follow from the rows alone.
    """
    described = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "par-warehouse",
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
        "title": f"{mark}: {method.title}" if mark else method.title,
        "description": method.text_vi,
        "description_en": method.text_en,
        "version": ".".join([FORMAT_VERSION, f"{newest_date:%Y%m%d}" if newest_date else "0", f"0+{digest[:8]}"]),
        "created": f"{newest_date:%Y-%m-%d}T00:00:00Z" if newest_date else "",
        "keywords": list(method.keywords),
        "contributors": [dict(contributor) for contributor in method.contributors],
        "licenses": [dict(licence) for licence in method.licences] or [NO_LICENCE],
        "sources": list(sources),
        "resources": [describe_resource(resource, resources) for resource in resources],
    }
    return {key: value for key, value in described.items() if value not in ("", [])}


def describe_resource(resource: Resource, resources: Sequence[Resource]) -> dict[str, Any]:
    """The CSV of a table as a resource, with the keys of its contract."""
    table = resource.table
    schema: dict[str, Any] = {"fields": list(resource.fields), "missingValues": [""]}
    if table.primary_key:
        schema["primaryKey"] = list(table.primary_key)
    names = {other.table.name for other in resources}
    foreign_keys = [key for key in table.foreign_keys if key.table in names]
    if foreign_keys:
        schema["foreignKeys"] = [
            {"fields": [key.column], "reference": {"resource": key.table, "fields": [key.other_column]}}
            for key in foreign_keys
        ]
    described = {
        "name": table.name,
        "path": resource.csv,
        "title": table.name,
        "description": table.description_vi,
        "description_en": table.description_en,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": resource.bytes,
        "hash": f"sha256:{resource.sha256}",
        "rowCount": resource.row_count,
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True},
        "schema": schema,
    }
    return {key: value for key, value in described.items() if value != ""}


def write_json(content: Any, path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def report_sources(connection: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    """The documents that the figures come from: every report that counts, then every publication cited."""
    reports = connection.execute(
        """
        select
            coalesce('Báo cáo ' || report_number, 'Báo cáo không ghi số')
            || coalesce(' ngày ' || strftime(report_date, '%d/%m/%Y'), ''),
            file_sha256
        from marts.dim_report
        where is_current
        order by all
        """
    ).fetchall()
    published = connection.execute(
        "select distinct source from marts.mart_official_result where source is not null order by source"
    ).fetchall()
    return [{"title": title, "sha256": sha256} for title, sha256 in reports] + [
        {"title": source} | ({"path": source} if source.startswith(("http://", "https://")) else {})
        for (source,) in published
    ]
