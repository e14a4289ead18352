"""The national workbook: cover with contents, rankings of each index, lists, dictionary, and the long table.

In: facts, the published tables, what changed. Out: one .xlsx, byte for byte equal for an equal warehouse.
Not here: how a sheet is laid out (sheet.py), the sheets themselves (ranking.py, records.py, dictionary.py).

`sheets` is the one list: order, contents and print areas come from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from orchestration.publishing import dictionary, records
from orchestration.publishing.changes import Changes, changes_sheet
from orchestration.publishing.facts import Facts
from orchestration.publishing.product import ALWAYS_NEW, Product
from orchestration.publishing.ranking import edition_text, standing_sheets
from orchestration.publishing.sheet import Column, Link, Row, Sheet, open_book
from orchestration.publishing.table import Method, PublishedTable
from orchestration.publishing.words import date_vi, number_vi
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

FILE = "chi_tieu_cchc.xlsx"
COVER = "Giới thiệu"
CAUTIONS = (
    "Kết quả chính thức chỉ nằm ở trang «Kết quả công bố», luôn kèm nguồn. Điểm, chỉ số và hạng do kho dữ liệu tính "
    "không phải là kết quả chính thức.",
    "Ô để trống là không có số liệu; không bao giờ được hiểu là số 0. Phần không được cho điểm tính là không điểm; "
    "khoảng hạng cho biết hạng có thể nằm ở đâu (90 %); tỉnh có khoảng chồng nhau chưa chắc hơn kém nhau.",
    "Số in hai chữ số thập phân; giá trị trong ô chưa làm tròn, hạng tính trên giá trị chưa làm tròn. Số trong ô theo "
    "cách viết của máy; số trong câu viết theo cách Việt Nam.",
    "Trang tính có dòng «MÔ PHỎNG – KHÔNG PHẢI SỐ LIỆU THẬT» chứa số liệu mô phỏng; trang khác thì không.",
    "Số liệu từng báo cáo, từng tiêu chí của mỗi tỉnh: thư mục tinh/. Số liệu từng kỳ: thư mục so_lieu/. Tệp Word "
    "không có số trang, nên cột «Trang» của nó trống.",
)


def product(facts: Facts, tables: Sequence[PublishedTable], method: Method, digest: str, changed: Changes) -> Product:
    """The workbook, made anew each time: nearly every change of the warehouse is on one of its sheets.

    digest: of the contents of the whole release.
    """
    title = Sentence(
        "Sổ Excel để đọc và in: xếp hạng, trung bình, biến động, tình hình gửi báo cáo, cảnh báo, kết quả công bố.",
        "The workbook to read and print: rankings, means, movement, reports received, findings, published results.",
    )
    made = sheets(facts, tables, method, digest, changed)
    is_simulated = any(each.is_simulated for each in made)

    def write(path: Path) -> None:
        with open_book(path, method.title, facts.newest_date, stamp(facts, digest)) as book:
            for each in sheets(facts, tables, method, digest, changed):
                book.write(each)

    return Product(f"{FILE_PREFIX if is_simulated else ''}{FILE}", title, is_simulated, ALWAYS_NEW, write)


def stamp(facts: Facts, digest: str) -> str:
    """Which release a page is from: its newest day and the first letters of its digest."""
    return f"số liệu đến {date_vi(facts.newest_date)}, mã nội dung {digest[:8]}"


def sheets(
    facts: Facts, tables: Sequence[PublishedTable], method: Method, digest: str, changed: Changes
) -> list[Sheet]:
    """Every sheet in its order: what is real before what is made up, what is read before what is looked up."""
    made = [sheet for standing in facts.newest_standings for sheet in standing_sheets(facts, standing)]
    made += [
        *records.gap_sheets(facts),
        records.coverage_sheet(facts),
        records.findings_sheet(facts),
        records.results_sheet(facts),
        changes_sheet(changed),
        dictionary.dictionary_sheet(tables),
        records.long_sheet(facts),
    ]
    return [cover_sheet(facts, method, made, digest), *made]


def cover_sheet(facts: Facts, method: Method, made: Sequence[Sheet], digest: str) -> Sheet:
    """Which release it is, what stands where, by which editions, and what to beware of."""
    return Sheet(
        name=COVER,
        title=method.title.upper(),
        lines=(f"Bản công bố: {stamp(facts, digest)}.", method.text_vi),
        columns=(Column("", 31, ("text",)), Column("", 80, ("text",)), Column("", 11, ("text",))),
        rows=_cover_rows(facts, made),
        is_simulated=any(each.is_simulated for each in made),
        has_header=False,
        cell_traits=("plain",),
        is_portrait=True,
    )


def _cover_rows(facts: Facts, made: Sequence[Sheet]) -> Iterator[Row]:
    yield _section("Mục lục")
    for each in made:
        yield Row((Link(each.name, each.name), each.about, "mô phỏng" if each.is_simulated else None))
    yield _section("Các chỉ số và năm có trong kho")
    # Years of one index and edition stand together.
    for (index_code, is_simulated, text), group in groupby(
        sorted(facts.standings, key=lambda row: (row["is_simulated"], row["index_code"])),
        key=lambda row: (row["index_code"], row["is_simulated"], edition_text(row)),
    ):
        years = list(group)
        counts = (f"{row['report_year']}: {row['ranked_count']}/{row['province_count']}" for row in reversed(years))
        span = "–".join(str(year) for year in sorted({years[-1]["report_year"], years[0]["report_year"]}))
        simulated = "mô phỏng" if is_simulated else None
        yield Row(
            (
                f"{index_code} {span}",
                f"{text[0].upper()}{text[1:]} Đơn vị được xếp hạng: {', '.join(counts)}.",
                simulated,
            )
        )
    yield _section("Số liệu có trong kho")
    received = sum(row["is_current"] for row in facts.reports)
    due = [row for row in facts.coverage if row["status"] != "not_due"]
    sent = sum(row["sent_date"] is not None for row in due)
    for name, text in (
        ("Báo cáo được tính", f"{number_vi(received, 0)}; mỗi tỉnh và kỳ chỉ tính báo cáo mới nhất"),
        ("Báo cáo đến hạn đã nhận", f"{number_vi(sent, 0)} trên {number_vi(len(due), 0)}"),
        ("Tệp đang bị cách ly", number_vi(len(facts.quarantine), 0)),
        ("Cảnh báo", number_vi(len(facts.findings), 0)),
        ("Kết quả công bố chép từ nguồn", number_vi(len(facts.official_results), 0)),
    ):
        yield Row((name, text, None))
    yield _section("Lưu ý khi đọc")
    for number, caution in enumerate(CAUTIONS, 1):
        yield Row((f"Lưu ý {number}", caution, None))


def _section(text: str) -> Row:
    return Row((text, None, None), ("section",))
