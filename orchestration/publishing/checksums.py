"""The checksums of a release, in the form that `sha256sum -c` reads, and what a folder lacks of them.

In: a folder. Out: its SHA256SUMS; one sentence for every file that is not as it was published.
Not here: when they are written (release.py) and how the sentences are shown (orchestration/cli/verify.py).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from orchestration.sentence import Sentence, ToldError

FILE = "SHA256SUMS"


class NoChecksumsError(ToldError):
    """A folder cannot be verified, because nothing in it says what it should hold."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """Write `SHA256SUMS` of every file below `folder`, by path."""
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in _files(folder)]
    (folder / FILE).write_text("".join(lines), encoding="utf-8", newline="\n")


def verify(folder: Path) -> list[Sentence]:
    """What is missing, changed or added since `folder` was published; nothing where it is as it was.

    Raises NoChecksumsError where the folder or its checksums cannot be read.
    """
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
        expected = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        raise NoChecksumsError(
            f"Thư mục {folder.name} không có tệp {FILE} đọc được, nên không kiểm tra được; hãy lấy lại bản công bố.",
            f"The folder {folder.name} has no readable {FILE}, so it cannot be verified: fetch the release again.",
        ) from error
    found = set(_files(folder))
    problems = []
    for name, digest in expected.items():
        if name not in found:
            problems.append(Sentence(f"Thiếu tệp {name}.", f"{name} is missing."))
        elif sha256_of(folder / name) != digest:
            problems.append(
                Sentence(
                    f"Tệp {name} đã bị thay đổi sau khi công bố.",
                    f"{name} was changed after it was published.",
                )
            )
    for name in sorted(found - set(expected)):
        problems.append(
            Sentence(f"Tệp {name} không thuộc bản công bố.", f"{name} is no part of the release as it was published.")
        )
    return problems


def _files(folder: Path) -> list[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in files if name != FILE)
