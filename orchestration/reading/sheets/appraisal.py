"""The way of points through their appraisal, as one row of a sheet shows it: claim, first round, explanation, second.

In: a NamedRow, which columns of its sheet hold anything, and what stands above them. Out: Step records, as printed;
the variables of a formula with the value of each side. Not here: whose the row is (`score_sheet.py`), which round
counts (dbt).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orchestration.reading.knowledge.vietnamese import fold
from orchestration.reading.sheets.named_table import NamedRow, field_named

ROUNDS = {"verified_1": "1", "verified_2": "2"}
VARIABLES = ("variable_self", "variable_first", "variable_second")
_STATED_ABOVE = ("appraising_unit", "appraised_by", "appraised_on")
_DAY_OF_MINUTES = re.compile(r"hôm nay\b.*?\bngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(20\d\d)\b", re.IGNORECASE)
_TITLE_ROUND = re.compile(r"\btham dinh.*\b(?:lan|vong) (?:thu )?([1-9])\b")


@dataclass(frozen=True)
class Step:
    """measure: self, verified, explanation, or a variable of one side. field: where the figure stands; an explanation
    has none. note: why the figure is as it is. evidence: which item, on which page."""

    measure: str
    field: str | None
    appraisal_round: str | None = None
    note: str | None = None
    evidence: str | None = None
    evidence_page: str | None = None
    explanation_asked: str | None = None
    appraising_unit: str | None = None
    appraised_by: str | None = None
    appraised_on: str | None = None
    variable_code: str | None = None
    variable_name: str | None = None


def round_of(title: Iterable[str]) -> str | None:
    """The round that a sheet's title names: `KẾT QUẢ THẨM ĐỊNH LẦN 2`."""
    found = [match.group(1) for line in title if (match := _TITLE_ROUND.search(fold(line)))]
    return found[0] if found else None


def stated_above(title: Iterable[str]) -> dict[str, str]:
    """Who appraised and when, as minutes say it above their table of all its rows.

    `Đơn vị thẩm định: …` names a column and its value; the day is also that of `Hôm nay, ngày 3 tháng 11 năm 2023`.
    """
    said: dict[str, str] = {}
    for line in title:
        name, _, text = line.partition(":")
        field = field_named(name)
        if field in _STATED_ABOVE and text.strip():
            said.setdefault(field, text.strip())
        elif day := _DAY_OF_MINUTES.search(line):
            said.setdefault("appraised_on", "/".join(day.groups()))
    return said


def claim(row: NamedRow) -> Step:
    """What the province says of a criterion, and by what it proves it."""
    proof = {"evidence": row.text("evidence"), "evidence_page": row.text("evidence_page")}
    return Step("self", "self", note=row.text("self_note"), **proof)


def appraised(
    row: NamedRow, filled: frozenset[str], title_round: str | None, above: Mapping[str, str]
) -> Iterator[Step]:
    """What was accepted in each round, and what the province explained between them.

    A round whose column is empty throughout has not happened; so has an explanation that says nothing.  above: what is
    said of all rows at once (`stated_above`); its day is that of the last round.
    """
    rounds = {field: number for field, number in {"verified": title_round, **ROUNDS}.items() if field in filled}
    for field, number in rounds.items():
        day = above.get("appraised_on") if field == list(rounds)[-1] else None
        yield Step(
            "verified",
            field,
            appraisal_round=number,
            note=row.text(f"verified_note_{number}") or row.text("verified_note"),
            explanation_asked=None if field == "verified_2" else row.text("explanation_asked"),
            appraising_unit=row.text("appraising_unit") or above.get("appraising_unit"),
            appraised_by=row.text("appraised_by") or above.get("appraised_by"),
            appraised_on=row.text(f"appraised_on_{number}") or row.text("appraised_on") or day,
        )
    explained = [row.text(field) for field in ("explanation_given", "evidence_added", "evidence_added_page")]
    if any(explained):
        yield Step("explanation", None, None, *explained)


def variables(row: NamedRow, filled: frozenset[str]) -> Iterator[Step]:
    """The value that each side gives to a variable of a formula."""
    for field in VARIABLES:
        if field in filled:
            yield Step(
                field,
                field,
                note=row.text("verified_note"),
                variable_code=row.text("variable_code") or row.text("variable_name"),
                variable_name=row.text("variable_name"),
            )
