"""The raw contract: the columns and types of every table under `raw/`, stated once.

Everything a document says is text as printed; only places, counts and confidences are numbers. A table without
rows is a file with this schema. Not here: writing the files (`raw.py`), and what the values mean (dbt).
"""

from __future__ import annotations

import pyarrow as pa

READER_VERSION = "2"
"""Raised whenever a reader may give other rows for the same bytes, so that files are read again."""

_TEXTS = pa.list_(pa.string())

_CELL = pa.struct(
    [
        ("column", pa.int32()),
        ("column_span", pa.int32()),
        ("row_span", pa.int32()),
        ("text", pa.string()),
        ("text_nfkc", pa.string()),
        ("typed_value", pa.string()),
        ("number_format", pa.string()),
        ("box", pa.list_(pa.float32())),
        ("confidence", pa.float32()),
        ("flags", _TEXTS),
    ]
)

DOCUMENTS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("file_name", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("format", pa.string()),
        ("file_bytes", pa.int64()),
        ("reader_version", pa.string()),
        ("document_kind", pa.string()),
        ("status", pa.string()),
        ("reason_code", pa.string()),
        ("reason_vi", pa.string()),
        ("reason_en", pa.string()),
        ("period_claimed", pa.string()),
        ("province_claimed", pa.string()),
        ("period_found", pa.string()),
        ("province_found", pa.string()),
        ("province_printed", pa.string()),
        ("report_number", pa.string()),
        ("report_date", pa.string()),
        ("signatory", pa.string()),
        ("form_code", pa.string()),
        ("page_count", pa.int32()),
        ("row_count", pa.int32()),
        ("rows_expected", pa.int32()),
        ("rows_unmatched", pa.int32()),
        ("rows_not_found", _TEXTS),
        ("flags", _TEXTS),
    ]
)

BLOCKS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("block", pa.int32()),
        ("kind", pa.string()),
        ("page", pa.int32()),
        ("table", pa.int32()),
        ("row", pa.int32()),
        ("text", pa.string()),
        ("cells", pa.list_(_CELL)),
        ("flags", _TEXTS),
    ]
)

ANNEX_ROWS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("row_number", pa.int32()),
        ("code_printed", pa.string()),
        ("code", pa.string()),
        ("parent_code", pa.string()),
        ("ordinal", pa.int32()),
        ("code_source", pa.string()),
        ("label", pa.string()),
        ("unit", pa.string()),
        ("value_raw", pa.string()),
        ("value_typed", pa.string()),
        ("note", pa.string()),
        ("page", pa.int32()),
        ("table", pa.int32()),
        ("row", pa.int32()),
        ("confidence", pa.float32()),
        ("flags", _TEXTS),
    ]
)

_SHEET = [
    ("file_sha256", pa.string()),
    ("row_number", pa.int32()),
    ("sheet_kind", pa.string()),
    ("index_code", pa.string()),
    ("edition_code", pa.string()),
    ("report_year", pa.int32()),
    ("province_key", pa.string()),
    ("province_code", pa.string()),
    ("province_printed", pa.string()),
    ("criterion_code", pa.string()),
]
_PLACE = [("is_simulated", pa.bool_()), ("table", pa.int32()), ("row", pa.int32())]

SCORE_ROWS = pa.schema(
    [
        *_SHEET,
        ("parent_code", pa.string()),
        ("level", pa.string()),
        ("criterion_name", pa.string()),
        ("criterion_name_en", pa.string()),
        ("measure", pa.string()),
        ("value_raw", pa.string()),
        ("value_typed", pa.string()),
        ("note", pa.string()),
        *_PLACE,
    ]
)

SURVEY_ROWS = pa.schema(
    [
        *_SHEET,
        ("score_raw", pa.string()),
        ("score_typed", pa.string()),
        ("scale_raw", pa.string()),
        ("respondents_raw", pa.string()),
        ("standard_error_raw", pa.string()),
        *_PLACE,
    ]
)

EDITION_ROWS = pa.schema(
    [
        ("file_sha256", pa.string()),
        ("row_number", pa.int32()),
        *(
            (name, pa.string())
            for name in (
                "index_code",
                "edition_code",
                "first_year",
                "last_year",
                "decision",
                "is_verified",
                "criterion_code",
                "parent_code",
                "level",
                "criterion_name",
                "criterion_name_en",
                "max_points",
                "scored_by",
                "rule_kind",
                "numerator_keys",
                "denominator_keys",
                "combine",
                "floor_value",
                "full_value",
                "steps",
                "when_nothing_due",
                "unit_vi",
                "unit_en",
                "source",
            )
        ),
        ("table", pa.int32()),
        ("row", pa.int32()),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "blocks": BLOCKS,
    "annex_rows": ANNEX_ROWS,
    "score_rows": SCORE_ROWS,
    "survey_rows": SURVEY_ROWS,
    "edition_rows": EDITION_ROWS,
}
