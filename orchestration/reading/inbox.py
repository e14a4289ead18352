"""What lies in the inbox: the files of a period, what there is that cannot be read, and files outside every period.

Looks at names, sizes and times only. Not here: opening a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestration.reading import digest
from orchestration.reading.knowledge import catalogue

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart", ":zone.identifier")
_OF_THE_SYSTEM = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"))


@dataclass(frozen=True)
class InboxFile:
    """trouble: the code of the reason why this cannot be read: a folder without rights, a link to nothing, a pipe."""

    path: Path
    period: str
    size: int
    modified_ns: int
    trouble: str | None = None


def files(inbox: Path) -> list[InboxFile]:
    """Every document under inbox/<period>/, sorted by path; hidden, lock and half-copied files are left alone.

    Linked folders are followed, once each. What should be a document and cannot be one is there with its trouble.
    """
    return [file for period in catalogue.periods() for file in files_of(inbox, period)]


def periods(inbox: Path) -> list[str]:
    """Periods whose folder holds a file, in the calendar's order."""
    return list(dict.fromkeys(file.period for file in files(inbox)))


def files_of(inbox: Path, period: str) -> list[InboxFile]:
    """The documents of one period, as `files`."""
    return [
        InboxFile(path, period, status.st_size if status else 0, status.st_mtime_ns if status else 0, trouble)
        for path, status, trouble in _walk(inbox / period, inbox)
    ]


def path_in_period(inbox: Path, file: InboxFile) -> str:
    r"""A file's path below its period's folder, `/` between; bytes that are not UTF-8 as `\xe1`."""
    return digest.exact(file.path.relative_to(inbox / file.period).as_posix())


def strays(inbox: Path) -> list[Path]:
    """What no run will read because it lies outside a period's folder."""
    if not inbox.is_dir():
        return []
    periods = catalogue.periods()
    found: list[Path] = []
    try:
        entries = _entries(inbox)
    except OSError:
        return [inbox]
    for path in entries:
        if (path.name in periods and not path.is_file()) or is_set_aside(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            found.extend(inner for inner, _, _ in _walk(path, inbox))
        else:
            found.append(path)
    return sorted(found)


_Found = tuple[Path, os.stat_result | None, str | None]


def _walk(folder: Path, inbox: Path) -> Iterator[_Found]:
    """(path, state, trouble) of everything under a folder, sorted by path; nothing where there is no such folder."""
    if os.path.lexists(folder) and not folder.is_file():
        yield from sorted(_look_at(folder, inbox, set()), key=lambda found: found[0])


def _look_at(path: Path, inbox: Path, seen: set[tuple[int, int]]) -> Iterator[_Found]:
    try:
        status = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            yield path, None, "broken_link"
        return
    except PermissionError:
        yield path, None, "no_rights"
        return
    except OSError:
        yield path, None, "broken_link" if path.is_symlink() else "not_opened"
        return
    if stat.S_ISDIR(status.st_mode):
        if path.is_symlink() and inbox.resolve().is_relative_to(path.resolve()):
            yield path, None, "broken_link"
            return
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        try:
            entries = _entries(path)
        except OSError as error:
            yield path, None, digest.not_opened(error).code
            return
        for entry in entries:
            if not is_set_aside(entry.name):
                yield from _look_at(entry, inbox, seen)
    elif stat.S_ISREG(status.st_mode):
        yield path, status, None
    else:
        yield path, None, "not_a_file"


def _entries(folder: Path) -> list[Path]:
    return sorted(folder / entry.name for entry in os.scandir(folder))


def is_set_aside(name: str) -> bool:
    """Whether a name is of a hidden, lock or half-copied file, or one that the system keeps."""
    lowered = name.lower()
    return name.startswith((".", "~$")) or lowered.endswith(_UNFINISHED) or lowered in _OF_THE_SYSTEM
