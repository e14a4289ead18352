"""Read what a period's inbox holds and is not read yet, several files at a time, each within limits.

In: the inbox and raw/. Out: raw Parquet and an Outcome that says of every file what became of it.
Not here: Dagster, and how one file is read (`reader.py`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.reading import digest, inbox, parcel, raw, sandbox
from orchestration.reading.inbox import InboxFile
from orchestration.reading.knowledge import catalogue
from orchestration.reading.knowledge.identity import claim_of
from orchestration.reading.parcel import Unpacked
from orchestration.reading.raw_rows import Place
from orchestration.reading.reader import MAX_BYTES, QUARANTINED, Reading, read_file
from orchestration.reading.refusal import Refused

WORKERS = min(4, os.cpu_count() or 1)

CHECKPOINT_SECONDS = 30.0
"""What is read is stored at least this often, so that a killed run does not lose an hour of scans."""

Progress = Callable[[str, int, int], None]
progress: ContextVar[Progress | None] = ContextVar("progress", default=None)
"""Told (stage, done, total) as work goes on; the command line draws its bars with it."""


def tell(stage: str, done: int, total: int) -> None:
    if listener := progress.get():
        listener(stage, done, total)


@dataclass
class Outcome:
    """What became of the files of one period: rows of `raw/documents` of files read now and before (`known`, of which
    some are no longer in the inbox), and the names that were skipped with why."""

    period: str
    read: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    known: list[dict[str, Any]] = field(default_factory=list)

    @property
    def quarantined(self) -> list[dict[str, Any]]:
        """Rows of files that lie in the inbox and are refused."""
        return [row for row in [*self.read, *self.known] if row["status"] == QUARANTINED and row["is_in_inbox"]]


def read_limited(paths: Iterable[Path], workers: int = WORKERS) -> Iterator[tuple[Path, Reading]]:
    """(path, Reading) of each file as it is finished; a file that breaks its reader is a quarantined Reading."""
    for path, result in sandbox.read_many(read_file, list(paths), workers):
        yield path, result if isinstance(result, Reading) else quarantined(path, result)


def quarantined(path: Path, refusal: Refused) -> Reading:
    """The Reading of a file whose reader was stopped or died, or that cannot be opened at all."""
    try:
        size, content = path.stat().st_size, digest.of_file(path)
    except (OSError, Refused):
        size, content = 0, digest.of_name(digest.exact(str(path)), refusal.code)
    name = digest.readable(path.name)
    return Reading(name, content, size, "", QUARANTINED, claim_of(path), refusal)


@dataclass(frozen=True)
class _Listed:
    """What lies in a period's folder, by the SHA-256 of its content: every file that has it, the first one counts.

    troubled: what stands in for a digest → the Reading that says why there is none.
    """

    files: dict[str, list[InboxFile]]
    troubled: dict[str, Reading]
    vanished: tuple[str, ...]
    places: dict[str, Place]


def _listed(inbox_folder: Path, period: str, opened: Mapping[str, list[Unpacked]]) -> _Listed:
    """What lies there now; in the place of a parcel that was opened lie its members."""
    found: dict[str, list[InboxFile]] = {}
    troubled: dict[str, Reading] = {}
    places: dict[str, Place] = {}
    vanished = []
    for file in inbox.files_of(inbox_folder, period):
        name, where = digest.readable(file.path.name), inbox.path_in_period(inbox_folder, file)
        try:
            if file.trouble:
                raise Refused(file.trouble)
            content = digest.of_file(file.path)
        except Refused as refusal:
            if refusal.code == "vanished":
                vanished.append(name)
                continue
            content = digest.of_name(where, refusal.code)
            troubled[content] = Reading(name, content, file.size, "", QUARANTINED, claim_of(file.path), refusal)
        else:
            if content in opened:
                for member in opened[content]:
                    inner = digest.of_file(member.path)
                    found.setdefault(inner, []).append(replace(file, path=member.path))
                    places.setdefault(inner, Place(f"{where}{parcel.STEP}{member.way}", _time_of(file)))
                continue
            found.setdefault(content, []).append(file)
        places.setdefault(content, Place(where, _time_of(file)))
    return _Listed(found, troubled, tuple(vanished), places)


def open_parcels(paths: Sequence[Path], folder: Path, workers: int = WORKERS) -> dict[Path, list[Unpacked]]:
    """Each path that is a parcel → its members, as files below `folder`; one that cannot be opened is left out.

    Of the pictures of one report the first has the whole report as its member, the others have none.
    """
    tasks = [(path, folder / digest.of_file(path)) for path in paths if parcel.may_be_parcel(path)]
    opened = {
        path: result
        for (path, _), result in sandbox.read_many(parcel.unpack, tasks, workers)
        if not isinstance(result, Refused)
    }
    runs = [(run, folder / digest.of_files(run)) for run in parcel.runs_of_pictures(paths)]
    for (run, _), result in sandbox.read_many(parcel.join, runs, workers):
        if not isinstance(result, Refused):
            opened |= {**{path: [] for path in run}, run[0]: result}
    return opened


def _opened(inbox_folder: Path, raw_folder: Path, period: str) -> dict[str, list[Unpacked]]:
    """SHA-256 of each parcel of the period that was opened before → what is in it."""
    folder = raw.parcels(raw_folder, period)
    files = _readable_files(inbox_folder, period)
    found = {content: parcel.unpacked(folder / content) for content in map(digest.if_readable, files) if content}
    opened = {content: members for content, members in found.items() if members is not None}
    for run in parcel.runs_of_pictures(files):
        if (members := parcel.unpacked(folder / digest.of_files(run))) is not None:
            contents = list(map(digest.of_file, run))
            opened |= {**{content: [] for content in contents}, contents[0]: members}
    return opened


def file_of(inbox_folder: Path, raw_folder: Path, period: str, content: str) -> Path | None:
    """Where the bytes with this SHA-256 lie now: in the period's folder, or in what was unpacked of it."""
    opened = _opened(inbox_folder, raw_folder, period)
    members = [member.path for files in opened.values() for member in files]
    lying = [*_readable_files(inbox_folder, period), *members]
    return next((path for path in lying if digest.if_readable(path) == content), None)


def _readable_files(inbox_folder: Path, period: str) -> list[Path]:
    return [file.path for file in inbox.files_of(inbox_folder, period) if not file.trouble]


def _open_parcels(
    inbox_folder: Path, raw_folder: Path, period: str, known: Mapping[str, Any], workers: int
) -> dict[str, list[Unpacked]]:
    """As `_opened`, after opening those that are new; one that cannot be opened is read as a file, and refused."""
    opened = _opened(inbox_folder, raw_folder, period)
    folder = raw.parcels(raw_folder, period)
    new: dict[Path, str] = {}
    for file in inbox.files_of(inbox_folder, period):
        content = None if file.trouble or file.size > MAX_BYTES else digest.if_readable(file.path)
        if content and content not in opened and content not in known:
            new[file.path] = content
    for run in parcel.runs_of_pictures(_readable_files(inbox_folder, period)):
        if digest.of_file(run[0]) not in opened:
            new |= {path: digest.of_file(path) for path in run}
    opened |= {new[path]: members for path, members in open_parcels(list(new), folder, workers).items()}
    parcel.keep_only(
        folder, {member.path.relative_to(folder).parts[0] for files in opened.values() for member in files}
    )
    return opened


def _name(file: InboxFile) -> str:
    return digest.readable(file.path.name)


def _time_of(file: InboxFile) -> datetime | None:
    """The file's time to the second; None for a time that no calendar knows."""
    try:
        return datetime.fromtimestamp(file.modified_ns // 1_000_000_000, UTC) if file.modified_ns else None
    except (OverflowError, OSError, ValueError):
        return None


def _to_read(listed: _Listed, known: dict[str, dict[str, Any]], again: str = "") -> dict[str, InboxFile]:
    """Files that nobody has read, that another reader has read, whose refusal is not final, or that bear another name,
    which is a claim about their content; and those that are to be read again."""
    return {
        content: files[0]
        for content, files in listed.files.items()
        if content not in known
        or again == EVERY_FILE
        or (again and (content.startswith(again) or again in map(_name, files)))
        or not raw.is_current(known[content])
        or not known[content]["is_final"]
        or known[content]["file_name"] not in map(_name, files)
    }


def _new_trouble(listed: _Listed, known: dict[str, dict[str, Any]]) -> list[Reading]:
    return [
        reading
        for content, reading in listed.troubled.items()
        if content not in known or not raw.is_current(known[content])
    ]


def periods_to_run(inbox_folder: Path, raw_folder: Path) -> list[str]:
    """Periods with something to do, in the calendar's order: a file that is not read yet or is to be tried again, or
    one that came back or was taken away. None where everything is as it was. Changes nothing."""
    return [period for period in catalogue.periods() if _has_work(inbox_folder, raw_folder, period)]


def _has_work(inbox_folder: Path, raw_folder: Path, period: str) -> bool:
    known = raw.documents(raw_folder, period) if raw.is_whole(raw_folder, period) else {}
    if not known and not (inbox_folder / period).exists():
        return False
    listed = _listed(inbox_folder, period, _opened(inbox_folder, raw_folder, period))
    there = {content for content, row in known.items() if row["is_in_inbox"]}
    return bool(_to_read(listed, known) or _new_trouble(listed, known) or there != listed.places.keys() & known.keys())


EVERY_FILE = "*"


def read_period(inbox_folder: Path, raw_folder: Path, period: str, workers: int = WORKERS, again: str = "") -> Outcome:
    """Read the period's new files into raw/; files read before, by content, name and reader version, are skipped.

    again: a file name or the start of a SHA-256 of what is read although it was read before, or EVERY_FILE.
    What is read is stored now and then, so that a run that is killed does not begin anew.
    """
    raw.prepare(raw_folder)
    taken = raw.take(raw_folder, period)
    known = raw.documents(raw_folder, period)
    opened = _open_parcels(inbox_folder, raw_folder, period, known, workers)
    listed = _listed(inbox_folder, period, opened)
    new = _to_read(listed, known, again)
    outcome = Outcome(period)
    for content, files in listed.files.items():
        if content not in new and content not in taken:
            outcome.skipped.append((_name(files[0]), "read_before"))
        outcome.skipped += [(_name(other), f"same_content_as {_name(files[0])}") for other in files[1:]]
    outcome.skipped += [(name, "vanished") for name in listed.vanished]
    places = dict(listed.places)
    outcome.read = _read_and_store(raw_folder, period, new, places, _new_trouble(listed, known), workers=workers)
    raw.note_presence(raw_folder, period, _still_there(outcome.read, places))
    read_now = {row["file_sha256"] for row in outcome.read} | set(taken)
    rows = raw.documents(raw_folder, period)
    outcome.read = sorted(
        (rows[content] for content in read_now), key=lambda row: (row["file_name"], row["file_sha256"])
    )
    outcome.known = [row for content, row in rows.items() if content not in read_now]
    return outcome


def _read_and_store(
    root: Path,
    period: str,
    files: Mapping[str, InboxFile],
    places: dict[str, Place],
    waiting: list[Reading],
    *,
    workers: int,
) -> list[dict[str, Any]]:
    """Read `files` into the raw folder `root`, beside the readings that wait to be stored; their documents rows.

    places: where each lies; of a file whose content was changed since it was listed the entry follows.
    """
    by_path = {file.path: content for content, file in files.items()}
    written: list[dict[str, Any]] = []
    tell("read", 0, len(by_path))
    stored = _Clock()
    for done, (path, answer) in enumerate(read_limited(by_path, workers), 1):
        is_unseen = answer.refusal and answer.refusal.code in digest.NOT_OPENED
        reading = replace(answer, sha256=by_path[path]) if is_unseen else answer
        if reading.sha256 != by_path[path]:
            places[reading.sha256] = places.pop(by_path[path])
        waiting.append(reading)
        tell("read", done, len(by_path))
        if stored.is_due():
            written += raw.write(root, period, waiting, places=places)
            waiting = []
            stored.restart()
    return written + raw.write(root, period, waiting, places=places)


def divide(inbox_folder: Path, raw_folder: Path, period: str, count: int, workers: int = WORKERS) -> list[list[str]]:
    """SHA-256 of the period's files that are to be read, in at most `count` parts of about as many bytes each.

    Parcels are opened; nothing is read.
    """
    raw.prepare(raw_folder)
    known = raw.documents(raw_folder, period)
    listed = _listed(inbox_folder, period, _open_parcels(inbox_folder, raw_folder, period, known, workers))
    parts: list[list[str]] = [[] for _ in range(count)]
    weights = [0] * count
    for content, file in sorted(_to_read(listed, known).items(), key=lambda item: (-item[1].size, item[0])):
        lightest = weights.index(min(weights))
        parts[lightest].append(content)
        weights[lightest] += file.size
    return [part for part in parts if part]


def read_shard(
    inbox_folder: Path, raw_folder: Path, period: str, number: int, contents: Collection[str]
) -> list[dict[str, Any]]:
    """Read a part of the period's files into a raw folder of its own; their documents rows. The one writer takes them
    over when it reads the period (`raw.take`). What the shard holds already, after a reading that was killed, stays.
    """
    root = raw.shard(raw_folder, period, number)
    raw.prepare(root)
    done = {content for content, row in raw.documents(root, period).items() if raw.is_current(row)}
    listed = _listed(inbox_folder, period, _opened(inbox_folder, raw_folder, period))
    files = {content: listed.files[content][0] for content in contents if content in listed.files.keys() - done}
    return _read_and_store(root, period, files, dict(listed.places), [], workers=WORKERS)


def _still_there(read: list[dict[str, Any]], places: dict[str, Place]) -> dict[str, Place]:
    gone = {row["file_sha256"] for row in read if not row["is_in_inbox"]}
    return {content: place for content, place in places.items() if content not in gone}


class _Clock:
    """When to store what was read: every half minute, and seldom enough that storing takes a tenth of the time."""

    def __init__(self) -> None:
        self._began = self._due = 0.0
        self.restart()

    def is_due(self) -> bool:
        self._began = time.monotonic()
        return self._began >= self._due

    def restart(self) -> None:
        now = time.monotonic()
        self._due = now + max(CHECKPOINT_SECONDS, 10 * (now - self._began) if self._began else 0)
