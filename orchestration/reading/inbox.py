"""What lies in the inbox: the files of a period, and files that lie outside every period's folder.

Looks at names, sizes and times only. Not here: opening a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orchestration.reading import catalogue

_UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")


@dataclass(frozen=True)
class InboxFile:
    path: Path
    period: str
    size: int
    modified_ns: int


def files(inbox: Path) -> list[InboxFile]:
    """Every document under inbox/<period>/, sorted by path; hidden, lock and half-copied files are left alone."""
    found = []
    for period in catalogue.periods():
        for path in sorted((inbox / period).rglob("*")):
            if path.is_file() and not _is_set_aside(path, inbox):
                status = path.stat()
                found.append(InboxFile(path, period, status.st_size, status.st_mtime_ns))
    return found


def strays(inbox: Path) -> list[Path]:
    """Files that no run will read, because they lie outside a period's folder."""
    if not inbox.is_dir():
        return []
    periods = catalogue.periods()
    return [
        path
        for path in sorted(inbox.rglob("*"))
        if path.is_file() and path.relative_to(inbox).parts[0] not in periods and not _is_set_aside(path, inbox)
    ]


def _is_set_aside(path: Path, inbox: Path) -> bool:
    parts = path.relative_to(inbox).parts
    return any(part.startswith((".", "~$")) for part in parts) or path.name.lower().endswith(_UNFINISHED)
