"""What counts does not depend on the order in which files come: reports and decisions bear dates of their own.

Two thousand provinces, each with a random life of reports, revisions, withdrawals and decisions, go through the models
at once: as their files came in a random order, and in the order of their dates. Some pairs of them are merged later.
The truth is a walk through the life.
Not here: what the calendar calls late, which is about when things came.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from model_set import ModelSet

from orchestration import rerun

pytestmark = pytest.mark.slow

PERIOD, ROW = "2021-FY", "1.1.1"
PROVINCES = 2000
START = datetime(2022, 1, 1)
INDICATOR = "plan_tasks_total"
FACTS = "select province_key, value, is_corrected, is_usable from marts.fct_indicator_value"
BACK_CASTS = (
    "select province_key, value from marts.fct_indicator_history where history_view = 'back_cast'"
    f" and indicator_key = '{INDICATOR}' and period_key = '{PERIOD}' and province_key like 'm%'"
)
DOCUMENT = {
    "period_key": PERIOD,
    "is_in_inbox": True,
    "status": "accepted",
    "is_final": True,
    "file_format": "txt",
    "flags": "",
}


@dataclass(frozen=True)
class Event:
    """A report or a decision of one province.  day: its own date.  of: the revision that it is about."""

    day: int
    what: str
    of: int
    value: int = 0


def life(draw: random.Random) -> list[Event]:
    """A province's events in the order of their dates: every decision is about a report that was there."""
    events = [Event(0, "report", 0, draw.randrange(10, 99))]
    revisions = 1
    for day in range(1, draw.randrange(1, 9)):
        what = draw.choice(["report", "withdraw", "restore", "correct", "reject", "accept"])
        if what == "report":
            events.append(Event(day, what, revisions, draw.randrange(10, 99)))
            revisions += 1
        else:
            events.append(Event(day, what, draw.randrange(revisions), draw.randrange(100, 999)))
    return events


def truth(events: list[Event]) -> tuple[int, bool, bool] | None:
    """(value, is_corrected, is_usable) of the last report that nobody withdrew; None where there is none."""
    withdrawn, decided = {}, {}
    for event in events:
        if event.what in ("withdraw", "restore"):
            withdrawn[event.of] = event.what == "withdraw"
        elif event.what != "report":
            decided[event.of] = event
    reports = {event.of: event.value for event in events if event.what == "report" and not withdrawn.get(event.of)}
    if not reports:
        return None
    last = max(reports)
    decision = decided.get(last)
    if decision and decision.what == "correct":
        return decision.value, True, True
    return reports[last], False, not (decision and decision.what == "reject")


def mergers(draw: random.Random, provinces: list[str]) -> dict[str, tuple[str, str]]:
    """Units of later years, each made of two neighbours."""
    pairs = zip(provinces[::2], provinces[1::2], strict=True)
    return {f"m{number:04}.1": pair for number, pair in enumerate(pairs) if draw.random() < 0.2}


def units(merged: dict[str, tuple[str, str]], draw: random.Random | None) -> str:
    """The seed of provinces with those of the mergers, in the order of their keys or in the order that `draw` makes."""
    rows = [
        f"('{part}', 'merged', date '2011-01-01', date '2025-06-30', '{key}')"
        for key, parts in merged.items()
        for part in parts
    ]
    rows += [f"('{key}', null, date '2025-07-01', null, null)" for key in merged]
    if draw:
        draw.shuffle(rows)
    columns = "province_key, succession_kind, valid_from, valid_to, successor_province_key"
    return (
        f"from {rerun.PUBLISHED}.seeds.provinces union all by name"
        f" select *, province_key as province_name from (values {', '.join(rows)}) as made ({columns})"
    )


def write(folder: Path, lives: dict[str, list[Event]], draw: random.Random | None) -> dict[str, str]:
    """Staging tables of all files, first seen in the order of their dates or in the order that `draw` makes."""
    documents, rows, decisions = [], [], []
    for province, events in lives.items():
        values = {event.of: event.value for event in events if event.what == "report"}
        order = list(range(len(events)))
        if draw:
            draw.shuffle(order)
        for event, place in zip(events, order, strict=True):
            seen = START + timedelta(minutes=place)
            own, target = f"{province}-{event.day}-{event.what}", f"{province}-report-{event.of}"
            is_report = event.what == "report"
            digest = target if is_report else own
            documents.append(
                DOCUMENT
                | {
                    "file_sha256": digest,
                    "report_key": digest,
                    "file_name": digest,
                    "inbox_path": digest,
                    "first_seen_at": seen,
                    "document_kind": "report" if is_report else "decision",
                    "period_found": PERIOD if is_report else None,
                    "province_key": province if is_report else None,
                    "report_date": (START + timedelta(days=event.day)).date() if is_report else None,
                    "form_code": "6459" if is_report else None,
                }
            )
            if is_report:
                rows.append(
                    {
                        "period_key": PERIOD,
                        "file_sha256": digest,
                        "report_key": digest,
                        "annex_row_number": 1,
                        "row_code": ROW,
                        "ordinal": 0,
                        "code_source": "printed",
                        "value_raw": str(event.value),
                        "value_trimmed": str(event.value),
                        "flags": "",
                    }
                )
            else:
                is_of_figure = event.what in ("correct", "reject", "accept")
                decisions.append(
                    {
                        "period_key": PERIOD,
                        "file_sha256": own,
                        "sheet_row_number": 1,
                        "decision": event.what,
                        "target_sha256": target,
                        "reason": "vì sao",
                        "decided_by": "An",
                        "decided_at": (START + timedelta(days=event.day)).isoformat(sep=" "),
                        "row_code": ROW if is_of_figure else None,
                        "ordinal": 0,
                        "value_expected": str(values[event.of]) if is_of_figure else None,
                        "value_corrected": str(event.value) if event.what == "correct" else None,
                        "first_seen_at": seen,
                    }
                )
    folder.mkdir()
    tables = {"stg_documents": documents, "stg_annex_rows": rows, "stg_decisions": decisions}
    changes = {}
    for name, records in tables.items():
        pq.write_table(pa.Table.from_pylist(records), folder / f"{name}.parquet")
        changes[f"staging.{name}"] = (
            f"(from {rerun.PUBLISHED}.staging.{name} limit 0)"
            f" union all by name from read_parquet('{folder / name}.parquet')"
        )
    return changes


@pytest.mark.parametrize("seed", [1, 2])
def test_files_in_any_order_come_to_the_same_figures(model_set: ModelSet, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    lives = {f"x{number:04}.1": life(draw) for number in range(PROVINCES)}
    merged = mergers(draw, list(lives))
    found, back_cast = [], []
    for name, shuffled in (("dated", None), ("shuffled", draw)):
        changes = write(tmp_path / name, lives, shuffled) | {"seeds.provinces": units(merged, shuffled)}
        wanted = ["marts.fct_indicator_value", "marts.fct_indicator_history"]
        with rerun.changed(model_set.home / "par.duckdb", changes, wanted) as connection:
            back_cast.append(dict(connection.execute(BACK_CASTS).fetchall()))
            found.append({row[0]: row[1:] for row in connection.execute(FACTS).fetchall()})
    expected = {province: truth(events) for province, events in lives.items()}
    assert found[0] == {province: value for province, value in expected.items() if value}
    assert found[1] == found[0]
    sums = {
        key: sum(known[0] for known in (expected[part] for part in parts) if known)
        for key, parts in merged.items()
        if all(expected[part] for part in parts)
    }
    assert {key: value for key, value in back_cast[0].items() if value is not None} == sums
    assert back_cast[1] == back_cast[0]
