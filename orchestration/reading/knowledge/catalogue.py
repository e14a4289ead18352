"""What is known beforehand, from the seeds: forms and their rows, header words, provinces and periods.

In: CSV files of dbt_project/seeds. Out: frozen records, folded for comparison. The same files are dbt seeds, so
reading and the warehouse cannot disagree. Not here: any decision about a document.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from rapidfuzz.distance import OSA

from orchestration import paths
from orchestration.reading.knowledge.vietnamese import fold

_WORD = re.compile(r"[^\W\d_]+")
_VOWELS = frozenset("aeiouy")


@dataclass(frozen=True)
class FormRow:
    """One row of a form's annex. ordinal is 0 for a coded row and 1, 2, … for the rows under "Trong đó"."""

    code: str
    ordinal: int
    parent_code: str
    kind: str
    label: str
    unit: str
    text: str  # label, abbreviations written out, folded


@dataclass(frozen=True)
class Form:
    code: str
    first_period: str
    last_period: str
    rows: tuple[FormRow, ...]

    @property
    def by_key(self) -> dict[tuple[str, int], FormRow]:
        return {(row.code, row.ordinal): row for row in self.rows}


@dataclass(frozen=True)
class Province:
    """One period of validity of one unit; both dates inclusive."""

    key: str
    code: str
    name: str
    kind: str
    valid_from: date
    valid_to: date


@dataclass(frozen=True)
class Period:
    key: str
    year: int
    kind: str
    window_end: date
    due: date


def seed(name: str, folder: Path | None = None) -> list[dict[str, str]]:
    """The rows of one seed as text; blank stays an empty string."""
    with ((folder or paths.SEEDS) / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@lru_cache
def abbreviations() -> dict[str, str]:
    return {fold(row["abbreviation"]): fold(row["full_form"]) for row in seed("abbreviations")}


@lru_cache(maxsize=65536)
def expanded(text: str) -> str:
    """Folded text with the field's abbreviations written out, so that `TTHC` and its full form are equal."""
    return " ".join(_written_out(word) for word in fold(text).split())


@lru_cache(maxsize=65536)
def _written_out(word: str) -> str:
    """The full form of an abbreviation; a long one is known with a letter wrong (`VBQPLL`), for it is no word."""
    known = abbreviations()
    if word in known or len(word) < 5:
        return known.get(word, word)
    near = [other for other in known if len(other) >= 5 and OSA.distance(word, other) == 1]
    return known[near[0]] if len(near) == 1 and not _VOWELS & set(word) else word


@lru_cache
def forms() -> tuple[Form, ...]:
    rows: dict[str, list[FormRow]] = {}
    for row in sorted(seed("form_rows"), key=lambda row: (row["form_code"], int(row["position"]))):
        rows.setdefault(row["form_code"], []).append(
            FormRow(
                row["row_code"],
                int(row["ordinal"] or 0),
                row["parent_code"],
                row["row_kind"],
                row["label"],
                row["unit"],
                expanded(row["label"]),
            )
        )
    return tuple(
        Form(row["form_code"], row["first_period_key"], row["last_period_key"], tuple(rows[row["form_code"]]))
        for row in seed("forms")
    )


@lru_cache
def word_pairs() -> dict[tuple[str, str], tuple[str, str]]:
    """Two neighbouring words of the forms' labels, without marks → with the marks that every label gives them."""
    spelt: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for row in seed("form_rows"):
        words = _WORD.findall(row["label"].lower())
        for pair in pairwise(words):
            spelt.setdefault((fold(pair[0]), fold(pair[1])), set()).add(pair)
    return {plain: next(iter(pairs)) for plain, pairs in spelt.items() if len(pairs) == 1}


def with_marks_of_the_forms(text: str) -> str:
    """A text whose word pairs that also stand in the forms get the forms' marks; nothing but marks can change."""
    known, words = word_pairs(), [(match.span(), match.group()) for match in _WORD.finditer(text)]
    letters = list(text)
    for ((start, _), first), ((_, end), second) in pairwise(words):
        spelt = "".join(known.get((fold(first), fold(second)), ()))
        places = [at for at in range(start, end) if text[at].isalpha()]
        if len(spelt) == len(places):
            for at, letter in zip(places, spelt, strict=True):
                letters[at] = letter.upper() if text[at].isupper() else letter
    return "".join(letters)


def is_form_of(form: Form, period_key: str) -> bool:
    """Whether a form is in force in a period; a blank last period is open."""
    ends = {key: period.window_end for key, period in periods().items()}
    last = ends[form.last_period] if form.last_period else date.max
    return period_key in ends and ends[form.first_period] <= ends[period_key] <= last


@lru_cache
def header_names() -> tuple[tuple[str, str, str], ...]:
    """(field, folded name, strength) for every known column title, longest names first."""
    names = [(row["field"], fold(row["name"]), row["strength"]) for row in seed("annex_headers")]
    return tuple(sorted(names, key=lambda name: -len(name[1])))


@lru_cache
def provinces() -> tuple[Province, ...]:
    return tuple(
        Province(
            row["province_key"],
            row["province_code"],
            row["province_name"],
            row["province_type"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max,
        )
        for row in seed("provinces")
    )


@lru_cache
def province_spellings() -> dict[str, str]:
    """Folded spelling → province name, names and aliases together."""
    spellings = {fold(row["alias"]): row["province_name"] for row in seed("province_aliases")}
    spellings.update({fold(province.name): province.name for province in provinces()})
    return spellings


@lru_cache
def periods() -> dict[str, Period]:
    return {
        row["period_key"]: Period(
            row["period_key"],
            int(row["report_year"]),
            row["period_kind"],
            date.fromisoformat(row["window_end_date"]),
            date.fromisoformat(row["due_date"]),
        )
        for row in seed("periods")
    }


def province_named(name: str, on: date) -> Province | None:
    """The unit that bears `name` on a day, or the one that bore it last before, or will first after."""
    bearers = [province for province in provinces() if province.name == name]
    for province in bearers:
        if province.valid_from <= on <= province.valid_to:
            return province
    past = [province for province in bearers if province.valid_to < on]
    return past[-1] if past else (bearers[0] if bearers else None)
