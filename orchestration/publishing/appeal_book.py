"""The appeal pack as a workbook, to be worked on and sent back: what the PDF beside it says, with room for the answer.

In: a Nation. Out: one .xlsx a unit that has a pack, byte for byte equal for equal rows.
Not here: which criteria, figures and gaps there are (`print/appeal.py`), how a sheet is laid out (sheet.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

from orchestration.publishing import sheet
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.print import appeal, standing
from orchestration.publishing.print.profile import newest_day
from orchestration.publishing.print.standing import Key, Nation, edition_vi, key_of, place_vi, rank_vi
from orchestration.publishing.print.typeset import layout
from orchestration.publishing.print.units import Unit
from orchestration.publishing.product import Product, digest_of, layout_of
from orchestration.publishing.sheet import Column, Picture, Row, Sheet, Styled, number_trait, open_book, sheet_name
from orchestration.publishing.words import date_vi
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

LAYOUT = layout_of(Path(__file__)) + sheet.LAYOUT + layout()
ANSWER = Column("Giải trình của đơn vị, tài liệu kèm theo", 36, ("text", "words"))


def products(nation: Nation) -> Iterator[Product]:
    """One workbook a unit, from north to south."""
    keys = appeal.newest_claims(nation)
    for unit in nation.units:
        rows = appeal.listed(nation, unit, keys)
        if rows:
            yield _product(nation, unit, rows, keys)


def _product(nation: Nation, unit: Unit, rows: list[Fact], keys: list[Key]) -> Product:
    is_simulated = any(row["is_simulated"] for row in rows)
    claims = [[astuple(one) for one in appeal.claimed(nation, row)] for row in rows]
    cutouts = [nation.facts.cutout(figure) for row in rows for figure in _figures(nation, row)]
    open_rows = [appeal.open_gaps(nation, row) for row in rows]
    doubtful = [_findings(nation, unit, row)["rows"] for row in rows]
    made_from = digest_of(unit.title, rows, claims, cutouts, open_rows, doubtful, LAYOUT)

    def write(path: Path) -> None:
        day = newest_day(nation, unit)
        stamp = f"số liệu đến {date_vi(day)}, mã nội dung {made_from[:8]}"
        with open_book(path, f"Hồ sơ giải trình {unit.title}", day, stamp) as book:
            for made in sheets(nation, unit, keys):
                book.write(made)

    title = Sentence(
        f"Hồ sơ giải trình {unit.title}, sổ Excel để ghi giải trình.",
        f"Appeal pack of {unit.name} as a workbook to answer in.",
    )
    path = unit.file(appeal.STEM, ".xlsx", FILE_PREFIX if is_simulated else "")
    return Product(path, title, is_simulated, made_from, write)


def sheets(nation: Nation, unit: Unit, keys: list[Key]) -> Iterator[Sheet]:
    """Of each ranking: points not accepted, every criterion, the figures it rests on, what is to be looked at again."""
    for row in appeal.listed(nation, unit, keys):
        yield _gaps_sheet(nation, unit, row)
        yield _criteria_sheet(nation, unit, row)
        yield _figures_sheet(nation, unit, row)
        yield _findings_sheet(nation, unit, row)


def _sheet(nation: Nation, unit: Unit, row: Fact, name: str, title: str, **given: Any) -> Sheet:
    year = f"{row['index_code']} {row['report_year']}"
    suffix = " (MP)" if row["is_simulated"] else ""
    lines = (edition_vi(nation, key_of(row)).rstrip(".") + ".", *given.pop("lines", ()))
    return Sheet(
        name=sheet_name(f"{name} {year}", suffix),
        title=f"{unit.title.upper()} – {title} – {year}",
        lines=lines,
        is_simulated=row["is_simulated"],
        footer=f"Hồ sơ giải trình {unit.title}, {year}",
        **given,
    )


def _place(row: Fact) -> str:
    """Where the unit stands, or why it has no rank."""
    if row["rank"] is None:
        return f"Không xếp hạng: {row['not_ranked_reason_vi'] or 'không rõ lý do'}."
    return f"Hạng {rank_vi(row)} trên {row['ranked_count']}. Hạng do kho dữ liệu tính, không phải kết quả chính thức."


def _gaps_sheet(nation: Nation, unit: Unit, row: Fact) -> Sheet:
    found = appeal.open_gaps(nation, row)
    none = () if found else ("Không có điểm tự chấm nào chưa được chấp nhận, hoặc đơn vị không gửi bảng tự chấm.",)
    return _sheet(
        nation,
        unit,
        row,
        "Chưa chấp nhận",
        "ĐIỂM TỰ CHẤM CHƯA ĐƯỢC CHẤP NHẬN",
        lines=(_place(row), "Ghi giải trình ở cột cuối.", *none),
        columns=(
            Column("Mã", 8, ("middle",)),
            Column("Tiêu chí", 46),
            Column("Tự chấm", 9, ("score",)),
            Column("Thẩm định", 9, ("score",)),
            Column("Chênh", 9, ("score",)),
            Column("Lý do", 36, ("text", "padded")),
            ANSWER,
        ),
        rows=(
            Row(
                (
                    gap["criterion_code"],
                    gap["criterion_name"],
                    gap["claimed_points"],
                    gap["accepted_points"],
                    gap["gap_points"],
                    appeal.reason(gap),
                    None,
                )
            )
            for gap in found
        ),
        frozen_columns=2,
    )


def _criteria_sheet(nation: Nation, unit: Unit, row: Fact) -> Sheet:
    files = "; ".join(appeal.score_sheets(nation, row))
    return _sheet(
        nation,
        unit,
        row,
        "Từng tiêu chí",
        "TỪNG TIÊU CHÍ",
        lines=(
            _place(row),
            "Tự chấm: điểm đơn vị đề nghị. Tính lại: điểm quy tắc cho ra từ số liệu, để đối chiếu. Được tính: điểm vào "
            "chỉ số.",
            *((f"Bảng điểm: {files}.",) if files else ()),
        ),
        columns=(
            Column("Mã", 8, ("middle",)),
            Column("Tiêu chí", 36),
            Column("Quy tắc", 17),
            Column("Tối đa", 8, ("score",)),
            Column("Tự chấm", 8, ("score",)),
            Column("Thẩm định", 8, ("score",)),
            Column("Tính lại", 8, ("score",)),
            Column("Được tính", 8, ("score",)),
            Column("Tình trạng, lý do", 38, ("text", "padded")),
            Column("Dòng trong bảng điểm", 17),
        ),
        rows=(_criterion_row(one) for one in appeal.claimed(nation, row)),
        frozen_columns=2,
    )


def _criterion_row(one: appeal.Claimed) -> Row:
    return Row(
        (
            one.code,
            one.name,
            one.rule or None,
            one.max_points,
            *(one.points.get(basis) for basis in appeal.BASES),
            one.counted,
            ": ".join(text for text in (one.status, one.why) if text) or None,
            one.places or None,
        ),
        () if one.is_leaf else ("area",) if one.level == "area" else ("group",),
    )


def _figures(nation: Nation, row: Fact) -> list[Fact]:
    return [figure for one in appeal.claimed(nation, row) for figure in one.figures]


def _figures_sheet(nation: Nation, unit: Unit, row: Fact) -> Sheet:
    report = appeal.report_vi(nation, row)
    return _sheet(
        nation,
        unit,
        row,
        "Số liệu",
        "SỐ LIỆU CỦA BÁO CÁO MÀ QUY TẮC DÙNG",
        lines=(
            f"Lấy từ báo cáo: {report}." if report else "Không có báo cáo năm.",
            "Ảnh cắt: ô số liệu như trong tệp, khi báo cáo là ảnh và ô được đọc chưa chắc.",
        ),
        columns=(
            Column("Tiêu chí", 8, ("middle",)),
            Column("Mã dòng", 8, ("middle",)),
            Column("Chỉ tiêu", 48),
            Column("Đơn vị tính", 13, ("text", "padded")),
            Column("Số liệu", 13, ()),
            Column("In trong báo cáo", 17, ("text", "padded")),
            Column("Chỗ in", 24, ("text", "padded")),
            Column("Không dùng được vì", 28),
            Column("Ảnh cắt", 18),
        ),
        rows=(
            _figure_row(one.code, figure, nation.facts.cutout)
            for one in appeal.claimed(nation, row)
            for figure in one.figures
        ),
        frozen_columns=3,
    )


def _figure_row(code: str, figure: Fact, cutout: Callable[[Fact], bytes | None]) -> Row:
    value = figure["value"]
    shown = Styled(None, ("blank",)) if value is None else Styled(value, (number_trait(figure["value_kind"], value),))
    png = cutout(figure)
    place = place_vi(figure)
    return Row(
        (
            code,
            figure["row_code"],
            figure["indicator_name"],
            figure["unit_name"],
            shown,
            figure["value_raw"],
            place,
            figure["not_usable_reason_vi"],
            Picture(png, f"{figure['file_name']}, {place}") if png else None,
        )
    )


def _findings(nation: Nation, unit: Unit, row: Fact) -> standing.Block:
    return standing.findings(nation, unit, appeal.MOST_FINDINGS, key_of(row))


def _findings_sheet(nation: Nation, unit: Unit, row: Fact) -> Sheet:
    found = _findings(nation, unit, row)["rows"]
    return _sheet(
        nation,
        unit,
        row,
        "Cảnh báo",
        "ĐIỀU CẦN XEM LẠI TRONG BÁO CÁO VÀ BẢNG ĐIỂM",
        lines=() if found else ("Không có.",),
        columns=(
            Column("Kỳ báo cáo", 16),
            Column("Mức", 13, ("middle",)),
            Column("Nội dung", 58),
            Column("Chỗ trong tệp", 24),
            Column("Tệp", 24),
            ANSWER,
        ),
        rows=(Row((*values, None)) for values in found),
        frozen_columns=2,
    )
