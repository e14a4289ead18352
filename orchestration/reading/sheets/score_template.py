"""A sheet of points to fill in: what a province claims and proves, and what both rounds of the appraisal say of it.

In: an edition of the seeds, a year, a province. Out: an .xlsx with a sheet of points and a sheet of the variables of
formulas, which `score_sheet.py` reads back. Not here: what is done with the points (dbt).
"""

from __future__ import annotations

from pathlib import Path

from orchestration.reading.knowledge import catalogue
from orchestration.reading.sheets.edition import of_the_seeds

POINTS = (
    "Mã tiêu chí", "Tiêu chí", "Điểm tối đa", "Điểm tự đánh giá", "Tài liệu kiểm chứng", "Trang", "Giải trình",
    "Đơn vị thẩm định", "Người thẩm định", "Ngày thẩm định lần 1", "Điểm thẩm định lần 1", "Lý do lần 1",
    "Yêu cầu giải trình", "Giải trình bổ sung", "Tài liệu bổ sung", "Trang tài liệu bổ sung",
    "Ngày thẩm định lần 2", "Điểm thẩm định lần 2", "Lý do lần 2",
)  # fmt: skip
VARIABLES = (
    "Mã tiêu chí", "Mã biến số", "Biến số", "Giá trị tự đánh giá", "Giá trị thẩm định lần 1",
    "Giá trị thẩm định lần 2", "Lý do",
)  # fmt: skip


def write_score_template(path: Path, index_code: str, edition_code: str, year: int, province: str) -> int:
    """An .xlsx of an edition's criteria for one province and year, points to be filled in; returns its criteria.

    Raises ValueError for an edition that is not in the seeds or of which no criteria are known.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - only this command writes

    rows = list(of_the_seeds(index_code, edition_code))
    criteria = list({row["criterion_code"]: row for row in reversed(rows)}.values())[::-1]
    names = {row["index_code"]: row["index_name"] for row in catalogue.seed("score_settings")}
    indicators = {row["indicator_key"]: row["indicator_name"] for row in catalogue.seed("indicators")}
    title = (
        f"BẢNG TỰ CHẤM ĐIỂM VÀ THẨM ĐỊNH {names[index_code].upper()} NĂM {year}",
        f"Ủy ban nhân dân {province}",
        f"Bộ tiêu chí: {edition_code}",
    )
    points = [(row["criterion_code"], row["criterion_name"], float(row["max_points"])) for row in criteria]
    variables = [
        (row["criterion_code"], key, indicators.get(key, key))
        for row in criteria
        for key in dict.fromkeys(f"{row.get('numerator_keys', '')} {row.get('denominator_keys', '')}".split())
    ]
    with Workbook(str(path), {"strings_to_numbers": False, "strings_to_formulas": False}) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for name, header, lines in (("Điểm", POINTS, points), ("Biến số", VARIABLES, variables)):
            sheet = workbook.add_worksheet(name)
            sheet.write_column(0, 0, title)
            sheet.write_row(len(title) + 1, 0, header, bold)
            for line, cells in enumerate(lines, len(title) + 2):
                sheet.write_row(line, 0, cells)
            sheet.freeze_panes(len(title) + 2, 2)
            sheet.set_column(0, 0, 11)
            sheet.set_column(1, len(header) - 1, 18)
    return len(criteria)
