"""How far a rank may be off: an index drawn many times, each time with other answers, other gaps and other weights.

In: a Contest and settings. Out: intervals of index and rank, chances of the first ten and of each group, and who cannot
be told apart. The same settings give the same figures. Not here: reading and writing tables.

Three doubts are drawn together: a survey asked again (normal, by its own standard error), what was not given (anything
from nothing to the maximum, all equally likely), a figure that is flagged (right, or anything as before). The edition's
own doubt, maxima that nobody has checked against the decision, is drawn alone and shown apart. No part leaves
0 … maximum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestration.analysis.contest import TOTAL, Contest, Flags, Floats

Ranks = npt.NDArray[np.int64]
_MOST_TURNS, _CLOSE_ENOUGH = 50, 1e-6
"""Rounds of fitting maxima to known sums, which end when none is off by more than a millionth."""


@dataclass(frozen=True)
class Settings:
    """By what is drawn; percentages from 0 to 100."""

    draw_count: int
    level_pct: float
    flagged_pct: float
    weight_spread_pct: float
    random_seed: int

    @staticmethod
    def of(values: Mapping[str, float]) -> Settings:
        return Settings(
            draw_count=int(values["draw_count"]),
            level_pct=float(values["level_pct"]),
            flagged_pct=float(values["flagged_pct"]),
            weight_spread_pct=float(values["weight_spread_pct"]),
            random_seed=int(values["random_seed"]),
        )


@dataclass(frozen=True)
class Interval:
    """Of an index or one of its areas, an entry a province: bounds of the index in percent, and of the rank."""

    index_low: Floats
    index_high: Floats
    rank_low: Ranks
    rank_high: Ranks


@dataclass(frozen=True)
class Certainty:
    """What the draws of a whole index say.

    above: chance, from 0 to 1, that the province of the row stands above that of the column.
    """

    of_area: Mapping[str, Interval]
    top_ten: Floats
    of_group: Mapping[str, Floats]
    above: Floats

    def tied(self, level_pct: float) -> Flags:
        """Whether two provinces cannot be told apart at that level; of provinces × provinces."""
        sure = self.above >= 0.5 + level_pct / 200
        return ~(sure | sure.T)


def certainty(contest: Contest, settings: Settings) -> Certainty | None:
    """Intervals from every doubt but the edition's; None where nothing is known of any doubt."""
    if not ((contest.errors > 0) | contest.not_given | contest.flagged).any():
        return None
    generator = generator_of(contest, settings)
    share = (100 - settings.level_pct) / 200
    total = np.zeros((settings.draw_count, len(contest.provinces)))
    of_area = {}
    for code in contest.area_codes:
        of_code = contest.of_area(code)
        limit = (contest.counts * contest.max_points * of_code).sum(axis=1)
        drawn = _drawn_points(contest, of_code, settings, generator).clip(0, limit)
        total += drawn
        if (limit > 0).all():
            of_area[code] = _interval(100 * drawn / limit, share)
    index = 100 * total / (contest.counts * contest.max_points).sum(axis=1)
    ranks = ranks_of(index)
    best, limits = 100.0 + 1e-9, {}
    for name, least in contest.groups:
        limits[name] = ((index >= least) & (index < best)).mean(axis=0)
        best = least
    return Certainty(
        of_area={TOTAL: _interval(index, share, ranks), **of_area},
        top_ten=(ranks <= 10).mean(axis=0),
        of_group=limits,
        above=np.stack([(index[:, [place]] > index).mean(axis=0) for place in range(index.shape[1])]),
    )


def ranks_of(values: Floats) -> Ranks:
    """Rank of each value in its row, highest first; equal values have the same rank and the next is skipped."""
    order = np.argsort(-values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    places = np.broadcast_to(np.arange(1, values.shape[1] + 1), values.shape).copy()
    places[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
    ranks = np.empty_like(places)
    np.put_along_axis(ranks, order, np.maximum.accumulate(places, axis=1), axis=1)
    return ranks


def edition_ranks(contest: Contest, settings: Settings) -> tuple[Ranks, Ranks] | None:
    """Lowest and highest rank under maxima drawn around those that are not checked; None where there are none."""
    if contest.is_published or contest.is_checked.all():
        return None
    ranks = ranks_of(weighted_index(contest, drawn_maxima(contest, settings)))
    return rank_bounds(ranks, (100 - settings.level_pct) / 200)


def drawn_maxima(contest: Contest, settings: Settings) -> Floats:
    """Maxima that the decision may give, of draws × criteria.

    Each that is not checked is the working one times 1 ± weight_spread_pct, evenly; then all of them are fitted to the
    sums that are known (iterative proportional fitting), those that are checked staying as they are.
    """
    generator = generator_of(contest, settings)
    spread = settings.weight_spread_pct / 100
    # A row a criterion: what is fitted together lies together.
    factors = generator.uniform(1 - spread, 1 + spread, (len(contest.criteria), settings.draw_count))
    factors[contest.is_checked] = 1
    weights = contest.max_points[:, None] * factors
    known_sums = *contest.known_sums, (np.ones(len(contest.criteria), dtype=bool), float(contest.max_points.sum()))
    sums = [(of_sum & ~contest.is_checked, of_sum & contest.is_checked, known) for of_sum, known in known_sums]
    for _ in range(_MOST_TURNS):
        off = 0.0
        for free, fixed, known in sums:
            if free.any():
                fit = (known - contest.max_points[fixed].sum()) / weights[free].sum(axis=0)
                weights[free] *= fit
                off = max(off, float(np.abs(fit - 1).max()))
        if off < _CLOSE_ENOUGH:
            break
    return weights.T


def weighted_index(contest: Contest, weights: Floats) -> Floats:
    """The index of each province (columns) under each set of maxima (rows), in percent."""
    shares = contest.points / contest.max_points
    return np.asarray(100 * (weights @ shares.T) / (weights @ contest.counts.T.astype(float)))


def generator_of(contest: Contest, settings: Settings) -> np.random.Generator:
    """A stream of its own for each contest, so that none changes because another is there."""
    name = [*contest.index_code.encode(), contest.report_year, int(contest.is_simulated)]
    return np.random.default_rng([settings.random_seed, *name])


def _drawn_points(contest: Contest, of_area: Flags, settings: Settings, generator: np.random.Generator) -> Floats:
    """Points of an area, of draws × provinces. Independent errors of several surveys add up as their squares."""
    count = settings.draw_count
    drawn = np.tile(contest.points[:, of_area].sum(axis=1), (count, 1))
    error = np.sqrt((contest.errors[:, of_area] ** 2).sum(axis=1))
    uncertain = np.flatnonzero(error)
    drawn[:, uncertain] += generator.standard_normal((count, len(uncertain))) * error[uncertain]
    for province, criterion in np.argwhere(contest.not_given & of_area):
        drawn[:, province] += generator.uniform(0, contest.max_points[criterion], count)
    for province, criterion in np.argwhere(contest.flagged & of_area):
        other = generator.uniform(0, contest.max_points[criterion], count) - contest.points[province, criterion]
        drawn[:, province] += np.where(generator.uniform(0, 100, count) < settings.flagged_pct, other, 0)
    return drawn


def _interval(index: Floats, share: float, ranks: Ranks | None = None) -> Interval:
    index_low, index_high = np.quantile(index, [share, 1 - share], axis=0)
    return Interval(index_low, index_high, *rank_bounds(ranks_of(index) if ranks is None else ranks, share))


def rank_bounds(ranks: Ranks, share: float) -> tuple[Ranks, Ranks]:
    """The middle of the ranks drawn for each province: a share of the draws is better, and as large a one worse."""
    low, high = np.quantile(ranks, [share, 1 - share], axis=0, method="inverted_cdf")
    return low.astype(np.int64), high.astype(np.int64)
