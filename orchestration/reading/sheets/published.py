"""One published figure: an index or a part of it, as announced for a province, a region or the nation.

In: a NamedRow. Out: a PublishedRow, as printed: the figure, its rank, how sure it is, when and where it was published.
Not here: finding the sheet (`score_sheet.py`), what the figure is compared with (dbt).
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.reading.sheets.named_table import NamedRow


@dataclass(frozen=True)
class PublishedRow:
    """as_of: the day of a snapshot; blank for the result of a whole year. component: as the file names it.
    measure: score, or change: what the figure says of it; a score unless told."""

    index_code: str | None
    report_year: int
    as_of: str | None
    component: str | None
    measure: str | None
    subject_kind: str | None
    province_key: str | None
    province_code: str | None
    province_printed: str | None
    score_raw: str | None
    score_typed: str | None
    max_points_raw: str | None
    rank_raw: str | None
    ranked_count_raw: str | None
    status: str | None
    released_on: str | None
    source: str | None
    note: str | None
    note_en: str | None
    table: int
    row: int


def published_row(
    row: NamedRow, *, index: str | None, year: int, province_key: str | None, province_code: str | None
) -> PublishedRow:
    return PublishedRow(
        index_code=row.text("index_code") or index,
        report_year=year,
        as_of=row.text("as_of"),
        component=row.text("component"),
        measure=row.text("measure"),
        subject_kind=row.text("subject_kind"),
        province_key=province_key,
        province_code=province_code,
        province_printed=row.text("province_name"),
        score_raw=row.text("score"),
        score_typed=row.typed("score"),
        max_points_raw=row.stored("max_points"),
        rank_raw=row.stored("rank"),
        ranked_count_raw=row.stored("ranked_count"),
        status=row.text("status"),
        released_on=row.text("released_on"),
        source=row.text("source"),
        note=row.text("note"),
        note_en=row.text("note_en"),
        table=row.table,
        row=row.row,
    )
