"""Rules and ranking as claims: bounds, edges and order for every kind of rule, against an oracle with exact fractions.

The SQL is the models' own, compiled by dbt and run on small tables (`score_sql.py`). A mutation run changes that SQL
one operator at a time and asks whether these cases notice.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from score_sql import (
    Case,
    Figure,
    Rule,
    Scored,
    compiled,
    expected_points,
    expected_ranking,
    points_of,
    points_of_sheets,
    ranking_of,
)

pytestmark = pytest.mark.slow

STEPS = ((Fraction(20), Fraction(1, 2)), (Fraction(30), Fraction(1)))
RULES = {
    "ratio_floor": Rule(
        "ratio_floor", Fraction(3, 2), ("a",), ("b",), floor=Fraction(80), full=Fraction(100), nothing="full"
    ),
    "ratio_floor_not_covered": Rule(
        "ratio_floor", Fraction(3, 2), ("a",), ("b",), floor=Fraction(80), full=Fraction(95)
    ),
    "percent_with_floor": Rule("ratio_floor", Fraction(1), ("a",), floor=Fraction(95), full=Fraction(100)),
    "mean_with_floor": Rule(
        "ratio_floor", Fraction(1), ("a", "b"), combine="mean", floor=Fraction(40), full=Fraction(90)
    ),
    "ratio_at_most": Rule("ratio_at_most", Fraction(1), ("a",), ("b",), full=Fraction(100)),
    "ratio_steps": Rule("ratio_steps", Fraction(1), ("a",), ("b", "c"), steps=STEPS),
    "falling_steps": Rule(
        "count_steps",
        Fraction(1),
        ("a",),
        steps=((Fraction(0), Fraction(1)), (Fraction(5), Fraction(1, 2)), (Fraction(10), Fraction(0))),
    ),
    "count_steps": Rule(
        "count_steps", Fraction(1), ("a",), steps=((Fraction(1), Fraction(1, 2)), (Fraction(2), Fraction(1)))
    ),
    "growth_steps": Rule(
        "growth_steps",
        Fraction(3, 2),
        ("a",),
        ("b",),
        steps=((Fraction(5), Fraction(1, 2)), (Fraction(10), Fraction(1))),
    ),
    "yes_no": Rule("yes_no", Fraction(1), ("a",), full=Fraction(1)),
    "none_or_zero": Rule("none_or_zero", Fraction(1), ("a", "b")),
    "linear": Rule("linear", Fraction(2), ("a",), floor=Fraction(2), full=Fraction(10)),
    "linear_ratio": Rule("linear", Fraction(2), ("a",), ("b",), floor=Fraction(0), full=Fraction(100)),
}
FIGURES = st.one_of(st.none(), st.integers(0, 120).map(Fraction), st.integers(0, 12000).map(lambda n: Fraction(n, 100)))


def cases(rule: Rule, draws: list[tuple], impossible: frozenset[str] = frozenset()) -> list[Case]:
    keys = (*rule.numerators, *rule.denominators)
    return [Case(rule, tuple(zip(keys, draw, strict=False)), impossible) for draw in draws]


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(draws=st.lists(st.tuples(FIGURES, FIGURES, FIGURES), min_size=10, max_size=25))
def test_points_are_those_of_the_rule_and_within_bounds(name: str, draws: list[tuple]) -> None:
    rule = RULES[name]
    given_cases = cases(rule, draws)
    for case, found in zip(given_cases, points_of(given_cases), strict=True):
        expected = expected_points(case)
        assert (found is None) == (expected is None), case
        if found is not None:
            assert abs(found - expected) < Fraction(1, 10**8), case
            assert 0 <= found <= rule.maximum


ANY_NUMBER = st.decimals(-(10**6), 10**6, places=6, allow_nan=False).map(Fraction)
ANY_FIGURE = st.one_of(
    st.none(),
    st.sampled_from(
        [Fraction(n) for n in (0, 100, -1, 10**18 - 1, 1 - 10**18)] + [Fraction(1, 10**6), Fraction(-1, 10**6)]
    ),
    ANY_NUMBER,
    st.integers(1 - 10**18, 10**18 - 1).map(Fraction),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_no_figures_and_no_rule_whatsoever_give_points_outside_their_bounds(data: st.DataObject) -> None:
    """Also thresholds the wrong way round, shares above all, figures of 18 digits and figures below nothing."""
    kinds = sorted({rule.kind for rule in RULES.values()})
    drawn = []
    for _ in range(20):
        floor, full = data.draw(ANY_NUMBER), data.draw(ANY_NUMBER)
        steps = data.draw(st.lists(st.tuples(st.integers(-100, 100), st.integers(-3, 3)), max_size=6))
        rule = Rule(
            data.draw(st.sampled_from(kinds)),
            data.draw(st.sampled_from([Fraction(0), Fraction(3, 2), Fraction(1, 3), Fraction(100)])),
            data.draw(st.sampled_from([("a",), ("a", "b")])),
            data.draw(st.sampled_from([(), ("c",)])),
            data.draw(st.sampled_from(["sum", "mean"])),
            floor,
            full or Fraction(1),
            tuple((Fraction(at), Fraction(share)) for at, share in steps),
            data.draw(st.sampled_from(["full", "not_covered"])),
        )
        impossible = data.draw(st.sampled_from([frozenset(), frozenset("a"), frozenset("bc")]))
        drawn += cases(rule, [data.draw(st.tuples(ANY_FIGURE, ANY_FIGURE, ANY_FIGURE))], impossible)
    for case, points in zip(drawn, points_of(drawn), strict=True):
        assert points is None or 0 <= points <= case.rule.maximum, case
        if case.impossible & {*case.rule.numerators, *case.rule.denominators}:
            assert points is None, case


PRINTED = st.one_of(
    st.none(),
    st.sampled_from(
        [Decimal(text) for text in ("0", "-0.000000001", "1.5", "1.500000001", "5", "100", "-5", "15", "843")]
    ),
    st.decimals(-(10**14), 10**14, places=9, allow_nan=False),
    st.decimals(-1, 6, places=2, allow_nan=False),
)
FIGURES_OF_SHEETS = st.builds(
    Figure,
    st.sampled_from(["self", "verified", "points", "published", "mean", "sipas"]),
    PRINTED,
    PRINTED,
    st.one_of(st.none(), PRINTED),
    st.sampled_from([Decimal(text) for text in ("0", "0.333333333", "1.5", "100")]),
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(figures=st.lists(FIGURES_OF_SHEETS, min_size=10, max_size=30))
def test_no_sheet_whatsoever_gives_points_outside_their_bounds(figures: list[Figure]) -> None:
    for figure, (status, points, is_used) in zip(figures, points_of_sheets(figures), strict=True):
        assert status == expected_status(figure), figure
        assert (points is not None) == is_used == (status == "given"), figure
        assert points is None or 0 <= points <= (10 if figure.measure == "sipas" else figure.maximum), figure


def expected_status(figure: Figure) -> str:
    if figure.value is None:
        return "not_given"
    if figure.measure in ("mean", "sipas"):
        scale = figure.scale if figure.measure == "mean" else Decimal(100)
        if scale is None or scale <= 0 or not 0 <= figure.value <= scale:
            return "refused"
        return "refused" if figure.error is not None and not 0 <= figure.error <= scale else "given"
    return "given" if 0 <= figure.value <= figure.maximum else "refused"


@pytest.mark.parametrize("name", RULES)
def test_an_impossible_figure_feeds_no_rule(name: str) -> None:
    rule = RULES[name]
    figures = (Fraction(90), Fraction(100), Fraction(0))
    for key in (*rule.numerators, *rule.denominators):
        assert points_of(cases(rule, [figures], frozenset(key))) == [None]


@pytest.mark.parametrize(
    "name", ["ratio_floor", "percent_with_floor", "ratio_steps", "count_steps", "growth_steps", "linear", "yes_no"]
)
def test_more_done_never_gives_fewer_points(name: str) -> None:
    rule = RULES[name]
    rising = [Case(rule, (("a", Fraction(n)), ("b", Fraction(50)), ("c", Fraction(50)))) for n in range(0, 121, 4)]
    points = [value for value in points_of(rising) if value is not None]
    assert len(points) == len(rising)
    assert points == sorted(points)


@pytest.mark.parametrize(
    ("done", "due", "points"),
    [
        ("80", "100", Fraction(6, 5)),
        ("79.99", "100", Fraction(0)),
        ("100", "100", Fraction(3, 2)),
        ("120", "100", Fraction(3, 2)),
        ("0", "0", Fraction(3, 2)),
        ("31", "36", Fraction(31, 24)),
        (None, "36", None),
        ("31", None, None),
    ],
)
def test_the_floor_counts_and_a_hundredth_below_does_not(
    done: str | None, due: str | None, points: Fraction | None
) -> None:
    figures = tuple(None if text is None else Fraction(text) for text in (done, due))
    [found] = points_of(cases(RULES["ratio_floor"], [figures]))
    assert found == points or abs(found - points) < Fraction(1, 10**8)


# --- ranking ----------------------------------------------------------------------------------------------------------

TIES = ("equal_rank_next_skipped", "equal_rank_next_follows", "by_province_code")
EDITIONS = {2018: "f", 2019: "e", 2020: "e", 2021: "e"}


def nation(draw: random.Random, provinces: int = 12) -> list[Scored]:
    """A few years with ties, provinces that are not covered, and provinces without points or without a year."""
    rows = []
    for year in EDITIONS:
        for number in range(provinces):
            if draw.random() < 0.1:
                continue
            covered = draw.choice([Fraction(10)] * 6 + [Fraction(8), Fraction("7.99"), Fraction(4)])
            points = None if draw.random() < 0.05 else covered * draw.choice([Fraction(n, 20) for n in range(12, 21)])
            rows.append(
                Scored(year, f"{number:02}.1", points, covered, f"r{number % 3}", ("tỉnh", "thành phố")[number % 2])
            )
    return rows


@pytest.mark.parametrize("tie_rule", TIES)
@pytest.mark.parametrize("seed", range(3))
def test_ranks_groups_and_movements_follow_from_the_points(tie_rule: str, seed: int) -> None:
    rows = nation(random.Random(seed))
    assert ranking_of(rows, EDITIONS, tie_rule) == expected_ranking(rows, EDITIONS, tie_rule)


# --- would a mistake be noticed? --------------------------------------------------------------------------------------

_SWAPS = (
    (r">= (?=\S)", "> "),
    (r"<= (?=\S)", "< "),
    (r">= (?=\S)", "< "),
    (r"<= (?=\S)", "> "),
    (r" = 0\b", " = 1"),
    (r" = 1\b", " = 2"),
    (r"\bthen 1$", "then 0"),
    (r"\bthen 0$", "then 1"),
    (r" \* 100\b", " * 10"),
    (r"\bdesc\b", "asc"),
    (r" - (?=measured|last_year|ranked|numerator|denominator)", " + "),
    (r"\bsum\(", "max("),
    (r"\bdense_rank\(\)", "rank()"),
    (r"(?<!dense_)\brank\(\)", "dense_rank()"),
    (r"report_year \+ 1", "report_year + 2"),
    (r"\bmeasured\.full_value", "measured.floor_value"),
    (r"filter \(where is_used\)", ""),
    (r"edition_code = ranked\.edition_code", "edition_code <> ranked.edition_code"),
    (r"partition by index_code, report_year, region_name", "partition by index_code, report_year"),
    (r"partition by index_code, report_year, province_type", "partition by index_code, report_year"),
)


def mutants(sql: str, start: str, end: str) -> Iterator[tuple[str, str]]:
    """(what was changed, SQL) for every single swap between two marks; comments and explanations are left alone."""
    first, last = sql.index(start), sql.index(end)
    for pattern, other in _SWAPS:
        for match in re.finditer(pattern, sql[first:last], re.MULTILINE):
            at = first + match.start()
            line = sql[sql.rfind("\n", 0, at) + 1 : sql.find("\n", at)]
            if line.lstrip().startswith("--") or "||" in line:
                continue
            yield f"{line.strip()} [{match.group()}→{other}]", sql[:at] + other + sql[first + match.end() :]


def survivors(model: str, start: str, end: str, agrees) -> tuple[int, list[str]]:
    """(mutants, those that the cases do not notice)."""
    count, alive = 0, []
    for name, sql in mutants(compiled()[model], start, end):
        count += 1
        try:
            if agrees(sql):
                alive.append(name)
        except (duckdb.Error, AssertionError):
            continue
    return count, alive


def rule_cases() -> list[Case]:
    draw = random.Random(5)
    figures = [
        Fraction(n) for n in (0, 1, 2, 4, 5, 6, 9, 10, 20, 25, 30, 36, 40, 50, 79, 80, 90, 95, 99, 100, 110, 120)
    ]
    pools = [[None, *figures], figures]
    found = []
    for rule in RULES.values():
        for _ in range(24):
            draws = tuple(draw.choice(draw.choice(pools)) for _ in range(3))
            found += cases(rule, [draws])
        found += cases(
            rule,
            [
                (Fraction(a), Fraction(b), Fraction(c))
                for a, b, c in (
                    (80, 100, 0),
                    (100, 100, 0),
                    (95, 100, 0),
                    (0, 0, 0),
                    (2, 100, 0),
                    (10, 10, 10),
                    (110, 100, 0),
                    (105, 100, 0),
                    (30, 100, 0),
                    (30, 60, 40),
                    (20, 60, 40),
                    (1, 5, 0),
                    (5, 0, 0),
                    (0, 5, 5),
                )
            ],
        )
        for key in (*rule.numerators, *rule.denominators):
            found += cases(rule, [(Fraction(90), Fraction(100), Fraction(0))], frozenset(key))
    return found


def test_mutants_of_the_rules_are_noticed() -> None:
    truth = rule_cases()
    expected = [expected_points(case) for case in truth]

    def agrees(model: str, sql: str) -> bool:
        found = points_of(truth, {model: sql})
        return all(
            (a is None) == (b is None) and (a is None or abs(a - b) < Fraction(1, 10**8))
            for a, b in zip(found, expected, strict=True)
        )

    count, alive = 0, []
    for model, start in (("int_rule_figures", "gathered as ("), ("int_rule_points", "measured as (")):
        assert agrees(model, compiled()[model])
        more, left = survivors(model, start, "final as (", partial(agrees, model))
        count, alive = count + more, alive + left
    print(f"rules: {count - len(alive)} of {count} mutants noticed; left: {alive}")
    assert count >= 30
    assert len(alive) <= count * 0.1, alive


def test_mutants_of_the_ranking_are_noticed() -> None:
    nations = [nation(random.Random(seed)) for seed in range(2)]
    truth = [(rows, rule, expected_ranking(rows, EDITIONS, rule)) for rows in nations for rule in TIES]

    def agrees(model: str, sql: str) -> bool:
        return all(ranking_of(rows, EDITIONS, rule, {model: sql}) == expected for rows, rule, expected in truth)

    count, alive = 0, []
    for model, start in (("int_province_ranks", "edition_totals as ("), ("mart_national_ranking", "last_years as (")):
        assert agrees(model, compiled()[model])
        more, left = survivors(model, start, "select * from final", partial(agrees, model))
        count, alive = count + more, alive + left
    print(f"ranking: {count - len(alive)} of {count} mutants noticed; left: {alive}")
    assert count >= 30
    assert len(alive) <= count * 0.1, alive
