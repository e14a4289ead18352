"""What a file's bytes are called, and what its name is in readable letters.

In: a path. Out: the SHA-256 of its content, computed by blocks whatever its size and remembered while size and time
stay the same; and names as text that can be stored and printed. Not here: which files there are (`inbox.py`).
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from orchestration.reading.refusal import Refused

NOT_OPENED = frozenset(("no_rights", "not_opened", "vanished"))
"""Reasons for which the content of a file is not known."""

_known: dict[str, tuple[tuple[int, int, int, int], str]] = {}


def of_file(path: Path) -> str:
    """The SHA-256 of a file's content. Raises Refused vanished, no_rights or not_opened."""
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            known = _known.get(str(path))
            if known and known[0] == state:
                return known[1]
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise not_opened(error) from None
    _known[str(path)] = (state, found)
    return found


def of_files(paths: Iterable[Path]) -> str:
    """Of several files in their order. Raises as `of_file`."""
    return hashlib.sha256(" ".join(map(of_file, paths)).encode()).hexdigest()


def of_name(inbox_path: str, why: str) -> str:
    """Stands in for the SHA-256 of what cannot be opened: the same for the same place and cause."""
    return hashlib.sha256(f"{why}\0{inbox_path}".encode()).hexdigest()


def not_opened(error: OSError) -> Refused:
    """Why a file could not be opened, as a reason."""
    if isinstance(error, FileNotFoundError):
        return Refused("vanished")
    if isinstance(error, PermissionError):
        return Refused("no_rights")
    return Refused("not_opened", detail=error.strerror or type(error).__name__)


def readable(name: str) -> str:
    """A file name as text: one that is not UTF-8 is taken for the Windows code page of Vietnamese, or of the West where
    the marks would stand on no letter that has them."""
    data = _bytes_of(name)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for page in ("cp1258", "cp1252"):
        try:
            text = unicodedata.normalize("NFC", data.decode(page))
        except UnicodeDecodeError:
            continue
        if not any(map(unicodedata.combining, text)):
            return text
    return data.decode("utf-8", errors="backslashreplace")


def printable(name: str) -> str:
    """A name without the signs that have no ink or turn the direction of writing."""
    return "".join(sign for sign in name if sign.isprintable())


def exact(name: str) -> str:
    r"""A path as text from which its bytes can be had again: what is not UTF-8 is written `\xe1`."""
    return _bytes_of(name).decode("utf-8", errors="backslashreplace")


def _bytes_of(name: str) -> bytes:
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        return name.encode("utf-8", errors="backslashreplace")


def if_readable(path: Path) -> str | None:
    """The SHA-256 of a file, None of one that cannot be opened."""
    try:
        return of_file(path)
    except Refused:
        return None
