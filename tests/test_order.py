"""What counts does not depend on the order in which files come: reports and decisions bear dates of their own.

Two thousand provinces, each with a random life of reports, revisions, withdrawals and decisions, go through the models
at once: as their files came in a random order, and in the order of their dates. The truth is a walk through the life.
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
FACTS = "select province_key, value, is_corrected, is_usable from marts.fct_indicator_value"
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
    found = []
    for name, shuffled in (("dated", None), ("shuffled", draw)):
        changes = write(tmp_path / name, lives, shuffled)
        with rerun.changed(model_set.home / "par.duckdb", changes, ["marts.fct_indicator_value"]) as connection:
            found.append({row[0]: row[1:] for row in connection.execute(FACTS).fetchall()})
    expected = {province: truth(events) for province, events in lives.items()}
    assert found[0] == {province: value for province, value in expected.items() if value}
    assert found[1] == found[0]
