"""Readings as Parquet under raw/<table>/period=…/province=…/<sha256>.parquet: what was said, as printed, and where.

Written aside and renamed, the documents table last, so a file counts as read only when all of it is there. Same
input, same bytes. Not here: reading (`reader.py`) and the columns themselves (`schema.py`).
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import paths
from orchestration.reading import schema
from orchestration.reading.document import Block
from orchestration.reading.reader import Reading
from orchestration.reading.simulated import FLAG
from orchestration.reading.vietnamese import nfkc

UNKNOWN_PROVINCE = "unknown"
SEVERAL_PROVINCES = "several"
# Seeds that reading depends on: when one changes, files are read again.
_KNOWLEDGE = (
    "abbreviations",
    "annex_headers",
    "criteria",
    "editions",
    "form_rows",
    "forms",
    "periods",
    "province_aliases",
    "provinces",
    "score_headers",
    "score_settings",
)


@lru_cache
def reader_version() -> str:
    """The version of the code and of the seeds that a reading depends on: `1-5f2c…`."""
    digest = hashlib.sha256()
    for name in _KNOWLEDGE:
        digest.update((paths.SEEDS / f"{name}.csv").read_bytes())
    return f"{schema.READER_VERSION}-{digest.hexdigest()[:8]}"


def prepare(root: Path) -> None:
    """Put an empty file with the schema into every raw table, so that a query on an empty warehouse works."""
    for table, columns in schema.TABLES.items():
        target = root / table / "period=none" / "province=none" / "empty.parquet"
        if not target.exists() or pq.read_schema(target) != columns:
            _write(columns.empty_table(), target)


def already_read(root: Path, period: str) -> dict[str, dict]:
    """sha256 → its documents row, for every file of the period that the present reader has read."""
    rows = {}
    for path in sorted((root / "documents" / f"period={period}").glob("*/*.parquet")):
        table = pq.read_table(path, schema=schema.DOCUMENTS, partitioning=None)
        for row in table.to_pylist():
            if row["reader_version"] == reader_version():
                rows[row["file_sha256"]] = row
    return rows


def listing(root: Path) -> dict[str, str]:
    """Period → a digest of its raw files: their names, sizes and times. Equal while none was written or taken out."""
    files = defaultdict(list)
    for table in schema.TABLES:
        for path in (root / table).glob("period=*/*/*.parquet"):
            status = path.stat()
            period = path.parts[-3].removeprefix("period=")
            files[period].append(f"{table} {path.parent.name} {path.name} {status.st_size} {status.st_mtime_ns}")
    return {period: hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest() for period, names in files.items()}


def read_digests(root: Path) -> set[tuple[str, str]]:
    """(period, sha256) of every file that the present reader has read."""
    pattern = str(root / "documents" / "*" / "*" / "*.parquet")
    rows = duckdb.execute(
        "select period, file_sha256 from read_parquet(?, hive_partitioning = true, hive_types_autocast = false)"
        " where reader_version = ?",
        [pattern, reader_version()],
    )
    return set(rows.fetchall())


def write(root: Path, period: str, reading: Reading, received_at: datetime) -> dict:
    """Store one reading under its period; returns its documents row. An earlier reading of the file gives way.

    A table of which the file has no rows gets no file: `prepare` keeps its columns known, and most files hold rows of
    half the tables.
    """
    province = _province_folder(reading)
    document = document_row(reading, period, received_at)
    tables = {
        "blocks": pa.Table.from_pylist(_block_rows(reading), schema.BLOCKS),
        "annex_rows": pa.Table.from_pylist(_annex_rows(reading), schema.ANNEX_ROWS),
        **_sheet_tables(reading),
        "documents": pa.Table.from_pylist([document], schema.DOCUMENTS),
    }
    for table, content in tables.items():
        folder = root / table / f"period={period}"
        target = folder / f"province={province}" / f"{reading.sha256}.parquet"
        if content.num_rows:
            _write(content, target)
        for stale in folder.glob(f"*/{reading.sha256}.parquet"):
            if stale != target or not content.num_rows:
                stale.unlink()
    for name, picture in _crops(reading):
        target = root / "crops" / f"period={period}" / f"province={province}" / reading.sha256 / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture)
    return document


def document_row(reading: Reading, period: str, received_at: datetime) -> dict:
    identity, annex, refusal = reading.identity, reading.annex, reading.refusal
    return {
        "file_sha256": reading.sha256,
        "file_name": reading.file_name,
        "received_at": received_at.astimezone(UTC),
        "format": reading.format or None,
        "file_bytes": reading.size,
        "reader_version": reader_version(),
        "document_kind": reading.sheet.kind if reading.sheet else "report",
        "status": reading.status,
        "reason_code": refusal.code if refusal else None,
        "reason_vi": refusal.vi if refusal else None,
        "reason_en": refusal.en if refusal else None,
        "period_claimed": period,
        "province_claimed": reading.claim.province,
        "period_found": identity.period.key if identity else None,
        "province_found": identity.province.key if identity else (reading.sheet and reading.sheet.province_key),
        "province_printed": identity.province_printed if identity else None,
        "report_number": identity.report_number if identity else None,
        "report_date": identity.report_date if identity else None,
        "signatory": identity.signatory if identity else None,
        "form_code": annex.form_code if annex else None,
        "page_count": reading.pages,
        "row_count": len(reading.rows),
        "rows_expected": annex.rows_expected if annex else None,
        "rows_unmatched": reading.unmatched,
        "rows_not_found": list(annex.rows_not_found) if annex else [],
        "flags": list(reading.flags),
    }


def _province_folder(reading: Reading) -> str:
    if reading.sheet:
        return reading.sheet.province_key or SEVERAL_PROVINCES
    return reading.identity.province.key if reading.identity else UNKNOWN_PROVINCE


def _sheet_tables(reading: Reading) -> dict[str, pa.Table]:
    """The rows of scores, surveys and editions that a file holds; empty tables for a report."""
    sheet = reading.sheet
    mark = {"is_simulated": FLAG in reading.flags}
    rows = {
        "score_rows": (schema.SCORE_ROWS, sheet.scores if sheet else ()),
        "survey_rows": (schema.SURVEY_ROWS, sheet.surveys if sheet else ()),
        "edition_rows": (schema.EDITION_ROWS, sheet.editions if sheet else ()),
    }
    return {
        name: pa.Table.from_pylist(
            [
                {"file_sha256": reading.sha256, "row_number": number, **mark, **vars(row)}
                for number, row in enumerate(records, 1)
            ],
            columns,
        )
        for name, (columns, records) in rows.items()
    }


def _block_rows(reading: Reading) -> list[dict]:
    return [
        {
            "file_sha256": reading.sha256,
            "block": number,
            "kind": block.kind,
            "page": block.page,
            "table": block.table,
            "row": block.row,
            "text": block.text or "\t".join(cell.text for cell in block.cells),
            "cells": _cells(block),
            "flags": list(block.flags),
        }
        for number, block in enumerate(reading.blocks, 1)
    ]


def _cells(block: Block) -> list[dict]:
    return [
        {
            "column": cell.column,
            "column_span": cell.column_span,
            "row_span": cell.row_span,
            "text": cell.text,
            "text_nfkc": nfkc(cell.text),
            "typed_value": cell.typed_value,
            "number_format": cell.number_format,
            "box": list(cell.box) if cell.box else None,
            "confidence": cell.confidence,
            "flags": list(cell.flags),
        }
        for cell in block.cells
    ]


def _annex_rows(reading: Reading) -> list[dict]:
    fields = [name for name in schema.ANNEX_ROWS.names if name not in ("file_sha256", "row_number", "flags")]
    return [
        {
            "file_sha256": reading.sha256,
            "row_number": number,
            **{name: getattr(row, name) for name in fields},
            "flags": list(row.flags),
        }
        for number, row in enumerate(reading.rows, 1)
    ]


def _crops(reading: Reading) -> Iterator[tuple[str, bytes]]:
    for row in reading.rows:
        for field, picture in row.crops:
            yield f"p{row.page}_t{row.table}_r{row.row}_{field}.png", picture


def _write(table: pa.Table, target: Path) -> None:
    """Parquet to a temporary name beside the target, then renamed: a reader sees the old file or the new one, whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    pq.write_table(table, aside, compression="zstd")
    os.replace(aside, target)
