"""One row of a survey: the mean answer on a criterion (leadership), or the satisfaction percentage (SIPAS).

In: a NamedRow. Out: a SurveyRow, as printed. Not here: finding the sheet (`score_sheet.py`), points (dbt).
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.reading.sheets.named_table import NamedRow

LEADERSHIP, SIPAS = "leadership", "sipas"


@dataclass(frozen=True)
class SurveyRow:
    """score: the mean on a scale from 0 to `scale`, or a percentage; scale is blank for a percentage."""

    sheet_kind: str
    index_code: str | None
    edition_code: str | None
    report_year: int
    province_key: str | None
    province_code: str | None
    province_printed: str | None
    criterion_code: str | None
    score_raw: str | None
    score_typed: str | None
    scale_raw: str | None
    respondents_raw: str | None
    standard_error_raw: str | None
    table: int
    row: int


def survey_row(
    kind: str,
    row: NamedRow,
    *,
    index: str | None,
    edition: str | None,
    year: int,
    province_key: str | None,
    province_code: str | None,
    province_printed: str | None,
) -> SurveyRow:
    field = "mean" if kind == LEADERSHIP else "sipas_pct"
    return SurveyRow(
        sheet_kind=kind,
        index_code=index,
        edition_code=edition,
        report_year=year,
        province_key=province_key,
        province_code=province_code,
        province_printed=province_printed,
        criterion_code=(row.text("criterion_code") or "").rstrip(".") or None,
        score_raw=row.text(field),
        score_typed=row.typed(field),
        scale_raw=row.stored("scale"),
        respondents_raw=row.stored("respondents"),
        standard_error_raw=row.stored("standard_error"),
        table=row.table,
        row=row.row,
    )
