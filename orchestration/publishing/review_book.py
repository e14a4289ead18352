"""The workbook of open cases: what does not fit, where both figures stand, and the columns in which a person decides.

In: the published warehouse and the cut-outs of raw/. Out: a workbook that is put back into the inbox when it is filled
in. Not here: reading it back (`reading/sheets/decision.py`) and what a decision does (dbt, `effect.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.publishing.sheet import Book, Column, Picture, Row, Sheet, open_book
from orchestration.reading import raw

FILE_PREFIX = "quyet_dinh_ra_soat_"
DECISIONS = ("chấp nhận", "sửa", "loại")
_SEVERITIES = {"error": "Lỗi", "warning": "Cần xem", "info": "Ghi chú"}
_SHEET = "Truong_hop"
_COLUMNS = (
    Column("STT", 5, ("middle",)),
    Column("Mức", 8, ("text", "middle")),
    Column("Tỉnh", 16),
    Column("Kỳ báo cáo", 10, ("text", "middle")),
    Column("Điều không khớp", 44),
    Column("Chỉ tiêu, tiêu chí", 30),
    Column("Nơi thứ nhất (phụ lục, bảng điểm)", 26),
    Column("Nơi thứ hai (lời văn)", 40),
    Column("Ảnh cắt", 22),
    Column("Quyết định", 13, ("text", "words")),
    Column("Số liệu đúng", 13, ("text", "words")),
    Column("Lý do", 30, ("text", "words")),
    Column("Người quyết định", 18, ("text", "words")),
    Column("Ngày quyết định", 14, ("text", "words")),
    Column("Số liệu đã ghi", 13, ("text", "blank")),
    Column("Mã dòng", 8, ("text", "blank")),
    Column("Dòng trong đó số", 8, ("text", "blank")),
    Column("Mã tiêu chí", 8, ("text", "blank")),
    Column("Loại số liệu", 8, ("text", "blank")),
    Column("Khóa tỉnh", 8, ("text", "blank")),
    Column("Năm kết quả", 8, ("text", "blank")),
    Column("Mã trường hợp", 12, ("blank",)),
    Column("Mã SHA-256", 12, ("blank",)),
)
_HELP = (
    "Ở cột «Quyết định» chọn: chấp nhận (số trong báo cáo là đúng, không cảnh báo nữa), sửa (ghi số liệu đúng ở cột "
    "bên) hoặc loại (không dùng số này). Ghi lý do và người quyết định. Dòng để trống vẫn là trường hợp mở. Điểm không "
    "thể có, như 15 trên 1,5, dù được chấp nhận vẫn không được tính: hãy sửa.",
    "Điền xong, đặt tệp này vào thư mục kỳ báo cáo trong hộp thư; `par review --effect TỆP` cho biết trước điểm và thứ "
    "hạng nào thay đổi. Các cột xám để nhận lại trường hợp, không sửa.",
)
_DECISION_COLUMN = next(place for place, column in enumerate(_COLUMNS) if column.heading == "Quyết định")


@dataclass(frozen=True)
class Case:
    """One open finding and the figure that it is about: of a report (row_code) or of a score sheet (criterion_code).

    Both are None where it is about none.
    """

    finding_key: str
    severity: str
    province_name: str
    period_key: str
    message: str
    indicator: str | None
    file_sha256: str
    file_name: str
    page: int | None
    table_number: int | None
    row_number: int | None
    narrative: str | None
    row_code: str | None
    ordinal: int
    value_raw: str | None
    is_simulated: bool
    criterion_code: str | None = None
    measure: str | None = None
    province_key: str | None = None
    report_year: int | None = None

    @property
    def place(self) -> str:
        """Where the figure of the annex or of the sheet stands, in words, with what is printed there."""
        parts = [("trang", self.page), ("bảng", self.table_number), ("dòng", self.row_number)]
        printed = f": «{self.value_raw}»" if self.value_raw else ""
        return ", ".join([self.file_name, *(f"{name} {number}" for name, number in parts if number)]) + printed


def open_cases(database: Path, period: str | None = None, province: str | None = None) -> list[Case]:
    """The findings that nobody has accepted, worst first; of a period or a province by its name."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(_OPEN_CASES, {"period": period, "province": province}).fetchall()
    return [Case(*row[:-_ORDER_COLUMNS]) for row in rows]


def write_review(path: Path, cases: Sequence[Case], raw_root: Path) -> int:
    """Write the cases, a row each, with the cut-out of the cell where the report is a picture; returns how many."""
    title = "RÀ SOÁT SỐ LIỆU BÁO CÁO CẢI CÁCH HÀNH CHÍNH"
    sheet = Sheet(
        name=_SHEET,
        title=title,
        columns=_COLUMNS,
        rows=[_row(number, case, raw_root) for number, case in enumerate(cases, 1)],
        lines=_HELP,
        is_simulated=any(case.is_simulated for case in cases),
        frozen_columns=3,
        printed_columns=_DECISION_COLUMN + 5,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_book(path, title, None, "") as book:
        written = book.write(sheet)
        _add_choices(book, sheet, cases)
    return written


def _row(number: int, case: Case, raw_root: Path) -> Row:
    cutout = raw.crop(raw_root, case.period_key, case.file_sha256, case.page, case.table_number, case.row_number)
    return Row(
        (
            number,
            _SEVERITIES[case.severity],
            case.province_name,
            case.period_key,
            case.message,
            case.indicator,
            case.place,
            case.narrative,
            Picture(cutout.read_bytes(), case.place) if cutout else None,
            *(None,) * 5,
            case.value_raw,
            case.row_code,
            str(case.ordinal) if case.ordinal else None,
            case.criterion_code,
            case.measure,
            case.province_key,
            str(case.report_year) if case.report_year else None,
            case.finding_key,
            case.file_sha256,
        )
    )


def _add_choices(book: Book, sheet: Sheet, cases: Sequence[Case]) -> None:
    if not cases:
        return
    top = len(sheet.lines) + 2 + sheet.is_simulated
    book.workbook.get_worksheet_by_name(_SHEET).data_validation(
        top,
        _DECISION_COLUMN,
        top + len(cases) - 1,
        _DECISION_COLUMN,
        {
            "validate": "list",
            "source": list(DECISIONS),
            "error_title": "Quyết định",
            "error_message": "Chọn một trong: " + ", ".join(DECISIONS) + "; hoặc để trống.",
        },
    )


# Of several figures that a finding names the likeliest to be wrong is shown.
_OPEN_CASES = """
    select
        findings.finding_key, findings.severity, provinces.province_name, findings.period_key, findings.message_vi,
        indicators.indicator_name, reports.file_sha256, findings.source_file_name,
        coalesce(figures.page, findings.page), coalesce(figures.table_number, findings.table_number),
        coalesce(figures.row_number, findings.row_number),
        blocks.text_printed, figures.row_code, coalesce(figures.ordinal, 0), trim(figures.value_raw),
        findings.is_simulated, null, null, null, null,
        provinces.province_key, findings.place
    from marts.mart_quality_finding as findings
    inner join marts.dim_report as reports
        on findings.report_key = reports.report_key and findings.period_key = reports.period_key
    inner join marts.dim_province as provinces on findings.province_key = provinces.province_key
    left join intermediate.int_annex_values as figures
        on
            findings.report_key = figures.report_key and findings.period_key = figures.period_key
            and case
                when findings.likeliest_indicator_key is null
                    then findings.row_number = figures.row_number and findings.table_number = figures.table_number
                else findings.likeliest_indicator_key = figures.indicator_key
            end
    left join marts.dim_indicator as indicators on figures.indicator_key = indicators.indicator_key
    left join staging.stg_blocks as blocks
        on
            reports.file_sha256 = blocks.file_sha256 and findings.period_key = blocks.period_key
            and findings.block_number = blocks.block_number
    where
        not findings.is_accepted
        and ($period is null or findings.period_key = $period)
        and ($province is null or provinces.province_name = $province)
    union all
    select
        findings.finding_key, findings.severity, coalesce(provinces.province_name, '–'), findings.period_key,
        findings.message_vi, criteria.criterion_name, files.file_sha256, findings.source_file_name, null,
        findings.table_number, findings.row_number, null, null, 0, trim(figures.value_raw), findings.is_simulated,
        figures.criterion_code, figures.measure, figures.province_key, figures.report_year,
        findings.province_key, findings.place
    from marts.mart_quality_finding as findings
    inner join marts.dim_source_file as files
        on findings.report_key = files.report_key and files.document_kind <> 'report'
    left join marts.dim_province as provinces on findings.province_key = provinces.province_key
    left join intermediate.int_score_rows as figures
        on
            figures.decision in ('used', 'refused') and figures.criterion_code <> ''
            and figures.variable_code is null and files.file_sha256 = figures.file_sha256
            and findings.index_code = figures.index_code
            and findings.province_key = figures.province_key and findings.criterion_code = figures.criterion_code
            and findings.measure = figures.measure and findings.row_number = figures.row_number
            and findings.table_number = figures.table_number
    left join marts.dim_criterion as criteria
        on
            figures.index_code = criteria.index_code and figures.edition_code = criteria.edition_code
            and figures.criterion_code = criteria.criterion_code
    where
        not findings.is_accepted
        and ($period is null or findings.period_key = $period)
        and ($province is null or provinces.province_name = $province)
    order by 4 desc, 21, 22
"""
# The last columns say the order of the rows alone.
_ORDER_COLUMNS = 2
