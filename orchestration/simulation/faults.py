"""How figures get onto paper, and what goes wrong on the way: every planted fault is a record.

In: what is true (`truth.py`), a form's rows, and habits. Out: Entries, one a row of the form, each with what is
printed, what a faultless reader makes of it, and the Fault planted in it, if any.
Not here: words around the annex and files (`report.py`).

A fault that a rule must find names that rule; a fault that is only odd to look at (`04`, `1 921`, a dash for nothing)
names none, and the reader must not mind it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from orchestration.reading.knowledge import catalogue

NONE, TYPICAL, HOSTILE = "none", "typical", "hostile"


@dataclass(frozen=True)
class Habits:
    """How carefully the nation reports. Shares are of reports; blanks and notes of rows.

    wrong: mean number of wrong figures a report.  varied: whether layout and ways of printing differ.
    """

    late: float = 0.0
    never: float = 0.0
    revised: float = 0.0
    unreadable: float = 0.0
    contradicts: float = 0.0
    old_font: float = 0.0
    decomposed: float = 0.0
    wrong: float = 0.0
    blanks: float = 0.0
    notes: float = 0.0
    varied: bool = False


HABITS = {
    NONE: Habits(),
    TYPICAL: Habits(
        late=0.1,
        never=0.03,
        revised=0.05,
        unreadable=0.01,
        contradicts=0.04,
        old_font=0.03,
        decomposed=0.05,
        wrong=0.3,
        blanks=0.01,
        notes=0.04,
        varied=True,
    ),
    HOSTILE: Habits(
        late=0.25,
        never=0.08,
        revised=0.2,
        unreadable=0.08,
        contradicts=0.25,
        old_font=0.2,
        decomposed=0.25,
        wrong=3.0,
        blanks=0.05,
        notes=0.15,
        varied=True,
    ),
}


@dataclass(frozen=True)
class Fault:
    """One planted fault. rules: the findings it must lead to, by rule; finding_keys: the indicators they name."""

    kind: str
    code: str = ""
    ordinal: int = 0
    indicator_key: str = ""
    printed: str = ""
    true: str = ""
    rules: tuple[str, ...] = ()
    finding_keys: str = ""


@dataclass(frozen=True)
class Entry:
    """One row of an annex. value, text, is_missing: what a faultless reader makes of `printed`; all empty in a heading.

    left_out: the row is in the form but not in the report.  code, label: as the form has them, or invented.
    """

    code: str
    ordinal: int
    label: str
    unit: str
    indicator_key: str
    printed: str = ""
    note: str = ""
    value: Decimal | None = None
    text: str | None = None
    is_missing: bool = False
    true: Decimal | None = None
    is_heading: bool = False
    left_out: bool = False
    fault: Fault | None = None

    @property
    def number(self) -> Decimal:
        """The value of an entry that has one. Raises ValueError for one that has none."""
        if self.value is None:
            raise ValueError(f"{self.code} has no value")
        return self.value


@dataclass(frozen=True)
class Hand:
    """How one report prints figures."""

    thousands: str = "."
    zero_padded: bool = False
    percent_sign: bool = False
    full_decimals: bool = False


def hand(draw: random.Random, habits: Habits) -> Hand:
    if not habits.varied:
        return Hand()
    return Hand(draw.choice(("", ".", ".", ".", " ")), draw.random() < 0.5, draw.random() < 0.4, draw.random() < 0.3)


def entries(
    form_rows: Sequence[Mapping[str, str]],
    true: Mapping[str, Decimal],
    draw: random.Random,
    habits: Habits,
    annual: bool,
) -> list[Entry]:
    """Every row of the form as one report states it."""
    style = hand(draw, habits)
    rows = [_entry(row, true, style) for row in form_rows]
    return _with_wrong_figures(_with_oddities(rows, draw, habits), draw, habits, style, annual)


def _entry(row: Mapping[str, str], true: Mapping[str, Decimal], style: Hand) -> Entry:
    key = row["indicator_key"]
    entry = Entry(row["row_code"], int(row["ordinal"] or 0), row["label"], row["unit"], key)
    if _kind(key) == "heading":
        return replace(entry, is_heading=True)
    value = true[key]
    return replace(entry, printed=printed(value, _kind(key), style), value=value, true=value)


def printed(value: Decimal, kind: str, style: Hand) -> str:
    """A figure the Vietnamese way: 1921 → `1.921`, 7.03 → `7,03`, 4 → `04`, 92 percent → `92%`."""
    if kind == "percent":
        text = f"{value:.2f}"
        if not style.full_decimals:
            text = text.rstrip("0").rstrip(".")
        return text.replace(".", ",") + ("%" if style.percent_sign else "")
    number = int(value)
    if kind == "count" and number < 10 and style.zero_padded:
        return f"{number:02d}"
    return f"{number:,}".replace(",", style.thousands)


@lru_cache
def _indicators() -> dict[str, dict[str, str]]:
    return {row["indicator_key"]: row for row in catalogue.seed("indicators")}


def _kind(key: str) -> str:
    return _indicators()[key]["value_kind"]


# --- what is odd, but right -----------------------------------------------------------------------------------------

_NOTES = ("Lũy kế đến kỳ báo cáo", "Chưa gồm cấp xã", "Số liệu tạm tính", "Theo dõi riêng")
_NOTHING = ("", "", "-", "–", "…")


def _with_oddities(rows: list[Entry], draw: random.Random, habits: Habits) -> list[Entry]:
    """Rows left blank, and notes."""
    done = []
    for row in rows:
        blank, noted = draw.random() < habits.blanks, draw.random() < habits.notes
        nothing, note = draw.choice(_NOTHING), draw.choice(_NOTES)
        if row.is_heading:
            done.append(row)
            continue
        changed = replace(row, note=note) if noted else row
        if blank:
            fault = Fault("blank", row.code, row.ordinal, row.indicator_key, nothing, f"{row.true}")
            changed = replace(changed, printed=nothing, value=None, is_missing=True, fault=fault)
        done.append(changed)
    return done


# --- what is wrong --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Identity:
    key: str
    kind: str
    severity: str
    total: str
    parts: tuple[str, ...]

    @property
    def rule(self) -> str:
        return "identity_broken" if self.severity == "error" else "identity_doubtful"

    @property
    def finding_keys(self) -> str:
        return " ".join((self.total, *sorted(self.parts)))


@lru_cache
def identities() -> tuple[Identity, ...]:
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in catalogue.seed("arithmetic"):
        grouped.setdefault(row["identity_key"], []).append(row)
    return tuple(
        Identity(
            key,
            rows[0]["identity_kind"],
            rows[0]["severity"],
            rows[0]["total_indicator_key"],
            tuple(row["part_indicator_key"] for row in rows),
        )
        for key, rows in grouped.items()
    )


@lru_cache
def _mentions(key: str) -> int:
    """In how many identities an indicator stands."""
    return sum(key == identity.total or key in identity.parts for identity in identities())


def _with_wrong_figures(
    rows: list[Entry], draw: random.Random, habits: Habits, style: Hand, annual: bool
) -> list[Entry]:
    wanted = _poisson(draw, habits.wrong)
    touched: set[str] = {row.indicator_key for row in rows if row.fault}
    for _ in range(wanted):
        plant = draw.choice(_PLANTS)
        rows = plant(rows, touched, draw, style, annual) or rows
    return rows


def _poisson(draw: random.Random, mean: float) -> int:
    count, left = 0, draw.expovariate(1.0) if mean else 1.0
    while mean and left < mean:
        count += 1
        left += draw.expovariate(1.0)
    return count


def _replaced(rows: list[Entry], changed: Entry, touched: set[str]) -> list[Entry]:
    touched.add(changed.indicator_key)
    at = next(at for at, row in enumerate(rows) if (row.code, row.ordinal) == (changed.code, changed.ordinal))
    return [*rows[:at], changed, *rows[at + 1 :]]


def _fault(row: Entry, kind: str, text: str, rules: tuple[str, ...], keys: str | None = None) -> Fault:
    return Fault(kind, row.code, row.ordinal, row.indicator_key, text, f"{row.true}", rules, keys or row.indicator_key)


def _free(rows: list[Entry], touched: set[str], kinds: tuple[str, ...], *, apart: bool = True) -> list[Entry]:
    """Rows of these kinds that no fault has touched; apart: that stand in no identity."""
    return [
        row
        for row in rows
        if not row.is_heading
        and row.indicator_key not in touched
        and row.value is not None
        and not row.left_out
        and _kind(row.indicator_key) in kinds
        and not (apart and _mentions(row.indicator_key))
    ]


_Rows = list[Entry]


def _broken_identity(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    """A part that no longer adds up to its total, or that is more than it."""
    by_key = {row.indicator_key: row for row in rows if not row.is_heading and row.value is not None}
    choices = []
    for identity in identities():
        members = (identity.total, *identity.parts)
        if touched & set(members) or any(key not in by_key for key in members):
            continue
        for part in identity.parts:
            # A flow too high in a part of the year would also contradict the rest of the year.
            if _mentions(part) == 1 and (annual or _indicators()[part]["measure_kind"] == "stock"):
                choices.append((identity, part))
    if not choices:
        return None
    identity, part = draw.choice(choices)
    row = by_key[part]
    others = sum(by_key[key].number for key in identity.parts if key != part)
    excess = draw.randint(1, 9)
    value = row.number + excess if identity.kind == "sum_equals" else by_key[identity.total].number - others + excess
    text = printed(value, "count", style)
    kind = "sum_broken" if identity.kind == "sum_equals" else "part_exceeds_total"
    touched |= set(identity.parts) | {identity.total}
    fault = _fault(row, kind, text, (identity.rule,), identity.finding_keys)
    return _replaced(rows, replace(row, printed=text, value=value, fault=fault), touched)


def _out_of_range(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    choices = _free(rows, touched, ("percent",))
    if not choices:
        return None
    row = draw.choice(choices)
    value = Decimal(draw.randint(10_100, 19_900)) / 100
    text = printed(value, "percent", style)
    return _replaced(
        rows,
        replace(row, printed=text, value=value, fault=_fault(row, "out_of_range", text, ("out_of_range",))),
        touched,
    )


def _decimal_point(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    choices = [row for row in _free(rows, touched, ("percent",)) if row.number != row.number.to_integral_value()]
    if not choices:
        return None
    row = draw.choice(choices)
    text = f"{row.value:.2f}".rstrip("0")
    return _replaced(
        rows, replace(row, printed=text, fault=_fault(row, "decimal_point", text, ("decimal_point",))), touched
    )


def _english_number(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    choices = [row for row in _free(rows, touched, ("count",), apart=False) if row.number >= 1_000_000]
    if not choices:
        return None
    row = draw.choice(choices)
    text = f"{int(row.number):,}"
    return _replaced(
        rows, replace(row, printed=text, fault=_fault(row, "english_number", text, ("english_number",))), touched
    )


def _read_by_kind(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    choices = [row for row in _free(rows, touched, ("count",), apart=False) if 1_000 <= row.number < 1_000_000]
    if not choices:
        return None
    row = draw.choice(choices)
    text = f"{int(row.number):,}"
    fault = _fault(row, "number_read_by_kind", text, ("number_read_by_kind",))
    return _replaced(rows, replace(row, printed=text, fault=fault), touched)


_WORDS = ("Đang tổng hợp", "Chưa thống kê", "Xem phần lời văn")


def _words(rows: _Rows, touched: set[str], draw: random.Random, style: Hand, annual: bool) -> _Rows | None:
    choices = _free(rows, touched, ("count", "percent"), apart=False)
    if not choices:
        return None
    row, text = draw.choice(choices), draw.choice(_WORDS)
    fault = _fault(row, "words", text, ("not_a_number",))
    return _replaced(rows, replace(row, printed=text, value=None, text=text, fault=fault), touched)


def _code_outside(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    choices = _free(rows, touched, ("code",))
    if not choices:
        return None
    row, text = draw.choice(choices), str(draw.randint(3, 9))
    rules = ("code_outside_options", *(("out_of_range",) if _indicators()[row.indicator_key]["max_value"] else ()))
    fault = _fault(row, "code_outside_options", text, rules)
    return _replaced(rows, replace(row, printed=text, value=Decimal(text), fault=fault), touched)


def _fraction(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    choices = [
        row for row in _free(rows, touched, ("count",)) if _indicators()[row.indicator_key]["measure_kind"] == "stock"
    ]
    if not choices:
        return None
    row = draw.choice(choices)
    value = Decimal(int(row.number) % 1_000) + Decimal("0.5")
    text = f"{value:.1f}".replace(".", ",")
    fault = _fault(row, "fraction", text, ("count_not_whole",))
    return _replaced(rows, replace(row, printed=text, value=value, fault=fault), touched)


def _row_left_out(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    parents = {row.code for row in rows if row.ordinal}
    choices = [
        row
        for row in _free(rows, touched, ("count", "percent", "code"), apart=False)
        if not row.ordinal and row.code not in parents and row is not rows[-1]
    ]
    if not choices:
        return None
    row = draw.choice(choices)
    fault = _fault(row, "row_left_out", "", ("row_missing",))
    return _replaced(rows, replace(row, printed="", value=None, left_out=True, fault=fault), touched)


_INVENTED = (
    ("Số sáng kiến được nhân rộng", "Sáng kiến"),
    ("Số lớp bồi dưỡng đã mở", "Lớp"),
    ("Số bài viết tuyên truyền đã đăng", "Bài viết"),
)


def _extra_row(
    rows: list[Entry], touched: set[str], draw: random.Random, style: Hand, annual: bool
) -> list[Entry] | None:
    """A row of the province's own at the end of the first area."""
    if "_extra" in touched:
        return None
    touched.add("_extra")
    label, unit = draw.choice(_INVENTED)
    at = next(at for at, row in enumerate(rows) if row.code.startswith("2"))
    last = max(int(row.code.split(".")[1]) for row in rows[:at] if row.code.count(".") == 1)
    code, text = f"1.{last + 1}", str(draw.randint(10, 99))
    fault = Fault("extra_row", code, 0, "", text, "", ("unmatched_row",))
    return [*rows[:at], Entry(code, 0, label, unit, "", text, is_heading=True, fault=fault), *rows[at:]]


_PLANTS = (
    _broken_identity,
    _broken_identity,
    _broken_identity,
    _out_of_range,
    _decimal_point,
    _english_number,
    _read_by_kind,
    _words,
    _code_outside,
    _fraction,
    _row_left_out,
    _extra_row,
)
