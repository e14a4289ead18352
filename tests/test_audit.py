"""The statistical audit: by hand, and equal to pandas and to a singular value decomposition on PAPI 2013."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from contest_factory import contest

from orchestration.analysis import audit
from orchestration.analysis.contest import Contest
from orchestration.analysis.intervals import Settings

PAPI = Path(__file__).parent / "fixtures" / "sample" / "2013-FY" / "papi_2013.csv"
SETTINGS = Settings(draw_count=20_000, level_pct=90, flagged_pct=50, weight_spread_pct=25, random_seed=1)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Provinces × sub-dimensions, as published."""
    table: dict[str, dict[str, float]] = defaultdict(dict)
    with PAPI.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["level"] == "sub-dimension":
                table[row["province_code"]][row["code"]] = float(row["score"])
    return pd.DataFrame(table).T


@pytest.fixture(scope="module")
def papi(frame: pd.DataFrame) -> Contest:
    codes = tuple(frame.columns)
    areas = tuple(code.split(".")[0] for code in codes)
    maxima = [10 / areas.count(area) for area in areas]
    return contest(frame.to_numpy(), maxima, criteria=codes, areas=areas)


def test_correlations_are_those_of_pandas(papi: Contest, frame: pd.DataFrame) -> None:
    total = frame.sum(axis=1)
    for found in audit.criteria_of(papi):
        column = frame[found.criterion_code]
        of_area = [code for code in frame if code.split(".")[0] == found.area_code]
        assert found.rest == pytest.approx(column.corr(total - column), abs=1e-9)
        assert found.area_rest == pytest.approx(column.corr(frame[of_area].sum(axis=1) - column), abs=1e-9)


def test_alpha_is_the_one_of_the_covariances(papi: Contest, frame: pd.DataFrame) -> None:
    def alpha(items: pd.DataFrame) -> float:
        covariances = items.cov().to_numpy()
        return items.shape[1] / (items.shape[1] - 1) * (1 - np.trace(covariances) / covariances.sum())

    assert audit.cronbach_alpha(papi.points) == pytest.approx(alpha(frame), abs=1e-9)
    for found in audit.criteria_of(papi):
        assert found.alpha_without == pytest.approx(alpha(frame.drop(columns=found.criterion_code)), abs=1e-9)


def test_components_are_those_of_a_singular_value_decomposition(papi: Contest, frame: pd.DataFrame) -> None:
    areas = frame.T.groupby(lambda code: code.split(".")[0]).sum().T
    standardised = ((areas - areas.mean()) / areas.std()).to_numpy()
    squares = np.linalg.svd(standardised, compute_uv=False) ** 2
    assert audit.component_shares(audit.area_points(papi)) == pytest.approx(squares / squares.sum(), abs=1e-9)


def test_ranks_under_other_weights_are_those_of_an_independent_draw(papi: Contest, frame: pd.DataFrame) -> None:
    """Noise of ± 25 % on each weight, weights rescaled, ranks of 5 and 95 % (COINr's sensitivity analysis)."""
    areas = (
        frame.T.groupby(lambda code: code.split(".")[0])
        .sum()
        .T.loc[[frame.index[int(name[1:])] for name in papi.provinces]]
    )
    generator = np.random.default_rng(99)
    ranks = pd.DataFrame(
        [
            ((weights := generator.uniform(0.75, 1.25, 6)) / weights.sum() * areas).sum(axis=1).rank(ascending=False)
            for _ in range(3000)
        ]
    )
    [drawn] = [found for found in audit.alternatives(papi, SETTINGS) if found.method == "weights"]
    assert np.abs(drawn.low - ranks.quantile(0.05).to_numpy()).max() <= 1
    assert np.abs(drawn.high - ranks.quantile(0.95).to_numpy()).max() <= 1


def test_other_ways_of_adding_up_by_hand() -> None:
    # Shares: a 0.9 and 0.4, b 0.6 and 0.6, c 0.1 and 0.7; weights 2/3 and 1/3.
    three = contest([[18, 4], [12, 6], [2, 7]], [20, 10])
    found = {other.method: other.ranks.tolist() for other in audit.alternatives(three, SETTINGS)}
    # 0.65, 0.6, 0.4 · 0.9^⅔·0.4^⅓ = 0.687, 0.6, 0.191 · ranks 1·⅔+3·⅓, 2, 3·⅔+1·⅓
    assert found == {name: [1, 2, 3] for name in ("equal_areas", "geometric", "rank_sum", "weights")}
    none = {
        other.method: other.ranks.tolist()
        for other in audit.alternatives(contest([[20, 0], [9, 5]], [20, 10]), SETTINGS)
    }
    assert none == {"equal_areas": [1, 2], "geometric": [2, 1], "rank_sum": [1, 2], "weights": [1, 2]}


def test_a_criterion_at_its_maximum_tells_nobody_apart() -> None:
    three = contest([[2, 1, 3], [2, 2, 1], [2, 3, 0]], [2, 4, 4], areas=("1", "2", "2"))
    full, second, third = audit.criteria_of(three)
    assert (full.at_maximum, full.deviation, full.rest, full.most_shift) == (1, 0, None, 0)
    # 1, 2, 3 against 3, 1, 0: one goes up where the other goes down.
    assert second.area_rest == third.area_rest == pytest.approx(-0.981980506)
    assert third.at_zero == pytest.approx(1 / 3)


def test_criteria_that_somebody_lacks_are_left_out() -> None:
    two = contest([[1, 2], [2, 0]], [4, 4], not_given=[[False, False], [False, True]])
    assert audit.complete(two).criteria == ("1.1",)
