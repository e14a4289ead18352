"""How long the intervals of a nation take, how much memory, and how often they hold the truth.

Plain loops over draws, written here, are the peer: their intervals must agree within the error of drawing.

    PYTHONPATH=tests python benchmarks/uncertainty.py
"""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from contest_factory import contest

from orchestration.analysis.contest import TOTAL, Contest
from orchestration.analysis.intervals import Settings, certainty, edition_ranks, ranks_of

PROVINCES, CRITERIA, AREAS, NATIONS = 63, 71, 8, 500
SETTINGS = Settings(draw_count=10_000, level_pct=90, flagged_pct=50, weight_spread_pct=25, random_seed=892)


def nation(generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True points, maxima and survey errors of a nation as large and as even as a real one; nine criteria surveyed."""
    maxima = generator.choice([0.5, 1, 1.5, 2, 2.5], CRITERIA)
    maxima *= 100 / maxima.sum()
    skill = generator.normal(0.86, 0.03, (PROVINCES, 1))
    points = (skill + generator.normal(0, 0.08, (PROVINCES, CRITERIA))).clip(0, 1) * maxima
    errors = np.zeros((PROVINCES, CRITERIA))
    errors[:, :9] = 0.012 * maxima[:9]
    return points, maxima, errors


def observed(points: np.ndarray, maxima: np.ndarray, errors: np.ndarray) -> Contest:
    areas = tuple(str(place % AREAS) for place in range(CRITERIA))
    return contest(points, maxima, errors=errors.tolist(), areas=areas, is_checked=[False] * CRITERIA)


def plain(seen: Contest, count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of ranks by one loop a draw."""
    ranks = [
        ranks_of((seen.points + generator.standard_normal(seen.points.shape) * seen.errors).sum(axis=1)[None, :])[0]
        for _ in range(count)
    ]
    low, high = np.quantile(np.array(ranks), [0.05, 0.95], axis=0, method="inverted_cdf")
    return low, high


def main() -> None:
    generator = np.random.default_rng(1)
    points, maxima, errors = nation(generator)
    seen = observed(points + generator.standard_normal(errors.shape) * errors, maxima, errors)
    for count in (10_000, 100_000):
        settings = replace(SETTINGS, draw_count=count)
        start = time.process_time()
        found = certainty(seen, settings)
        middle = time.process_time()
        edition_ranks(seen, settings)
        end = time.process_time()
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{count} draws: intervals {middle - start:.2f} s, edition {end - middle:.2f} s of processor, {most} MB")
    start = time.process_time()
    low, high = plain(seen, 10_000, generator)
    drawn = found.of_area[TOTAL]
    off = max(np.abs(drawn.rank_low - low).max(), np.abs(drawn.rank_high - high).max())
    print(f"plain loops, 10000 draws: {time.process_time() - start:.2f} s; bounds of ranks differ by {off:.0f} at most")
    held_index, held_rank = [], []
    for _ in range(NATIONS):
        truth, maxima, errors = nation(generator)
        seen = observed(truth + generator.standard_normal(errors.shape) * errors, maxima, errors)
        drawn = certainty(seen, replace(SETTINGS, draw_count=1000)).of_area[TOTAL]
        order = [int(name[1:]) for name in seen.provinces]
        index = truth.sum(axis=1)[order] / maxima.sum() * 100
        rank = ranks_of(index[None, :])[0]
        held_index.append(((drawn.index_low <= index) & (index <= drawn.index_high)).mean())
        held_rank.append(((drawn.rank_low <= rank) & (rank <= drawn.rank_high)).mean())
    print(f"{NATIONS} nations: true index within {np.mean(held_index):.1%}, true rank within {np.mean(held_rank):.1%}")


if __name__ == "__main__":
    main()
