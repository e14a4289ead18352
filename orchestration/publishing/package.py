"""The release for machines: every published mart as Parquet and CSV, a data package descriptor and a README.

In: a warehouse and its published tables. Out: files in one folder, byte for byte equal for an equal warehouse.
Not here: the workbook (workbook.py), naming and freezing a release (release.py).

Parquet carries every value as it is. CSV is for people who open it in Excel, so it begins with a byte order mark
(without it Excel reads Vietnamese as another alphabet) and a text that a spreadsheet would run as a formula gets an
apostrophe in front. Otherwise it is RFC 4180: commas, CRLF, quotes doubled, decimals with a point.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.publishing.product import Product
from orchestration.publishing.table import Method, PublishedColumn, PublishedTable, read_table

DESCRIPTOR = "datapackage.json"
README = "README.txt"

# What a spreadsheet takes for the start of a formula, with the full-width signs that Excel folds to them.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")

# No licence has been given by the ministry; inventing one would be a statement about somebody else's rights.
NO_LICENCE = {"name": "notspecified", "title": "Chưa ấn định; nguồn là báo cáo hành chính của các tỉnh, thành phố"}

TYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_integer, "integer"),
    (pa.types.is_decimal, "number"),
    (pa.types.is_floating, "number"),
    (pa.types.is_date, "date"),
    (pa.types.is_timestamp, "datetime"),
)


@dataclass(frozen=True)
class Resource:
    """One file of a release as the descriptor lists it."""

    name: str
    path: str
    title: str
    description_vi: str
    description_en: str
    format: str
    media_type: str
    bytes: int
    sha256: str
    row_count: int | None = None
    fields: tuple[dict[str, Any], ...] = ()


def write_tables(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[PublishedTable], folder: Path
) -> list[Resource]:
    """Write `parquet/<table>.parquet` and `csv/<table>.csv` for every table and say what was written.

    The names never change, whatever the figures are: programs open them by name. Which rows are made up each row says.
    """
    resources = []
    for kind in ("csv", "parquet"):
        (folder / kind).mkdir()
    for table in tables:
        rows = read_table(connection, table)
        fields = tuple(describe_field(column, table) for column in rows.schema)
        parquet, text = (folder / kind / f"{table.name}.{kind}" for kind in ("parquet", "csv"))
        pq.write_table(rows, parquet, compression="zstd")
        write_csv(rows, text)
        for path, form, media_type in (
            (parquet, "parquet", "application/vnd.apache.parquet"),
            (text, "csv", "text/csv"),
        ):
            resources.append(
                resource_of(
                    path,
                    folder,
                    name=f"{table.name}-{form}",
                    title=table.name,
                    description_vi=table.description_vi,
                    description_en=table.description_en,
                    form=form,
                    media_type=media_type,
                    row_count=rows.num_rows,
                    fields=fields,
                )
            )
    return sorted(resources, key=lambda resource: resource.name)


def resource_of(
    path: Path,
    folder: Path,
    *,
    name: str,
    title: str,
    description_vi: str,
    form: str,
    media_type: str,
    description_en: str = "",
    row_count: int | None = None,
    fields: tuple[dict[str, Any], ...] = (),
) -> Resource:
    """`path` as a resource, with its size and checksum taken from the file itself."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Resource(
        name=name,
        path=path.relative_to(folder).as_posix(),
        title=title,
        description_vi=description_vi,
        description_en=description_en,
        format=form,
        media_type=media_type,
        bytes=path.stat().st_size,
        sha256=sha256,
        row_count=row_count,
        fields=fields,
    )


def write_csv(rows: pa.Table, path: Path) -> None:
    """The rows with a header line, in the form that the module's docstring gives."""
    columns = [csv_column(rows.column(name)) for name in rows.column_names]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(rows.column_names)
        writer.writerows(zip(*columns, strict=True))


def csv_column(column: pa.ChunkedArray) -> list[str]:
    """One column as cells of a CSV file; nothing is written for a missing value."""
    kind = field_type(column.type)
    if kind in ("boolean", "integer"):
        return list(column.cast(pa.string()).fill_null("").to_pylist())
    write = _WRITERS.get(kind, guarded)
    # Most columns say the same few things many times.
    encoded = pa.chunked_array(column.chunks, column.type).combine_chunks().dictionary_encode()
    texts = pa.array(["" if value is None else write(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return list(texts.take(encoded.indices).fill_null("").to_pylist())


def csv_number(value: Decimal | float) -> str:
    """A number with a point, without exponent or trailing zeros: `1921`, `7.03`."""
    text = format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def guarded(text: str) -> str:
    """`text`, with an apostrophe in front where a spreadsheet would take it for a formula.

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _iso_timestamp(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


_WRITERS: dict[str, Callable[[Any], str]] = {
    "number": csv_number,
    "date": date.isoformat,
    "datetime": _iso_timestamp,
}


def field_type(arrow_type: pa.DataType) -> str:
    """The Table Schema type of an Arrow type; whatever has no type of its own is a string."""
    return next((name for is_kind, name in TYPES if is_kind(arrow_type)), "string")


def describe_field(column: pa.Field, table: PublishedTable) -> dict[str, Any]:
    """One column as a field of a Table Schema; unit and English description are extra properties."""
    known = table.columns.get(column.name) or PublishedColumn(column.name)
    described = {
        "name": column.name,
        "type": field_type(column.type),
        "unit": known.unit,
        "description": known.description_vi,
        "description_en": known.description_en,
    }
    return {key: value for key, value in described.items() if value}


def data_package(
    resources: Sequence[Resource], method: Method, sources: Sequence[dict[str, str]], mark: str | None
) -> dict[str, Any]:
    """The descriptor of a release: a Frictionless Data Package, version 2."""
    title = f"{mark}: {method.title}" if mark else method.title
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "par-warehouse",
        "title": title,
        "description": method.text_vi,
        "description_en": method.text_en,
        "licenses": [dict(licence) for licence in method.licences] or [NO_LICENCE],
        "sources": list(sources),
        "resources": [describe_resource(resource) for resource in resources],
    }


def describe_resource(resource: Resource) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": resource.name,
        "path": resource.path,
        "title": resource.title,
        "description": resource.description_vi,
        "description_en": resource.description_en,
        "format": resource.format,
        "mediatype": resource.media_type,
        "bytes": resource.bytes,
        "hash": f"sha256:{resource.sha256}",
    }
    if resource.format == "csv":
        described |= {"encoding": "utf-8", "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "header": True}}
    if resource.row_count is not None:
        described |= {
            "type": "table",
            "rowCount": resource.row_count,
            "schema": {"fields": list(resource.fields), "missingValues": [""]},
        }
    return {key: value for key, value in described.items() if value != ""}


def write_descriptor(descriptor: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


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


def readme(resources: Sequence[Resource], products: Sequence[Product], method: Method, mark: str | None) -> str:
    """What is in the folder and how to read it, in Vietnamese, for whoever opens it first."""
    tables = [resource for resource in resources if resource.format == "csv"]
    lines = [
        *([mark, ""] if mark else []),
        method.title.upper(),
        "",
        "Thư mục này là một bản công bố của kho dữ liệu cải cách hành chính (CCHC). Bản công bố đã ghi thì không sửa;",
        "khi có số liệu mới hoặc đính chính, một bản khác được ghi vào thư mục khác.",
        "",
        "TRONG THƯ MỤC CÓ GÌ",
        *(f"  {product.path:<40} {product.title.vi}" for product in products),
        f"  {DESCRIPTOR:<40} Mô tả cho máy đọc: cột, kiểu, đơn vị, số dòng, mã kiểm tra SHA-256 của từng tệp.",
        f"  {'csv/, parquet/':<40} Các bảng dưới đây, mỗi bảng hai tệp có cùng nội dung.",
        "",
        "CÁC BẢNG",
    ]
    for resource in tables:
        lines.append(f"  {resource.title} ({_dotted(resource.row_count or 0)} dòng)")
        lines.extend([f"    {resource.description_vi}"] if resource.description_vi else [])
    lines += [
        "",
        "CÁCH ĐỌC",
        "  - Ô trống là không có số liệu; không phải số 0.",
        "  - Số trong tệp CSV dùng dấu chấm thập phân, không có dấu phân cách hàng nghìn. Tệp là UTF-8 có BOM.",
        "    Nếu Excel dồn cả dòng vào một cột: Data > From Text/CSV, chọn dấu phẩy; hoặc dùng tệp .xlsx kèm theo.",
        "  - Trong tệp CSV, chữ bắt đầu bằng = + - @ được thêm dấu ' ở trước để bảng tính không chạy như công thức.",
        "    Tệp Parquet giữ nguyên chữ như đã in.",
        "  - Số liệu chỉ tiêu là số do tỉnh báo cáo. Kết quả chính thức chỉ nằm trong bảng mart_official_result và",
        "    luôn kèm nguồn; số do kho dữ liệu tính toán không phải là kết quả chính thức.",
        "  - Mỗi số liệu có report_key, page, table, row: báo cáo, trang, bảng và dòng nơi nó được in.",
    ]
    if method.text_vi:
        lines += ["", "PHƯƠNG PHÁP", *(f"  {line}" for line in wrap(method.text_vi, 110))]
    return "\r\n".join(line.rstrip() for line in lines) + "\r\n"


def write_readme(text: str, path: Path) -> None:
    """The README with a byte order mark and CRLF, so that Windows Notepad shows it right."""
    path.write_text(text, encoding="utf-8-sig", newline="")


def _dotted(count: int) -> str:
    return f"{count:,}".replace(",", ".")
