"""Which form the rows follow, and which row of it each of them is.

In: whole rows. Out: the same rows with their place in the catalogue, by printed code or by label and order.
Not here: putting cut rows together (`seams.py`), and whether too much is missing (`__init__.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from rapidfuzz import fuzz

from orchestration.reading.annex.labels import (
    SURE_LABEL,
    SURE_LABEL_OCR,
    comparable,
    difference_of,
    is_abbreviated,
    is_cut,
    says_the_same,
)
from orchestration.reading.annex.row import ALIGNED, PRINTED, Row
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.catalogue import Form, FormRow

# The key of the period that the text before a block states, if any.
PeriodBefore = Callable[[int], str | None]


# The form of the period gives way to another only if that one places more rows than slips explain.
_ROWS_AGAINST_DATE = 2


def form_of(rows: list[Row], period_before: PeriodBefore = lambda block: None) -> Form:
    """The form that the printed rows follow, by code and label together.

    A later form may hold every row of an earlier one, so of forms that place about as many rows the one in force in
    the report's period counts; without one, the form that asks for the fewest rows that are not there, then the newest.
    """
    labels = {comparable(row.label) for row in rows}

    def agreement(form: Form) -> float:
        """About two for every row that the form explains."""
        by_code = {row.code: row for row in form.rows if row.ordinal == 0}
        known = [(row, by_code[row.code]) for row in rows if row.code in by_code]
        same = sum(comparable(row.label) == target.text or not row.label for row, target in known)
        alike = sum(says_the_same(row.label, target, False) for row, target in known)
        texts = {row.text for row in form.rows}
        uncoded = sum(comparable(row.label) in texts for row in rows if not row.code)
        return same + alike + 2 * uncoded + 0.1 * len(known)

    scores = {form.code: agreement(form) for form in catalogue.forms()}
    near = [form for form in catalogue.forms() if scores[form.code] > max(scores.values()) - 2 * _ROWS_AGAINST_DATE]
    if len(near) > 1 and (period := period_before(rows[0].at)):
        near = [form for form in near if catalogue.is_form_of(form, period)] or near
    return max(
        near, key=lambda form: (scores[form.code], -len({row.text for row in form.rows} - labels), form.first_period)
    )


def align(rows: list[Row], form: Form, fuzzy: bool) -> None:
    """Give every row its place in the catalogue, in the catalogue's order; set target and source.

    A printed code counts when its label agrees. Rows whose code is absent, misread or contradicted by the label are
    placed by label between their neighbours; a row that fits nowhere stays unmatched.
    """
    taken: set[tuple[str, int]] = set()
    places: dict[int, int] = {}
    order = {(row.code, row.ordinal): i for i, row in enumerate(form.rows)}

    def put(at: int, place: int, source: str) -> None:
        rows[at].target, rows[at].source = form.rows[place], source
        taken.add((form.rows[place].code, form.rows[place].ordinal))
        places[at] = place

    parent_printed = ""
    for at, row in enumerate(rows):
        if not row.is_part:
            parent_printed = row.code
        key = (row.parent, row.hint.ordinal if row.hint else row.ordinal) if row.is_part else (row.code, 0)
        if key not in order or key in taken:
            continue
        target = form.rows[order[key]]
        # A printed code vouches for a label that was cut, and in its sequence for one of abbreviations.
        if (
            says_the_same(row.label, target, fuzzy)
            or is_cut(row.label, target)
            or (row.code and is_abbreviated(row.label, target) and _is_in_sequence(rows, at))
        ):
            put(at, order[key], PRINTED if not row.is_part or parent_printed == row.parent else ALIGNED)
            _flag_difference(row)
    for at, row in enumerate(rows):
        if row.target is not None or not row.label:
            continue
        low = max((place for other, place in places.items() if other < at), default=-1)
        high = min((place for other, place in places.items() if other > at), default=len(form.rows))
        free = [i for i in range(low + 1, high) if (form.rows[i].code, form.rows[i].ordinal) not in taken]
        place = _place_of_label(row, free, form, fuzzy)
        if place is not None:
            put(at, place, ALIGNED)
            if row.code and row.code != form.rows[place].code:
                row.flags.append(f"code:corrected_from_{row.code}")
            _flag_difference(row)
        elif fuzzy and len(free) == 1 and high - low == 2 and not row.code and _is_unclear(row, form.rows[free[0]]):
            # Only one row of the form can stand between two that are known.
            put(at, free[0], ALIGNED)
            row.flags.append("label:unclear")


def _is_in_sequence(rows: list[Row], at: int) -> bool:
    """Whether the codes before and after this one are a lower and a higher one."""
    before = next((row.code for row in reversed(rows[:at]) if row.code), "0")
    after = next((row.code for row in rows[at + 1 :] if row.code), "99")
    return _order_of(before) < _order_of(rows[at].code) < _order_of(after)


def _order_of(code: str) -> tuple[int, ...]:
    return tuple(map(int, code.split(".")))


def _is_unclear(row: Row, target: FormRow) -> bool:
    difference = difference_of(comparable(row.label), target.text)
    return difference.known_added < 2


def _flag_difference(row: Row) -> None:
    if not row.label:
        row.flags.append("label:missing")
    elif row.target and not difference_of(comparable(row.label), row.target.text).is_none:
        row.flags.append("label:differs")


def _place_of_label(row: Row, free: list[int], form: Form, fuzzy: bool) -> int | None:
    """The free place whose label this is beyond doubt; a code that says otherwise needs the very words."""
    if not free:
        return None
    printed = comparable(row.label)
    best = max(free, key=lambda i: (fuzz.ratio(printed, form.rows[i].text), -i))
    target = form.rows[best]
    if fuzz.ratio(printed, target.text) < (SURE_LABEL_OCR if fuzzy else SURE_LABEL):
        return None
    if row.code and row.code != target.code and not fuzzy and not difference_of(printed, target.text).is_none:
        return None
    return best if says_the_same(row.label, target, fuzzy) else None


def number_unmatched_parts(rows: list[Row], form: Form) -> None:
    """A part that the form does not know comes after those it knows, so that no two rows share a key."""
    used = Counter({row.parent: 0 for row in rows})
    for form_row in form.rows:
        used[form_row.code] = max(used[form_row.code], form_row.ordinal)
    for row in rows:
        if row.is_part and row.target is None:
            used[row.parent] += 1
            row.ordinal = used[row.parent]
