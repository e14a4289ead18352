"""Units: a territory under one government, whatever it was called, and the folder of its files.

In: Facts. Out: Unit records, from north to south. Not here: what is said about one.

Huế was a province, then a city, then in another region, and is one unit; Thái Nguyên before and after the merger of
2025 is two, with one name, one code and so one folder.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from orchestration.publishing.facts import Facts, Row
from orchestration.publishing.product import PROVINCES
from orchestration.publishing.words import province_folder

CITY = "thành phố trực thuộc trung ương"
_TITLE_IN_NAME = "TP. "


@dataclass(frozen=True)
class Unit:
    """province: the newest row of dim_province. keys: all its province keys. is_last: no later unit has its folder.

    since: when the oldest of its keys began.
    predecessors, successor: names of the units that it was merged from and into.
    """

    province: Row
    keys: tuple[str, ...]
    since: date
    predecessors: tuple[Row, ...]
    successor: Row | None
    is_last: bool

    @property
    def key(self) -> str:
        return str(self.province["province_key"])

    @property
    def name(self) -> str:
        return str(self.province["province_name"])

    @property
    def title(self) -> str:
        """`tỉnh Hà Nam`, `thành phố Hồ Chí Minh`."""
        return title_of(self.province)

    @property
    def valid_to(self) -> date | None:
        day: date | None = self.province["valid_to"]
        return day

    def file(self, stem: str, suffix: str, prefix: str = "") -> str:
        """The path of a file of this unit in a release."""
        ended = "" if self.is_last or self.valid_to is None else f"_den_{self.valid_to.year}"
        folder = province_folder(self.province["province_code"], self.name)
        return f"{PROVINCES}/{folder}/{prefix}{stem}{ended}{suffix}"


def title_of(province: Row) -> str:
    """A province's name in a sentence, with what it is."""
    kind = "thành phố" if province["province_type"] == CITY else "tỉnh"
    return f"{kind} {province['province_name'].removeprefix(_TITLE_IN_NAME)}"


def units(facts: Facts) -> list[Unit]:
    """Every unit, those that have ended too."""
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in facts.provinces:
        grouped[row["today_province_key"] if row["is_same_territory"] else row["province_key"]].append(row)
    newest = {key: max(rows, key=lambda row: row["valid_from"]) for key, rows in grouped.items()}
    last: dict[str, date] = {}
    for row in newest.values():
        place = province_folder(row["province_code"], row["province_name"])
        last[place] = max(last.get(place, row["valid_from"]), row["valid_from"])
    return [
        Unit(
            province=row,
            keys=tuple(sorted(part["province_key"] for part in grouped[key])),
            since=min(part["valid_from"] for part in grouped[key]),
            predecessors=tuple(
                other
                for other in newest.values()
                if not other["is_same_territory"] and other["today_province_key"] == key
            )
            if row["is_same_territory"]
            else (),
            successor=None if row["is_same_territory"] else newest.get(row["today_province_key"]),
            is_last=last[province_folder(row["province_code"], row["province_name"])] == row["valid_from"],
        )
        for key, row in newest.items()
    ]
