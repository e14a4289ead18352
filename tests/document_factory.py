"""Made-up reports for tests: one annex with invented values, written in any format and any shape.

In: AnnexLine records (the truth a test compares with) and a shape. Out: bytes, the same for the same input.
Labels and units come from the form's seed; every value, date, number and sentence is invented here.
Not here: the writers themselves (`orchestration/simulation`), PDF and scans (`pdf_factory.py`).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from orchestration.simulation.documents import (
    COLUMNS,
    PLAN,
    AnnexLine,
    GridCell,
    Letter,
    Row,
    Shape,
    annex_tables,
    docx_package,
    write_docx,
    write_html,
    write_txt,
    write_xlsx,
    zip_bytes,
)

__all__ = [
    "COLUMNS",
    "AnnexLine",
    "GridCell",
    "Row",
    "Shape",
    "annex_tables",
    "docx_package",
    "lines_of_truth",
    "make_docx",
    "make_html",
    "make_txt",
    "make_xlsx",
    "narrative",
    "sample_annex",
    "short_annex",
    "zip_bytes",
]

FORM_ROWS = Path(__file__).parents[1] / "dbt_project" / "seeds" / "form_rows.csv"


def sample_annex(seed: int = 1, *, form: str = "6459", blanks: float = 0.04) -> list[AnnexLine]:
    """Every row of `form` with values drawn from `seed`; a `blanks` share of the indicators has none."""
    source = random.Random(seed)
    with FORM_ROWS.open(encoding="utf-8", newline="") as rows:
        return [_invented(row, source, blanks) for row in csv.DictReader(rows) if row["form_code"] == form]


def short_annex() -> list[AnnexLine]:
    """Eight rows with one of each difficulty, small enough to be read in a test."""
    return [
        AnnexLine("3", 0, "Cải cách thủ tục hành chính"),
        AnnexLine("3.1", 0, "Thống kê TTHC"),
        AnnexLine("3.1.3", 0, "Tổng số TTHC đang có hiệu lực", "Thủ tục", "1.234"),
        AnnexLine("3.1.3", 1, "Số TTHC cấp tỉnh:", "Thủ tục", "07"),
        AnnexLine("3.1.3", 2, "Số TTHC cấp huyện:", "Thủ tục", "1.227"),
        AnnexLine("3.3.3", 0, "Tỷ lệ TTHC đã được phê duyệt quy trình nội bộ", "%", "92%", "Đang rà soát"),
        AnnexLine("3.3.4", 0, "Tỷ lệ quy trình nội bộ giải quyết TTHC đã được điện tử hóa", "%", "7,03"),
        AnnexLine("3.6.1", 0, "Tổng số nhiệm vụ được giao", "Nhiệm vụ"),
    ]


def lines_of_truth(path: Path) -> list[AnnexLine]:
    """The annex as a person transcribed it into the truth file beside a real report."""
    with path.open(encoding="utf-8", newline="") as rows:
        return [
            AnnexLine(row["code"], int(row["ordinal"] or 0), row["label"], row["unit"], row["value_raw"], row["note"])
            for row in csv.DictReader(rows)
        ]


def make_docx(
    lines: Sequence[AnnexLine], province: str = "Hà Nam", year: int = 2021, *, period: str = "", **shape: object
) -> bytes:
    """A Word report: letterhead, narrative, annex. `shape` takes the fields of Shape."""
    return write_docx(lines, letter(province, year, period), Shape(**shape))


def make_html(
    lines: Sequence[AnnexLine], province: str = "Hà Nam", year: int = 2021, *, period: str = "", **shape: object
) -> bytes:
    """A web page of the report, its spans as `rowspan` and `colspan`."""
    return write_html(lines, letter(province, year, period), Shape(**shape))


def make_txt(
    lines: Sequence[AnnexLine],
    province: str = "Hà Nam",
    year: int = 2021,
    *,
    period: str = "",
    encoding: str = "utf-8",
    pipes: bool = False,
    form_feeds: bool = False,
    **shape: object,
) -> bytes:
    """The text of the report, its annex with tabs, or with `pipes` as a Markdown table."""
    words = letter(province, year, period)
    return write_txt(lines, words, Shape(**shape), encoding=encoding, pipes=pipes, form_feeds=form_feeds)


def make_xlsx(
    lines: Sequence[AnnexLine],
    province: str = "Hà Nam",
    year: int = 2021,
    *,
    typed: bool = True,
    codes_typed: bool = False,
    period: str = "",
    **shape: object,
) -> bytes:
    """A workbook of the annex alone. `typed` stores numbers as numbers under the format that prints them."""
    words = letter(province, year, period)
    return write_xlsx(lines, words, Shape(**shape), typed=typed, codes_typed=codes_typed)


def letter(province: str, year: int, period: str = "") -> Letter:
    """The words around an annex."""
    paragraphs, titles = narrative(province, year, period)
    return Letter(_place(province), tuple(paragraphs), tuple(titles))


def narrative(province: str, year: int, period: str = "") -> tuple[list[str], list[str]]:
    """Paragraphs of a report and the titles of its annex, in words that no province has written."""
    place, when = _place(province), period or f"năm {year}"
    paragraphs = [
        f"Số: 117/BC-UBND\t{province}, ngày 16 tháng 12 năm {year}",
        "BÁO CÁO",
        f"Kết quả công tác cải cách hành chính {when}",
        "Kính gửi: Bộ Nội vụ",
        f"Ủy ban nhân dân {place} kính gửi Bộ Nội vụ bản tổng hợp mẫu về cải cách hành chính {when}.",
        "I. CHỈ ĐẠO, ĐIỀU HÀNH",
        "Bản mẫu này do chương trình tạo ra để kiểm thử; mọi con số trong đó đều được đặt ra.",
        "II. KẾT QUẢ",
        "Các đơn vị mẫu đã làm những việc mẫu theo kế hoạch mẫu; chi tiết ở phụ lục.",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH",
        "Nguyễn Văn Mẫu",
    ]
    titles = [
        "Phụ lục",
        "THỐNG KÊ SỐ LIỆU VỀ KẾT QUẢ THỰC HIỆN CÔNG TÁC CẢI CÁCH HÀNH CHÍNH",
        f"(Ban hành kèm theo Báo cáo số 117/BC-UBND ngày 16/12/{year} của Ủy ban nhân dân {place}, kỳ báo cáo {when})",
    ]
    return paragraphs, titles


_CITIES = frozenset(("Hà Nội", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Hồ Chí Minh", "Huế"))


def _place(province: str) -> str:
    return f"{'thành phố' if province in _CITIES else 'tỉnh'} {province}"


def _invented(row: dict[str, str], source: random.Random, blanks: float) -> AnnexLine:
    ordinal = int(row["ordinal"] or 0)
    line = AnnexLine(row["row_code"], ordinal, row["label"], row["unit"])
    if row["row_kind"] in ("area", "group"):
        has_plan = row["row_code"] in ("1.1", "1.2")
        plan = f"{PLAN} {source.randint(10, 4000)}/KH-UBND ngày {source.randint(1, 28):02d} tháng 01 năm mẫu"
        return replace(line, unit=plan) if has_plan else line
    if source.random() < blanks:
        return line
    note = source.choice(("Lũy kế", "Chưa gồm cấp xã", "Số liệu mẫu")) if source.random() < 0.05 else ""
    return replace(line, value=_invented_value(row, source), note=note)


def _invented_value(row: dict[str, str], source: random.Random) -> str:
    """A value in one of the ways people print them: 07, 1.480, 92%, 7,03, 100."""
    if row["options"]:
        return source.choice([option.partition("=")[0] for option in row["options"].split(";")])
    if row["unit"] == "%" or row["label"].startswith("Tỷ lệ"):
        hundredths = source.randint(0, 10_000)
        return source.choice((f"{hundredths // 100}%", "100", f"{hundredths / 100:.2f}".replace(".", ",")))
    size = source.choice((9, 99, 999, 9_999, 199_999))
    number = source.randint(0, size)
    return f"{number:02d}" if number < 10 else f"{number:,}".replace(",", ".")
