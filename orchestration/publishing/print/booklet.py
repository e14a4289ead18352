"""The national booklet: the newest list of each index as an announcement sets it out, real lists first.

In: a Nation. Out: a Product, one PDF with contents and bookmarks. Not here: provinces one by one (profile.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from orchestration.publishing.facts import Row
from orchestration.publishing.print import typeset
from orchestration.publishing.print.standing import (
    STATUS_OF_REPORT,
    TIE_RULES,
    TOTAL,
    Block,
    Key,
    Nation,
    edition_vi,
    interval_vi,
    key_of,
    rank_vi,
    value_vi,
)
from orchestration.publishing.product import Product
from orchestration.publishing.table import SIMULATED_MARK
from orchestration.publishing.words import DASH, date_vi, number_vi
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

FILE = "an_pham_xep_hang.pdf"
TEMPLATE = "booklet.typ"
ENDS = 5
MOVERS = 10
PERIODS = 4
PROVENANCE = {
    "verified": "đã đối chiếu",
    "derived": "suy ra",
    "assigned": "kho dữ liệu giả định",
    "recalled": "theo trí nhớ, chưa đối chiếu",
    "file": "theo tệp bộ tiêu chí",
    "stated": "theo tệp điểm",
}
TITLE = Sentence(
    "Ấn phẩm xếp hạng: bảng toàn quốc, bản đồ, lĩnh vực, vùng, nhóm, biến động, cách tính.",
    "The booklet of rankings: national table, maps, areas, regions, groups, movements, method.",
)


def products(nation: Nation) -> Iterator[Product]:
    """The booklet, where anybody is ranked."""
    data = booklet(nation)
    if not data:
        return
    is_simulated = any(part["is_simulated"] for part in (*data["parts"], data["reports"]))

    def write(path: Path) -> None:
        path.write_bytes(typeset.typeset(TEMPLATE, data))

    path = f"{FILE_PREFIX if is_simulated else ''}{FILE}"
    yield Product(path, TITLE, is_simulated, typeset.made_from(TEMPLATE, data), write)


def booklet(nation: Nation) -> Block | None:
    """The data of the booklet; None where nobody is ranked."""
    keys = newest_lists(nation)
    if not keys:
        return None
    parts = [national_list(nation, key) for key in keys]
    day = newest_day(nation, keys)
    return {
        "title": "Ấn phẩm xếp hạng cải cách hành chính cấp tỉnh",
        "day": day,
        "to": date_vi(day),
        "mark": SIMULATED_MARK,
        "lists": [
            {"name": part["heading"], "edition": part["edition"], "is_simulated": part["is_simulated"]}
            for part in parts
        ],
        "parts": parts,
        "method": method(nation, keys),
        "editions": editions(nation, keys),
        "reports": reports(nation),
    }


def newest_lists(nation: Nation) -> list[Key]:
    """The newest ranked year of each index, real and made-up apart, real first."""
    newest: dict[tuple[str, bool], Key] = {}
    for key, row in sorted(nation.standings.items()):
        if row["ranked_count"]:
            newest[key.index_code, key.is_simulated] = key
    by_index = sorted(newest.values(), key=lambda key: key.index_code, reverse=True)
    return sorted(by_index, key=lambda key: (key.is_simulated, -key.report_year))


def newest_day(nation: Nation, keys: list[Key]) -> date:
    """Of the reports and deadlines, else the end of the newest ranked year."""
    days = [row["due_date"] for row in nation.facts.coverage if row["status"] != "not_due"]
    return max(days, default=date(max(key.report_year for key in keys), 12, 31))


def national_list(nation: Nation, key: Key) -> Block:
    """One index and year: every table of its part."""
    in_points = nation.is_in_points(key.index_code)
    rows = nation.ranking[key]
    ranked = [row for row in rows if row["rank"]]
    mean = nation.means[key, TOTAL]
    moved = [row for row in ranked if row["rank_change"] is not None]
    return {
        "is_simulated": key.is_simulated,
        "heading": f"{key.index_code} {key.report_year}: {nation.indices[key.index_code]['index_name']}",
        "index": key.index_code,
        "unit": "điểm" if in_points else "%",
        "edition": edition_vi(nation, key),
        "tiles": [
            {"label": label, "value": value, "below": below}
            for label, value, below in (
                ("Đơn vị xếp hạng", str(mean["ranked_count"]), f"trong {len(rows)} đơn vị"),
                ("Trung bình", _summary_vi(mean, in_points), "điểm" if in_points else "%"),
                ("Cao nhất", value_vi(ranked[0], in_points), ranked[0]["province_name"]),
                ("Thấp nhất", value_vi(ranked[-1], in_points), ranked[-1]["province_name"]),
            )
        ],
        "first": [_end(row, in_points) for row in ranked[:ENDS]],
        "last": [_end(row, in_points) for row in ranked[-ENDS:]],
        "wide": _wide(nation, key, in_points),
        "map": _map(nation, key, in_points),
        "areas": _areas(nation, key, in_points),
        "regions": _sets(nation, key, "region", in_points),
        "types": _sets(nation, key, "province_type", in_points),
        "groups": _groups(nation, key),
        "risers": _movers(sorted(moved, key=lambda row: -row["rank_change"]), 1),
        "fallers": _movers(sorted(moved, key=lambda row: row["rank_change"]), -1),
        "no_movement": sorted({row["no_movement_reason_vi"] for row in ranked if row["no_movement_reason_vi"]}),
        "years": _years(nation, key, in_points),
        "intervals": [
            [row["province_name"], value_vi(row, in_points), str(row["rank"]), f"{row['rank_low']}–{row['rank_high']}"]
            for row in ranked
            if interval_vi(row)
        ],
        "ties": _ties(ranked),
        "not_ranked": [
            [row["province_name"], number_vi(row["coverage_pct"]), row["not_ranked_reason_vi"] or ""]
            for row in rows
            if not row["rank"]
        ],
    }


def _summary_vi(summary: Row, in_points: bool) -> str:
    return number_vi(summary["mean_points" if in_points else "mean_index_pct"])


def _end(row: Row, in_points: bool) -> list[str]:
    return [rank_vi(row), row["province_name"], value_vi(row, in_points)]


def _wide(nation: Nation, key: Key, in_points: bool) -> Block:
    """Province × rank, index, group, areas, movement; the nation's means last."""
    codes = list(dict.fromkeys(row["area_code"] for row in nation.areas.get(key, ())))
    of_area = {(row["province_key"], row["area_code"]): row for row in nation.areas.get(key, ())}
    has_groups = any(row["group_name"] for row in nation.ranking[key])
    has_movement = any(row["rank_change"] is not None for row in nation.ranking[key])
    rows = []
    for row in nation.ranking[key]:
        areas = [of_area.get((row["province_key"], code)) for code in codes]
        rows.append(
            [
                rank_vi(row),
                row["province_name"],
                value_vi(row, in_points) if row["rank"] else DASH,
                *([row["group_name"] or DASH] if has_groups else []),
                *(value_vi(area, in_points) if area else DASH for area in areas),
                *([_change(row)] if has_movement else []),
            ]
        )
    means = [nation.means.get((key, code)) for code in (TOTAL, *codes)]
    shown = [_summary_vi(mean, in_points) if mean else DASH for mean in means]
    last = ["", "Trung bình cả nước", shown[0], *([""] if has_groups else []), *shown[1:]]
    return {
        "codes": codes,
        "names": list({row["area_code"]: row["area_name"] for row in nation.areas.get(key, ())}.values()),
        "has_groups": has_groups,
        "has_movement": has_movement,
        "rows": rows,
        "mean": [*last, *([""] if has_movement else [])],
    }


def _change(row: Row) -> str:
    return DASH if row["rank_change"] is None else number_vi(row["rank_change"], 0, signed=True)


def _map(nation: Nation, key: Key, in_points: bool) -> list[Block]:
    """Tiles of the map of that time; the shade follows the place among the ranked, and the rank is written in."""
    of_code = {row["province_code"]: row for row in nation.ranking[key]}
    count = min(
        {tile["unit_count"] for tile in nation.facts.tiles},
        key=lambda units: abs(units - len(of_code)),
        default=0,
    )
    tiles = []
    for tile in nation.facts.tiles:
        if tile["unit_count"] != count:
            continue
        row = of_code.get(tile["province_code"]) if tile["tile_kind"] == "province" else None
        rank = row["rank"] if row else None
        tiles.append(
            {
                "name": tile["tile_name"],
                "x": tile["grid_column"],
                "y": tile["grid_row"],
                "is_province": tile["tile_kind"] == "province",
                "rank": str(rank) if rank else DASH,
                "value": value_vi(row, in_points) if row and rank else "",
                # 0 the first, 1 the last.
                "shade": (rank - 1) / max(row["ranked_count"] - 1, 1) if row and rank else None,
            }
        )
    return tiles


def _areas(nation: Nation, key: Key, in_points: bool) -> list[list[str]]:
    """An area a row: maximum, mean, first and last, with who they are."""
    found = []
    for code in dict.fromkeys(row["area_code"] for row in nation.areas.get(key, ())):
        rows = [row for row in nation.areas[key] if row["area_code"] == code]
        ranked = [row for row in rows if row["rank"]]
        mean = nation.means.get((key, code))
        if ranked and mean:
            ends = [
                cell for row in (ranked[0], ranked[-1]) for cell in (value_vi(row, in_points), row["province_name"])
            ]
            name, most = f"{code}. {rows[0]['area_name']}", number_vi(rows[0]["max_points"])
            found.append([name, most, _summary_vi(mean, in_points), *ends])
    return found


def _sets(nation: Nation, key: Key, kind: str, in_points: bool) -> Block:
    """Means of the sets of one kind, the whole index and each area: regions from north to south."""
    rows = [row for row in nation.facts.summaries if key_of(row) == key and row["scope_kind"] == kind]
    codes = [row["area_code"] for row in rows if row["area_code"] != TOTAL]
    of_area = {(row["scope_name"], row["area_code"]): row for row in rows}
    codes = list(dict.fromkeys(codes))
    return {
        "codes": codes,
        "rows": [
            [
                row["scope_name"],
                str(row["ranked_count"]),
                _summary_vi(row, in_points),
                number_vi(row["mean_change_pct"], signed=True),
                *(
                    _summary_vi(of_area[row["scope_name"], code], in_points)
                    if (row["scope_name"], code) in of_area
                    else DASH
                    for code in codes
                ),
            ]
            for row in rows
            if row["area_code"] == TOTAL
        ],
        "has_change": any(row["mean_change_pct"] is not None for row in rows) and not in_points,
    }


def _years(nation: Nation, key: Key, in_points: bool) -> list[list[str]]:
    """The nation year by year: edition, how many were ranked, mean, best and who."""
    found = []
    for other in sorted(nation.standings, key=lambda other: -other.report_year):
        mean, best = nation.means.get((other, TOTAL)), nation.best.get((other, TOTAL))
        if other[::2] == key[::2] and mean and best:
            edition = nation.standings[other]["edition_code"]
            values = [_summary_vi(mean, in_points), value_vi(best, in_points), best["province_name"]]
            found.append([str(other.report_year), edition, str(mean["ranked_count"]), *values])
    return found


def _groups(nation: Nation, key: Key) -> list[list[str]]:
    """A group a row: its threshold, how many are in it and their mean."""
    summaries = {
        row["scope_name"]: row
        for row in nation.facts.summaries
        if key_of(row) == key and row["scope_kind"] == "group" and row["area_code"] == TOTAL
    }
    found = []
    for group in nation.facts.groups:
        is_then = group["first_year"] <= key.report_year <= (group["last_year"] or key.report_year)
        if group["index_code"] == key.index_code and is_then:
            summary = summaries.get(group["group_name"])
            found.append(
                [
                    group["group_name"],
                    number_vi(group["min_index_pct"]),
                    str(summary["ranked_count"]) if summary else "0",
                    number_vi(summary["mean_index_pct"]) if summary else DASH,
                ]
            )
    return found


def _ties(ranked: Sequence[Row]) -> str:
    """How many neighbours of the list cannot be told apart; nothing where that is not known."""
    told = [row["is_tied_with_next"] for row in ranked if row["is_tied_with_next"] is not None]
    if not told:
        return ""
    return f"{sum(told)} trên {len(told)} cặp đơn vị liền nhau không phân biệt được ở độ tin cậy 90 %."


def _movers(rows: list[Row], sign: int) -> list[list[str]]:
    return [
        [row["province_name"], str(row["last_year_rank"]), rank_vi(row), _change(row)]
        for row in rows
        if row["rank_change"] * sign > 0
    ][:MOVERS]


def reports(nation: Nation) -> Block:
    """Which report came in the newest periods that were due, a unit a row."""
    coverage = [row for row in nation.facts.coverage if row["status"] != "not_due"]
    periods = list({row["period_key"]: row for row in coverage}.values())[:PERIODS]
    wanted = [period["period_key"] for period in periods]
    newest = [row for row in coverage if row["period_key"] in wanted]
    status = {(row["province_key"], row["period_key"]): STATUS_OF_REPORT[row["status"]] for row in newest}
    rows = []
    for unit in nation.units:
        found = [[status[key, period] for key in unit.keys if (key, period) in status] for period in wanted]
        if any(found):
            rows.append([unit.name, *("; ".join(words) or DASH for words in found)])
    return {
        "is_simulated": any(row["is_simulated"] for row in newest),
        "periods": [{"name": period["period_name"], "due": date_vi(period["due_date"])} for period in periods],
        "rows": rows,
    }


def editions(nation: Nation, keys: list[Key]) -> list[Block]:
    """Criteria and maxima of each edition that a list is made by."""
    used = {(key.index_code, nation.standings[key]["edition_code"]): key for key in keys}
    return [
        {"heading": f"{code}, bộ {edition}", "rows": _criteria(nation, key)} for (code, edition), key in used.items()
    ]


def _criteria(nation: Nation, key: Key) -> list[list[str]]:
    edition = nation.standings[key]["edition_code"]
    return [
        [
            row["criterion_code"],
            row["criterion_name"],
            number_vi(row["max_points"]),
            PROVENANCE[row["provenance"]],
            row["level"],
        ]
        for row in nation.facts.criteria
        if row["index_code"] == key.index_code and row["edition_code"] == edition
    ]


def method(nation: Nation, keys: list[Key]) -> list[str]:
    """How indices and ranks are made, and what to mind."""
    indices = [nation.indices[code] for code in sorted({key.index_code for key in keys})]
    lines = [
        "Mỗi tiêu chí có một loại điểm quyết định cho mọi tỉnh trong năm; điểm không được cho hoặc không thể đúng thì "
        "tính là không, không loại điểm nào khác thay vào.",
        "Chỉ số của đơn vị là tổng điểm chia tổng điểm tối đa; làm tròn một lần, ở bước in. Thứ hạng tính trên giá trị "
        "chưa làm tròn, nên hai đơn vị in cùng giá trị có thể khác hạng.",
    ]
    for index in indices:
        rule = TIE_RULES.get(index["tie_rule"], index["tie_rule"])
        coverage = number_vi(index["min_coverage_pct"], 0)
        note = f" {index['note']}." if index["note"] else ""
        lines.append(f"{index['index_code']}: {rule}; xếp hạng khi bao phủ từ {coverage} % điểm tối đa.{note}")
    lines += [
        "Khoảng hạng là nơi hạng có thể nằm với độ tin cậy 90 %, do sai số khảo sát, điểm chưa cho và số liệu bị nghi "
        "vấn; chỉ ghi khi hai đầu khác nhau. Nơi không có sai số khảo sát thì chưa biết hạng chắc đến đâu.",
        "Danh sách số liệu thật và danh sách mô phỏng xếp hạng riêng, không bao giờ chung.",
        "Chỉ số, điểm và thứ hạng do kho dữ liệu tính, không phải kết quả chính thức; kết quả chính thức là kết quả "
        "trong quyết định công bố của cơ quan có thẩm quyền.",
        "Kết quả theo các bộ tiêu chí khác nhau không so sánh được với nhau. Sau sắp xếp đơn vị hành chính năm 2025, "
        "thứ hạng trong 63 đơn vị và trong 34 đơn vị không so sánh được.",
    ]
    return lines
