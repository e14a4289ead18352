"""One province's own workbook: a sheet for each of its reports, and every criterion of its newest scores.

In: facts and a warehouse opened read-only. Out: one .xlsx a province, byte for byte equal for equal rows.
Not here: how a sheet is laid out (sheet.py), the nation (workbook.py), any computation of a figure.

Units that shared code and name in turn share a folder: `tinh/37-ninh-binh` is Ninh Bình before and after its merger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing import ranking, sheet
from orchestration.publishing.facts import Facts
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.product import Product, digest_of, layout_of
from orchestration.publishing.ranking import edition_sentence, rank_interval, standing_name
from orchestration.publishing.sheet import (
    Column,
    Legend,
    Link,
    Row,
    Sheet,
    Styled,
    number_trait,
    open_book,
    sheet_name,
)
from orchestration.publishing.words import date_vi, number_vi, province_folder
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

FOLDER, FILE = "tinh", "chi_tieu.xlsx"
LAYOUT = layout_of(Path(__file__), Path(ranking.__file__)) + sheet.LAYOUT
CONTENTS = "Giới thiệu"
PERIOD_IN_SHEET_NAME = {"FY": "{year}", "H1": "6T-{year}", "Q1": "QI-{year}", "Q3": "QIII-{year}"}
BASES = {
    "self": "Tự chấm",
    "verified": "Thẩm định",
    "survey": "Khảo sát",
    "computed": "Kho dữ liệu tính",
    "published": "Công bố",
}

REPORT_COLUMNS = (
    Column("STT", 7, ("middle",)),
    Column("Chỉ tiêu", 48),
    Column("Đơn vị tính", 15),
    Column("Số liệu", 13, ()),
    Column("Ghi chú", 22, ("text", "padded")),
    Column("In trong báo cáo", 14, ("text", "padded")),
    Column("Trang", 6.5, ("middle",)),
    Column("Bảng", 6, ("middle",)),
    Column("Dòng", 6, ("middle",)),
    Column("Cảnh báo", 36),
)
LEGEND = (
    Legend(1, 1, "Ô xám nhạt: báo cáo để trống, không phải số 0", ("blank",)),
    Legend(2, 3, "Ô xanh: ghi bằng chữ", ("words",)),
    Legend(4, 5, "Ô vàng: có cảnh báo", ("doubtful",)),
    Legend(6, 9, "Ô xám đậm: báo cáo không có dòng này của mẫu", ("absent",)),
)


@dataclass(frozen=True)
class Report:
    """A report that counts, with how many of its cells hold a number, words, or nothing."""

    report_key: str
    province_key: str
    province_name: str
    period_kind: str
    period_name: str
    report_year: int
    due_date: date
    form_code: str | None
    report_number: str | None
    report_date: date | None
    signatory: str | None
    file_name: str
    cells: int
    numbers: int
    words: int
    blanks: int
    findings: int
    is_simulated: bool

    @property
    def reference(self) -> str:
        number = f"Báo cáo số {self.report_number}" if self.report_number else "Báo cáo không ghi số"
        return f"{number} ngày {self.report_date:%d/%m/%Y}" if self.report_date else number


@dataclass(frozen=True)
class Province:
    """A folder's province: its reports with their rows and warnings, and its scores by standing."""

    folder: str
    name: str
    reports: tuple[Report, ...]
    form_rows: Mapping[str, Sequence[tuple[Any, ...]]]
    warnings: Mapping[str, Mapping[str | None, Sequence[str]]]
    scores: tuple[tuple[Fact, Fact, tuple[Fact, ...]], ...]
    """Standing, the province's row of the ranking, its criteria."""

    @property
    def is_simulated(self) -> bool:
        made_up = [report.is_simulated for report in self.reports]
        return any([*made_up, *(standing["is_simulated"] for standing, _, _ in self.scores)])

    @property
    def newest_date(self) -> date | None:
        return max((report.report_date for report in self.reports if report.report_date), default=None)

    @property
    def made_from(self) -> str:
        rows = [
            (astuple(report), self.form_rows.get(key, ()), sorted(self.warnings.get(key, {}).items(), key=str))
            for report in self.reports
            for key in (report.report_key,)
        ]
        return digest_of(self.name, rows, self.scores, LAYOUT)


def products(connection: duckdb.DuckDBPyConnection, facts: Facts) -> list[Product]:
    """A workbook for every province that sent a report or has a score, by its folder."""

    def product(province: Province) -> Product:
        title = Sentence(
            f"{province.name}: chỉ tiêu từng báo cáo, điểm từng tiêu chí.",
            f"{province.name}: its reports, row by row, and the points of each criterion.",
        )
        prefix = FILE_PREFIX if province.is_simulated else ""
        made_from = province.made_from

        def write(path: Path) -> None:
            write_province(province, path, f"mã nội dung {made_from[:8]}")

        return Product(f"{FOLDER}/{province.folder}/{prefix}{FILE}", title, province.is_simulated, made_from, write)

    return [product(province) for province in provinces(connection, facts)]


def provinces(connection: duckdb.DuckDBPyConnection, facts: Facts) -> list[Province]:
    """Every folder that has something in it."""
    reports: dict[str, list[Report]] = defaultdict(list)
    for report in current_reports(connection):
        reports[report.province_key].append(report)
    keys_of: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in facts.provinces:
        keys_of[province_folder(row["province_code"], row["province_name"]), row["province_name"]].append(
            row["province_key"]
        )
    scores = _scores(facts)
    found = []
    for (folder, name), unsorted in sorted(keys_of.items()):
        keys = sorted(unsorted)
        own = [report for key in keys for report in reports[key]]
        own.sort(key=lambda report: report.due_date, reverse=True)
        scored = tuple(score for key in keys for score in scores[key])
        if own or scored:
            own_keys = [report.report_key for report in own]
            rows, warnings = _form_rows(connection, own_keys), _warnings(connection, own_keys)
            found.append(Province(folder, name, tuple(own), rows, warnings, scored))
    return found


def _scores(facts: Facts) -> dict[str, list[tuple[Fact, Fact, tuple[Fact, ...]]]]:
    """Province key → its newest scores of each index, what is real first."""
    newest: dict[tuple[Any, ...], Fact] = {}
    for row in facts.ranking:
        newest.setdefault((row["province_key"], row["is_simulated"], row["index_code"]), row)
    scores: dict[str, list[tuple[Fact, Fact, tuple[Fact, ...]]]] = defaultdict(list)
    for standing in facts.standings:
        wanted = {
            key: row
            for (key, simulated, index), row in newest.items()
            if (simulated, index, row["report_year"])
            == (standing["is_simulated"], standing["index_code"], standing["report_year"])
        }
        if wanted:
            criteria = facts.criteria_of(standing["index_code"], standing["report_year"])
            for key, row in wanted.items():
                scores[key].append((standing, row, criteria.get(key, ())))
    return scores


def write_province(province: Province, path: Path, stamp: str) -> None:
    """Write the workbook of one province."""
    with open_book(path, f"{province.name}: cải cách hành chính", province.newest_date, stamp) as book:
        for made in province_sheets(province):
            book.write(made)


def province_sheets(province: Province) -> list[Sheet]:
    """Contents, scores, reports: the contents list the others in their order."""
    scores = [criteria_sheet(province.name, *score) for score in province.scores]
    made = [*scores, *_report_sheets(province)]
    return [_contents_sheet(province, made), *made]


def _contents_sheet(province: Province, made: Sequence[Sheet]) -> Sheet:
    def rows() -> Iterator[Row]:
        for each in made:
            yield Row((Link(each.name, each.name), each.about, "mô phỏng" if each.is_simulated else None))

    return Sheet(
        name=CONTENTS,
        title=f"{province.name.upper()} – CẢI CÁCH HÀNH CHÍNH",
        lines=(
            "Số liệu chỉ tiêu do tỉnh báo cáo, chép như đã in; điểm và hạng do kho dữ liệu tính không phải kết quả"
            " chính thức.",
            f"Báo cáo mới nhất ký ngày {date_vi(province.newest_date)}.",
        ),
        columns=(Column("Trang tính", 30), Column("Nội dung", 58), Column("Ghi chú", 11)),
        rows=rows(),
        is_simulated=any(each.is_simulated for each in made),
        footer=province.name,
        is_portrait=True,
    )


def criteria_sheet(name: str, standing: Fact, row: Fact, criteria: Sequence[Fact]) -> Sheet:
    """Every criterion of one year: its maximum, its points, on which basis, and how they came about."""
    in_points = standing["total_unit"] == "points"
    quoted = f"{number_vi(row['points'])} điểm" if in_points else f"{number_vi(row['index_pct'])} %"
    interval = f" (từ {rank_interval(row)})" if rank_interval(row) else ""
    place = (
        f"Hạng {row['rank']}{interval} trên {row['ranked_count']}, {quoted}."
        if row["rank"]
        else f"Không xếp hạng: {row['not_ranked_reason_vi'] or 'không rõ lý do'}."
    )
    title = standing_name(standing)
    return Sheet(
        name=sheet_name(f"Điểm {title}"),
        title=f"{name.upper()} – ĐIỂM TỪNG TIÊU CHÍ – {standing['index_code']} {standing['report_year']}",
        about=f"Điểm từng tiêu chí {standing['index_code']} {standing['report_year']} và cách tính",
        lines=(place, edition_sentence(standing), ranking.NOT_OFFICIAL),
        columns=(
            Column("Mã", 7, ("middle",)),
            Column("Tiêu chí", 44),
            Column("Điểm tối đa", 8, ("score",)),
            Column("Điểm", 8, ("score",)),
            Column("Loại điểm", 14, ("wrapped", "padded")),
            Column("Cách tính", 39),
        ),
        rows=map(_criterion_row, criteria),
        is_simulated=standing["is_simulated"],
        footer=f"{name}, {title}",
        frozen_columns=1,
        is_portrait=True,
    )


def _criterion_row(row: Fact) -> Row:
    traits = ("area",) if row["level"] == "area" else () if row["is_leaf"] else ("group",)
    is_blank = row["is_leaf"] and row["points"] is None
    basis = BASES.get(row["basis"], "Cộng") if row["points"] is not None else ("Chưa có" if row["is_leaf"] else None)
    shade = ("blank",) if is_blank else ()
    points, kind = Styled(row["points"], shade), Styled(basis, shade)
    return Row(
        (row["criterion_code"], row["criterion_name"], row["max_points"], points, kind, row["explanation"]), traits
    )


def current_reports(connection: duckdb.DuckDBPyConnection) -> list[Report]:
    """Every report that counts: newest period first, then by province."""
    rows = connection.execute(
        """
        with cells as (
            select
                report_key,
                count(*) as cells,
                count(*) filter (where is_missing) as blanks,
                count(*) filter (where not is_missing and value is not null) as numbers,
                count(*) filter (where not is_missing and value is null) as words
            from marts.fct_indicator_value
            group by report_key
        ),

        findings as (
            select report_key, count(*) as findings from marts.mart_quality_finding group by report_key
        )

        select
            report.report_key, report.province_key, province.province_name,
            period.period_kind, period.period_name, period.report_year,
            period.due_date, report.form_code, report.report_number, report.report_date, report.signatory,
            report.file_name,
            coalesce(cells.cells, 0), coalesce(cells.numbers, 0), coalesce(cells.words, 0),
            coalesce(cells.blanks, 0), coalesce(findings.findings, 0), report.is_simulated
        from marts.dim_report as report
        inner join marts.dim_province as province using (province_key)
        inner join marts.dim_period as period using (period_key)
        left join cells using (report_key)
        left join findings using (report_key)
        where report.is_current
        order by period.due_date desc, report.period_key, report.province_key, report.report_key
        """
    ).fetchall()
    return [Report(*row) for row in rows]


def _report_sheets(province: Province) -> Iterator[Sheet]:
    taken = {CONTENTS.casefold()}
    for report in province.reports:
        period = PERIOD_IN_SHEET_NAME[report.period_kind].format(year=report.report_year)
        name = sheet_name(f"Báo cáo {period}")
        copy = 1
        while name.casefold() in taken:
            copy += 1
            name = sheet_name(f"Báo cáo {period}", f" ({copy})")
        taken.add(name.casefold())
        key = report.report_key
        yield report_sheet(report, name, province.form_rows.get(key, ()), province.warnings.get(key, {}))


def report_sheet(
    report: Report, name: str, form_rows: Sequence[tuple[Any, ...]], warnings: Mapping[str | None, Sequence[str]]
) -> Sheet:
    """The sheet of one report; `warnings` are by indicator key, those under None are about the report as a whole."""
    signatory = f" · Người ký: {report.signatory}" if report.signatory else ""
    form = f" · Mẫu: {report.form_code}" if report.form_code else ""
    general = [f"Cảnh báo chung: {warning}" for warning in warnings.get(None, ())]
    return Sheet(
        name=name,
        title=f"{report.province_name.upper()} – CHỈ TIÊU THỐNG KÊ CẢI CÁCH HÀNH CHÍNH – {report.period_name.upper()}",
        lines=(
            f"{report.reference}{signatory}{form} · Tệp: {report.file_name}",
            f"{report.cells} ô số liệu: {report.numbers} có số, {report.words} ghi bằng chữ, "
            f"{report.blanks} để trống · {report.findings} cảnh báo",
            *general,
        ),
        columns=REPORT_COLUMNS,
        rows=(_report_row(row, warnings) for row in form_rows),
        legend=LEGEND,
        about=f"{report.period_name}: {report.cells} ô số liệu, {report.findings} cảnh báo; {report.reference}",
        is_simulated=report.is_simulated,
        footer=f"{report.province_name} · {report.reference}",
        frozen_columns=2,
    )


def _form_rows(connection: duckdb.DuckDBPyConnection, report_keys: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    rows = connection.execute(
        """
        select
            report.report_key, form_row.row_kind, form_row.row_code, form_row.label,
            coalesce(form_row.unit, indicator.unit_name), form_row.indicator_key, indicator.value_kind,
            figure.report_key is not null, figure.value, figure.value_text, figure.value_raw, figure.is_missing,
            figure.note, figure.page, figure.table_number, figure.row_number, figure.correction_reason_vi
        from marts.dim_report as report
        inner join marts.bridge_form_indicator as form_row using (form_code)
        left join marts.dim_indicator as indicator using (indicator_key)
        left join marts.fct_indicator_value as figure
            on figure.report_key = report.report_key and figure.indicator_key = form_row.indicator_key
        where report.report_key in (select unnest(?))
        order by report.report_key, form_row.position
        """,
        [list(report_keys)],
    ).fetchall()
    by_report: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for report_key, *row in rows:
        by_report[report_key].append(tuple(row))
    return by_report


def _warnings(
    connection: duckdb.DuckDBPyConnection, report_keys: Sequence[str]
) -> dict[str, dict[str | None, list[str]]]:
    """Messages by report and indicator key; a finding about a sum is shown at each of its rows."""
    rows = connection.execute(
        """
        select report_key, indicator_keys, message_vi
        from marts.mart_quality_finding
        where report_key in (select unnest(?))
        order by report_key, rule, message_vi
        """,
        [list(report_keys)],
    ).fetchall()
    warnings: dict[str, dict[str | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for report_key, indicator_keys, message in rows:
        for indicator_key in (indicator_keys or "").split() or [None]:
            warnings[report_key][indicator_key].append(message)
    return warnings


def _report_row(row: tuple[Any, ...], warnings: Mapping[str | None, Sequence[str]]) -> Row:
    kind, code, label, unit, indicator_key, value_kind, is_present, value, words, raw, is_missing, *rest = row
    note, page, table, table_row, correction = rest
    if kind in ("area", "group") and not is_present:
        return Row((code, label, *[None] * 8), (kind,))
    messages = [*warnings.get(indicator_key, ()), *([f"Đã đính chính: {correction}"] if correction else [])]
    figure = figure_cell(
        value_kind=value_kind,
        is_present=is_present,
        value=value,
        words=words or raw,
        is_missing=is_missing,
        has_warning=bool(messages),
    )
    warned = ("doubtful",) if messages else ()
    if not is_present and not messages:
        messages = ["Báo cáo không có dòng này của mẫu."]
    is_part = kind == "part"
    return Row(
        (
            None if is_part else code,
            Styled(label, ("indent",)) if is_part else label,
            unit,
            figure,
            note,
            raw,
            page,
            table,
            table_row,
            Styled("\n".join(messages), warned),
        )
    )


def figure_cell(
    *, value_kind: str, is_present: bool, value: Decimal | None, words: str | None, is_missing: bool, has_warning: bool
) -> Styled:
    """What stands in «Số liệu»: a number with its format, words, or an empty cell whose shade says why."""
    if not is_present:
        return Styled(None, ("absent",))
    if is_missing:
        return Styled(None, ("blank",))
    if value is None:
        return Styled(words, ("words",))
    return Styled(value, (number_trait(value_kind, value), *(("doubtful",) if has_warning else ())))
