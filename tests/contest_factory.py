"""Small contests for tests and benchmarks: provinces × criteria by hand, everything else plain."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestration.analysis.contest import Contest
from orchestration.analysis.intervals import ranks_of


def contest(points: Any, max_points: Any, **changes: Any) -> Contest:
    """Ranked provinces by their points on criteria "1.1", "2.1", …: an area each, unless `areas` says otherwise."""
    points, max_points = np.array(points, dtype=float), np.array(max_points, dtype=float)
    order = np.argsort(-points.sum(axis=1), kind="stable")
    nothing = np.zeros(points.shape)
    parts: dict[str, Any] = {
        "index_code": "X",
        "report_year": 2024,
        "is_simulated": False,
        "edition_code": "e",
        "provinces": tuple(f"p{place:02}" for place in order),
        "ranks": ranks_of(points[order].sum(axis=1)[None, :])[0],
        "criteria": tuple(f"{place}.1" for place in range(1, points.shape[1] + 1)),
        "areas": tuple(f"{place}" for place in range(1, points.shape[1] + 1)),
        "max_points": max_points,
        "is_checked": np.ones(len(max_points), dtype=bool),
        "is_published": False,
        "points": points[order],
        "counts": nothing == 0,
        "errors": nothing,
        "not_given": nothing > 0,
        "flagged": nothing > 0,
        "known_sums": (),
        "groups": (),
    }
    for name, value in changes.items():
        by_province = isinstance(value, list) and name in ("errors", "not_given", "flagged", "counts")
        parts[name] = np.array(value)[order] if by_province else np.array(value) if isinstance(value, list) else value
    return Contest(**parts)
