"""Read what a period's inbox holds and is not read yet, several files at a time, each within limits.

In: the inbox and raw/. Out: raw Parquet and an Outcome that says of every file what became of it.
Not here: Dagster, and how one file is read (`reader.py`).
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from orchestration.reading import inbox, raw, sandbox
from orchestration.reading.identity import claim_of
from orchestration.reading.reader import QUARANTINED, Reading, read_file
from orchestration.reading.refusal import Refused

WORKERS = min(4, os.cpu_count() or 1)

Progress = Callable[[str, int, int], None]
progress: ContextVar[Progress | None] = ContextVar("progress", default=None)
"""Told (stage, done, total) as work goes on; the command line draws its bars with it."""


def tell(stage: str, done: int, total: int) -> None:
    if listener := progress.get():
        listener(stage, done, total)


@dataclass
class Outcome:
    """What became of the files of one period: rows of `raw/documents`, and the names that were skipped."""

    period: str
    read: list[dict] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    known: list[dict] = field(default_factory=list)

    @property
    def quarantined(self) -> list[dict]:
        return [row for row in [*self.read, *self.known] if row["status"] == QUARANTINED]


def read_limited(paths: Iterable[Path], workers: int = WORKERS) -> Iterator[tuple[Path, Reading]]:
    """(path, Reading) of each file as it is finished; a file that breaks its reader is a quarantined Reading."""
    for path, result in sandbox.read_many(read_file, list(paths), workers):
        yield path, result if isinstance(result, Reading) else _refused(path, result)


def _refused(path: Path, refusal: Refused) -> Reading:
    """The Reading of a file whose reader was stopped or died."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return Reading(path.name, digest, len(data), "", QUARANTINED, claim_of(path), refusal)


def periods_to_run(inbox_folder: Path, raw_folder: Path) -> list[str]:
    """Periods with files that are not read yet, in the calendar's order.

    Where nothing is new it is the newest period, so that warehouse and release are made anew; none of an empty inbox.
    """
    raw.prepare(raw_folder)
    known, waiting = raw.read_digests(raw_folder), Counter()
    for file in inbox.files(inbox_folder):
        digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
        waiting[file.period] += (file.period, digest) not in known
    return [period for period, count in waiting.items() if count] or list(waiting)[-1:]


def read_period(inbox_folder: Path, raw_folder: Path, period: str, workers: int = WORKERS) -> Outcome:
    """Read the period's new files into raw/; files read before, by content and reader version, are skipped."""
    raw.prepare(raw_folder)
    known = raw.already_read(raw_folder, period)
    outcome, new = Outcome(period), {}
    for file in inbox.files(inbox_folder):
        if file.period != period:
            continue
        digest = hashlib.sha256(file.path.read_bytes()).hexdigest()
        if digest in known:
            outcome.skipped.append((file.path.name, "read_before"))
        elif digest in new:
            outcome.skipped.append((file.path.name, f"same_content_as {new[digest].path.name}"))
        else:
            new[digest] = file
    by_path = {file.path: file for file in new.values()}
    tell("read", 0, len(by_path))
    for done, (path, reading) in enumerate(read_limited(by_path, workers), 1):
        received = datetime.fromtimestamp(by_path[path].modified_ns // 1_000_000_000, UTC)
        outcome.read.append(raw.write(raw_folder, period, reading, received))
        tell("read", done, len(by_path))
    outcome.read.sort(key=lambda row: row["file_name"])
    read_now = {row["file_sha256"] for row in outcome.read}
    outcome.known = [row for digest, row in known.items() if digest not in read_now]
    return outcome
