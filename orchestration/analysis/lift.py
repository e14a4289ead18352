"""The cheapest set of improvements by which a province gains places, all others standing still.

In: the points that a province could have on each criterion, and the index of the others. Out: a set that no cheaper one
equals, or None. Not here: whether the province can do it, and what the others do meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import Any

import duckdb

_INDEX = Decimal("0.000000001")


@dataclass(frozen=True)
class Step:
    """A level that a criterion can be raised to: what it costs in all and what it adds, both above zero."""

    criterion_code: str
    points: Decimal
    gain: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Field:
    """Where a province stands: its points of a total, its rank, and the index of the others in percent."""

    points: Decimal
    total: Decimal
    rank: int
    others: tuple[Decimal, ...]

    def index(self, gain: Decimal = Decimal(0)) -> Decimal:
        """Its index with more points, as the models round it."""
        value = float((self.points + gain) * 100) / float(self.total)
        return Decimal(repr(value)).quantize(_INDEX, ROUND_HALF_EVEN)

    def rank_with(self, gain: Decimal) -> int:
        """Its rank with more points; who has the same index has the same rank."""
        index = self.index(gain)
        return 1 + sum(other > index for other in self.others)


def cheapest(field: Field, choices: Sequence[Sequence[Step]], places: int) -> tuple[Step, ...] | None:
    """The steps, at most one of each choice, that cost least and gain `places`; of equally dear ones, the most points.

    Exact: for every sum of costs the largest gain is kept, choice by choice, unless a cheaper sum gains as much.
    None where even everything together does not do it.
    """
    target = field.rank - places
    front: dict[Decimal, tuple[Decimal, tuple[Step, ...]]] = {Decimal(0): (Decimal(0), ())}
    for steps in choices:
        found = dict(front)
        for cost, (gain, taken) in front.items():
            for step in steps:
                dearer, larger = cost + step.cost, gain + step.gain
                if dearer not in found or found[dearer][0] < larger:
                    found[dearer] = larger, (*taken, step)
        best = Decimal(-1)
        front = {}
        for cost in sorted(found):
            if found[cost][0] > best:
                best, front[cost] = found[cost][0], found[cost]
    for cost in sorted(front):
        gain, taken = front[cost]
        if field.rank_with(gain) <= target:
            return taken
    return None


def field_of(
    connection: duckdb.DuckDBPyConnection, index_code: str, report_year: int, province_key: str
) -> Field | None:
    """None where the province is not ranked."""
    rows = connection.execute(
        """
        select province_key = ?, rank, index_pct, coalesce(points, 0), points_covered + points_not_given, is_simulated
        from marts.mart_national_ranking where index_code = ? and report_year = ? and rank is not null
        """,
        [province_key, index_code, report_year],
    ).fetchall()
    own = next((row for row in rows if row[0]), None)
    if own is None:
        return None
    others = tuple(row[2] for row in rows if not row[0] and row[5] == own[5])
    return Field(points=own[3], total=own[4], rank=own[1], others=others)


def choices_of(
    connection: duckdb.DuckDBPyConnection, index_code: str, report_year: int, province_key: str
) -> list[list[Step]]:
    """For each criterion that has a cost, the levels above its points: the steps of its rule, else its maximum.

    Rules that reckon with shares (a ratio above a floor) have one step, to their maximum.
    """
    rows = connection.execute(_LEVELS, [index_code, report_year, province_key]).fetchall()
    by_criterion: dict[str, list[Any]] = {}
    for row in rows:
        by_criterion.setdefault(row[0], []).append(row)
    choices = []
    for code, levels in by_criterion.items():
        points, cost = levels[0][1], levels[0][2]
        above = sorted({level for _, _, _, level in levels if level > points})
        choices.append(
            [
                Step(code, level, level - points, cost * number)
                for number, (_, level) in enumerate(pairwise([points, *above]), 1)
            ]
        )
    return [steps for steps in choices if steps]


_LEVELS = """
    with scores as (
        select
            score.criterion_code, score.edition_code, coalesce(score.points, 0) as points, score.max_points,
            criterion.scored_by
        from marts.fct_criterion_score as score
        inner join marts.dim_criterion as criterion using (index_code, edition_code, criterion_code)
        where
            index_code = $1 and score.report_year = $2 and score.province_key = $3 and score.is_governing
            and score.is_leaf and score.status in ('given', 'not_given', 'refused')
    ),
    priced as (
        select scores.*, costs.cost_per_step
        from scores
        inner join seeds.improvement_costs as costs
            on
                costs.index_code = $1 and scores.scored_by = costs.scored_by
                and coalesce(costs.criterion_code, scores.criterion_code) = scores.criterion_code
        qualify row_number() over (partition by scores.criterion_code order by costs.criterion_code nulls last) = 1
    ),
    levels as (
        select criterion_code, max_points as level from priced
        union
        select priced.criterion_code, cast(steps.share * priced.max_points as decimal(18, 9))
        from priced
        inner join intermediate.int_rule_steps as steps
            on
                steps.index_code = $1 and priced.edition_code = steps.edition_code
                and priced.criterion_code = steps.criterion_code
    )
    select priced.criterion_code, priced.points, priced.cost_per_step, levels.level
    from priced
    inner join levels using (criterion_code)
    where priced.cost_per_step > 0
    order by all
"""
