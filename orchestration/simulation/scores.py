"""The other inputs of the index for one year: claims, verified points, surveys, statistics, and the published result.

In: the nation (`truth.py`), and the edition's criteria, rules and groups from the seeds. Out: workbooks as bytes laid
out as docs/simulated_inputs.md says, and the points, index and rank that follow from them, unrounded.
Not here: where the files go (`nation.py`) and how the warehouse scores. Every figure has so few decimals that points
are exact, so the truth needs no rounding.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from io import BytesIO
from typing import Any

import xlsxwriter

from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Province
from orchestration.reading.simulated import FILE_PREFIX, MARK
from orchestration.simulation.faults import Habits
from orchestration.simulation.report import file_part, issuer
from orchestration.simulation.truth import Factors, Nation, units_at

INDEX = "PAR"
MINISTRY = "Bộ Nội vụ"
SCALE = Decimal(5)
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Criterion:
    """is_scored: it has no criteria under it."""

    code: str
    parent: str
    level: str
    name: str
    max_points: Decimal
    scored_by: str
    is_scored: bool

    @property
    def area(self) -> str:
        return self.code.split(".")[0]


@dataclass(frozen=True)
class Claim:
    """A province's own points for a criterion; None where it left the cell blank."""

    points: Decimal | None
    evidence: str
    note: str


@dataclass(frozen=True)
class Survey:
    respondents: int
    mean: Decimal
    standard_error: Decimal


@dataclass(frozen=True)
class Statistic:
    name: str
    unit: str
    before: Decimal
    plan: Decimal
    now: Decimal


@dataclass(frozen=True)
class Standing:
    """One unit's year. claims is None where it sent no sheet.  points: used, by scored criterion, unrounded."""

    unit: Province
    claims: dict[str, Claim] | None
    verified: dict[str, Decimal]
    reasons: dict[str, str]
    surveys: dict[str, Survey]
    sipas: Survey
    statistics: dict[str, Statistic]
    points: dict[str, Decimal]

    @property
    def index(self) -> Decimal:
        return sum(self.points.values(), Decimal(0))


@dataclass(frozen=True)
class Year:
    """Everything of one year, units in the order of their keys."""

    year: int
    edition: str
    criteria: tuple[Criterion, ...]
    standings: tuple[Standing, ...]

    @property
    def maximum(self) -> Decimal:
        return sum((criterion.max_points for criterion in self.criteria if criterion.is_scored), Decimal(0))

    def index(self, standing: Standing) -> Decimal:
        """Percent of the edition's maximum, unrounded."""
        return standing.index * 100 / self.maximum

    def rank(self, standing: Standing) -> int:
        """Equal index, equal rank, the next rank skipped; by the unrounded index."""
        return 1 + sum(other.index > standing.index for other in self.standings)

    def group(self, standing: Standing) -> str:
        cuts = [row for row in catalogue.seed("groups") if row["index_code"] == INDEX and _holds(row, self.year)]
        cuts.sort(key=lambda row: -Decimal(row["min_index_pct"]))
        index = self.index(standing)
        return next((row["group_name"] for row in cuts if index >= Decimal(row["min_index_pct"])), "")


@dataclass(frozen=True)
class Workbook:
    """One file: name, and its bytes."""

    name: str
    data: bytes


def year_of(nation: Nation, year: int, provinces: Sequence[str], habits: Habits) -> Year | None:
    """The inputs of a year; None where no edition with criteria is known for it."""
    edition, listed = edition_of(year)
    if not listed:
        return None
    period = catalogue.periods()[f"{year}-FY"]
    units = [unit for unit in units_at(period) if not provinces or {unit.name, unit.code, unit.key} & set(provinces)]
    standings = tuple(_standing(nation, unit, year, listed, habits) for unit in units)
    return Year(year, edition, listed, standings)


@lru_cache
def edition_of(year: int) -> tuple[str, tuple[Criterion, ...]]:
    """(edition code, its criteria in order) of the year; no criteria where none are known."""
    for row in catalogue.seed("editions"):
        if row["index_code"] == INDEX and _holds(row, year):
            return row["edition_code"], criteria(row.get("criteria_from") or row["edition_code"])
    return "", ()


@lru_cache
def criteria(edition: str) -> tuple[Criterion, ...]:
    rows = [
        row
        for row in catalogue.seed("criteria")
        if row["index_code"] == INDEX and row["edition_code"] == edition and row["max_points"]
    ]
    parents = {row["parent_code"] for row in rows}
    return tuple(
        Criterion(
            row["criterion_code"],
            row["parent_code"],
            row["level"],
            row["criterion_name"],
            Decimal(row["max_points"]),
            row["scored_by"],
            row["criterion_code"] not in parents,
        )
        for row in rows
    )


def _holds(row: dict[str, str], year: int) -> bool:
    return int(row["first_year"]) <= year <= int(row["last_year"] or 9999)


# --- one unit's year ------------------------------------------------------------------------------------------------


def _standing(nation: Nation, unit: Province, year: int, listed: Sequence[Criterion], habits: Habits) -> Standing:
    draw, factors = nation.stream(unit.key, year, "scores"), nation.unit_factors(unit, year)
    scored = [criterion for criterion in listed if criterion.is_scored]
    verified, claims, reasons, surveys, statistics = {}, {}, {}, {}, {}
    points: dict[str, Decimal] = {}
    sipas = _sipas(draw, factors)
    for criterion in scored:
        if criterion.scored_by == "survey":
            surveys[criterion.code] = _survey(draw, factors)
            points[criterion.code] = surveys[criterion.code].mean / SCALE * criterion.max_points
        elif criterion.scored_by == "sipas":
            points[criterion.code] = sipas.mean * criterion.max_points / 100
        elif criterion.scored_by == "socioeconomic":
            statistics[criterion.code] = _statistic(criterion.code, draw, factors)
            points[criterion.code] = _statistic_points(criterion, statistics[criterion.code])
        else:
            share = _share(draw, factors)
            verified[criterion.code] = (share * criterion.max_points).quantize(_CENT, ROUND_HALF_UP)
            claims[criterion.code] = _claim(criterion, verified[criterion.code], draw)
            points[criterion.code] = verified[criterion.code]
            claimed = claims[criterion.code].points
            if claimed is not None and claimed != verified[criterion.code]:
                reasons[criterion.code] = draw.choice(_REASONS)
    is_sent = draw.random() >= habits.never
    return Standing(unit, claims if is_sent else None, verified, reasons, surveys, sipas, statistics, points)


def _share(draw: random.Random, factors: Factors) -> Decimal:
    """The share of a criterion's points that a unit earns; a quarter of them in full."""
    lead = 0.62 + 0.38 * (factors.capacity + factors.effort) / 2 + draw.gauss(0, 0.08)
    if draw.random() < 0.25:
        return Decimal(1)
    return Decimal(str(round(min(1.0, max(0.0, lead)), 2)))


_EVIDENCE = ("Báo cáo mẫu số {0}", "Quyết định mẫu số {0}", "Kế hoạch mẫu số {0} và báo cáo kết quả")
_REASONS = (
    "Tài liệu kiểm chứng chưa đủ",
    "Số liệu tính lại thấp hơn số tự chấm",
    "Thời hạn thực hiện chưa bảo đảm",
    "Chưa có minh chứng cho kết quả đầu ra",
)


def _claim(criterion: Criterion, verified: Decimal, draw: random.Random) -> Claim:
    """Mostly what is verified later; often more, hardly ever less, now and then blank."""
    evidence = draw.choice(_EVIDENCE).format(draw.randint(11, 999))
    what, excess = draw.random(), Decimal(draw.randint(1, 8)) / 20
    if what < 0.03:
        return Claim(None, "", "Chưa tự chấm")
    if what < 0.28:
        return Claim(min(criterion.max_points, verified + excess), evidence, "")
    if what < 0.31:
        return Claim(max(Decimal(0), verified - excess), evidence, "")
    return Claim(verified, evidence, "")


def _survey(draw: random.Random, factors: Factors) -> Survey:
    respondents = draw.randint(120, 420)
    mean = 3.3 + 1.5 * (factors.capacity + factors.effort) / 2 + draw.gauss(0, 0.15)
    error = draw.uniform(0.7, 1.1) / respondents**0.5
    return Survey(respondents, _decimal(min(5.0, max(1.0, mean)), 4), _decimal(error, 4))


def _sipas(draw: random.Random, factors: Factors) -> Survey:
    respondents = draw.randint(500, 1_500)
    share = 74 + 18 * (factors.capacity + factors.effort) / 2 + draw.gauss(0, 1.5)
    return Survey(respondents, _decimal(min(99.0, share), 2), _decimal(draw.uniform(0.4, 1.1), 2))


def _decimal(value: float, places: int) -> Decimal:
    return Decimal(f"{value:.{places}f}")


_STATISTICS = {
    "8.2": ("Vốn đầu tư thu hút", "tỷ đồng"),
    "8.3": ("Doanh nghiệp thành lập mới", "doanh nghiệp"),
    "8.4": ("Thu ngân sách nhà nước trên địa bàn", "tỷ đồng"),
    "8.5": ("Chỉ tiêu phát triển kinh tế - xã hội đạt và vượt", "chỉ tiêu"),
    "8.6": ("Tốc độ tăng trưởng GRDP", "%"),
}


def _statistic(code: str, draw: random.Random, factors: Factors) -> Statistic:
    """Figures whose ratios end after a few decimals."""
    name, unit = _STATISTICS.get(code, ("Chỉ tiêu", ""))
    if unit == "chỉ tiêu":
        return Statistic(name, unit, Decimal(18), Decimal(20), Decimal(draw.randint(15, 20)))
    if unit == "%":
        before = _decimal(draw.uniform(3, 8), 2)
        return Statistic(name, unit, before, Decimal("7.5"), _decimal(draw.uniform(2.5, 9.5), 2))
    before = Decimal(round(draw.uniform(800, 9_000) * factors.size))
    plan = before + Decimal(round(float(before) * 0.05))
    now = Decimal(round(float(before) * draw.uniform(0.94, 1.2)))
    return Statistic(name, unit, before, plan, now)


def _statistic_points(criterion: Criterion, figures: Statistic) -> Decimal:
    """Points by the edition's rule for the criterion, written here a second time so that the two can disagree."""
    rule = next(row for row in catalogue.seed("criterion_rules") if row["criterion_code"] == criterion.code)
    kind = rule["rule_kind"]
    if kind == "growth_steps":
        growth = (figures.now - figures.before) * 100 / figures.before
        return _step_share(criterion.code, growth) * criterion.max_points
    ratio = figures.now * 100 / figures.plan
    if kind == "ratio_steps":
        return _step_share(criterion.code, ratio) * criterion.max_points
    if kind == "ratio_floor":
        share = min(Decimal(1), ratio / Decimal(rule["full_value"])) if ratio >= Decimal(rule["floor_value"]) else 0
        return share * criterion.max_points
    floor, full = Decimal(rule["floor_value"]), Decimal(rule["full_value"])
    return min(Decimal(1), max(Decimal(0), (figures.now - floor) / (full - floor))) * criterion.max_points


def _step_share(code: str, value: Decimal) -> Decimal:
    """The share of the highest step of a criterion that was reached; below all of them nothing."""
    steps = [row for row in catalogue.seed("rule_steps") if row["criterion_code"] == code]
    pairs = sorted(((Decimal(row["threshold"]), Decimal(row["share"])) for row in steps), reverse=True)
    return next((share for least, share in pairs if value >= least), Decimal(0))


# --- workbooks ------------------------------------------------------------------------------------------------------


def workbooks(year: Year, draw: random.Random, habits: Habits) -> Iterable[Workbook]:
    """Every file of the year: a sheet of claims a unit that sent one, and five files of the ministry."""
    edition = f"Bộ tiêu chí: {year.edition}"
    for standing in year.standings:
        if standing.claims is not None:
            as_text = habits.varied and draw.random() < 0.2
            yield _workbook(
                f"tu_cham_diem_{year.year}_{file_part(standing.unit)}",
                "Tự chấm điểm",
                (
                    f"BẢNG TỰ CHẤM ĐIỂM CHỈ SỐ CẢI CÁCH HÀNH CHÍNH NĂM {year.year}",
                    f"Ủy ban nhân dân {issuer(standing.unit)}",
                    edition,
                ),
                ("Mã tiêu chí", "Tiêu chí", "Điểm tối đa", "Điểm tự đánh giá", "Tài liệu kiểm chứng", "Giải trình"),
                _claim_rows(year.criteria, standing.claims, as_text),
            )
    who = ("Mã tỉnh", "Tỉnh, thành phố")
    yield _workbook(
        f"diem_tham_dinh_{year.year}",
        "Điểm thẩm định",
        (f"KẾT QUẢ THẨM ĐỊNH ĐIỂM TỰ ĐÁNH GIÁ NĂM {year.year}", MINISTRY, edition),
        (*who, "Mã tiêu chí", "Điểm tự đánh giá", "Điểm thẩm định", "Lý do"),
        (
            (
                *_who(standing),
                code,
                standing.claims[code].points if standing.claims else None,
                points,
                standing.reasons.get(code, "") if standing.claims else "",
            )
            for standing in year.standings
            for code, points in standing.verified.items()
        ),
    )
    yield _workbook(
        f"khao_sat_lanh_dao_{year.year}",
        "Khảo sát lãnh đạo",
        (f"KẾT QUẢ KHẢO SÁT LÃNH ĐẠO, QUẢN LÝ NĂM {year.year}", MINISTRY, edition),
        (*who, "Mã tiêu chí", "Số phiếu", "Điểm trung bình", "Sai số chuẩn", "Thang điểm"),
        (
            (*_who(standing), code, survey.respondents, survey.mean, survey.standard_error, SCALE)
            for standing in year.standings
            for code, survey in standing.surveys.items()
        ),
    )
    yield _workbook(
        f"sipas_{year.year}",
        "SIPAS",
        (f"CHỈ SỐ HÀI LÒNG (SIPAS) NĂM {year.year}", MINISTRY, ""),
        (*who, "Số phiếu", "SIPAS (%)", "Sai số chuẩn"),
        (
            (*_who(standing), standing.sipas.respondents, standing.sipas.mean, standing.sipas.standard_error)
            for standing in year.standings
        ),
    )
    yield _workbook(
        f"kinh_te_xa_hoi_{year.year}",
        "Kinh tế - xã hội",
        (f"SỐ LIỆU PHÁT TRIỂN KINH TẾ - XÃ HỘI NĂM {year.year}", MINISTRY, ""),
        (*who, "Mã tiêu chí", "Chỉ tiêu", "Đơn vị tính", "Năm trước", "Kế hoạch", "Năm nay", "Điểm"),
        (
            (*_who(standing), code, item.name, item.unit, item.before, item.plan, item.now, standing.points[code])
            for standing in year.standings
            for code, item in standing.statistics.items()
        ),
    )
    yield _workbook(
        f"ket_qua_cong_bo_{year.year}",
        "Kết quả công bố",
        (f"KẾT QUẢ CHỈ SỐ CẢI CÁCH HÀNH CHÍNH NĂM {year.year}", MINISTRY, ""),
        (
            "Xếp hạng",
            *who,
            "Điểm thẩm định",
            "Điểm khảo sát",
            "Điểm SIPAS",
            "Điểm kinh tế - xã hội",
            "Chỉ số (%)",
            "Nhóm",
            *(f"Lĩnh vực {area} (%)" for area in areas(year)),
        ),
        _published(year),
    )


def areas(year: Year) -> list[str]:
    return [criterion.code for criterion in year.criteria if not criterion.parent]


def area_points(year: Year, standing: Standing, area: str) -> tuple[Decimal, Decimal]:
    """(points, maximum) of an area, unrounded."""
    codes = [criterion for criterion in year.criteria if criterion.is_scored and criterion.area == area]
    return (
        sum((standing.points[criterion.code] for criterion in codes), Decimal(0)),
        sum((criterion.max_points for criterion in codes), Decimal(0)),
    )


def _published(year: Year) -> list[tuple[Any, ...]]:
    """Every figure rounded once, half up, from unrounded parts."""
    rows = []
    for standing in sorted(year.standings, key=lambda one: (year.rank(one), one.unit.key)):
        parts = []
        for source in ("verified", "survey", "sipas", "socioeconomic"):
            codes = [
                criterion.code for criterion in year.criteria if criterion.is_scored and criterion.scored_by == source
            ]
            parts.append(_rounded(sum((standing.points[code] for code in codes), Decimal(0))))
        by_area = [
            _rounded(points * 100 / most) for points, most in (area_points(year, standing, a) for a in areas(year))
        ]
        index = _rounded(year.index(standing))
        rows.append((year.rank(standing), *_who(standing), *parts, index, year.group(standing), *by_area))
    return rows


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)


def _who(standing: Standing) -> tuple[str, str]:
    return standing.unit.code, standing.unit.name


def _claim_rows(listed: Sequence[Criterion], claims: dict[str, Claim], as_text: bool) -> list[tuple[Any, ...]]:
    """A row a criterion; a parent's points are the sum of what is claimed under it."""
    rows = []
    for criterion in listed:
        under = [
            claim.points
            for code, claim in claims.items()
            if claim.points is not None and (code == criterion.code or code.startswith(f"{criterion.code}."))
        ]
        points = sum(under, Decimal(0)) if under else None
        claim = claims.get(criterion.code, Claim(None, "", ""))
        shown = f"{points:.2f}".replace(".", ",") if as_text and points is not None else points
        rows.append((criterion.code, criterion.name, criterion.max_points, shown, claim.evidence, claim.note))
    return rows


def _workbook(
    name: str, sheet_title: str, titles: Sequence[str], header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Workbook:
    """Title block, header in row 6, then the rows; codes stay text and numbers numbers."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    book.set_properties({"title": MARK, "created": datetime(2020, 1, 1)})
    sheet = book.add_worksheet(sheet_title)
    sheet.set_header(f"&C{MARK}")
    for at, text in enumerate((MARK, *titles)):
        sheet.write_string(at, 0, text)
    for column, text in enumerate(header):
        sheet.write_string(5, column, text)
    for at, row in enumerate(rows, 6):
        for column, value in enumerate(row):
            if isinstance(value, str) and value:
                sheet.write_string(at, column, value)
            elif isinstance(value, int | Decimal):
                sheet.write_number(at, column, float(value))
    book.close()
    return Workbook(f"{FILE_PREFIX}{name}.xlsx", target.getvalue())
