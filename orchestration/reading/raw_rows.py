"""A Reading as rows of the raw tables: as printed, each with its place.

In: a Reading, and where its file lay. Out: its documents row, and an Arrow table of every raw table.
Not here: the columns themselves (`schema.py`), and the files that hold them (`raw.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from orchestration.reading import schema
from orchestration.reading.document import Block
from orchestration.reading.knowledge.vietnamese import nfkc
from orchestration.reading.reader import QUARANTINED, Reading
from orchestration.reading.refusal import Refused
from orchestration.reading.simulated import FLAG
from orchestration.reading.version import reader_version


@dataclass(frozen=True)
class Place:
    """Where a file lay: its path below the period's folder, and its time, which is information only."""

    inbox_path: str
    file_time: datetime | None = None


def stored(
    reading: Reading, period: str, place: Place, first_seen_at: datetime
) -> tuple[dict[str, Any], dict[str, pa.Table]]:
    """The documents row of a reading, and its rows of every table; what no table can hold is a crash of its reader."""
    try:
        document = _document_row(reading, period, place, first_seen_at)
        return document, _tables(document, reading)
    except (pa.ArrowException, UnicodeError, OverflowError, TypeError, ValueError) as error:
        refusal = Refused("crashed", format=reading.format or "file", detail=f"{type(error).__name__}"[:200])
        bare = Reading(
            reading.file_name, reading.sha256, reading.size, reading.format, QUARANTINED, reading.claim, refusal
        )
        document = _document_row(replace(bare, flags=reading.flags), period, place, first_seen_at)
        return document, _tables(document, bare)


def _tables(document: dict[str, Any], reading: Reading) -> dict[str, pa.Table]:
    return {
        "documents": _table([document], schema.DOCUMENTS),
        "blocks": _table(_block_rows(reading), schema.BLOCKS),
        "annex_rows": _table(_annex_rows(reading), schema.ANNEX_ROWS),
        "narrative_figures": _table(_narrative_rows(reading), schema.NARRATIVE_FIGURES),
        **_sheet_tables(reading),
    }


def _table(rows: list[dict[str, Any]], columns: pa.Schema) -> pa.Table:
    """Rows as a table; half a letter, which is no text, becomes the sign for a letter that cannot be read."""
    try:
        return pa.Table.from_pylist(rows, columns)
    except UnicodeEncodeError:
        return pa.Table.from_pylist(_whole_letters(rows), columns)


def _whole_letters(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
    if isinstance(value, list):
        return [_whole_letters(item) for item in value]
    if isinstance(value, dict):
        return {name: _whole_letters(item) for name, item in value.items()}
    return value


def _document_row(reading: Reading, period: str, place: Place, first_seen_at: datetime) -> dict[str, Any]:
    """The documents row of a reading whose file lies in the inbox, unless it was taken away meanwhile."""
    identity, annex, refusal = reading.identity, reading.annex, reading.refusal
    return {
        "file_sha256": reading.sha256,
        "file_name": reading.file_name,
        "inbox_path": place.inbox_path,
        "first_seen_at": first_seen_at.astimezone(UTC),
        "file_time": place.file_time.astimezone(UTC) if place.file_time else None,
        "is_in_inbox": not (refusal and refusal.code == "vanished"),
        "format": reading.format or None,
        "file_bytes": reading.size,
        "reader_version": reader_version(reading.format or None),
        "document_kind": reading.sheet.kind if reading.sheet else "report",
        "status": reading.status,
        "reason_code": refusal.code if refusal else None,
        "reason_vi": refusal.sentence.vi if refusal else None,
        "reason_en": refusal.sentence.en if refusal else None,
        "is_final": refusal is None or refusal.is_final,
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


def _sheet_tables(reading: Reading) -> dict[str, pa.Table]:
    """The rows of scores, surveys, editions and decisions that a file holds; empty tables for a report."""
    sheet = reading.sheet
    mark = {"is_simulated": FLAG in reading.flags}
    rows: dict[str, tuple[pa.Schema, tuple[Any, ...]]] = {
        "score_rows": (schema.SCORE_ROWS, sheet.scores if sheet else ()),
        "survey_rows": (schema.SURVEY_ROWS, sheet.surveys if sheet else ()),
        "published_rows": (schema.PUBLISHED_ROWS, sheet.published if sheet else ()),
        "edition_rows": (schema.EDITION_ROWS, sheet.editions if sheet else ()),
        "decisions": (schema.DECISIONS, sheet.decisions if sheet else ()),
    }
    return {
        name: _table(
            [
                {
                    "file_sha256": reading.sha256,
                    "sheet_row_number": number,
                    **mark,
                    **vars(row),
                    "table_number": row.table,
                    "row_number": row.row,
                }
                for number, row in enumerate(records, 1)
            ],
            columns,
        )
        for name, (columns, records) in rows.items()
    }


def _block_rows(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "file_sha256": reading.sha256,
            "block_number": number,
            "block_kind": block.kind,
            "page": block.page,
            "table_number": block.table,
            "row_number": block.row,
            "text_printed": block.text or "\t".join(cell.text for cell in block.cells),
            "cells": _cells(block),
            "flags": list(block.flags),
        }
        for number, block in enumerate(reading.blocks, 1)
    ]


def _cells(block: Block) -> list[dict[str, Any]]:
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


def _annex_rows(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "file_sha256": reading.sha256,
            "annex_row_number": number,
            **vars(row),
            "row_code": row.code,
            "label_printed": row.label,
            "unit_printed": row.unit,
            "table_number": row.table,
            "row_number": row.row,
            "flags": list(row.flags),
        }
        for number, row in enumerate(reading.rows, 1)
    ]


def _narrative_rows(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "file_sha256": reading.sha256,
            **vars(figure),
            "figure_number": figure.number,
            "figure_kind": figure.kind,
            "part_of_figure": figure.part_of,
            "block_number": figure.block,
        }
        for figure in reading.narrative
    ]
