"""The sheets of one index and year: the national table, its areas, its regions, and who moved.

In: facts and one of their standings. Out: Sheet records in the order of the workbook.
Not here: how a sheet is laid out (sheet.py), any computation of a point, a mean or a rank.

Every sheet says on its face by which edition the year was scored and whether that was checked against the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from orchestration.publishing.facts import Facts
from orchestration.publishing.facts import Row as Fact
from orchestration.publishing.sheet import Column, Row, Sheet, Styled, Value, sheet_name
from orchestration.publishing.words import DASH, number_vi

NOT_OFFICIAL = "Hạng do kho dữ liệu tính, không phải kết quả chính thức; tính trên giá trị chưa làm tròn."
# So wide in all may a sheet be that its letters have 9 points on A4 paper laid crosswise.
WIDEST, WIDEST_AREA = 168, 15
ENDS = 5
"""How many of the first and of the last are named above the table."""


def standing_sheets(facts: Facts, standing: Fact) -> list[Sheet]:
    """The sheets of one index and year; that of how sure it is where something was audited."""
    view = _View(facts, standing)
    made = [national_sheet(view), areas_sheet(view), regions_sheet(view), movers_sheet(view)]
    key = standing["index_code"], standing["report_year"], standing["is_simulated"]
    criteria, statistics = facts.audited_criteria(*key), facts.audited_index(*key)
    return [*made, audit_sheet(view, criteria, statistics)] if criteria else made


def standing_name(standing: Fact) -> str:
    """`PAPI 2024`, `PAR 2025 (mô phỏng)`."""
    return f"{standing['index_code']} {standing['report_year']}" + (" (mô phỏng)" if standing["is_simulated"] else "")


def edition_sentence(standing: Fact) -> str:
    """Which edition a year has, by which decision, checked or not."""
    return f"{standing['index_code']} {standing['report_year']}: {edition_text(standing)}"


def edition_text(standing: Fact) -> str:
    """The same without the year.

    An index that is quoted in points is published by others: it has a structure, and no decision of the ministry.
    """
    edition = standing["edition_code"]
    if standing["total_unit"] == "points":
        return f"cơ cấu chỉ số {edition}, điểm như đã công bố."
    checked = "đã đối chiếu" if standing["is_edition_verified"] else "CHƯA đối chiếu với quyết định"
    table = standing["criteria_edition_code"]
    borrowed = f", tạm dùng bảng điểm của bộ {table}" if standing["is_stand_in"] else ""
    return f"bộ tiêu chí {edition} ({standing['decision'] or 'không rõ quyết định'}){borrowed}; {checked}."


def rank_interval(row: Fact) -> str | None:
    """`3–7` where what is in doubt could move the rank."""
    low, high = row["rank_low"], row["rank_high"]
    return f"{low}–{high}" if low is not None and low < high else None


class _View:
    """The facts of one standing, and how its index is quoted: in points or in percent."""

    def __init__(self, facts: Facts, standing: Fact) -> None:
        self.standing = standing
        self.groups = [
            group
            for group in facts.groups
            if group["index_code"] == standing["index_code"]
            and group["first_year"] <= standing["report_year"] <= (group["last_year"] or 9999)
        ]
        self.ranking = self._of(facts.ranking)
        self.areas = self._of(facts.areas)
        self.summaries = self._of(facts.summaries)
        self.in_points = standing["total_unit"] == "points"
        self.unit = "điểm" if self.in_points else "%"
        self.name = standing_name(standing)
        self.has_movement = any(row["rank_change"] is not None for row in self.ranking)
        self.area_codes = list(dict.fromkeys(area["area_code"] for area in self.areas))
        self.area_names = {area["area_code"]: area["area_name"] for area in self.areas}
        self.bridges = {
            row["province_key"]: row
            for row in self._of(facts.bridges)
            if row["from_year"] == standing["report_year"] - 1
        }
        self.area_of = {(area["province_key"], area["area_code"]): area for area in self.areas}

    def _of(self, rows: Iterable[Fact]) -> list[Fact]:
        keys = ("index_code", "report_year", "is_simulated")
        return [row for row in rows if all(row[key] == self.standing[key] for key in keys)]

    def quoted(self, row: Fact) -> Decimal | None:
        value: Decimal | None = row["points"] if self.in_points else row["index_pct"]
        return value

    def quoted_area(self, province_key: str, code: str) -> Decimal | None:
        area = self.area_of.get((province_key, code))
        value: Decimal | None = None if area is None else area["points" if self.in_points else "area_index_pct"]
        return value

    def mean(self, row: Fact) -> Decimal | None:
        value: Decimal | None = row["mean_points" if self.in_points else "mean_index_pct"]
        return value

    def summary(self, scope_kind: str, area_code: str = "total") -> list[Fact]:
        return [row for row in self.summaries if (row["scope_kind"], row["area_code"]) == (scope_kind, area_code)]

    def heading(self, area_code: str) -> str:
        return f"{area_code}. {self.area_names[area_code]}"

    def title(self, what: str) -> str:
        return f"{what} – {self.standing['index_code']} {self.standing['report_year']}"

    @property
    def lines(self) -> tuple[str, ...]:
        return (edition_sentence(self.standing), NOT_OFFICIAL)

    def sheet(self, suffix: str, title: str, **given: Any) -> Sheet:
        name = sheet_name(self.name, f" {suffix}" if suffix else "")
        footer = f"{title}, {self.name}"
        return Sheet(
            name=name,
            title=self.title(title.upper()),
            is_simulated=self.standing["is_simulated"],
            footer=footer,
            **given,
        )


def national_sheet(view: _View) -> Sheet:
    """Every province: rank, interval, index, group, areas, movement; then the means; first and last above it."""
    has_groups, has_intervals = bool(view.groups), any(rank_interval(row) for row in view.ranking)
    quoted = "Điểm" if view.in_points else "Chỉ số (%)"
    columns = [
        Column("Hạng", 7, ("count", "middle")),
        *([Column("Khoảng hạng", 9, ("middle",))] if has_intervals else []),
        Column("Tỉnh, thành phố", 19),
        Column(quoted, 9, ("score",)),
        *([Column("Nhóm", 7, ("middle",))] if has_groups else []),
        *(Column(view.heading(code), 0, ("score",)) for code in view.area_codes),
        *(
            [Column("Hạng năm trước", 8, ("count", "middle")), Column("Tăng, giảm bậc", 8, ("places",))]
            if view.has_movement
            else []
        ),
    ]

    def rows() -> Iterator[Row]:
        for row in view.ranking:
            yield Row(
                (
                    row["rank"],
                    *([rank_interval(row)] if has_intervals else []),
                    row["province_name"],
                    view.quoted(row) if row["rank"] is not None else None,
                    *([row["group_name"]] if has_groups else []),
                    *(view.quoted_area(row["province_key"], code) for code in view.area_codes),
                    *([row["last_year_rank"], row["rank_change"]] if view.has_movement else []),
                )
            )
        yield Row(("Trung bình", *[None] * (len(columns) - 1)), ("section",))
        before = 2 if has_intervals else 1
        for kind in ("nation", "region", "province_type"):
            for total in view.summary(kind):
                name = f"{total['scope_name'][0].upper()}{total['scope_name'][1:]} ({total['ranked_count']} đơn vị)"
                areas = (_same_scope(view, total, code) for code in view.area_codes)
                values: list[Value | Styled] = [*[None] * before, name, view.mean(total)]
                values += [None] if has_groups else []
                values += [view.mean(area) if area else None for area in areas]
                values += [None, None] if view.has_movement else []
                yield Row(values, ("sum", "wrapped"))

    return view.sheet(
        "",
        "Bảng xếp hạng các tỉnh, thành phố",
        about=f"Cả nước: hạng, {quoted.lower()}, từng lĩnh vực, trung bình",
        lines=(
            *view.lines,
            *_ends(view),
            *_thresholds(view),
            *_not_ranked(view),
            *_no_movement(view),
            *_certainty(view),
            _areas_unit(view),
        ),
        columns=_filling(columns, view),
        rows=rows(),
        frozen_columns=before_name(has_intervals),
    )


def _filling(columns: Sequence[Column], view: _View) -> tuple[Column, ...]:
    """The columns with those of areas as wide as the page lets them be."""
    headings = {view.heading(code) for code in view.area_codes}
    others = sum(column.width for column in columns if column.heading not in headings)
    width = min(WIDEST_AREA, (WIDEST - others) / max(1, len(headings)))
    return tuple(replace(column, width=width) if column.heading in headings else column for column in columns)


def before_name(has_intervals: bool) -> int:
    """How many columns stay in sight: up to the province's name."""
    return 3 if has_intervals else 2


def _same_scope(view: _View, total: Fact, code: str) -> Fact | None:
    return next(
        (row for row in view.summary(total["scope_kind"], code) if row["scope_name"] == total["scope_name"]), None
    )


def _ends(view: _View) -> Iterator[str]:
    ranked = [row for row in view.ranking if row["rank"] is not None]

    def listed(rows: Sequence[Fact]) -> str:
        return "; ".join(f"{row['rank']}. {row['province_name']} ({number_vi(view.quoted(row))})" for row in rows)

    if len(ranked) >= 2 * ENDS:
        yield f"Dẫn đầu: {listed(ranked[:ENDS])}."
        yield f"Cuối bảng: {listed(ranked[-ENDS:])}."


def _thresholds(view: _View) -> Iterator[str]:
    if not view.groups:
        return
    counts = {row["scope_name"]: row["ranked_count"] for row in view.summary("group")}
    parts = (
        f"{name} từ {number_vi(least, 0)} % ({counts.get(name, 0)} đơn vị)"
        for name, least in ((group["group_name"], group["min_index_pct"]) for group in view.groups)
    )
    yield f"Nhóm: {'; '.join(parts)}."


def _not_ranked(view: _View) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for row in view.ranking:
        if row["rank"] is None:
            reasons.setdefault(row["not_ranked_reason_vi"] or "không rõ lý do", []).append(row["province_name"])
    for reason, names in reasons.items():
        yield f"Không xếp hạng ({reason}): {', '.join(names)}."


def _no_movement(view: _View) -> Iterator[str]:
    if not view.has_movement:
        yield f"Thứ hạng không so sánh được với năm trước; lý do ở trang «{sheet_name(view.name, ' biến động')}»."


def _certainty(view: _View) -> Iterator[str]:
    """How far the ranks may be trusted, or that this is not known."""
    ranked = [row for row in view.ranking if row["rank"] is not None]
    told = [row["is_tied_with_next"] for row in ranked if row["is_tied_with_next"] is not None]
    if told:
        yield (
            "Khoảng hạng 90 %: hạng có thể nằm trong khoảng này do sai số khảo sát, điểm chưa cho và số liệu bị nghi "
            f"vấn. {sum(told)} trên {len(told)} cặp tỉnh liền nhau không phân biệt được ở mức đó."
        )
    else:
        for reason in sorted({row["no_interval_reason_vi"] for row in ranked if row["no_interval_reason_vi"]}):
            yield f"Không có khoảng hạng: {reason}."
    widths = [row["edition_rank_high"] - row["edition_rank_low"] for row in ranked if row["edition_rank_high"]]
    if widths:
        yield (
            "Điểm tối đa chưa đối chiếu với quyết định: nếu chúng khác đi trong mức 25 %, hạng của một tỉnh có thể "
            f"thay đổi trong khoảng rộng tới {max(widths)} bậc (chưa kể khoảng hạng ở trên)."
        )


def audit_sheet(view: _View, criteria: Sequence[Fact], statistics: Sequence[Fact]) -> Sheet:
    """How each criterion behaves, after how coherent and robust the whole is."""
    known = [row for row in statistics if row["value"] is not None]
    return view.sheet(
        "kiểm định",
        "Kiểm định thống kê bộ chỉ số",
        about="Tiêu chí nào phân biệt được các tỉnh, đi cùng phần còn lại hay ngược lại; hạng đổi ra sao nếu tính khác",
        lines=(
            *view.lines,
            *(f"{row['name_vi']}: {number_vi(row['value'])}." for row in known),
            "Tương quan gần 1: tỉnh mạnh ở tiêu chí này cũng mạnh ở phần còn lại; âm: ngược lại. Đây là đặc điểm của "
            "số liệu năm này, không phải lỗi của tỉnh hay của tiêu chí.",
        ),
        columns=(
            Column("Tiêu chí", 8, ("text",)),
            Column("Tên", 40, ("wrapped", "padded")),
            Column("Trung bình, % tối đa", 10, ("score",)),
            Column("Độ lệch chuẩn, %", 9, ("score",)),
            Column("Đạt tối đa, % số tỉnh", 10, ("score",)),
            Column("Tương quan với phần còn lại", 11, ("score",)),
            Column("Tương quan trong lĩnh vực", 11, ("score",)),
            Column("Bậc đổi nhiều nhất nếu bỏ", 10, ("count", "middle")),
        ),
        rows=(
            Row(
                (
                    row["criterion_code"],
                    row["criterion_name"],
                    row["mean_share_pct"],
                    row["deviation_share_pct"],
                    row["at_maximum_pct"],
                    row["rest_correlation"],
                    row["area_rest_correlation"],
                    row["most_shift_places"],
                )
            )
            for row in criteria
        ),
        frozen_columns=2,
        is_portrait=True,
    )


def _areas_unit(view: _View) -> str:
    return f"Các lĩnh vực tính bằng {'điểm' if view.in_points else 'phần trăm điểm tối đa của lĩnh vực'}."


def areas_sheet(view: _View) -> Sheet:
    """Every province's rank in each area, in the order of the national table; then what is known of each area."""
    has_intervals = any(rank_interval(area) for area in view.areas)
    blank = [None] if has_intervals else []
    columns = [
        Column("Hạng", 7, ("count", "middle")),
        Column("Tỉnh, thành phố", 19),
        *(Column(view.heading(code), 0, ("count", "middle")) for code in view.area_codes),
        *([Column("Khoảng hạng", 40)] if has_intervals else []),
    ]
    width = len(columns)

    def rows() -> Iterator[Row]:
        for row in view.ranking:
            areas = [view.area_of.get((row["province_key"], code)) for code in view.area_codes]
            intervals = [
                f"{area['area_code']}: {interval}" for area in areas if area and (interval := rank_interval(area))
            ]
            ranks = (area["rank"] if area else None for area in areas)
            shown = ["; ".join(intervals) or None] if has_intervals else []
            yield Row((row["rank"], row["province_name"], *ranks, *shown))
        yield Row((f"Trên các tỉnh, thành phố được xếp hạng ({view.unit})", *[None] * (width - 1)), ("section",))
        nation = {code: next(iter(view.summary("nation", code)), None) for code in view.area_codes}
        measures: list[tuple[str, Callable[[Fact], Any]]] = [("Trung bình", view.mean)]
        if not view.in_points:
            measures += [
                ("Trung vị", lambda row: row["median_index_pct"]),
                ("Cao nhất", lambda row: row["highest_index_pct"]),
                ("Thấp nhất", lambda row: row["lowest_index_pct"]),
            ]
        for name, measure in measures:
            values = (measure(summary) if (summary := nation[code]) else None for code in view.area_codes)
            yield Row((None, name, *(Styled(value, ("score",)) for value in values), *blank), ("sum",))
        most = {area["area_code"]: area["max_points"] for area in view.areas}
        yield Row(
            (None, "Điểm tối đa", *(Styled(most[code], ("score",)) for code in view.area_codes), *blank), ("sum",)
        )

    return view.sheet(
        "lĩnh vực",
        "Thứ hạng theo lĩnh vực",
        about="Hạng từng lĩnh vực của mỗi tỉnh; trung bình và điểm tối đa của lĩnh vực",
        lines=view.lines,
        columns=_filling(columns, view),
        rows=rows(),
        frozen_columns=2,
    )


def regions_sheet(view: _View) -> Sheet:
    """Regions from north to south, each with its mean and its provinces."""

    def rows() -> Iterator[Row]:
        for summary in view.summary("region"):
            change = summary["mean_change_pct"]
            moved = "" if change is None else f", thay đổi {number_vi(change, signed=True)} điểm phần trăm"
            count, mean = summary["ranked_count"], number_vi(view.mean(summary))
            text = f"{summary['scope_name']}: {count} đơn vị, trung bình {mean} {view.unit}{moved}"
            yield Row((text, *[None] * 5), ("section",))
            members = [row for row in view.ranking if row["region_name"] == summary["scope_name"] and row["rank"]]
            for row in sorted(members, key=lambda row: row["region_rank"]):
                yield Row(
                    (
                        row["region_rank"],
                        row["province_name"],
                        view.quoted(row),
                        row["rank"],
                        row["province_type"],
                        row["peer_rank"],
                    )
                )

    return view.sheet(
        "vùng",
        "Thứ hạng theo vùng và theo loại đơn vị",
        about="Từng vùng từ bắc vào nam, trung bình của vùng; hạng trong vùng và trong cùng loại đơn vị",
        lines=(*view.lines, "Vùng theo địa giới và cách chia vùng của năm đó, từ bắc vào nam."),
        columns=(
            Column("Hạng trong vùng", 9, ("count", "middle")),
            Column("Tỉnh, thành phố", 22),
            Column("Điểm" if view.in_points else "Chỉ số (%)", 10, ("score",)),
            Column("Hạng cả nước", 9, ("count", "middle")),
            Column("Loại đơn vị", 30),
            Column("Hạng cùng loại", 9, ("count", "middle")),
        ),
        rows=rows(),
        frozen_columns=2,
        is_portrait=True,
    )


# Parts of a change of the index, which add up to it, in the order of mart_index_bridge.
PARTS = {
    "performance_pct": "Điểm của tỉnh",
    "survey_pct": "Khảo sát",
    "edition_pct": "Bộ tiêu chí",
    "coverage_pct": "Bao phủ",
}


def movers_sheet(view: _View) -> Sheet:
    """Who rose and who fell, greatest rise first, and what the index changed by; who cannot be compared says why."""
    moved = sorted(
        view.ranking,
        key=lambda row: (
            row["rank_change"] is None,
            -(row["rank_change"] or 0),
            row["index_change_pct"] is None,
            -(row["index_change_pct"] or 0),
        ),
    )
    reasons = {row["no_movement_reason_vi"] for row in moved}
    # One reason for all is said once.
    shared = reasons.pop() if view.bridges and len(reasons) == 1 else None
    parts = PARTS if view.bridges else {}
    doubts = {row["not_comparable_vi"] for row in view.bridges.values() if row["not_comparable_vi"]}

    def row_of(row: Fact) -> Row:
        bridge = view.bridges.get(row["province_key"], {})
        unknown = None if row["rank_change"] is not None else DASH
        why = [] if shared else [row["no_movement_reason_vi"] or unknown]
        change = row["index_change_pct"] if row["index_change_pct"] is not None else bridge.get("index_change_pct")
        split = (bridge.get(part) for part in parts)
        return Row((row["province_name"], row["last_year_rank"], row["rank"], row["rank_change"], change, *split, *why))

    return view.sheet(
        "biến động",
        "Biến động so với năm trước",
        about="Tăng, giảm bậc và chỉ số so với năm trước, chỉ số đổi do đâu; nơi không so sánh được thì nêu lý do",
        lines=(
            *view.lines,
            "So với năm trước của cùng địa bàn. Thay đổi chỉ số tính bằng điểm phần trăm của điểm tối đa"
            + (", là tổng của các phần đứng sau nó." if parts else "."),
            *((f"Không so sánh thứ hạng: {shared}.",) if shared else ()),
            *(f"Về các phần: {text}." for text in sorted(doubts)),
        ),
        columns=(
            Column("Tỉnh, thành phố", 20),
            Column("Hạng năm trước", 9, ("count", "middle")),
            Column("Hạng", 7, ("count", "middle")),
            Column("Tăng, giảm bậc", 8, ("places",)),
            Column("Thay đổi chỉ số", 10, ("change",)),
            *(Column(heading, 9, ("change",)) for heading in parts.values()),
            *([] if shared else [Column("Vì sao không so sánh thứ hạng", 30, ("wrapped", "padded"))]),
        ),
        rows=map(row_of, moved),
        frozen_columns=1,
        is_portrait=True,
    )
