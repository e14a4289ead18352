"""The sheets of a workbook about scores: the national list, by area, by region, and every criterion a province.

In: a warehouse opened read-only. Out: Sheet records, none where nothing is scored.
Not here: how a sheet is laid out (sheet.py), any computation of a point or a rank.

Every sheet says on its face by which edition a year was scored, and whether that was checked against the decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from orchestration.publishing.sheet import Column, Row, Sheet, Styled

NATIONAL = "Xếp hạng"
AREAS = "Xếp hạng lĩnh vực"
REGIONS = "Xếp hạng vùng"
CRITERIA = "Điểm từng tỉnh"

BASES = {
    "self": "Tự chấm",
    "verified": "Thẩm định",
    "survey": "Khảo sát",
    "computed": "Kho dữ liệu tính",
    "published": "Công bố",
}
NOT_OFFICIAL = "Xếp hạng do kho dữ liệu tính, không phải kết quả chính thức; cột «Hạng công bố» chép từ nguồn."


def ranking_sheets(connection: duckdb.DuckDBPyConnection) -> list[Sheet]:
    """National list, areas, regions and criteria; an empty list for a warehouse without a scored province."""
    tables = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'mart_national_ranking'"
    ).fetchall()
    if not tables or not connection.execute("select 1 from marts.mart_national_ranking limit 1").fetchall():
        return []
    lines = (NOT_OFFICIAL, *edition_lines(connection))
    return [
        national_sheet(connection, lines),
        areas_sheet(connection, lines),
        regions_sheet(connection, lines),
        criteria_sheet(connection, lines),
    ]


def edition_lines(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """One sentence an index and edition: which years, which decision, checked or not."""
    rows = connection.execute(
        """
        select
            ranking.index_code, ranking.edition_code, min(ranking.report_year), max(ranking.report_year),
            max(ranking.decision), bool_and(ranking.is_edition_verified), bool_or(ranking.is_stand_in),
            max(criterion.criteria_edition_code), max(ranking.total_unit)
        from marts.mart_national_ranking as ranking
        inner join marts.dim_criterion as criterion
            on ranking.index_code = criterion.index_code and ranking.edition_code = criterion.edition_code
        group by ranking.index_code, ranking.edition_code
        order by max(ranking.report_year) desc, ranking.index_code
        """
    ).fetchall()
    return [edition_sentence(row) for row in rows]


def edition_sentence(row: tuple[Any, ...]) -> str:
    """From (index, edition, first year, last year, decision, checked, is stand-in, edition of the table, unit).

    An index that is quoted in points is published by others: it has a structure, and no decision of the ministry.
    """
    index, edition, first, last, decision, verified, stand_in, table, unit = row
    years = str(first) if first == last else f"{first}–{last}"
    if unit == "points":
        return f"{index} {years}: cơ cấu chỉ số {edition}, điểm như đã công bố."
    checked = "đã đối chiếu" if verified else "CHƯA đối chiếu với quyết định"
    borrowed = f", tạm dùng bảng điểm của bộ {table}" if stand_in else ""
    return f"{index} {years}: bộ tiêu chí {edition} ({decision or 'không rõ quyết định'}){borrowed}; {checked}."


def national_sheet(connection: duckdb.DuckDBPyConnection, lines: tuple[str, ...]) -> Sheet:
    rows = connection.execute(
        """
        select
            ranking.report_year, ranking.index_code, ranking.rank,
            case when ranking.rank_low < ranking.rank_high then ranking.rank_low || '–' || ranking.rank_high end,
            province.province_name, ranking.region_name, ranking.index_printed_pct, ranking.group_name,
            round(ranking.points, 4), round(ranking.coverage_pct, 2),
            ranking.last_year_rank, ranking.rank_change, ranking.official_rank,
            case when ranking.is_edition_verified then 'đã đối chiếu' else 'chưa đối chiếu' end,
            concat_ws('; ', ranking.not_ranked_reason_vi, ranking.no_movement_reason_vi,
                case when ranking.is_simulated then 'MÔ PHỎNG' end)
        from marts.mart_national_ranking as ranking
        inner join marts.dim_province as province using (province_key)
        order by ranking.report_year desc, ranking.index_code, ranking.rank nulls last, ranking.province_key
        """
    ).fetchall()
    return Sheet(
        name=NATIONAL,
        title="XẾP HẠNG CÁC TỈNH, THÀNH PHỐ",
        lines=lines,
        columns=(
            Column("Năm", 7, ("middle", "code")),
            Column("Chỉ số", 9, ("middle",)),
            Column("Hạng", 7, ("count", "middle")),
            Column("Khoảng hạng", 8, ("middle",)),
            Column("Tỉnh, thành phố", 20),
            Column("Vùng", 26),
            Column("Chỉ số (%)", 9, ("percent",)),
            Column("Nhóm", 7, ("middle",)),
            Column("Điểm", 10, ("score",)),
            Column("Bao phủ (%)", 9, ("percent",)),
            Column("Hạng năm trước", 8, ("count", "middle")),
            Column("Tăng bậc", 8, ("count", "middle")),
            Column("Hạng công bố", 8, ("count", "middle")),
            Column("Bộ tiêu chí", 14),
            Column("Ghi chú", 40),
        ),
        rows=(Row(row) for row in rows),
        footer="Xếp hạng do kho dữ liệu tính",
        frozen_columns=5,
    )


def areas_sheet(connection: duckdb.DuckDBPyConnection, lines: tuple[str, ...]) -> Sheet:
    rows = connection.execute(
        """
        select
            ranking.report_year, ranking.index_code, ranking.area_code, ranking.area_name, ranking.rank,
            province.province_name, round(ranking.area_index_pct, 2), round(ranking.points, 4),
            round(ranking.max_points, 4), round(ranking.coverage_pct, 2)
        from marts.mart_area_ranking as ranking
        inner join marts.dim_province as province using (province_key)
        where ranking.points is not null
        order by
            ranking.report_year desc, ranking.index_code, ranking.area_code, ranking.rank nulls last,
            ranking.province_key
        """
    ).fetchall()
    return Sheet(
        name=AREAS,
        title="XẾP HẠNG THEO LĨNH VỰC",
        lines=lines,
        columns=(
            Column("Năm", 7, ("middle", "code")),
            Column("Chỉ số", 9, ("middle",)),
            Column("Mã", 6, ("middle",)),
            Column("Lĩnh vực", 40),
            Column("Hạng", 7, ("count", "middle")),
            Column("Tỉnh, thành phố", 20),
            Column("Chỉ số lĩnh vực (%)", 10, ("percent",)),
            Column("Điểm", 10, ("score",)),
            Column("Điểm tối đa", 9, ("score",)),
            Column("Bao phủ (%)", 9, ("percent",)),
        ),
        rows=(Row(row) for row in rows),
        footer="Xếp hạng theo lĩnh vực do kho dữ liệu tính",
        frozen_columns=3,
    )


def regions_sheet(connection: duckdb.DuckDBPyConnection, lines: tuple[str, ...]) -> Sheet:
    rows = connection.execute(
        """
        select
            ranking.report_year, ranking.index_code, ranking.region_name, ranking.region_rank,
            province.province_name, ranking.index_printed_pct, ranking.rank, ranking.province_type, ranking.peer_rank
        from marts.mart_national_ranking as ranking
        inner join marts.dim_province as province using (province_key)
        where ranking.rank is not null
        order by
            ranking.report_year desc, ranking.index_code, ranking.region_name, ranking.region_rank,
            ranking.province_key
        """
    ).fetchall()
    return Sheet(
        name=REGIONS,
        title="XẾP HẠNG THEO VÙNG VÀ THEO LOẠI ĐƠN VỊ",
        lines=lines,
        columns=(
            Column("Năm", 7, ("middle", "code")),
            Column("Chỉ số", 9, ("middle",)),
            Column("Vùng", 30),
            Column("Hạng trong vùng", 9, ("count", "middle")),
            Column("Tỉnh, thành phố", 20),
            Column("Chỉ số (%)", 9, ("percent",)),
            Column("Hạng cả nước", 8, ("count", "middle")),
            Column("Loại đơn vị", 26),
            Column("Hạng cùng loại", 8, ("count", "middle")),
        ),
        rows=(Row(row) for row in rows),
        footer="Xếp hạng theo vùng do kho dữ liệu tính",
        frozen_columns=3,
    )


def criteria_sheet(connection: duckdb.DuckDBPyConnection, lines: tuple[str, ...]) -> Sheet:
    """Every criterion of the newest year of each index, a block a province: points, basis and how they came about."""
    rows = connection.execute(
        """
        with newest as (
            select index_code, max(report_year) as report_year from marts.mart_national_ranking group by index_code
        )

        select
            province.province_name, ranking.report_year, ranking.index_code, ranking.rank, ranking.index_printed_pct,
            criterion.criterion_code, criterion.criterion_name, criterion.level, criterion.is_leaf,
            round(criterion.max_points, 4), round(coalesce(score.points, area.points), 4), score.basis,
            score.explanation
        from marts.mart_national_ranking as ranking
        inner join newest using (index_code, report_year)
        inner join marts.dim_province as province using (province_key)
        inner join marts.dim_criterion as criterion
            on ranking.index_code = criterion.index_code and ranking.edition_code = criterion.edition_code
        left join marts.fct_criterion_score as score
            on
                ranking.index_code = score.index_code
                and ranking.report_year = score.report_year
                and ranking.province_key = score.province_key
                and criterion.criterion_code = score.criterion_code
                and score.is_used
        left join marts.mart_area_ranking as area
            on
                ranking.index_code = area.index_code
                and ranking.report_year = area.report_year
                and ranking.province_key = area.province_key
                and criterion.criterion_code = area.area_code
                and not criterion.is_leaf
        order by
            ranking.index_code, ranking.rank nulls last, ranking.province_key,
            try_cast(split_part(criterion.criterion_code, '.', 1) as integer),
            coalesce(try_cast(nullif(split_part(criterion.criterion_code, '.', 2), '') as integer), 0),
            coalesce(try_cast(nullif(split_part(criterion.criterion_code, '.', 3), '') as integer), 0),
            criterion.criterion_code
        """
    ).fetchall()
    return Sheet(
        name=CRITERIA,
        title="ĐIỂM TỪNG TIÊU CHÍ CỦA TỪNG TỈNH, THÀNH PHỐ (NĂM MỚI NHẤT)",
        lines=lines,
        columns=(
            Column("Mã", 9, ("middle",)),
            Column("Tiêu chí", 60),
            Column("Điểm tối đa", 9, ("score",)),
            Column("Điểm", 9, ("score",)),
            Column("Loại điểm", 16),
            Column("Cách tính", 70),
        ),
        rows=_criteria_rows(rows),
        footer="Điểm từng tiêu chí",
        frozen_columns=1,
    )


def _criteria_rows(rows: list[tuple[Any, ...]]) -> Iterator[Row]:
    block = None
    for province, year, index, rank, index_pct, code, name, level, is_leaf, most, points, basis, explanation in rows:
        if (province, year, index) != block:
            block = (province, year, index)
            place = f"hạng {rank}" if rank else "không xếp hạng"
            shown = f"{index_pct} %".replace(".", ",") if index_pct is not None else "chưa có điểm"
            yield Row((f"{province} – {index} {year}: {place}, {shown}", *[None] * 5), ("section",))
        traits = ("area",) if level == "area" else () if is_leaf else ("group",)
        basis_text = BASES.get(basis, "Cộng") if points is not None else ("Chưa có số liệu" if is_leaf else None)
        missing = is_leaf and points is None
        yield Row(
            (
                code,
                name,
                most,
                Styled(None, ("blank",)) if missing else points,
                Styled(basis_text, ("blank",)) if missing else basis_text,
                explanation,
            ),
            traits,
        )
