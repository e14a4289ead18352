"""The workbook of a release: what provinces reported, in Vietnamese, one sheet a report and flat sheets for the rest.

In: a warehouse opened read-only. Out: one .xlsx, byte for byte equal for an equal warehouse.
Not here: how a sheet is laid out (sheet.py), figures one a row (figures.py), any computation of a figure.

A sheet of its own goes to each report of the newest yearly period (of the newest period where no yearly one was
received), so a national workbook has 63 or 34 of them and not 756; every other report's figures are in the workbook of
its period (figures.py), which the first sheet names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing.figures import FOLDER, Period, periods
from orchestration.publishing.product import ALWAYS_NEW, Product
from orchestration.publishing.ranking import AREAS, CRITERIA, NATIONAL, REGIONS, ranking_sheets
from orchestration.publishing.sheet import (
    Column,
    Legend,
    Link,
    Row,
    Sheet,
    Styled,
    Styles,
    number_trait,
    open_workbook,
    write_sheet,
)
from orchestration.sentence import Sentence

FILE = "chi_tieu_cchc.xlsx"
INTRODUCTION = "Giới thiệu"
COVERAGE = "Tình hình báo cáo"
OFFICIAL = "Kết quả công bố"
FINDINGS = "Cảnh báo"
PAGES = {
    COVERAGE: "Tỉnh nào đã gửi, quá hạn, chưa gửi, bị cách ly",
    NATIONAL: "Thứ hạng và chỉ số của từng tỉnh, do kho dữ liệu tính",
    AREAS: "Thứ hạng theo từng lĩnh vực",
    REGIONS: "Thứ hạng trong vùng và trong cùng loại đơn vị",
    CRITERIA: "Điểm từng tiêu chí của từng tỉnh, năm mới nhất",
    OFFICIAL: "Kết quả đã công bố, kèm nguồn",
    FINDINGS: "Điều cần xem lại trong các báo cáo và bảng điểm",
}
"""Every sheet but the first and those of reports, in their order, and what is in it."""

MAX_SHEET_NAME = 31
FORBIDDEN_IN_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", "-"))

PERIOD_IN_SHEET_NAME = {"FY": "{year}", "H1": "6T-{year}", "Q1": "QI-{year}", "Q3": "QIII-{year}"}

STATUS_OF_REPORT = {
    "on_time": Styled("Đúng hạn", ("good",)),
    "late": Styled("Quá hạn", ("bad",)),
    "missing": Styled("Chưa gửi", ()),
    "not_due": Styled("Chưa đến hạn", ()),
    "undocumented": Styled("Đã gửi, hạn không có văn bản", ()),
    "quarantined": Styled("Bị cách ly", ("bad", "bold")),
}
BASIS_OF_DATE = {"report_date": "Ngày ký", "first_seen_at": "Ngày nhận tệp"}
SEVERITIES = {
    "error": Styled("Lỗi", ("bad", "bold")),
    "warning": Styled("Cần xem lại", ("bad",)),
    "info": Styled("Ghi nhận", ()),
}
STATUS_OF_RESULT = {
    "verified": "Đã đối chiếu nguồn",
    "derived": "Suy ra từ nguồn",
    "recalled": "Chưa đối chiếu được nguồn",
}
SUBJECTS = {"province": "Tỉnh, thành phố", "region": "Vùng", "nation": "Cả nước", "ministry": "Bộ, ngành"}
COMPONENTS = {"total": "Chung"}

REPORT_COLUMNS = (
    Column("STT", 7, ("middle",)),
    Column("Chỉ tiêu", 52),
    Column("Đơn vị tính", 17),
    Column("Số liệu", 14, ()),
    Column("Ghi chú", 24, ("text", "padded")),
    Column("In trong báo cáo", 16, ("text", "padded")),
    Column("Trang", 7, ("middle",)),
    Column("Bảng", 6.5, ("middle",)),
    Column("Dòng", 6.5, ("middle",)),
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

    @property
    def reference(self) -> str:
        number = f"Báo cáo số {self.report_number}" if self.report_number else "Báo cáo không ghi số"
        return f"{number} ngày {self.report_date:%d/%m/%Y}" if self.report_date else number


def product(connection: duckdb.DuckDBPyConnection, mark: str | None, prefix: str) -> Product:
    """The national workbook, made anew each time: nearly every change of the warehouse is on one of its sheets."""
    title = Sentence(
        "Sổ Excel để đọc và in: xếp hạng, tình hình gửi báo cáo, cảnh báo, kết quả, chỉ tiêu từng báo cáo.",
        "The workbook to read and print: rankings, reports received, findings, results, indicators by report.",
    )

    def write(path: Path) -> None:
        write_workbook(connection, path, mark, prefix)

    return Product(f"{prefix}{FILE}", title, bool(prefix), ALWAYS_NEW, write)


def write_workbook(
    connection: duckdb.DuckDBPyConnection, path: Path, mark: str | None = None, prefix: str = ""
) -> None:
    """Write the release's workbook; `mark` is put on top of every sheet and page.

    prefix: how the names of the release's files begin, for the list of the workbooks beside this one.
    """
    reports = current_reports(connection)
    shown = reports_with_a_sheet(reports)
    names = sheet_names(shown)
    with open_workbook(path, "Chỉ tiêu thống kê cải cách hành chính", mark, newest_report_date(reports)) as workbook:
        styles = Styles(workbook)
        made = [
            coverage_sheet(connection),
            *ranking_sheets(connection),
            official_sheet(connection),
            findings_sheet(connection),
        ]
        order = list(PAGES)
        made.sort(key=lambda sheet: order.index(sheet.name))
        introduction = introduction_sheet(
            reports,
            shown,
            names,
            periods(connection),
            prefix,
            pages=[sheet.name for sheet in made],
            findings=findings_count(connection),
        )
        for sheet in (introduction, *made, *report_sheets(connection, shown, names)):
            write_sheet(workbook, styles, sheet, mark)


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
            report.report_key, province.province_name, period.period_kind, period.period_name, period.report_year,
            period.due_date, report.form_code, report.report_number, report.report_date, report.signatory,
            report.file_name,
            coalesce(cells.cells, 0), coalesce(cells.numbers, 0), coalesce(cells.words, 0),
            coalesce(cells.blanks, 0), coalesce(findings.findings, 0)
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


def reports_with_a_sheet(reports: Sequence[Report]) -> list[Report]:
    """The reports of the newest yearly period, or of the newest period where no yearly report counts."""
    candidates = [report for report in reports if report.period_kind == "FY"] or reports
    return [report for report in candidates if report.due_date == candidates[0].due_date] if candidates else []


def newest_report_date(reports: Sequence[Report]) -> date | None:
    return max((report.report_date for report in reports if report.report_date), default=None)


def sheet_names(reports: Sequence[Report]) -> dict[str, str]:
    """A sheet name for each report key: province and period, at most 31 characters, unique whatever the case."""
    taken = {name.casefold() for name in (INTRODUCTION, *PAGES)}
    names = {}
    for report in reports:
        period = PERIOD_IN_SHEET_NAME[report.period_kind].format(year=report.report_year)
        name = numbered = _sheet_name(report.province_name, f" {period}")
        copy = 1
        while numbered.casefold() in taken:
            copy += 1
            numbered = _sheet_name(name, f" ({copy})")
        taken.add(numbered.casefold())
        names[report.report_key] = numbered
    return names


def _sheet_name(start: str, end: str) -> str:
    return start.translate(FORBIDDEN_IN_SHEET_NAME)[: MAX_SHEET_NAME - len(end)].rstrip() + end


def introduction_sheet(
    reports: Sequence[Report],
    shown: Sequence[Report],
    names: Mapping[str, str],
    figures: Sequence[Period],
    prefix: str,
    *,
    pages: Sequence[str],
    findings: int,
) -> Sheet:
    """What the workbook is, what it counts, how to read it, and where everything is."""
    return Sheet(
        name=INTRODUCTION,
        title="CHỈ TIÊU THỐNG KÊ CẢI CÁCH HÀNH CHÍNH CỦA CÁC TỈNH, THÀNH PHỐ",
        lines=(
            "Số liệu lấy từ phụ lục thống kê của báo cáo cải cách hành chính (CCHC) do tỉnh, thành phố gửi; "
            "mỗi số truy được về báo cáo, trang, bảng và dòng nơi nó được in.",
        ),
        columns=(Column("", 34, ()), Column("", 28, ()), *(Column("", 13, ("middle",)) for _ in range(6))),
        rows=_introduction_rows(reports, shown, names, figures, prefix, pages=pages, findings=findings),
        has_header=False,
        cell_traits=("plain",),
    )


def _introduction_rows(
    reports: Sequence[Report],
    shown: Sequence[Report],
    names: Mapping[str, str],
    figures: Sequence[Period],
    prefix: str,
    *,
    pages: Sequence[str],
    findings: int,
) -> Iterator[Row]:
    def total(attribute: str) -> int:
        return sum(getattr(report, attribute) for report in reports)

    yield _section("Trong tệp này có")
    for label, count in (
        ("Báo cáo được tính", len(reports)),
        ("Kỳ báo cáo", len({report.period_name for report in reports})),
        ("Ô số liệu", total("cells")),
        ("    có số", total("numbers")),
        ("    ghi bằng chữ", total("words")),
        ("    để trống", total("blanks")),
        ("Cảnh báo", findings),
    ):
        yield Row((label, Styled(count, ("count", "left"))))
    yield _section("Các trang tính")
    for name in pages:
        yield Row((Link(name, name), PAGES[name]))
    yield _section("Quy tắc")
    for rule in RULES:
        yield Row((rule,))
    yield _section("Cách đọc màu ô số liệu")
    for patch in LEGEND:
        yield Row((Styled(patch.text, ("text", *patch.traits)),))
    yield _section(f"Báo cáo có trang riêng ({shown[0].period_name})" if shown else "Chưa có báo cáo nào được tính")
    if shown:
        headings = ("Trang tính", "Báo cáo số", "Ngày ký", "Ô số liệu", "Có số", "Bằng chữ", "Để trống", "Cảnh báo")
        yield Row([Styled(heading, ("header",)) for heading in headings])
    for report in shown:
        yield Row(
            (
                Link(names[report.report_key], names[report.report_key]),
                Styled(report.report_number or "không ghi số", ("cell",)),
                Styled(report.report_date, ("cell", "date")),
                *(Styled(count, ("cell", "count")) for count in (report.cells, report.numbers, report.words)),
                Styled(report.blanks, ("cell", "count")),
                Styled(report.findings, ("cell", "count", *(("doubtful",) if report.findings else ()))),
            )
        )
    if figures:
        yield _section(f"Số liệu của mọi báo cáo: mỗi kỳ một tệp trong thư mục {FOLDER}, mỗi dòng một số liệu")
        yield Row([Styled(heading, ("header",)) for heading in ("Tệp", "Kỳ báo cáo", "Báo cáo", "Ô số liệu")])
    for period in figures:
        yield Row(
            (
                Styled(f"{prefix}{period.file_name}", ("cell",)),
                Styled(period.name, ("cell",)),
                Styled(period.reports, ("cell", "count")),
                Styled(period.figures, ("cell", "count")),
            )
        )


RULES = (
    "Số liệu chỉ tiêu là số do tỉnh báo cáo, chép như đã in; cột «In trong báo cáo» giữ nguyên chữ.",
    "Ô để trống là không có số liệu; không bao giờ được hiểu là số 0.",
    f"Kết quả chính thức chỉ nằm ở trang «{OFFICIAL}», luôn kèm nguồn. Kho dữ liệu không tính lại các kết quả này.",
    "Số do kho dữ liệu tính toán không phải là kết quả chính thức và không có ở trang đó.",
    "Mỗi tỉnh và kỳ chỉ tính báo cáo mới nhất; bản trước vẫn được lưu trong kho.",
)


def _section(text: str) -> Row:
    return Row((text, *[None] * 7), ("section",))


def coverage_sheet(connection: duckdb.DuckDBPyConnection) -> Sheet:
    """Every report due, newest period first: whether it came, when, and how full it is."""
    rows = connection.execute(
        """
        select
            period.period_name, province.province_name, province.region_name, coverage.due_date, coverage.status,
            coverage.sent_date, coverage.sent_date_basis, coverage.days_late, coverage.rows_expected,
            coverage.rows_reported, coverage.rows_blank, coverage.files_quarantined, coverage.quarantine_reason_vi
        from marts.mart_report_coverage as coverage
        inner join marts.dim_province as province using (province_key)
        inner join marts.dim_period as period using (period_key)
        order by coverage.due_date desc, coverage.period_key, coverage.province_key
        """
    ).fetchall()
    received = sum(row[5] is not None for row in rows)
    due = sum(row[4] != "not_due" for row in rows)
    return Sheet(
        name=COVERAGE,
        title="TÌNH HÌNH GỬI BÁO CÁO",
        lines=(
            f"{received} trên {due} báo cáo đến hạn đã nhận. Đúng hạn hay không tính theo ngày ký; tệp không "
            "ghi ngày thì tính theo ngày nhận.",
        ),
        columns=(
            Column("Kỳ báo cáo", 18),
            Column("Tỉnh, thành phố", 20),
            Column("Vùng", 26),
            Column("Hạn gửi", 12, ("date",)),
            Column("Tình trạng", 13, ("middle",)),
            Column("Ngày gửi", 12, ("date",)),
            Column("Căn cứ", 13, ("middle",)),
            Column("Quá hạn (ngày)", 10, ("count",)),
            Column("Số dòng của mẫu", 10, ("count",)),
            Column("Số dòng có trong báo cáo", 12, ("count",)),
            Column("Để trống", 9, ("count",)),
            Column("Tệp bị cách ly", 9, ("count",)),
            Column("Lý do cách ly", 40),
        ),
        rows=(_coverage_row(row) for row in rows),
        footer="Tình hình gửi báo cáo CCHC",
        frozen_columns=2,
    )


def _coverage_row(row: tuple[Any, ...]) -> Row:
    *place, due, status, sent, basis, late, expected, reported, blank, quarantined, reason = row
    is_received = sent is not None
    return Row(
        (
            *place,
            due,
            STATUS_OF_REPORT.get(status, status),
            sent,
            BASIS_OF_DATE.get(basis, basis),
            late if is_received else None,
            expected,
            reported if is_received else None,
            blank if is_received else None,
            quarantined,
            reason,
        )
    )


def official_sheet(connection: duckdb.DuckDBPyConnection) -> Sheet:
    """Published results as they were published, newest year first, each with its source."""
    rows = connection.execute(
        """
        select
            result_year, index_name, component, subject_kind, subject_name, score, score_printed, max_points, rank,
            ranked_count, status, released_on, note, source
        from marts.mart_official_result
        order by
            result_year desc, case index_name when 'PAR' then 1 when 'SIPAS' then 2 else 3 end, index_name,
            component <> 'total', component, subject_kind, rank nulls last, subject_name, score, status, source
        """
    ).fetchall()
    return Sheet(
        name=OFFICIAL,
        title="KẾT QUẢ ĐÃ CÔNG BỐ",
        lines=(
            "Chép từ nguồn ghi ở cột cuối, không tính lại. Cột «Đối chiếu» nói số đó đã được so với nguồn hay chưa.",
        ),
        columns=(
            Column("Năm", 7, ("middle", "code")),
            Column("Chỉ số", 10, ("middle",)),
            Column("Thành phần", 30),
            Column("Loại đơn vị", 15),
            Column("Đơn vị", 22),
            Column("Điểm", 10, ("score",)),
            Column("Điểm tối đa", 9, ("score",)),
            Column("Xếp hạng", 8, ("count", "middle")),
            Column("Trên tổng số", 8, ("count", "middle")),
            Column("Đối chiếu", 18),
            Column("Ngày công bố", 12, ("date",)),
            Column("Ghi chú", 28),
            Column("Nguồn", 46),
        ),
        rows=(_official_row(row) for row in rows),
        footer="Kết quả đã công bố, kèm nguồn",
        frozen_columns=2,
    )


def _official_row(row: tuple[Any, ...]) -> Row:
    year, index, component, kind, subject, score, printed, most, rank, count, status, released, note, source = row
    return Row(
        (
            year,
            index,
            COMPONENTS.get(component, component),
            SUBJECTS.get(kind, kind),
            subject,
            score if score is not None else printed,
            most,
            rank,
            count,
            STATUS_OF_RESULT.get(status, status),
            released,
            note,
            source,
        )
    )


def findings_count(connection: duckdb.DuckDBPyConnection) -> int:
    """How many findings there are, on reports and on score sheets."""
    [(count,)] = connection.execute("select count(*) from marts.mart_quality_finding").fetchall()
    return int(count)


def findings_sheet(connection: duckdb.DuckDBPyConnection) -> Sheet:
    """Every finding in the reports and score sheets that count, with the row or criterion and the place it is about."""
    rows = connection.execute(
        """
        select
            period.period_name, province.province_name, finding.severity,
            coalesce(form_row.row_code, finding.criterion_code), indicator.indicator_name, finding.message_vi,
            case when report.report_key is null then finding.source_file_name else report.report_number end,
            finding.page, finding.table_number, finding.row_number, finding.block_number, finding.rule
        from marts.mart_quality_finding as finding
        left join marts.dim_province as province using (province_key)
        inner join marts.dim_period as period using (period_key)
        left join marts.dim_report as report on finding.report_key = report.report_key
        left join marts.dim_indicator as indicator
            on indicator.indicator_key = split_part(finding.indicator_keys, ' ', 1)
        left join marts.bridge_form_indicator as form_row
            on form_row.form_code = report.form_code and form_row.indicator_key = indicator.indicator_key
        order by
            period.due_date desc, finding.period_key, finding.province_key,
            case finding.severity when 'error' then 1 when 'warning' then 2 else 3 end,
            form_row.position nulls first, finding.rule, finding.message_vi, finding.row_number
        """
    ).fetchall()
    return Sheet(
        name=FINDINGS,
        title="CẢNH BÁO VỀ SỐ LIỆU",
        lines=(
            f"{len(rows)} cảnh báo trong các báo cáo và bảng điểm được tính. Cảnh báo không sửa số liệu; nó chỉ nói cần"
            " xem lại.",
        ),
        columns=(
            Column("Kỳ báo cáo", 18),
            Column("Tỉnh, thành phố", 20),
            Column("Mức", 12, ("middle",)),
            Column("STT", 8, ("middle",)),
            Column("Chỉ tiêu", 46),
            Column("Cảnh báo", 58),
            Column("Báo cáo số, hoặc tệp", 24),
            Column("Trang", 7, ("middle",)),
            Column("Bảng", 7, ("middle",)),
            Column("Dòng", 7, ("middle",)),
            Column("Đoạn", 7, ("middle",)),
            Column("Quy tắc", 22),
        ),
        rows=(Row((*row[:2], SEVERITIES.get(row[2], row[2]), *row[3:])) for row in rows),
        footer="Cảnh báo về số liệu báo cáo CCHC",
        frozen_columns=2,
    )


def report_sheets(
    connection: duckdb.DuckDBPyConnection, reports: Sequence[Report], names: Mapping[str, str]
) -> Iterator[Sheet]:
    """One sheet a report: the form's rows in the form's order, with what the report says in each."""
    keys = [report.report_key for report in reports]
    warnings = _warnings(connection, keys)
    form_rows = _form_rows(connection, keys)
    for report in reports:
        yield report_sheet(report, names[report.report_key], form_rows[report.report_key], warnings[report.report_key])


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
