"""The sheets of lists: points claimed and not accepted, reports received, findings, published results, the long table.

In: facts. Out: Sheet records. Not here: how a sheet is laid out (sheet.py), rankings (ranking.py).

A list holds every row; on paper comes its newest year, or its beginning, as the line under the title says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any

from orchestration.publishing.facts import Facts
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.ranking import standing_name
from orchestration.publishing.sheet import Column, Row, Sheet, Styled, sheet_name
from orchestration.publishing.words import number_vi

SIMULATED_ROW = "mô phỏng"
PRINTED_GAPS = 60
PRINTED_FINDINGS = 120

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
    "verified": Styled("Đã đối chiếu nguồn", ()),
    "doubtful": Styled("Đáng ngờ, chép như nguồn in", ("doubtful",)),
    "derived": Styled("Suy ra từ nguồn", ()),
    "recalled": Styled("Chưa đối chiếu được nguồn", ("bad",)),
}
SUBJECTS = {"province": "Tỉnh, thành phố", "region": "Vùng", "nation": "Cả nước", "ministry": "Bộ, ngành"}
COMPONENTS = {"total": "Chung"}


def gap_sheets(facts: Facts) -> Iterator[Sheet]:
    """Of the newest year of each index that was claimed and appraised: every criterion with a gap, greatest first."""
    for standing in facts.newest_standings:
        found = [
            row
            for row in facts.gaps(standing["index_code"], standing["report_year"])
            if row["gap_points"] and row["is_simulated"] == standing["is_simulated"]
        ]
        if found:
            yield gap_sheet(standing, found)


def gap_sheet(standing: Fact, gaps: Sequence[Fact]) -> Sheet:
    ordered = sorted(gaps, key=lambda row: -row["gap_points"])
    return Sheet(
        name=sheet_name(standing_name(standing), " chênh lệch"),
        title=f"ĐIỂM TỰ CHẤM VÀ ĐIỂM ĐƯỢC CHẤP NHẬN – {standing['index_code']} {standing['report_year']}",
        about="Tiêu chí có điểm được chấp nhận khác điểm tự chấm, chênh lệch lớn nhất trước, kèm lý do",
        lines=(
            f"{number_vi(len(ordered), 0)} tiêu chí có chênh lệch, lớn nhất trước; tiêu chí không chênh lệch không có ở"
            f" đây. In {min(len(ordered), PRINTED_GAPS)} dòng đầu.",
        ),
        columns=(
            Column("Tỉnh, thành phố", 18),
            Column("Mã", 8, ("middle",)),
            Column("Tiêu chí", 48),
            Column("Điểm tối đa", 8, ("score",)),
            Column("Tự chấm", 8, ("score",)),
            Column("Được chấp nhận", 9, ("score",)),
            Column("Tự chấm trừ chấp nhận", 10, ("score",)),
            Column("Như vậy năm trước", 9, ("score",)),
            Column("Lý do", 40, ("wrapped", "padded")),
        ),
        rows=(
            Row(
                (
                    row["province_name"],
                    row["criterion_code"],
                    row["criterion_name"],
                    row["max_points"],
                    row["claimed_points"],
                    row["accepted_points"],
                    row["gap_points"],
                    row["last_year_gap_points"],
                    row["cause"],
                )
            )
            for row in ordered
        ),
        is_simulated=standing["is_simulated"],
        footer="Điểm tự chấm và điểm được chấp nhận",
        frozen_columns=1,
        printed_rows=PRINTED_GAPS,
    )


def coverage_sheet(facts: Facts) -> Sheet:
    """Every report, newest period first: whether it came, when, and how full it is; what is not due stands apart."""
    due = [row for row in facts.coverage if row["status"] != "not_due"]
    later = [row for row in facts.coverage if row["status"] == "not_due"]
    received = sum(row["sent_date"] is not None for row in due)
    newest = list(takewhile(lambda row: row["report_year"] == due[0]["report_year"], due))
    columns = (
        Column("Kỳ báo cáo", 16),
        Column("Tỉnh, thành phố", 18),
        Column("Hạn gửi", 11, ("date",)),
        Column("Tình trạng", 14, ("middle", "wrapped")),
        Column("Ngày gửi", 11, ("date",)),
        Column("Căn cứ", 11, ("middle", "wrapped")),
        Column("Quá hạn (ngày)", 8, ("count",)),
        Column("Số dòng của mẫu", 9, ("count",)),
        Column("Số dòng có", 8, ("count",)),
        Column("Để trống", 8, ("count",)),
        Column("Tệp bị cách ly", 8, ("count",)),
        Column("Lý do cách ly", 34),
        Column("Ghi chú", 11, ("middle",)),
    )

    def rows() -> Iterator[Row]:
        yield from map(_coverage_row, due)
        if later:
            yield Row((f"Chưa đến hạn: {len(later)} báo cáo", *[None] * (len(columns) - 1)), ("section",))
            yield from map(_coverage_row, later)

    printed = f" In các kỳ của năm {newest[0]['report_year']}." if newest else ""
    return Sheet(
        name="Tình hình báo cáo",
        title="TÌNH HÌNH GỬI BÁO CÁO",
        about="Tỉnh nào đã gửi, quá hạn, chưa gửi, bị cách ly; phần chưa đến hạn để riêng",
        lines=(
            f"{number_vi(received, 0)} trên {number_vi(len(due), 0)} báo cáo đến hạn đã nhận; {len(later)} báo cáo chưa"
            " đến hạn. Đúng hạn hay không tính theo ngày ký; tệp không ghi ngày thì tính theo ngày nhận; hạn không có"
            f" văn bản thì không kết luận.{printed}",
        ),
        columns=columns,
        rows=rows(),
        is_simulated=any(row["is_simulated"] for row in facts.coverage),
        footer="Tình hình gửi báo cáo CCHC",
        frozen_columns=2,
        printed_rows=len(newest),
    )


def _coverage_row(row: Fact) -> Row:
    is_received = row["sent_date"] is not None
    return Row(
        (
            row["period_name"],
            row["province_name"],
            row["due_date"],
            STATUS_OF_REPORT.get(row["status"], row["status"]),
            row["sent_date"],
            BASIS_OF_DATE.get(row["sent_date_basis"], row["sent_date_basis"]),
            row["days_late"] if is_received else None,
            row["rows_expected"],
            row["rows_reported"] if is_received else None,
            row["rows_blank"] if is_received else None,
            row["files_quarantined"],
            row["quarantine_reason_vi"],
            SIMULATED_ROW if row["is_simulated"] else None,
        )
    )


def findings_sheet(facts: Facts) -> Sheet:
    """Every finding in the reports and score sheets that count, with the row or criterion and the place it is about."""
    found = facts.findings
    newest = list(takewhile(lambda row: row["report_year"] == found[0]["report_year"], found))
    printed = f" In {min(len(newest), PRINTED_FINDINGS)} cảnh báo của năm {newest[0]['report_year']}." if newest else ""
    return Sheet(
        name="Cảnh báo",
        title="CẢNH BÁO VỀ SỐ LIỆU",
        about="Điều cần xem lại trong các báo cáo và bảng điểm, kèm chỗ in",
        lines=(
            f"{len(found)} cảnh báo trong các báo cáo và bảng điểm được tính. Cảnh báo không sửa số liệu; nó chỉ nói"
            " cần xem lại. «Đoạn» là đoạn của lời văn, khi đó «Mã» là dòng của phụ lục mà lời văn không khớp."
            f"{printed}",
        ),
        columns=(
            Column("Kỳ báo cáo", 13),
            Column("Tỉnh, thành phố", 15),
            Column("Mức", 11, ("middle",)),
            Column("Mã", 8, ("middle",)),
            Column("Chỉ tiêu, tiêu chí", 30),
            Column("Cảnh báo", 49),
            Column("Báo cáo số, hoặc tệp", 13),
            Column("Trang", 6, ("middle",)),
            Column("Bảng", 6, ("middle",)),
            Column("Dòng", 6, ("middle",)),
            Column("Đoạn", 6, ("middle",)),
            Column("Ghi chú", 10, ("middle",)),
        ),
        rows=(
            Row(
                (
                    row["period_name"],
                    row["province_name"],
                    SEVERITIES.get(row["severity"], row["severity"]),
                    row["row_code"] or row["criterion_code"],
                    row["indicator_name"],
                    row["message_vi"],
                    row["report_number"] if row["report_number"] else row["file_name"],
                    row["page"],
                    row["table_number"],
                    row["row_number"],
                    row["block_number"],
                    "; ".join(
                        text
                        for text, is_so in (("đã chấp nhận", row["is_accepted"]), (SIMULATED_ROW, row["is_simulated"]))
                        if is_so
                    ),
                )
            )
            for row in found
        ),
        is_simulated=any(row["is_simulated"] for row in found),
        footer="Cảnh báo về số liệu báo cáo CCHC",
        frozen_columns=2,
        printed_rows=min(len(newest), PRINTED_FINDINGS),
    )


def results_sheet(facts: Facts) -> Sheet:
    """Published results as they were published, newest year first, each with its source; a change is no score."""
    found = facts.official_results
    newest = list(takewhile(lambda row: row["result_year"] == found[0]["result_year"], found))
    printed = f" In năm {newest[0]['result_year']}, không in cột Nguồn." if newest else ""
    return Sheet(
        name="Kết quả công bố",
        title="KẾT QUẢ ĐÃ CÔNG BỐ",
        about="Kết quả do cơ quan có thẩm quyền công bố, chép từ nguồn nêu tên",
        lines=(
            "Chép từ nguồn ghi ở cột cuối, không tính lại. Mức thay đổi đứng ở cột riêng, không phải là điểm. Cột «Đối"
            f" chiếu» nói số đó đã được so với nguồn hay chưa.{printed}",
        ),
        columns=(
            Column("Năm", 6, ("middle", "code")),
            Column("Chỉ số", 8, ("middle",)),
            Column("Thành phần", 24),
            Column("Loại đơn vị", 13),
            Column("Đơn vị", 20),
            Column("Điểm", 9, ("score",)),
            Column("Thay đổi", 9, ("change",)),
            Column("Điểm tối đa", 8, ("score",)),
            Column("Hạng", 7, ("count", "middle")),
            Column("Trên tổng số", 7, ("count", "middle")),
            Column("Đối chiếu", 17),
            Column("Ngày công bố", 11, ("date",)),
            Column("Ghi chú", 28),
            Column("Nguồn", 60),
        ),
        rows=map(_result_row, found),
        footer="Kết quả đã công bố, kèm nguồn",
        frozen_columns=2,
        printed_columns=13,
        printed_rows=len(newest),
    )


def _result_row(row: Fact) -> Row:
    printed = row["score"] if row["score"] is not None else row["score_printed"]
    is_change = row["measure"] == "change"
    return Row(
        (
            row["result_year"],
            row["index_name"],
            COMPONENTS.get(row["component"], row["component"]),
            SUBJECTS.get(row["subject_kind"], row["subject_kind"]),
            row["subject_name"],
            None if is_change else printed,
            printed if is_change else None,
            row["max_points"],
            row["rank"],
            row["ranked_count"],
            STATUS_OF_RESULT.get(row["status"], row["status"]),
            row["released_on"],
            row["note"],
            row["source"],
        )
    )


LONG_COLUMNS = (
    Column("Chỉ số", 9, ()),
    Column("Năm", 7, ("code",)),
    Column("Số liệu", 11, ()),
    Column("Mã tỉnh", 8, ()),
    Column("Tỉnh, thành phố", 20, ()),
    Column("Vùng", 32, ()),
    Column("Loại đơn vị", 26, ()),
    Column("Mã lĩnh vực", 9, ()),
    Column("Lĩnh vực", 50, ()),
    Column("Điểm", 9, ("score",)),
    Column("Điểm tối đa", 9, ("score",)),
    Column("Chỉ số (%)", 9, ("score",)),
    Column("Hạng", 7, ("count",)),
    Column("Hạng tốt nhất", 8, ("count",)),
    Column("Hạng kém nhất", 8, ("count",)),
)


def long_sheet(facts: Facts) -> Sheet:
    """Every index, year, province and area, one a row, for pivot tables; it is not made for paper."""
    return Sheet(
        name="Bảng dài",
        title="MỌI CHỈ SỐ, NĂM, TỈNH VÀ LĨNH VỰC – MỖI DÒNG MỘT GIÁ TRỊ",
        about="Mọi năm của mọi chỉ số, mỗi dòng một giá trị, để lập PivotTable; không in",
        lines=(
            "Để lập PivotTable (Insert > PivotTable, vùng dữ liệu: Bang_dai); không để in.",
            "Lĩnh vực «Chung» là cả chỉ số.",
        ),
        columns=LONG_COLUMNS,
        range_name="Bang_dai",
        rows=_long_rows(facts),
        is_simulated=any(row["is_simulated"] for row in facts.ranking),
        footer="Bảng dài",
        frozen_columns=5,
        printed_columns=8,
        printed_rows=0,
        shows_empty_cells=False,
        cell_traits=("plain",),
    )


def _long_rows(facts: Facts) -> Iterator[Row]:
    places = {}
    for row in facts.ranking:
        key = (row["index_code"], row["report_year"], row["province_key"])
        places[key] = (row["region_name"], row["province_type"])
        yield _long_row(row, places[key], ("total", "Chung"), row["index_pct"])
    for row in facts.areas:
        key = (row["index_code"], row["report_year"], row["province_key"])
        yield _long_row(row, places[key], (row["area_code"], row["area_name"]), row["area_index_pct"])


def _long_row(row: Fact, place: tuple[Any, Any], area: tuple[str, str], index_pct: Any) -> Row:
    return Row(
        (
            row["index_code"],
            row["report_year"],
            SIMULATED_ROW if row["is_simulated"] else "thật",
            row["province_code"],
            row["province_name"],
            *place,
            *area,
            row["points"],
            row["max_points"],
            index_pct,
            row["rank"],
            row["rank_low"],
            row["rank_high"],
        )
    )
