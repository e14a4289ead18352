"""The cheapest improvement equals the best of all sets that there are."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.analysis.lift import Field, Step, cheapest

CENTS = st.integers(1, 60).map(lambda number: Decimal(number) / 20)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Field, list[list[Step]], int]:
    others = tuple(sorted(draw(st.lists(st.integers(40, 100).map(Decimal), min_size=1, max_size=6)), reverse=True))
    points = Decimal(draw(st.integers(40, 95)))
    field = Field(points, Decimal(100), 1 + sum(other > points for other in others), others)
    choices = [
        [Step(f"{number}", gain, gain, cost) for gain, cost in draw(st.lists(st.tuples(CENTS, CENTS), max_size=3))]
        for number in range(draw(st.integers(0, 5)))
    ]
    return field, choices, draw(st.integers(0, len(others)))


def by_brute_force(field: Field, choices: list[list[Step]], places: int) -> Decimal | None:
    """The least cost of all sets, ranked by counting who is above."""
    costs = []
    for chosen in product(*([None, *steps] for steps in choices)):
        taken = [step for step in chosen if step]
        points = field.points + sum(step.gain for step in taken)
        if 1 + sum(other > points for other in field.others) <= field.rank - places:
            costs.append(sum((step.cost for step in taken), Decimal(0)))
    return min(costs, default=None)


@pytest.mark.slow
@settings(max_examples=1500)
@given(cases())
def test_no_cheaper_set_gains_as_many_places(case: tuple[Field, list[list[Step]], int]) -> None:
    field, choices, places = case
    found = cheapest(field, choices, places)
    assert (None if found is None else sum((step.cost for step in found), Decimal(0))) == by_brute_force(*case)
    if found is not None:
        assert len({step.criterion_code for step in found}) == len(found)
        assert field.rank_with(sum((step.gain for step in found), Decimal(0))) <= field.rank - places


def test_it_says_when_there_is_none() -> None:
    field = Field(Decimal(60), Decimal(100), 2, (Decimal(90),))
    assert cheapest(field, [[Step("1", Decimal(1), Decimal(1), Decimal(1))]], 1) is None
    assert cheapest(field, [], 2) is None


def test_who_reaches_another_shares_its_rank() -> None:
    field = Field(Decimal(60), Decimal(80), 2, (Decimal("76.25"),))
    step = Step("1", Decimal(1), Decimal(1), Decimal(1))
    assert field.index(Decimal(1)) == Decimal("76.250000000")
    assert cheapest(field, [[step]], 1) == (step,)
