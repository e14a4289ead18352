"""One ranking as pages draw it: its provinces, the unit in which it is quoted, the ends of its scale.

In: rows of facts. Not here: any figure; what is computed is where on a scale a figure is drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from orchestration.publishing.facts import Row
from orchestration.publishing.words import slug
from orchestration.sentence import Sentence

# Index, year, whether made up.
Key = tuple[str, int, bool]
Group = TypeVar("Group", bound=Hashable)


def key_of(row: Row) -> Key:
    return row["index_code"], row["report_year"], row["is_simulated"]


def grouped(rows: Iterable[Row], key: Callable[[Row], Group]) -> dict[Group, list[Row]]:
    """Rows by a key, in the order in which they come."""
    groups: dict[Group, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def edition_of(row: Row) -> tuple[str, str]:
    return row["index_code"], row["edition_code"]


def anchor(key: Key) -> str:
    """`papi-2024`, `par-2025-mo-phong`: of a ranking, in addresses."""
    index_code, report_year, is_simulated = key
    return f"{slug(index_code)}-{report_year}{'-mo-phong' if is_simulated else ''}"


@dataclass(frozen=True, eq=False)
class Standing:
    """One ranking: an index, a year, real or made up; its row of facts, its provinces by rank, its areas."""

    row: Row
    path: str
    provinces: tuple[Row, ...]
    areas: tuple[Row, ...]

    @property
    def key(self) -> Key:
        return key_of(self.row)

    @property
    def anchor(self) -> str:
        return anchor(self.key)

    @cached_property
    def bounds(self) -> tuple[Decimal, Decimal] | None:
        """Lowest and highest of those ranked: the ends of the scale on which they are drawn."""
        totals = [self.total(row) for row in self.provinces if row["rank"]]
        return (min(totals), max(totals)) if totals else None

    @property
    def ties(self) -> tuple[int, int] | None:
        """Neighbours that cannot be told apart, of how many; None where that is not known."""
        told = [row["is_tied_with_next"] for row in self.provinces if row["is_tied_with_next"] is not None]
        return (sum(told), len(told)) if told else None

    @property
    def has_groups(self) -> bool:
        return any(row["group_name"] for row in self.provinces)

    @property
    def has_changes(self) -> bool:
        return any(row["rank_change"] is not None for row in self.provinces)

    @property
    def has_official(self) -> bool:
        """Whether it has published ranks to stand beside; a made-up ranking never has."""
        return not self.row["is_simulated"] and any(row["official_rank"] for row in self.provinces)

    @property
    def no_movement(self) -> str | None:
        """Why nobody moved, where it is one reason for all."""
        reasons = {row["no_movement_reason_vi"] for row in self.provinces if row["rank"]}
        return reasons.pop() if len(reasons) == 1 else None

    def area_limit(self, area: Row) -> Decimal:
        """The end of the scale on which an area is drawn."""
        return area["max_points"] if self.is_in_points else Decimal(100)

    @property
    def is_in_points(self) -> bool:
        return bool(self.row["total_unit"] == "points")

    @property
    def unit(self) -> Sentence:
        return Sentence("điểm", "points") if self.is_in_points else Sentence("%", "%")

    @property
    def name(self) -> Sentence:
        made_up = Sentence(" (mô phỏng)", " (simulated)") if self.row["is_simulated"] else Sentence("", "")
        name = f"{self.row['index_code']} {self.row['report_year']}"
        return Sentence(name + made_up.vi, name + made_up.en)

    def total(self, row: Row) -> Any:
        """An index of `mart_national_ranking` in the unit in which this index is quoted."""
        return row["points" if self.is_in_points else "index_pct"]

    def area(self, row: Row) -> Any:
        """The same of `mart_area_ranking`."""
        return row["points" if self.is_in_points else "area_index_pct"]

    def mean(self, row: Row) -> Any:
        """The same of `mart_index_summary`."""
        return row["mean_points" if self.is_in_points else "mean_index_pct"]
