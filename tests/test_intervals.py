"""Intervals of ranks: against normal and uniform laws by hand, against plain loops, and that they cover the truth."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from contest_factory import contest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.analysis import intervals
from orchestration.analysis.contest import TOTAL
from orchestration.analysis.intervals import Settings

SETTINGS = Settings(draw_count=20_000, level_pct=90, flagged_pct=50, weight_spread_pct=25, random_seed=1)
NEAR = 0.012  # three standard errors of a share of 20,000 draws


def test_a_survey_asked_again_moves_the_index_by_its_own_error() -> None:
    two = contest([[6, 30], [5, 30]], [10, 40], errors=[[0.8, 0], [0.6, 0]])
    found = intervals.certainty(two, SETTINGS)
    # 36 of 50 against 35 of 50, a difference of 1 point with an error of √(0.8² + 0.6²) = 1.
    assert found.above[0, 1] == pytest.approx(NormalDist().cdf(1), abs=NEAR)
    half = NormalDist().inv_cdf(0.95) * 0.8 / 50 * 100
    assert found.of_area[TOTAL].index_low[0] == pytest.approx(72 - half, abs=0.1)
    assert found.of_area[TOTAL].index_high[0] == pytest.approx(72 + half, abs=0.1)
    # Nobody was asked about the second area: it stands.
    assert list(found.of_area["2"].index_low) == list(found.of_area["2"].index_high) == [75, 75]


def test_what_was_not_given_is_anything_up_to_its_maximum() -> None:
    two = contest([[6, 0], [5, 0]], [10, 4], not_given=[[False, False], [False, True]])
    found = intervals.certainty(two, SETTINGS)
    # 5 + U(0, 4) is above 6 three times of four.
    assert found.above[1, 0] == pytest.approx(0.75, abs=NEAR)


def test_a_flagged_figure_is_right_or_anything() -> None:
    two = contest([[6, 4], [8, 1]], [10, 4], flagged=[[False, True], [False, False]])
    # 10 against 9: the first stays above while its 4 is right (half of the draws) or drawn as 3 or more (a quarter).
    assert intervals.certainty(two, SETTINGS).above[0, 1] == pytest.approx(0.5 + 0.5 * 0.25, abs=NEAR)


def test_no_area_leaves_its_bounds() -> None:
    found = intervals.certainty(contest([[9.9], [0.1]], [10], errors=[[3.0], [3.0]]), SETTINGS).of_area[TOTAL]
    assert found.index_high.max() <= 100
    assert found.index_low.min() >= 0


def test_chances_of_first_ten_and_of_groups() -> None:
    eleven = contest(
        [[50 - place] for place in range(11)], [50], errors=[[0.0]] * 10 + [[1.0]], groups=(("A", 90.0), ("B", 0.0))
    )
    found = intervals.certainty(eleven, SETTINGS)
    assert list(found.top_ten[:9]) == [1] * 9
    assert found.top_ten[10] == pytest.approx(1 - NormalDist().cdf(1), abs=NEAR)
    assert list(found.of_group["A"]) == [1] * 6 + [0] * 5
    assert all(found.of_group["A"] + found.of_group["B"] == 1)


def test_who_is_surely_above_is_not_tied_and_equal_ones_are() -> None:
    three = contest([[8], [5], [5]], [10], errors=[[0.1], [0.1], [0.1]])
    tied = intervals.certainty(three, SETTINGS).tied(90)
    assert tied.tolist() == [[True, False, False], [False, True, True], [False, True, True]]


def test_nothing_is_said_where_no_doubt_is_known() -> None:
    assert intervals.certainty(contest([[8], [5]], [10]), SETTINGS) is None


def test_the_same_seed_gives_the_same_figures_and_another_others() -> None:
    some = contest([[6, 30], [5, 30]], [10, 40], errors=[[0.8, 0], [0.6, 0]])
    low, again = (intervals.certainty(some, SETTINGS).of_area[TOTAL].index_low for _ in range(2))
    other = intervals.certainty(some, replace(SETTINGS, random_seed=2)).of_area[TOTAL].index_low
    assert list(low) == list(again) != list(other)


@given(st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=6))
def test_a_rank_is_one_more_than_those_above(rows: list[list[int]]) -> None:
    truth = [[1 + sum(other > value for other in row) for value in row] for row in rows]
    assert intervals.ranks_of(np.array(rows, dtype=float)).tolist() == truth


def test_drawn_maxima_keep_what_is_known() -> None:
    of_first = np.array([True, True, True, False, False])
    some = contest(
        [[1, 1, 1, 1, 1], [2, 1, 0, 3, 1]],
        [2, 3, 4, 5, 6],
        is_checked=[True, False, False, False, False],
        known_sums=((of_first, 9.0), (np.array([False, False, True, True, False]), 9.0)),
    )
    drawn = intervals.drawn_maxima(some, SETTINGS)
    assert (drawn[:, 0] == 2).all()
    assert drawn[:, :3].sum(axis=1) == pytest.approx(9, abs=1e-4)
    assert drawn[:, 2:4].sum(axis=1) == pytest.approx(9, abs=1e-4)
    assert drawn.sum(axis=1) == pytest.approx(20, abs=1e-4)
    assert drawn[:, 1].std() > 0.1


def test_maxima_that_are_all_checked_leave_no_doubt_of_the_edition() -> None:
    assert intervals.edition_ranks(contest([[6, 30], [5, 30]], [10, 40]), SETTINGS) is None


def test_the_edition_moves_who_is_strong_on_what_is_not_checked() -> None:
    unlike = contest([[9, 1], [1, 8.9]], [10, 10], is_checked=[False, False])
    low, high = intervals.edition_ranks(unlike, SETTINGS)
    assert low.tolist() == [1, 1]
    assert high.tolist() == [2, 2]
    # Who is better on every criterion is better under any maxima.
    low, high = intervals.edition_ranks(contest([[9, 9], [1, 1]], [10, 10], is_checked=[False, False]), SETTINGS)
    assert low.tolist() == high.tolist() == [1, 2]


def test_plain_loops_give_the_same_intervals_within_the_error_of_drawing() -> None:
    generator = np.random.default_rng(5)
    points = generator.uniform(5, 9, (12, 6))
    errors = generator.uniform(0.1, 0.6, (12, 6)).tolist()
    some = contest(points, [10] * 6, errors=errors, areas=("1", "1", "2", "2", "3", "3"))
    found = intervals.certainty(some, SETTINGS).of_area[TOTAL]
    by_hand = np.array([some.points + generator.standard_normal((12, 6)) * some.errors for _ in range(20_000)]).sum(
        axis=2
    )
    ranks = np.array([[1 + (row > value).sum() for value in row] for row in by_hand])
    for low, high, place in zip(found.index_low, found.index_high, range(12), strict=True):
        assert low == pytest.approx(np.quantile(by_hand[:, place], 0.05) / 60 * 100, abs=0.12)
        assert high == pytest.approx(np.quantile(by_hand[:, place], 0.95) / 60 * 100, abs=0.12)
    assert np.abs(found.rank_low - np.quantile(ranks, 0.05, axis=0, method="inverted_cdf")).max() <= 1
    assert np.abs(found.rank_high - np.quantile(ranks, 0.95, axis=0, method="inverted_cdf")).max() <= 1


def test_nine_of_ten_intervals_of_the_index_hold_the_truth() -> None:
    generator = np.random.default_rng(7)
    settings = replace(SETTINGS, draw_count=1000)
    truth, errors = generator.uniform(4, 9, (20, 5)), np.full((20, 5), 0.3)
    held = []
    for _ in range(100):
        seen = contest(truth + generator.standard_normal(truth.shape) * errors, [10] * 5, errors=errors.tolist())
        found = intervals.certainty(seen, settings).of_area[TOTAL]
        true_index = np.array([2 * truth[int(name[1:])].sum() for name in seen.provinces])
        held += [*((found.index_low <= true_index) & (true_index <= found.index_high))]
    assert 0.88 <= np.mean(held) <= 0.92
