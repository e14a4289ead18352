"""How a unit stands in an index and year, beside the nation: the blocks that profiles and appeal packs are made of.

In: Facts, a Unit. Out: blocks of data for block.typ, figures written out as people read them.
Not here: which blocks a file has (profile.py, appeal.py), and how one looks.

An index is quoted in the unit that its own publisher quotes: PAPI in points, PAR in percent.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cache, cached_property
from itertools import groupby
from typing import Any, NamedTuple

from orchestration.publishing.facts import Facts, Row
from orchestration.publishing.print.units import Unit, units
from orchestration.publishing.words import DASH, date_vi, number_vi

Block = dict[str, Any]
TOTAL = "total"
SHORT_TEXT = 150
TIE_RULES = {"equal_rank_next_skipped": "bằng chỉ số thì đồng hạng, bỏ hạng kế tiếp"}
STATUS_OF_REPORT = {
    "on_time": "Đúng hạn",
    "late": "Quá hạn",
    "missing": "Chưa nhận được",
    "not_due": "Chưa đến hạn",
    "undocumented": "Đã gửi; hạn kỳ này không có văn bản",
    "quarantined": "Bị cách ly",
}
SEVERITIES = {"error": "Lỗi", "warning": "Cần xem lại", "info": "Ghi nhận"}


class Key(NamedTuple):
    """A national list: real and made-up ones stand apart."""

    index_code: str
    report_year: int
    is_simulated: bool


def key_of(row: Row) -> Key:
    return Key(row["index_code"], row["report_year"], row["is_simulated"])


class Nation:
    """The facts of every national list, looked up by its key."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.scores = cache(self._scores)
        self.gaps = cache(self._gaps)

    @cached_property
    def units(self) -> list[Unit]:
        """From north to south."""
        return units(self.facts)

    @cached_property
    def indices(self) -> dict[str, Row]:
        return {row["index_code"]: row for row in self.facts.indices}

    @cached_property
    def standings(self) -> dict[Key, Row]:
        return {key_of(row): row for row in self.facts.standings}

    @cached_property
    def ranking(self) -> dict[Key, list[Row]]:
        """By rank."""
        return _grouped(self.facts.ranking)

    @cached_property
    def of_province(self) -> dict[str, list[Row]]:
        """Rows of the ranking by province key, newest first."""
        found = defaultdict(list)
        for row in self.facts.ranking:
            found[row["province_key"]].append(row)
        return found

    @cached_property
    def areas(self) -> dict[Key, list[Row]]:
        """By area and rank."""
        return _grouped(self.facts.areas)

    @cached_property
    def means(self) -> dict[tuple[Key, str], Row]:
        """The nation's summary of an area, or of the whole index (TOTAL)."""
        return {(key_of(row), row["area_code"]): row for row in self.facts.summaries if row["scope_kind"] == "nation"}

    @cached_property
    def best(self) -> dict[tuple[Key, str], Row]:
        """The first row of an area's ranking, or of the whole index (TOTAL); the first named where several tie."""
        found: dict[tuple[Key, str], Row] = {}
        for row in (*self.facts.ranking, *self.facts.areas):
            if row["rank"] == 1:
                found.setdefault((key_of(row), row.get("area_code", TOTAL)), row)
        return found

    @cached_property
    def criteria(self) -> dict[tuple[str, str, str], Row]:
        """By index, edition and code."""
        return {(row["index_code"], row["edition_code"], row["criterion_code"]): row for row in self.facts.criteria}

    def _scores(self, index_code: str, report_year: int) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in self.facts.scores(index_code, report_year):
            found[row["province_key"]].append(row)
        return found

    def _gaps(self, index_code: str, report_year: int) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in self.facts.gaps(index_code, report_year):
            found[row["province_key"]].append(row)
        return found

    def is_in_points(self, index_code: str) -> bool:
        return bool(self.indices[index_code]["total_unit"] == "points")

    def newest(self, unit: Unit) -> list[Row]:
        """The unit's newest row of each index, real and made-up apart: real first, then what is ranked, then new."""
        rows = [row for key in unit.keys for row in self.of_province.get(key, ())]
        newest: dict[tuple[str, bool], Row] = {}
        for row in sorted(rows, key=lambda row: (row["report_year"], row["province_key"])):
            newest[row["index_code"], row["is_simulated"]] = row
        by_index = sorted(newest.values(), key=lambda row: row["index_code"], reverse=True)
        return sorted(by_index, key=lambda row: (row["is_simulated"], row["rank"] is None, -row["report_year"]))


def _grouped(rows: tuple[Row, ...]) -> dict[Key, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[key_of(row)].append(row)
    return found


def rank_vi(row: Row) -> str:
    """`12`, `12 (10–14)` where bounds differ, a dash where there is no rank."""
    if row["rank"] is None:
        return DASH
    return f"{row['rank']}{interval_vi(row)}"


def interval_vi(row: Row) -> str:
    if row["rank"] is None or row["rank_low"] == row["rank_high"]:
        return ""
    return f" ({row['rank_low']}–{row['rank_high']})"


def edition_vi(nation: Nation, key: Key) -> str:
    """By which criteria a list was made, and whether they were checked against the decision."""
    row = nation.standings[key]
    if nation.is_in_points(key.index_code):
        return f"{key.index_code} {key.report_year}: cơ cấu chỉ số {row['edition_code']}, điểm như đã công bố"
    checked = "đã đối chiếu" if row["is_edition_verified"] else "CHƯA đối chiếu với quyết định"
    borrowed = f", tạm dùng bảng điểm của bộ {row['criteria_edition_code']}" if row["is_stand_in"] else ""
    decision = row["decision"] or "không rõ quyết định"
    return f"{key.index_code} {key.report_year}: bộ tiêu chí {row['edition_code']} ({decision}){borrowed}; {checked}"


def standing(nation: Nation, row: Row) -> Block:
    """Index, rank, movement, and each area against the nation's mean and best."""
    key, index = key_of(row), nation.indices[row["index_code"]]
    in_points = nation.is_in_points(key.index_code)
    return {
        "kind": "standing",
        "is_simulated": key.is_simulated,
        "heading": f"{key.index_code} {key.report_year}",
        "name": index["index_name"],
        "edition": edition_vi(nation, key),
        "unit": "điểm" if in_points else "%",
        "tiles": _tiles(nation, row, in_points),
        "not_ranked": row["not_ranked_reason_vi"] or "",
        "movement": (row["no_movement_reason_vi"] or "") if row["rank"] else "",
        "ties": _ties(nation, row),
        "areas": [
            _area(nation, area, in_points)
            for area in nation.areas.get(key, ())
            if area["province_key"] == row["province_key"] and area["area_index_pct"] is not None
        ],
    }


def _tiles(nation: Nation, row: Row, in_points: bool) -> list[Block]:
    key = key_of(row)
    if row["rank"] is None:
        given = f"{number_vi(row['points'])} trên {number_vi(row['points_covered'])} điểm"
        covered = row["index_covered_pct"]
        return [
            *([] if covered is None else [_tile("Tính trên phần đã có điểm", f"{number_vi(covered)} %", given)]),
            _tile("Bao phủ", f"{number_vi(row['coverage_pct'], 1)} %", f"của {number_vi(row['max_points'])} điểm"),
            _tile("Chưa tính cho ai", number_vi(row["points_not_in"]), "điểm mà nguồn chưa về"),
            _tile("Không được cho điểm", number_vi(row["points_not_given"]), "điểm"),
        ]
    tiles = [
        _tile("Điểm", value_vi(row, in_points), f"trên {number_vi(row['max_points'], 0)} điểm")
        if in_points
        else _tile("Chỉ số", f"{value_vi(row, in_points)} %", ""),
        _tile(
            "Thứ hạng",
            f"{row['rank']}/{row['ranked_count']}",
            f"khoảng {row['rank_low']}–{row['rank_high']}" if interval_vi(row) else "",
        ),
        _tile("Trong vùng", str(row["region_rank"]), row["region_name"]),
        _tile("Cùng loại đơn vị", str(row["peer_rank"]), row["province_type"]),
    ]
    if row["group_name"]:
        tiles.insert(2, _tile("Nhóm", row["group_name"], ""))
    if row["rank_change"] is not None:
        last = f"hạng; năm trước hạng {row['last_year_rank']}"
        tiles.append(_tile("So với năm trước", number_vi(row["rank_change"], 0, signed=True), last))
    mean, best = nation.means.get((key, TOTAL)), nation.best.get((key, TOTAL))
    if mean and best:
        shown = number_vi(mean["mean_points" if in_points else "mean_index_pct"])
        tiles.append(
            _tile("Trung bình cả nước", shown, f"cao nhất {value_vi(best, in_points)} ({best['province_name']})")
        )
    if row["official_index_pct"] is not None and not in_points:
        made_up = " (mô phỏng)" if key.is_simulated else ""
        rank = f"hạng {row['official_rank']}" if row["official_rank"] else ""
        tiles.append(_tile(f"Đã công bố{made_up}", f"{number_vi(row['official_index_pct'])} %", rank))
    return tiles


def _tile(label: str, value: str, below: str) -> Block:
    return {"label": label, "value": value, "below": below}


def value_vi(row: Row, in_points: bool) -> str:
    """A total or an area as it is quoted: points, or percent."""
    if in_points:
        return number_vi(row["points"])
    return number_vi(row["area_index_pct"] if "area_code" in row else row["index_pct"])


def _ties(nation: Nation, row: Row) -> list[str]:
    """Who shares the rank."""
    if row["rank"] is None:
        return []
    same = (other for other in nation.ranking[key_of(row)] if other["rank"] == row["rank"])
    return [other["province_name"] for other in same if other["province_key"] != row["province_key"]]


def _area(nation: Nation, area: Row, in_points: bool) -> Block:
    place = (key_of(area), area["area_code"])
    mean, best = nation.means.get(place), nation.best.get(place)
    return {
        "name": f"{area['area_code']}. {area['area_name']}",
        "value": value_vi(area, in_points),
        "max": number_vi(area["max_points"]),
        "rank": rank_vi(area),
        "mean": number_vi(mean["mean_points" if in_points else "mean_index_pct"]) if mean else DASH,
        "best": value_vi(best, in_points) if best else DASH,
        # Where the marks stand on a scale of 100.
        "at": _at(area["area_index_pct"]),
        "mean_at": _at(mean["mean_index_pct"]) if mean else None,
        "best_at": _at(best["area_index_pct"]) if best else None,
    }


def _at(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 2)


def trend(nation: Nation, unit: Unit, row: Row) -> Block | None:
    """The years of an index, with what breaks them; None where no more than one year was ranked."""
    of_unit = [other for key in unit.keys for other in nation.of_province.get(key, ())]
    same = [other for other in of_unit if key_of(other)[::2] == key_of(row)[::2]]
    years = sorted(same, key=lambda other: (other["report_year"], other["province_key"]))
    if sum(other["rank"] is not None for other in years) < 2:
        return None
    in_points = nation.is_in_points(row["index_code"])
    means = [nation.means.get((key_of(other), TOTAL)) for other in years]
    spans = [list(group) for _, group in groupby(years, key=lambda other: other["edition_code"])]
    return {
        "kind": "trend",
        "is_simulated": row["is_simulated"],
        "heading": f"{row['index_code']} qua các năm",
        "unit": "điểm" if in_points else "%",
        "years": [str(other["report_year"]) for other in years],
        "values": [value_vi(other, in_points) if other["rank"] else DASH for other in years],
        "ranks": [f"{other['rank']}/{other['ranked_count']}" if other["rank"] else DASH for other in years],
        "means": [
            number_vi(mean["mean_points" if in_points else "mean_index_pct"]) if mean else DASH for mean in means
        ],
        "at": [_at(other["index_pct"]) if other["rank"] else None for other in years],
        "mean_at": [_at(mean["mean_index_pct"]) if mean else None for mean in means],
        "editions": [
            {
                "name": span[0]["edition_code"],
                "years": len(span),
                "max": number_vi(span[0]["max_points"], 0) if in_points else "",
            }
            for span in spans
        ],
        "gaps": [
            f"{other['report_year']}: không xếp hạng, {other['not_ranked_reason_vi']}"
            for other in years
            if other["not_ranked_reason_vi"]
        ]
        # A change of edition has its line; what else breaks the series is said in words.
        + [
            f"{other['report_year']}: {other['no_movement_reason_vi']}"
            for span in spans
            for other in span[1:]
            if other["rank"] and other["no_movement_reason_vi"]
        ],
    }


def costs(nation: Nation, row: Row, most: int) -> Block:
    """The criteria that cost most, with how their points came about."""
    scores = nation.scores(row["index_code"], row["report_year"]).get(row["province_key"], [])
    computed = {score["criterion_code"]: score["explanation"] for score in scores if score["basis"] == "computed"}
    lost = [score for score in scores if score["is_leaf"] and score["points_lost"]]
    dearest = sorted(lost, key=lambda score: -score["points_lost"])[:most]
    return {
        "kind": "costs",
        "is_simulated": row["is_simulated"],
        "heading": f"Tiêu chí mất nhiều điểm nhất – {row['index_code']} {row['report_year']}",
        "rows": [
            {
                "code": score["criterion_code"],
                "name": score["criterion_name"] or "",
                "points": number_vi(score["points"]),
                "max": number_vi(score["max_points"]),
                "lost": number_vi(score["points_lost"]),
                "why": why(score, computed),
            }
            for score in dearest
        ],
        "lifts": _lifts(nation, row, most),
        "is_checked": all(
            nation.criteria[score["index_code"], score["edition_code"], score["criterion_code"]]["is_verified"]
            for score in dearest
        ),
    }


def _lifts(nation: Nation, row: Row, most: int) -> list[str]:
    """The criteria whose maximum alone would lift the province furthest, with the rank that it would then have."""
    lifts = [
        lift
        for lift in nation.facts.lifts
        if key_of(lift) == key_of(row)
        and lift["province_key"] == row["province_key"]
        and lift["rank_if_full"] < lift["rank"]
    ]
    best = sorted(lifts, key=lambda lift: (lift["rank_if_full"], -lift["gain_points"]))[:most]
    scores = nation.scores(row["index_code"], row["report_year"])[row["province_key"]]
    names = {score["criterion_code"]: score["criterion_name"] or "" for score in scores}
    return [
        f"{lift['criterion_code']} {names[lift['criterion_code']]} (hạng {lift['rank']} → {lift['rank_if_full']})"
        for lift in best
    ]


def why(score: Row, computed: dict[str, str | None]) -> str:
    """How the points that count came about, with the reason noted and what the rule makes of the figures."""
    parts = [score["explanation"], score["note"]]
    if score["basis"] != "computed" and computed.get(score["criterion_code"]):
        parts.append(f"theo quy tắc: {computed[score['criterion_code']]}")
    return "; ".join(part for part in parts if part)


def reports(nation: Nation, unit: Unit, most: int) -> Block:
    """The newest periods: what was due, what came, and how much of the form is in it."""
    rows = [row for row in _by_province(nation.facts.coverage, unit) if row["status"] != "not_due"]
    shown = rows[:most]
    return {
        "kind": "reports",
        "is_simulated": any(row["is_simulated"] for row in shown),
        "heading": "Báo cáo cải cách hành chính",
        "rows": [
            [
                row["period_name"],
                date_vi(row["due_date"]),
                STATUS_OF_REPORT[row["status"]],
                date_vi(row["sent_date"]),
                number_vi(row["days_late"], 0) if row["days_late"] is not None else DASH,
                f"{row['rows_reported']}/{row['rows_expected']}" if row["report_key"] else DASH,
                number_vi(row["rows_blank"], 0) if row["report_key"] else DASH,
            ]
            for row in shown
        ],
        "more": len(rows) - len(shown),
    }


def findings(nation: Nation, unit: Unit, most: int, key: Key | None = None) -> Block:
    """What is to be looked at again, newest period and gravest first, with the place in the file.

    key: only in files of its year, made up or real as the list is.
    """
    rows = [
        row
        for row in _by_province(nation.facts.findings, unit)
        if is_open(row) and (key is None or (row["report_year"], row["is_simulated"]) == key[1:])
    ]
    shown = rows[:most]
    return {
        "kind": "findings",
        "is_simulated": key.is_simulated if key else any(row["is_simulated"] for row in shown),
        "heading": "Điều cần xem lại trong báo cáo và bảng điểm",
        "rows": [
            [
                row["period_name"],
                SEVERITIES[row["severity"]],
                shortened(told(row)) if key is None else told(row),
                place_vi(row),
                row["file_name"] or DASH,
            ]
            for row in shown
        ],
        "more": len(rows) - len(shown),
    }


def is_open(finding: Row) -> bool:
    """Whether somebody has to look at it: it is more than a note, and nobody has accepted the figure."""
    return finding["severity"] != "info" and not finding["is_accepted"]


def told(finding: Row) -> str:
    """What does not fit, after the indicator or the criterion that it is about."""
    about = f"{finding['row_code']} {finding['indicator_name']}: " if finding["row_code"] else ""
    criterion = f"tiêu chí {finding['criterion_code']}: " if finding["criterion_code"] else ""
    return f"{about}{criterion}{finding['message_vi']}"


def shortened(text: str) -> str:
    """What fits three lines of a table."""
    return text if len(text) <= SHORT_TEXT else text[:SHORT_TEXT].rstrip() + " …"


def _by_province(rows: tuple[Row, ...], unit: Unit) -> list[Row]:
    return [row for row in rows if row["province_key"] in unit.keys]


def place_vi(row: Row) -> str:
    """`trang 3, bảng 2, dòng 27`, and of a finding on the narrative both places: what is known of it."""
    words = (("page", "trang"), ("table_number", "bảng"), ("row_number", "dòng"), ("block_number", "lời văn, đoạn"))
    known = ", ".join(f"{word} {row[column]}" for column, word in words if row.get(column) is not None)
    other = f"phụ lục, dòng {row['expected_place']}" if row.get("expected_place") else ""
    return "; ".join(place for place in (known, other) if place) or DASH


def predecessors(nation: Nation, unit: Unit) -> Block | None:
    """The units that this one was merged from, in the newest real list that has any of them; results stay theirs."""
    if not unit.predecessors:
        return None
    mine = [row for province in unit.predecessors for row in nation.of_province.get(province["province_key"], ())]
    real = [row for row in mine if row["rank"] and not row["is_simulated"]]
    key = key_of(max(real, key=lambda row: row["report_year"])) if real else None
    in_list = {row["province_key"]: row for row in mine if key_of(row) == key}
    of_area = {(row["province_key"], row["area_code"]): row for row in nation.areas.get(key, ())} if key else {}
    codes = list(dict.fromkeys(code for _, code in of_area))
    in_points = key is not None and nation.is_in_points(key.index_code)
    rows = []
    for province in unit.predecessors:
        row = in_list.get(province["province_key"])
        areas = [of_area.get((province["province_key"], code)) for code in codes]
        rows.append(
            [
                province["province_name"],
                value_vi(row, in_points) if row and row["rank"] else DASH,
                f"{rank_vi(row)}/{row['ranked_count']}" if row and row["rank"] else DASH,
                *(value_vi(area, in_points) if area else DASH for area in areas),
            ]
        )
    return {
        "kind": "predecessors",
        "is_simulated": False,
        "heading": "Các đơn vị trước sắp xếp",
        "text": f"Đơn vị thành lập ngày {date_vi(unit.since)} từ các đơn vị dưới đây. Kết quả trước sắp xếp là của đơn "
        "vị đã đạt kết quả đó; không cộng, không tính lùi cho đơn vị mới.",
        "list": f"{key.index_code} {key.report_year} ({'điểm' if in_points else '%'})" if key else "",
        "codes": codes,
        "names": list({row["area_code"]: row["area_name"] for row in of_area.values()}.values()),
        "rows": rows,
    }


def method(nation: Nation, rows: list[Row], is_simulated: bool) -> Block:
    """What the figures rest on, and what they are not; the edition stands below each list.

    is_simulated: on which part of the file it stands.
    """
    rules = [nation.indices[row["index_code"]]["tie_rule"] for row in rows]
    lines = []
    if rows:
        ties = sorted({TIE_RULES.get(rule, rule) for rule in rules})
        lines = [
            f"Thứ hạng tính trên giá trị chưa làm tròn, in hai chữ số thập phân; {', '.join(ties)}. Khoảng hạng (trong "
            "ngoặc) là nơi hạng có thể nằm với độ tin cậy 90 %; không có sai số khảo sát thì chưa biết.",
            "Chỉ số, điểm và thứ hạng do kho dữ liệu tính, không phải kết quả chính thức; kết quả chính thức là kết "
            "quả trong quyết định công bố.",
        ]
    lines.append(
        "Ô để trống là không có số liệu, không phải số không. Số liệu lấy từ phụ lục thống kê của báo cáo được dùng; "
        "mỗi số có tệp, bảng, dòng trong bộ dữ liệu của cùng bản công bố."
    )
    return {
        "kind": "method",
        "is_simulated": is_simulated,
        "heading": "Căn cứ và cách tính",
        "lines": lines,
    }
