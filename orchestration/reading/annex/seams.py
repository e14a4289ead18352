"""Rows cut by a page end, put together, and which rows are parts of the one before them.

In: the rows of one annex as printed, and its form. Out: whole rows, each with what its text was recognised as.
Not here: which row of the form each of them is in the end (`align.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from orchestration.reading.annex.labels import (
    SAME_LABEL_OCR,
    SURE_LABEL,
    comparable,
    difference_of,
    known_labels,
    likeness,
)
from orchestration.reading.annex.row import FIELDS, Row, code_of
from orchestration.reading.knowledge.catalogue import Form, FormRow
from orchestration.reading.knowledge.vietnamese import fold, nfkc

_PART_MARK = re.compile(r"^[-+*•–]$|^[a-zđ][).]?$", re.IGNORECASE)
# Two halves belong together if the whole is this much nearer to a known label than each half.
LEAST_GAIN = 2.0
NEARLY_WHOLE = 97.0


def join(first: str, second: str, target: str = "", words: frozenset[str] = frozenset()) -> tuple[str, bool]:
    """Two halves of a cell as one text, and whether letters were dropped.

    The break may stand between words or inside one, and an OCR text may repeat a few letters at the seam; the
    reading nearest to the catalogue's text wins. Free text has no catalogue: its halves are one word if together
    they make one of `words` and apart they do not.
    """
    if not first or not second:
        return first or second, False
    if not fold(second):
        return f"{first}{second}", False  # closing marks follow their word without a space
    tail = second.split(" ", 1)[1] if " " in second else ""
    readings = [(f"{first} {second}", False), (f"{first}{second}", False)]
    if not target:
        left = first.rsplit(maxsplit=1)[-1].lower()
        right = second.split(maxsplit=1)[0].lower().strip(".,;:()")
        inside = left + right in words and not (left in words and right in words)
        return readings[1 if inside else 0]
    if tail and len(second.split(" ", 1)[0]) <= 3:
        readings.append((f"{first} {tail}", True))
    scores = [fuzz.ratio(nfkc(text).lower(), nfkc(target).lower()) for text, _ in readings]
    best = max(range(len(readings)), key=lambda i: (scores[i], -i))
    if readings[best][1] and scores[best] < 99:
        best = max((0, 1), key=lambda i: (scores[i], -i))
    return readings[best]


@dataclass(frozen=True)
class _Context:
    """What is known while rows are put together: the form, where each of its rows stands, the words in use."""

    form: Form
    order: dict[tuple[str, int], int]
    words: frozenset[str]


def whole_rows(rows: list[Row], form: Form) -> list[Row]:
    """Logical rows: cut rows joined, "Trong đó" rows marked as parts of the coded row before them.

    A row without a code is compared with the rows of the form that may stand there: those after the last row that
    was recognised and before the next printed code.
    """
    context = _context(rows, form)
    _join_part_words(rows)
    rows = _with_ends(rows, context)
    whole: list[Row] = []
    pending: Row | None = None
    parent, ordinal, place, in_parts = "", 0, -1, False
    for position, second in enumerate(rows):
        row = second
        if pending is not None:
            open_rows = _open_rows(place, rows, position, context)
            row, pending = _joined(pending, second, _goal_of(pending, second, open_rows, context), context), None
        if row.code:
            parent, ordinal, in_parts = row.code, 0, False
            row.hint = _row_of_code(row, context)
            place = context.order.get((row.code, 0), place) if row.hint else place
            whole.append(row)
            continue
        if row.starts_parts and not _says_more_than_code(row):
            in_parts = True  # "Trong đó" on a line of its own, with nothing else on it
            continue
        open_rows = _open_rows(place, rows, position, context)
        following = rows[position + 1] if position + 1 < len(rows) else None
        kind, hint = _kind_of_uncoded(row, whole, following, open_rows, in_parts=in_parts, context=context)
        if kind == "before":
            pending = row
        elif kind == "after":
            previous = whole[-1]
            goals = _goals_of_previous(previous, open_rows, context)
            whole[-1] = _joined(previous, row, _best_goal(previous, row, goals), context)
            if whole[-1].hint and not whole[-1].code:
                place = max(place, context.order[whole[-1].hint.code, whole[-1].hint.ordinal])
        else:
            row.hint = hint
            if hint and not hint.ordinal:
                # A row of its own whose code is not printed: what follows "Trong đó" belongs to it.
                parent, ordinal, in_parts, row.is_part = hint.code, 0, False, False
            elif kind == "part":
                parent = hint.code if hint else parent
                ordinal += 1
                row.is_part, row.parent, row.ordinal, in_parts = True, parent, ordinal, True
            place = context.order[hint.code, hint.ordinal] if hint else place
            whole.append(row)
    if pending is not None:
        whole.append(pending)
    return whole


def _context(rows: list[Row], form: Form) -> _Context:
    order = {(row.code, row.ordinal): i for i, row in enumerate(form.rows)}
    words = frozenset(word for row in rows for text in row.texts.values() for word in text.lower().split())
    return _Context(form, order, words | _form_words(form))


def _says_more_than_code(row: Row) -> bool:
    return any(row.texts[field] for field in FIELDS if field != "code")


def _with_ends(rows: list[Row], context: _Context) -> list[Row]:
    """The rows; of those that a page end cut so that only figure, code and last marks of a label follow, one of two."""
    whole: list[Row] = []
    for row in rows:
        is_end = bool(whole) and _is_end_of(whole[-1], row, context)
        whole.append(_joined(whole.pop(), row, _row_of_code(row, context), context) if is_end else row)
    return whole


def _is_end_of(first: Row, second: Row, context: _Context) -> bool:
    if first.code or first.has_value or not second.label or fold(second.label):
        return False
    if not second.code:
        return second.after_break and comparable(first.label) in known_labels()
    target = _row_of_code(second, context)
    return target is not None and comparable(first.label) == target.text


def _join_part_words(rows: list[Row]) -> None:
    """`Trong` at the foot of a page and `đó` at the head of the next are one "Trong đó"."""
    for first, second in pairwise(rows):
        parts = fold(first.texts["code"]), fold(second.texts["code"])
        if second.after_break and parts in (("trong", "do"), ("trong", "so")):
            first.texts["code"], second.texts["code"] = f"{first.texts['code']} {second.texts['code']}", ""
            first.is_part = first.starts_parts = True


@lru_cache
def _form_words(form: Form) -> frozenset[str]:
    texts = (nfkc(f"{row.label} {row.unit}").lower() for row in form.rows)
    return frozenset(word.strip(".,;:()") for text in texts for word in text.split())


def _row_of_code(row: Row, context: _Context) -> FormRow | None:
    """The form row with this code, unless the label is that of another."""
    at = context.order.get((row.code, 0))
    return None if at is None or _is_another(row.label, context.form.rows[at]) else context.form.rows[at]


def _is_another(label: str, target: FormRow) -> bool:
    text = comparable(label)
    return text != target.text and text in known_labels()


def _open_rows(place: int, rows: list[Row], position: int, context: _Context) -> list[FormRow]:
    """The form rows that may stand between the last recognised row and the next printed code."""
    end = len(context.form.rows)
    for later in rows[position + 1 :]:
        if later.code:
            at = context.order.get((later.code, 0))
            if at is not None and at > place and not _is_another(later.label, context.form.rows[at]):
                end = at
                break
    return list(context.form.rows[place + 1 : end])


def _goals_of_previous(previous: Row, open_rows: list[FormRow], context: _Context) -> list[FormRow]:
    """The form rows that the row read last can turn out to be once it is whole."""
    if previous.hint is None:
        return [] if previous.code else open_rows
    if comparable(previous.label) == previous.hint.text:
        return []
    if previous.code:
        return [previous.hint]
    at = context.order[previous.hint.code, previous.hint.ordinal]
    return [previous.hint, *(other for other in open_rows if context.order[other.code, other.ordinal] > at)]


def _gain_before(row: Row, following: Row, open_rows: list[FormRow], context: _Context) -> float:
    """As `_gain`, for the row and the one after it; a code that waits for its label takes it."""
    if following.code:
        at = context.order.get((following.code, 0))
        if at is None:
            return 0.0
        goal = context.form.rows[at]
        if not following.label:
            return max(0.0, likeness(row.label, goal.text) - SAME_LABEL_OCR)
        return _gain(row, following, [goal])
    if any(comparable(following.label) == other.text for other in open_rows):
        return 0.0
    return _gain(row, following, open_rows)


def _goal_of(first: Row, second: Row, open_rows: list[FormRow], context: _Context) -> FormRow | None:
    """The form row that two halves make, the second of which may bear the code."""
    if not second.code:
        return _best_goal(first, second, open_rows)
    at = context.order.get((second.code, 0))
    return None if at is None else context.form.rows[at]


def _best_goal(first: Row, second: Row, goals: list[FormRow]) -> FormRow | None:
    if not goals:
        return None
    return max(goals, key=lambda goal: likeness(join(first.label, second.label, goal.label)[0], goal.text))


def _gain(first: Row, second: Row, goals: list[FormRow]) -> float:
    """How much nearer to a form row two halves are together than the better of them alone, 0 if not clearly."""
    best = 0.0
    for goal in goals:
        joined = likeness(join(first.label, second.label, goal.label)[0], goal.text)
        gain = joined - max(likeness(first.label, goal.text), likeness(second.label, goal.text))
        # The last letters of a long label weigh little, but they make it whole.
        if gain > (LEAST_GAIN if joined < NEARLY_WHOLE else 0.3):
            best = max(best, gain)
    return best


def _unit_gain(first: Row, second: Row, goal: FormRow | None) -> float:
    if goal is None or not goal.unit or not second.texts["unit"]:
        return -1.0
    unit = fold(goal.unit)
    both = fold(join(first.texts["unit"], second.texts["unit"], goal.unit)[0])
    return fuzz.ratio(both, unit) - fuzz.ratio(fold(first.texts["unit"]), unit)


def _kind_of_uncoded(
    row: Row,
    whole: list[Row],
    following: Row | None,
    open_rows: list[FormRow],
    *,
    in_parts: bool,
    context: _Context,
) -> tuple[str, FormRow | None]:
    """What a row without a code is, and the form row it was recognised as: a row of its own (`own`), a `part`, the
    rest of the row before (`after`), the beginning of the next (`before`), or `alone`."""
    parts = [other for other in open_rows if other.ordinal]
    if row.starts_parts:
        return "part", _recognised(row.label, parts or open_rows)
    label, marked = row.label, bool(_PART_MARK.match(row.texts["code"]))
    previous = whole[-1] if whole else None
    only_marks = bool(label) and not fold(label) and not row.texts["code"]
    if previous is not None and only_marks and not (row.has_value and previous.has_value):
        return "after", None  # only the closing marks of a label, and perhaps its figure, stand on the next page
    if exact := next((other for other in open_rows if label and comparable(label) == other.text), None):
        if following is not None and following.starts_parts and not following.label and not row.has_value:
            return "before", None  # "Trong đó" and the figure stand on the next page
        return ("part" if exact.ordinal else "own"), exact
    if half := _half_of(row, previous, following, open_rows, context):
        return half, None
    hint = _recognised(label, open_rows)
    if hint:
        return ("part" if hint.ordinal else "own"), hint
    if (
        (in_parts or marked)
        and label
        and (row.has_value or row.texts["unit"])
        and not (row.after_break and not row.has_value)
    ):
        return "part", None
    if label and parts and max(likeness(label, other.text) for other in parts) >= SAME_LABEL_OCR:
        return "part", None
    if previous is not None and _may_be_one(previous, row) and (not label or (row.after_break and not previous.hint)):
        return "after", None
    return "alone", None


def _half_of(
    row: Row, previous: Row | None, following: Row | None, open_rows: list[FormRow], context: _Context
) -> str | None:
    """`after` or `before` where a row is nearer to a form row together with the one before it, or the next."""
    gain_after = gain_before = 0.0
    if previous is not None and _may_be_one(previous, row):
        goals = _goals_of_previous(previous, open_rows, context)
        gain_after = _gain(previous, row, goals) if row.label else _unit_gain(previous, row, previous.hint)
    if following is not None and row.label and not row.texts["code"] and not (row.has_number and following.has_number):
        gain_before = _gain_before(row, following, open_rows, context)
    if gain_after > 0 and gain_after >= gain_before:
        return "after"
    return "before" if gain_before > 0 else None


def _may_be_one(previous: Row, row: Row) -> bool:
    """Whether a row can be the rest of the one before it: it has no code and not a second figure."""
    return not row.texts["code"] and not (row.has_number and previous.has_number)


def _recognised(label: str, open_rows: list[FormRow]) -> FormRow | None:
    """The first of the form's next rows whose label this is, a slip of the pen aside."""
    if not label or not open_rows:
        return None
    best = max(open_rows, key=lambda other: likeness(label, other.text))
    return (
        best
        if likeness(label, best.text) >= SURE_LABEL and difference_of(comparable(label), best.text).is_none
        else None
    )


def _joined(first: Row, second: Row, target: FormRow | None, context: _Context) -> Row:
    """One row of two halves; the place is the first half's, `joined` says that it went on."""
    texts, flags = {}, [*first.flags, *second.flags]
    for field in FIELDS:
        goal = {"label": target.label, "unit": target.unit}.get(field, "") if target else ""
        a, b = first.texts[field], second.texts[field]
        if field == "code" and a and b:
            texts[field] = a if code_of(a) or not code_of(b) else b
            continue
        if goal and field == "unit" and likeness(f"{a}{b}", fold(goal)) < SAME_LABEL_OCR:
            goal = ""  # a plan's title stands where the unit would
        texts[field], dropped = join(a, b, goal, context.words)
        if field == "value" and a and b:
            flags.append("value:joined")
        if dropped:
            flags.append(f"{field}:letters_dropped_at_seam")
    cells = {**second.cells, **{field: cell for field, cell in first.cells.items() if first.texts[field]}}
    return replace(
        first,
        texts=texts,
        flags=[*flags, "joined"],
        cells=cells,
        is_part=first.is_part or second.is_part,
        starts_parts=first.starts_parts or second.starts_parts,
        hint=target or first.hint,
    )
