"""The profile of a province: two pages on how it stands, what costs it points, what it reported.

In: a Nation. Out: a Product for each unit that has anything. Not here: how a block is made (standing.py) and looks.

Real standings come first; what is made up begins a page of its own, which carries the mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from orchestration.publishing.print import standing, typeset
from orchestration.publishing.print.standing import Block, Nation
from orchestration.publishing.print.units import Unit
from orchestration.publishing.product import Product
from orchestration.publishing.table import SIMULATED_MARK
from orchestration.publishing.words import date_vi
from orchestration.reading.simulated import FILE_PREFIX
from orchestration.sentence import Sentence

STEM = "ho_so"
TEMPLATE = "profile.typ"
MOST_CRITERIA = 3
MOST_PERIODS = 4
MOST_FINDINGS = 2


def products(nation: Nation) -> Iterator[Product]:
    """One PDF a unit, from north to south."""
    for unit in nation.units:
        data = profile(nation, unit)
        if data:
            yield product(unit, STEM, TEMPLATE, data, Sentence(f"Hồ sơ {unit.title}.", f"Profile of {unit.name}."))


def product(unit: Unit, stem: str, template: str, data: Block, title: Sentence) -> Product:
    """A PDF of a unit."""
    is_simulated = any(part["is_simulated"] for part in data["parts"])

    def write(path: Path) -> None:
        path.write_bytes(typeset.typeset(template, data))

    path = unit.file(stem, ".pdf", FILE_PREFIX if is_simulated else "")
    return Product(path, title, is_simulated, typeset.made_from(template, data), write)


def profile(nation: Nation, unit: Unit) -> Block | None:
    """The data of a unit's profile; None where nothing is known of it."""
    rows = nation.newest(unit)
    blocks: list[Block | None] = []
    for row in rows:
        blocks += [
            standing.standing(nation, row),
            standing.trend(nation, unit, row),
            standing.costs(nation, row, MOST_CRITERIA) if row["rank"] else None,
        ]
    blocks.append(standing.predecessors(nation, unit))
    received, doubtful = standing.reports(nation, unit, MOST_PERIODS), standing.findings(nation, unit, MOST_FINDINGS)
    if not rows and not received["rows"]:
        return None
    # Stand together: what was received and what is doubtful in it.
    received["is_simulated"] = doubtful["is_simulated"] = received["is_simulated"] or doubtful["is_simulated"]
    blocks += [received, doubtful]
    known = [block for block in blocks if block]
    known.append(standing.method(nation, rows, all(block["is_simulated"] for block in known)))
    return {**heading(nation, unit, f"Hồ sơ cải cách hành chính {unit.title}"), "parts": parts(known)}


def heading(nation: Nation, unit: Unit, title: str) -> Block:
    """Title, what the unit is, and the newest date that its files carry."""
    lines = [f"{unit.province['region_name']}. Mã đơn vị {unit.province['province_code']}."]
    if unit.valid_to and unit.successor:
        lines.append(f"Đến {date_vi(unit.valid_to)}; từ sau đó thuộc {unit.successor['province_name']}.")
    day = newest_day(nation, unit)
    return {"title": title, "lines": lines, "day": day, "to": date_vi(day), "mark": SIMULATED_MARK}


def newest_day(nation: Nation, unit: Unit) -> date:
    """Of its reports and deadlines, else the end of the newest year that it is ranked in: no clock is asked."""
    coverage = [row for row in nation.facts.coverage if row["province_key"] in unit.keys and row["status"] != "not_due"]
    days = [day for row in coverage for day in (row["due_date"], row["sent_date"]) if day]
    years = [row["report_year"] for key in unit.keys for row in nation.of_province.get(key, ())]
    return max(days, default=date(max(years, default=1), 12, 31))


def parts(blocks: list[Block]) -> list[Block]:
    """Real blocks, then made-up ones: a part begins a page, and the mark stands on every page of a made-up part."""
    return [
        {"is_simulated": made_up, "blocks": [block for block in blocks if block["is_simulated"] is made_up]}
        for made_up in (False, True)
        if any(block["is_simulated"] is made_up for block in blocks)
    ]
