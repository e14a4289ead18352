"""Every figure that counts, one a row: a workbook so_lieu/so_lieu_<period>.xlsx for each reporting period.

In: a warehouse opened read-only. Out: workbooks, byte for byte equal for an equal period.
Not here: the sheets about provinces and results (workbook.py), which file is new and which is kept (release.py).

A period is written once: a later release takes the file over while nothing that it is made from has changed, so that
one more report costs one period and not the whole history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing import sheet
from orchestration.publishing.product import Product, digest_of, layout_of
from orchestration.publishing.sheet import (
    Column,
    Row,
    Sheet,
    Styled,
    Value,
    number_trait,
    open_book,
    room_for_rows,
)
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

FOLDER = "so_lieu"
LAYOUT = layout_of(Path(__file__)) + sheet.LAYOUT
# Mark, title and two lines stand above the header at most.
TITLE_ROWS = 4

COLUMNS = (
    Column("Kỳ báo cáo", 15, ()),
    Column("Tỉnh, thành phố", 18, ()),
    Column("Lĩnh vực", 26),
    Column("STT", 8, ("middle",)),
    Column("Chỉ tiêu", 50),
    Column("Đơn vị tính", 14),
    Column("Số liệu", 12, ()),
    Column("Ghi bằng chữ", 16),
    Column("Tình trạng", 13, ("padded",)),
    Column("In trong báo cáo", 16, ()),
    Column("Ghi chú", 24, ()),
    Column("Báo cáo số", 16, ()),
    Column("Trang", 7, ("middle",)),
    Column("Bảng", 7, ("middle",)),
    Column("Dòng", 7, ("middle",)),
    Column("Mã chỉ tiêu", 30, ()),
)

# One row per value of a report that counts, in the order of the sheet.
_FIGURES = """
    select
        figure.period_key, period.period_name, province.province_name, indicator.area_name,
        case when figure.ordinal > 0 then figure.row_code || ' (' || figure.ordinal || ')' else figure.row_code end
            as row_code,
        indicator.indicator_name, indicator.unit_name, indicator.value_kind, figure.value,
        coalesce(figure.value_text, figure.value_raw) as words, figure.is_missing, figure.value_raw, figure.note,
        report.report_number, figure.page, figure.table_number, figure.row_number, figure.indicator_key,
        report.report_key, report.is_simulated,
        report.report_date, figure.province_key, form_row.position
    from marts.fct_indicator_value as figure
    inner join marts.dim_report as report using (report_key)
    inner join marts.dim_province as province on figure.province_key = province.province_key
    inner join marts.dim_period as period on figure.period_key = period.period_key
    inner join marts.dim_indicator as indicator using (indicator_key)
    left join marts.bridge_form_indicator as form_row
        on form_row.form_code = report.form_code and form_row.indicator_key = figure.indicator_key
"""
_ORDER = "province_key, position nulls last, indicator_key"


@dataclass(frozen=True)
class Period:
    """A period's figures: how many, of how many reports, and a digest of all that its workbook is made from."""

    key: str
    name: str
    reports: int
    figures: int
    newest_date: date | None
    digest: str
    is_simulated: bool

    @property
    def file_name(self) -> str:
        return f"{FILE_PREFIX if self.is_simulated else ''}so_lieu_{self.key}.xlsx"


def periods(connection: duckdb.DuckDBPyConnection) -> list[Period]:
    """The periods that have figures, newest first."""
    rows = connection.execute(
        f"""
        with figures as ({_FIGURES})

        select
            figures.period_key, any_value(figures.period_name), count(distinct figures.report_key), count(*),
            max(figures.report_date), md5(string_agg(to_json(figures), '' order by {_ORDER})),
            bool_or(figures.is_simulated)
        from figures
        inner join marts.dim_period as period using (period_key)
        group by figures.period_key, period.due_date
        order by period.due_date desc, figures.period_key
        """
    ).fetchall()
    return [Period(*row) for row in rows]


def products(connection: duckdb.DuckDBPyConnection) -> list[Product]:
    """A workbook a period, newest first."""

    def product(period: Period) -> Product:
        title = Sentence(
            f"{period.name}: mọi số liệu của {period.reports} báo cáo, mỗi dòng một số liệu.",
            f"{period.key}: every figure of {period.reports} reports, one a row.",
        )

        def write(path: Path) -> None:
            write_figures(connection, path, period)

        path = f"{FOLDER}/{period.file_name}"
        return Product(path, title, period.is_simulated, digest_of(period.digest, LAYOUT), write)

    return [product(period) for period in periods(connection)]


def write_figures(connection: duckdb.DuckDBPyConnection, path: Path, period: Period) -> None:
    """Write the workbook of one period."""
    title, stamp = f"Số liệu thống kê cải cách hành chính, {period.name}", f"mã nội dung {period.digest[:8]}"
    with open_book(path, title, period.newest_date, stamp) as book:
        book.write(figures_sheet(connection, period))


def figures_sheet(connection: duckdb.DuckDBPyConnection, period: Period) -> Sheet:
    """Every value of every report of the period that counts, one a row."""
    lines = [f"{period.figures} số liệu của {period.reports} báo cáo, mỗi dòng một số liệu."]
    beyond = period.figures - room_for_rows(TITLE_ROWS)
    if beyond > 0:
        lines.append(f"{beyond} số liệu không vừa một trang tính; xem csv/fct_indicator_value.csv.")
    return Sheet(
        name="Số liệu",
        title=f"SỐ LIỆU CỦA MỌI BÁO CÁO ĐƯỢC TÍNH – {period.name.upper()}",
        lines=tuple(lines),
        columns=COLUMNS,
        rows=islice(_rows(connection, period.key), room_for_rows(TITLE_ROWS)),
        footer=f"Số liệu chỉ tiêu thống kê CCHC, {period.name}",
        frozen_columns=2,
        printed_columns=9,
        is_simulated=period.is_simulated,
        shows_empty_cells=False,
        cell_traits=("plain",),
    )


def _rows(connection: duckdb.DuckDBPyConnection, period_key: str) -> Iterator[Row]:
    cursor = connection.execute(
        f"""
        with figures as ({_FIGURES})

        select
            period_name, province_name, area_name, row_code, indicator_name, unit_name, value_kind, value, words,
            is_missing, value_raw, note, report_number, page, table_number, row_number, indicator_key
        from figures
        where period_key = ?
        order by {_ORDER}
        """,
        [period_key],
    )
    while batch := cursor.fetchmany(10_000):
        for row in batch:
            yield _row(row)


def _row(row: tuple[Any, ...]) -> Row:
    *place, value_kind, value, words, is_missing, raw, note, number, page, table, table_row, indicator_key = row
    figure: Value | Styled = None
    state = "Có số"
    if is_missing:
        figure, state = Styled(None, ("blank",)), "Để trống"
    elif value is None:
        state = "Ghi bằng chữ"
    else:
        figure = Styled(value, (number_trait(value_kind, value),))
    text = words if state == "Ghi bằng chữ" else None
    return Row((*place, figure, text, state, raw, note, number, page, table, table_row, indicator_key))
