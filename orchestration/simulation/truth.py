"""What is true in the made-up nation: for every unit and period, a value for every indicator.

In: a seed number and the project's seeds (provinces with their succession, periods). Out: values by indicator key, the
same for the same seed whatever years and provinces are asked for: each territory and year draws from its own stream.
Not here: what reports print of it (`faults.py`, `documents.py`) and scores (`scores.py`).

A territory is a province as it was before every merger; a unit of a later time is the sum of its territories. Three
slowly moving factors a territory (size, capacity, effort) make its figures go together. Counts are whole numbers and
add; a rate is computed from its numerator and denominator, which are kept even where no form asks for them; stocks
follow the flows of their year; a flow of 6 months holds that of the first quarter, a year's all of them.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Period, Province

FIRST_YEAR = 2010
"""Stocks begin at the end of this year."""
BASE_YEAR = 2015
"""Cuts of staff and units are told against the end of this year."""
NO_DISTRICTS_FROM = date(2025, 7, 1)
_BIG_CITIES = frozenset(("01", "79"))

RATES: dict[str, tuple[str, str]] = {
    "agencies_with_digital_certificates_pct": ("_agencies_certified", "_agencies_all"),
    "civil_servants_reduced_since_2015_pct": ("_civil_servants_cut", "_civil_servants_2015"),
    "communes_document_connected_pct": ("_communes_document", "_communes"),
    "communes_one_stop_connected_pct": ("_communes_one_stop", "_communes"),
    "departments_document_connected_pct": ("_departments_document", "_departments"),
    "departments_one_stop_connected_pct": ("_departments_one_stop", "_departments"),
    "districts_document_connected_pct": ("_districts_document", "_districts"),
    "districts_one_stop_connected_pct": ("_districts_one_stop", "_districts"),
    "documents_sent_electronic_and_paper_pct": ("_documents_both", "documents_sent"),
    "documents_sent_electronic_pct": ("_documents_electronic", "documents_sent"),
    "dossiers_on_time_communes_pct": ("dossiers_handled_on_time_communes", "dossiers_handled_communes"),
    "dossiers_on_time_construction_pct": ("_construction_on_time", "_construction_handled"),
    "dossiers_on_time_departments_pct": ("dossiers_handled_on_time_departments", "dossiers_handled_departments"),
    "dossiers_on_time_districts_pct": ("dossiers_handled_on_time_districts", "dossiers_handled_districts"),
    "dossiers_on_time_land_pct": ("_land_on_time", "_land_handled"),
    "dossiers_online_level_3_pct": ("_dossiers_online_lower", "_dossiers_all"),
    "dossiers_online_level_4_pct": ("_dossiers_online_higher", "_dossiers_all"),
    "dossiers_partly_online_pct": ("_dossiers_online_lower", "_dossiers_all"),
    "dossiers_fully_online_pct": ("_dossiers_online_higher", "_dossiers_all"),
    "procedures_internal_process_approved_pct": ("_processes_approved", "procedures_in_force"),
    "procedures_internal_process_electronic_pct": ("_processes_electronic", "_processes_approved"),
    "service_unit_staff_reduced_since_2015_pct": ("_service_staff_cut", "_service_staff_2015"),
    "service_units_cut_since_2015_pct": ("_service_units_cut", "_service_units_2015"),
}
"""Rate → (numerator, denominator); a name with an underscore is known to the simulator alone."""

STATUSES = (
    "architecture_updated",
    "leader_dialogue_held",
    "leader_examination_held",
    "reporting_system_connected",
    "sharing_platform_deployed",
    "survey_mode",
    "video_conference_levels",
)
"""Codes; of several territories the least counts."""

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Factors:
    """size: 1 is a usual province.  capacity, effort: 0 to 1."""

    size: float
    capacity: float
    effort: float


@dataclass(frozen=True)
class Nation:
    """The made-up nation of one seed number."""

    seed: int
    _years: dict[tuple[str, int], _Year] = field(default_factory=dict, compare=False, repr=False)
    _factors: dict[tuple[str, int], Factors] = field(default_factory=dict, compare=False, repr=False)

    def values(self, unit: Province, period: Period) -> dict[str, Decimal]:
        """Indicator key → value, for every indicator that the simulator knows; counts and codes are whole."""
        parts = [self._territory_values(key, period) for key in territories(unit.key)]
        summed: dict[str, int] = {
            key: min(part[key] for part in parts) if key in STATUSES else sum(part[key] for part in parts)
            for key in parts[0]
        }
        rates = {rate: percent(summed[above], summed[below]) for rate, (above, below) in RATES.items()}
        counts = {key: Decimal(value) for key, value in summed.items() if not key.startswith("_")}
        return {**counts, **rates}

    def factors(self, territory: str, year: int) -> Factors:
        """The latent factors of a territory: fixed size, capacity and effort that move a little each year."""
        key = (territory, year)
        if key not in self._factors:
            draw = self.stream(territory, year, "factors")
            if year <= FIRST_YEAR:
                size = min(3.0, max(0.35, math.exp(draw.gauss(0, 0.4)))) * (2.5 if territory[:2] in _BIG_CITIES else 1)
                factors = Factors(size, draw.uniform(0.25, 0.75), draw.uniform(0.25, 0.75))
            else:
                before = self.factors(territory, year - 1)
                factors = Factors(before.size, _step(before.capacity, draw), _step(before.effort, draw))
            self._factors[key] = factors
        return self._factors[key]

    def unit_factors(self, unit: Province, year: int) -> Factors:
        """Factors of a unit: sizes add, capacity and effort are means weighted by size."""
        parts = [self.factors(key, year) for key in territories(unit.key)]
        size = sum(part.size for part in parts)
        return Factors(
            size,
            sum(part.capacity * part.size for part in parts) / size,
            sum(part.effort * part.size for part in parts) / size,
        )

    def stream(self, *names: object) -> random.Random:
        """Random numbers that depend on the seed and these names alone."""
        text = "|".join(map(str, (self.seed, *names)))
        return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big"))

    def _territory_values(self, territory: str, period: Period) -> dict[str, int]:
        year = self._year(territory, period.year)
        before = self._year(territory, period.year - 1)
        values = _at(period, before, year)
        districts = _districts().get(territory)
        if districts and "inspected_districts" in values:  # nobody inspects more districts than there are
            values["inspected_districts"] = min(values["inspected_districts"], districts)
        return values

    def _year(self, territory: str, year: int) -> _Year:
        key = (territory, year)
        if key not in self._years:
            before = self._year(territory, year - 1) if year > FIRST_YEAR else None
            draw = self.stream(territory, year, "figures")
            self._years[key] = _next_year(draw, self.factors(territory, year), before, year)
        return self._years[key]


# --- territories ----------------------------------------------------------------------------------------------------


@lru_cache
def _successors() -> dict[str, str]:
    return {row["province_key"]: row["successor_province_key"] for row in catalogue.seed("provinces")}


@lru_cache
def _districts() -> dict[str, int]:
    rows = catalogue.seed("unit_counts")
    return {row["province_key"]: int(row["unit_count"]) for row in rows if row["unit_kind"] == "districts"}


@lru_cache
def territories(unit: str) -> tuple[str, ...]:
    """The oldest units that became `unit`, by key; itself where it has no ancestor."""
    ancestors = sorted(key for key, successor in _successors().items() if successor == unit)
    if not ancestors:
        return (unit,)
    return tuple(part for ancestor in ancestors for part in territories(ancestor))


def units_at(period: Period) -> list[Province]:
    """The units that owe a report for the period: those that exist when its window ends."""
    return [unit for unit in catalogue.provinces() if unit.valid_from <= period.window_end <= unit.valid_to]


def percent(above: int, below: int) -> Decimal:
    """Two decimals, half up; 100 where there is nothing to do."""
    if not below:
        return Decimal(100)
    return (Decimal(100 * above) / Decimal(below)).quantize(_CENT, ROUND_HALF_UP)


def _step(value: float, draw: random.Random) -> float:
    """A step of a factor: mostly what it was, drawn a little up with the years."""
    return min(0.98, max(0.05, 0.97 * value + 0.03 * 0.9 + draw.gauss(0, 0.03)))


# --- a year of a territory ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Year:
    """flows: the year's total.  shares: of the year's flow, what the first quarter, 6 months and quarter III hold.
    stocks: at the end of the year.  base: stocks at the end of BASE_YEAR.  ratios: between 0 and 1, of the year.
    """

    flows: Mapping[str, int]
    shares: tuple[float, float, float]
    stocks: Mapping[str, int]
    base: Mapping[str, int]
    ratios: Mapping[str, float]
    statuses: Mapping[str, int]


_FLOWS: dict[str, tuple[float, float, float]] = {
    # flow → (usual least, usual most, how far it grows with size)
    "direction_documents_issued": (50, 190, 0.3),
    "inspected_departments": (6, 16, 0.1),
    "inspected_districts": (4, 10, 0.2),
    "inspection_issues_found": (30, 140, 0.6),
    "survey_questionnaires": (900, 6_000, 0.8),
    "legal_documents_issued": (25, 70, 0.2),
    "legal_documents_inspected": (40, 120, 0.3),
    "legal_documents_reviewed": (120, 420, 0.3),
    "procedures_newly_published": (40, 130, 0.1),
    "procedures_abolished_replaced": (30, 120, 0.1),
    "dossiers_handled_departments": (40_000, 180_000, 1.0),
    "dossiers_handled_districts": (60_000, 300_000, 1.0),
    "dossiers_handled_communes": (90_000, 420_000, 1.0),
    "_land_handled": (20_000, 90_000, 1.0),
    "_construction_handled": (900, 9_000, 1.0),
    "government_tasks_assigned": (120, 480, 0.2),
    "civil_servants_recruited": (20, 110, 0.7),
    "civil_servants_recruited_special": (0, 4, 0.3),
    "commune_staff_promoted": (0, 9, 0.4),
    "public_employees_recruited": (150, 1_100, 0.9),
    "public_employees_recruited_special": (0, 9, 0.4),
    "department_leaders_appointed": (3, 12, 0.2),
    "department_division_leaders_appointed": (18, 60, 0.4),
    "district_division_leaders_appointed": (14, 50, 0.6),
    "department_district_leaders_disciplined": (0, 6, 0.4),
    "division_leaders_disciplined": (0, 9, 0.5),
    "service_unit_staff_disciplined": (1, 26, 0.8),
    "documents_sent": (90_000, 520_000, 0.9),
    "_cut_service_units": (0, 9, 0.5),
}
_STOCKS = {
    "specialised_agencies": (17, 21, 0.0),
    "management_boards": (1, 4, 0.2),
    "intersectoral_bodies": (18, 60, 0.2),
    "_service_units_province": (6, 14, 0.2),
    "_service_units_departments": (50, 130, 0.6),
    "_service_units_districts": (320, 780, 0.7),
    "procedures_in_force": (1_690, 1_990, 0.02),
    "civil_servants_quota": (1_700, 3_200, 0.7),
    "service_unit_staff_quota": (16_000, 34_000, 0.9),
    "contract_workers": (60, 320, 0.6),
    "_districts": (8, 14, 0.5),
    "_communes": (110, 230, 0.6),
}


def _next_year(draw: random.Random, factors: Factors, before: _Year | None, year: int) -> _Year:
    def sized(least: float, most: float, growth: float) -> int:
        return round(draw.uniform(least, most) * float(factors.size**growth))

    flows = {name: sized(*bounds) for name, bounds in _FLOWS.items()}
    if before:
        # Work of an office goes on much as in the year before.
        flows = {name: round(0.7 * before.flows[name] + 0.3 * value) for name, value in flows.items()}
    flows["province_leaders_disciplined"] = int(draw.random() < 0.08)
    flows["job_position_violations"] = int(draw.random() < 0.25 * (1.2 - factors.effort)) * draw.randint(1, 3)
    if before is None:
        stocks = {name: sized(*bounds) for name, bounds in _STOCKS.items()}
        stocks["service_units_equitised"] = draw.randint(0, 3)
    else:
        stocks = dict(before.stocks)
    cut = 0.004 + 0.016 * factors.effort
    flows["civil_servants_reduced"] = round(cut * stocks["civil_servants_quota"])
    flows["service_unit_staff_reduced"] = round(0.8 * cut * stocks["service_unit_staff_quota"])
    flows["_cut_service_units"] = min(flows["_cut_service_units"], stocks["_service_units_districts"] // 12)
    flows["_equitised"] = int(draw.random() < 0.15)
    if before is not None:
        stocks["procedures_in_force"] += flows["procedures_newly_published"] - flows["procedures_abolished_replaced"]
        stocks["civil_servants_quota"] -= flows["civil_servants_reduced"]
        stocks["service_unit_staff_quota"] -= flows["service_unit_staff_reduced"]
        stocks["_service_units_districts"] -= flows["_cut_service_units"]
        stocks["service_units_equitised"] += flows["_equitised"]
    # Until the year of comparison has come, its stock is that of the year itself.
    base = before.base if before and year > BASE_YEAR else stocks
    return _Year(flows, _shares(draw), stocks, base, _ratios(draw, factors), _statuses(draw, factors))


def _shares(draw: random.Random) -> tuple[float, float, float]:
    return draw.uniform(0.17, 0.23), draw.uniform(0.43, 0.5), draw.uniform(0.21, 0.27)


def _ratios(draw: random.Random, factors: Factors) -> dict[str, float]:
    able, keen = factors.capacity, factors.effort

    def near(least: float, most: float, lead: float, spread: float = 0.06) -> float:
        return min(most, max(least, least + (most - least) * min(1.0, max(0.0, lead + draw.gauss(0, spread)))))

    return {
        "plan_done": 1.0 if draw.random() < 0.35 * keen else near(0.74, 1.0, keen),
        "issues_resolved": near(0.55, 1.0, keen),
        "documents_flagged": draw.uniform(0.06, 0.18),
        "documents_resolved": near(0.6, 1.0, keen),
        "on_national_portal": near(0.55, 0.99, able),
        "high_level_national": near(0.3, 0.9, able),
        "on_portal": near(0.6, 1.0, able),
        "lower_online": draw.uniform(0.18, 0.34),
        "higher_online": near(0.12, 0.62, able),
        "online_payment": near(0.1, 0.8, able),
        "same_level": draw.uniform(0.03, 0.1),
        "across_levels": draw.uniform(0.05, 0.16),
        "processes_approved": near(0.8, 1.0, keen),
        "processes_electronic": near(0.4, 1.0, able),
        "on_time_departments": near(0.9, 0.9999, (able + keen) / 2),
        "on_time_districts": near(0.88, 0.9998, (able + keen) / 2),
        "on_time_communes": near(0.9, 0.9999, (able + keen) / 2),
        "on_time_land": near(0.8, 0.995, (able + keen) / 2),
        "on_time_construction": near(0.84, 0.999, (able + keen) / 2),
        "tasks_on_time": near(0.72, 0.97, keen),
        "tasks_late": draw.uniform(0.005, 0.025),
        "present": near(0.9, 0.995, able),
        "staff_present": near(0.9, 0.99, able),
        "autonomous_all": draw.uniform(0.0, 0.012),
        "autonomous_recurrent": near(0.01, 0.08, keen),
        "autonomous_partly": near(0.1, 0.3, able),
        "state_funded": draw.uniform(0.52, 0.6),
        "job_positions": near(0.75, 1.0, keen),
        "agencies_certified": near(0.7, 1.0, able),
        "documents_electronic": near(0.6, 0.96, able),
        "documents_both": draw.uniform(0.01, 0.039),
        "communes_connected": near(0.7, 1.0, able),
        "districts_connected": near(0.86, 1.0, able),
        "dossiers_lower": draw.uniform(0.05, 0.25),
        "dossiers_higher": near(0.04, 0.7, able),
    }


def _statuses(draw: random.Random, factors: Factors) -> dict[str, int]:
    def grade(lead: float, top: int) -> int:
        return min(top, int((top + 1) * min(0.999, max(0.0, lead + 0.25 + draw.gauss(0, 0.12)))))

    return {
        "architecture_updated": grade(factors.capacity, 1),
        "leader_dialogue_held": grade(factors.effort + 0.2, 1),
        "leader_examination_held": grade(factors.effort - 0.2, 1),
        "reporting_system_connected": grade(factors.capacity, 2),
        "sharing_platform_deployed": grade(factors.capacity, 2),
        "survey_mode": draw.randint(0, 2),
        "video_conference_levels": grade(factors.capacity, 2),
        "_plan_tasks": draw.randint(28, 72),
    }


# --- a period of a year ---------------------------------------------------------------------------------------------


def _at(period: Period, before: _Year, year: _Year) -> dict[str, int]:
    """Counts and codes of one territory as they stand in a report for `period`."""
    quarter, half, third = year.shares
    reported = {"Q1": quarter, "H1": half, "Q3": third, "FY": 1.0}[period.kind]
    to_date = half + third if period.kind == "Q3" else reported
    flow = {name: _part(total, reported) for name, total in year.flows.items()}
    passed = {name: _part(total, to_date) for name, total in year.flows.items()}
    stock = dict(year.stocks if period.kind == "FY" else before.stocks)
    if period.kind != "FY":
        stock["procedures_in_force"] += passed["procedures_newly_published"] - passed["procedures_abolished_replaced"]
        stock["civil_servants_quota"] -= passed["civil_servants_reduced"]
        stock["service_unit_staff_quota"] -= passed["service_unit_staff_reduced"]
        stock["_service_units_districts"] -= passed["_cut_service_units"]
        stock["service_units_equitised"] += passed["_equitised"]
    base, ratio = year.base, year.ratios
    has_districts = period.window_end < NO_DISTRICTS_FROM
    values = {
        **{name: count for name, count in flow.items() if name not in ("_cut_service_units", "_equitised")},
        **{name: year.statuses[name] for name in STATUSES},
        "specialised_agencies": stock["specialised_agencies"],
        "management_boards": stock["management_boards"],
        "intersectoral_bodies": stock["intersectoral_bodies"],
        "contract_workers": stock["contract_workers"],
        "service_units_equitised": stock["service_units_equitised"],
        "civil_servants_quota": stock["civil_servants_quota"],
        "service_unit_staff_quota": stock["service_unit_staff_quota"],
        "civil_servants_present": _part(stock["civil_servants_quota"], ratio["present"]),
        "service_unit_staff_present": _part(stock["service_unit_staff_quota"], ratio["staff_present"]),
        "_civil_servants_2015": base["civil_servants_quota"],
        "_civil_servants_cut": max(0, base["civil_servants_quota"] - stock["civil_servants_quota"]),
        "_service_staff_2015": base["service_unit_staff_quota"],
        "_service_staff_cut": max(0, base["service_unit_staff_quota"] - stock["service_unit_staff_quota"]),
        "_service_units_cut": max(0, base["_service_units_districts"] - stock["_service_units_districts"]),
        "_service_units_2015": _all_units(base),
    }
    tasks = year.statuses["_plan_tasks"]
    values["plan_tasks_total"] = tasks
    values["plan_tasks_done"] = _part(_part(tasks, ratio["plan_done"]), reported)
    values["inspection_issues_resolved"] = _part(values["inspection_issues_found"], ratio["issues_resolved"])
    values["legal_documents_flagged"] = _part(values["legal_documents_reviewed"], ratio["documents_flagged"])
    values["legal_documents_resolved"] = _part(values["legal_documents_flagged"], ratio["documents_resolved"])
    values["government_tasks_done_on_time"] = _part(values["government_tasks_assigned"], ratio["tasks_on_time"])
    values["government_tasks_done_late"] = _part(values["government_tasks_assigned"], ratio["tasks_late"])
    values |= _procedures(stock["procedures_in_force"], ratio, has_districts)
    values |= _service_units(stock, ratio, has_districts)
    values |= _dossiers(values, ratio)
    values |= _connections(stock, ratio, has_districts)
    values["_documents_electronic"] = _part(values["documents_sent"], ratio["documents_electronic"])
    values["_documents_both"] = _part(values["documents_sent"], ratio["documents_both"])
    return values


def _part(total: int, share: float) -> int:
    """The whole number of a share; rounded down, so that parts never exceed their total."""
    return total if share >= 1.0 else int(total * share)


def _all_units(stock: Mapping[str, int]) -> int:
    return stock["_service_units_province"] + stock["_service_units_departments"] + stock["_service_units_districts"]


def _procedures(total: int, ratio: Mapping[str, float], has_districts: bool) -> dict[str, int]:
    commune = _part(total, 0.1)
    district = _part(total, 0.17)
    if not has_districts:
        commune, district = commune + district, 0
    on_national, on_portal = _part(total, ratio["on_national_portal"]), _part(total, ratio["on_portal"])
    lower, higher = _part(on_portal, ratio["lower_online"]), _part(on_portal, ratio["higher_online"])
    approved = _part(total, ratio["processes_approved"])
    national_high = _part(on_national, ratio["high_level_national"])
    return {
        "procedures_in_force": total,
        "procedures_in_force_province": total - district - commune,
        "procedures_in_force_district": district,
        "procedures_in_force_commune": commune,
        "procedures_on_national_portal": on_national,
        "procedures_high_level_on_national_portal": national_high,
        "procedures_part_full_online_on_national_portal": national_high,
        "procedures_on_portal": on_portal,
        "procedures_online_level_3": lower,
        "procedures_online_level_4": higher,
        "procedures_partly_online": lower,
        "procedures_fully_online": higher,
        "procedures_high_level_on_portal": lower + higher,
        "procedures_part_full_online_on_portal": lower + higher,
        "procedures_online_payment": _part(on_portal, ratio["online_payment"]),
        "procedures_interconnected_same_level": _part(total, ratio["same_level"]),
        "procedures_interconnected_across_levels": _part(total, ratio["across_levels"]),
        "_processes_approved": approved,
        "_processes_electronic": _part(approved, ratio["processes_electronic"]),
    }


def _service_units(stock: Mapping[str, int], ratio: Mapping[str, float], has_districts: bool) -> dict[str, int]:
    departments, districts = stock["_service_units_departments"], stock["_service_units_districts"]
    if not has_districts:
        departments, districts = departments + districts, 0
    total = _all_units(stock)
    return {
        "service_units": total,
        "service_units_province": stock["_service_units_province"],
        "service_units_departments": departments,
        "service_units_districts": districts,
        "service_units_autonomous_all_spending": _part(total, ratio["autonomous_all"]),
        "service_units_autonomous_recurrent": _part(total, ratio["autonomous_recurrent"]),
        "service_units_autonomous_partly": _part(total, ratio["autonomous_partly"]),
        "service_units_state_funded": _part(total, ratio["state_funded"]),
        "service_units_with_job_positions": _part(total, ratio["job_positions"]),
        "agencies_with_job_positions": _part(
            stock["specialised_agencies"] + stock["_districts"], ratio["job_positions"]
        ),
    }


def _dossiers(flows: Mapping[str, int], ratio: Mapping[str, float]) -> dict[str, int]:
    levels = ("departments", "districts", "communes")
    on_time = {
        f"dossiers_handled_on_time_{level}": _part(flows[f"dossiers_handled_{level}"], ratio[f"on_time_{level}"])
        for level in levels
    }
    everything = sum(flows[f"dossiers_handled_{level}"] for level in levels)
    return {
        **on_time,
        "_land_on_time": _part(flows["_land_handled"], ratio["on_time_land"]),
        "_construction_on_time": _part(flows["_construction_handled"], ratio["on_time_construction"]),
        "_dossiers_all": everything,
        "_dossiers_online_lower": _part(everything, ratio["dossiers_lower"]),
        "_dossiers_online_higher": _part(everything, ratio["dossiers_higher"]),
    }


def _connections(stock: Mapping[str, int], ratio: Mapping[str, float], has_districts: bool) -> dict[str, int]:
    departments, communes = stock["specialised_agencies"], stock["_communes"]
    districts = stock["_districts"] if has_districts else 0
    agencies = departments + districts + communes
    return {
        "_departments": departments,
        "_districts": districts,
        "_communes": communes,
        "_departments_document": departments,
        "_departments_one_stop": departments,
        "_districts_document": _part(districts, ratio["districts_connected"]),
        "_districts_one_stop": districts,
        "_communes_document": _part(communes, ratio["communes_connected"]),
        "_communes_one_stop": _part(communes, min(1.0, ratio["communes_connected"] + 0.1)),
        "_agencies_all": agencies,
        "_agencies_certified": _part(agencies, ratio["agencies_certified"]),
    }
