"""What an index is made of, as reviewers of composite indicators ask (OECD/JRC handbook, 2008).

In: a Contest. Out: how criteria and areas go together, how far they tell provinces apart, and what ranks would be if
the index were added up otherwise. Correlations are Pearson's; None where one of the two does not vary. Criteria on
which not every ranked province has points are left out. Not here: whether the ministry's maxima are right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from orchestration.analysis.contest import Contest, Floats
from orchestration.analysis.intervals import Ranks, Settings, generator_of, rank_bounds, ranks_of

_NEAR = 1e-9


@dataclass(frozen=True)
class CriterionAudit:
    """One criterion. Shares are of its maximum, from 0 to 1; shifts are places by which ranks move without it."""

    criterion_code: str
    area_code: str
    mean_share: float
    deviation: float
    at_maximum: float
    at_zero: float
    rest: float | None
    area_rest: float | None
    alpha_without: float | None
    mean_shift: float
    most_shift: int


@dataclass(frozen=True)
class Alternative:
    """Ranks by another way of adding up, in the order of the contest's provinces; bounds where it was drawn."""

    method: str
    ranks: Ranks
    low: Ranks | None = None
    high: Ranks | None = None


def complete(contest: Contest) -> Contest:
    """The contest on the criteria on which every province has points."""
    kept = contest.counts.all(axis=0) & ~contest.not_given.any(axis=0) & (contest.max_points > 0)
    return replace(
        contest,
        criteria=tuple(code for code, keep in zip(contest.criteria, kept, strict=True) if keep),
        areas=tuple(area for area, keep in zip(contest.areas, kept, strict=True) if keep),
        max_points=contest.max_points[kept],
        is_checked=contest.is_checked[kept],
        points=contest.points[:, kept],
        counts=contest.counts[:, kept],
        errors=contest.errors[:, kept],
        not_given=contest.not_given[:, kept],
        flagged=contest.flagged[:, kept],
        known_sums=(),
    )


def area_points(contest: Contest) -> Floats:
    """Points of provinces × areas."""
    return np.column_stack([contest.points[:, contest.of_area(code)].sum(axis=1) for code in contest.area_codes])


def area_maxima(contest: Contest) -> Floats:
    """Maximum of each area."""
    return np.array([contest.max_points[contest.of_area(code)].sum() for code in contest.area_codes])


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's; None where one of the two does not vary."""
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / size if size > _NEAR else None


def cronbach_alpha(items: Floats) -> float | None:
    """How far the columns measure one thing: k/(k−1) · (1 − Σ variances / variance of the sum)."""
    count, whole = items.shape[1], float(items.sum(axis=1).var(ddof=1))
    if count < 2 or whole < _NEAR:
        return None
    return float(count / (count - 1) * (1 - float(items.var(axis=0, ddof=1).sum()) / whole))


def component_shares(items: Floats) -> Floats | None:
    """Shares of the variance of standardised columns along each principal component, largest first."""
    if items.shape[1] < 2 or (items.std(axis=0) < _NEAR).any():
        return None
    values = np.linalg.eigvalsh(np.corrcoef(items, rowvar=False))[::-1]
    return np.asarray(values / values.sum())


def criteria_of(contest: Contest) -> Iterator[CriterionAudit]:
    """Each criterion of a complete contest."""
    total, places = contest.points.sum(axis=1), ranks_of(contest.points.sum(axis=1)[None, :])[0]
    for number, code in enumerate(contest.criteria):
        points, area = contest.points[:, number], contest.of_area(contest.areas[number])
        share = points / contest.max_points[number]
        without = np.delete(contest.points, number, axis=1)
        shift = np.abs(ranks_of((total - points)[None, :].round(9))[0] - places)
        yield CriterionAudit(
            criterion_code=code,
            area_code=contest.areas[number],
            mean_share=float(share.mean()),
            deviation=float(share.std(ddof=1)),
            at_maximum=float((share >= 1 - _NEAR).mean()),
            at_zero=float((share <= _NEAR).mean()),
            rest=correlation(points, total - points),
            area_rest=correlation(points, contest.points[:, area].sum(axis=1) - points) if area.sum() > 1 else None,
            alpha_without=cronbach_alpha(without),
            mean_shift=float(shift.mean()),
            most_shift=int(shift.max()),
        )


def alternatives(contest: Contest, settings: Settings) -> Iterator[Alternative]:
    """The ranks of a complete contest by other ways of adding up its areas; an index of one area has none."""
    points, maxima = area_points(contest), area_maxima(contest)
    if len(maxima) < 2:
        return
    shares, weights = points / maxima, maxima / maxima.sum()
    with np.errstate(divide="ignore"):
        geometric = np.exp((weights * np.log(shares)).sum(axis=1))
    of_areas = ranks_of(shares.T.round(12))
    yield Alternative("equal_areas", _ranks(shares.mean(axis=1)))
    yield Alternative("geometric", _ranks(geometric))
    yield Alternative("rank_sum", _ranks(-(weights[:, None] * of_areas).sum(axis=0)))
    spread = settings.weight_spread_pct / 100
    drawn = weights * generator_of(contest, settings).uniform(
        1 - spread, 1 + spread, (settings.draw_count, len(weights))
    )
    low, high = rank_bounds(ranks_of((drawn / drawn.sum(axis=1)[:, None]) @ shares.T), (100 - settings.level_pct) / 200)
    yield Alternative("weights", _ranks(shares @ weights), low, high)


def _ranks(values: Floats) -> Ranks:
    """Rounded first, so that equal ones stay equal however they were added up."""
    ranks: Ranks = ranks_of(values[None, :].round(9))[0]
    return ranks
