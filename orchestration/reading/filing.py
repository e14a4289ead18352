"""File what lies outside every period's folder into the period that it speaks of.

In: the inbox. Out: files moved to inbox/<period>/, and those that stay with why. Not here: storing what they say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration.reading import batch, digest, inbox, raw
from orchestration.reading.reader import Reading
from orchestration.sentence import Sentence

_SILENT = Sentence(
    "Không nói rõ kỳ báo cáo; hãy chuyển vào inbox/<kỳ>/.", "It names no reporting period: move it to inbox/<period>/."
)
_SEVERAL = Sentence(
    "Nói về nhiều kỳ ({periods}); hãy tách ra và chuyển vào inbox/<kỳ>/.",
    "It speaks of several periods ({periods}): take it apart and move the parts to inbox/<period>/.",
)

_SAME = Sentence(
    "{name} có cùng nội dung; hãy xóa tệp ngoài thư mục kỳ.", "{name} has the same content: delete the one outside."
)


@dataclass(frozen=True)
class Filed:
    """A file outside every period's folder: where it was moved to, or why it stays."""

    path: Path
    target: Path | None = None
    why: Sentence | None = None


def file_strays(inbox_folder: Path, raw_folder: Path) -> list[Filed]:
    """Move each stray to the folder of the one period that it, or all that is in it, speaks of; never over a file.

    Where it cannot be read its name counts, and it will be quarantined there. A decision goes to the file it is about.
    """
    strays = [path for path in inbox.strays(inbox_folder) if path.is_file() and not path.is_symlink()]
    with TemporaryDirectory() as folder:
        opened = batch.open_parcels(strays, Path(folder))
        parts = {path: [member.path for member in opened[path]] if opened.get(path) else [path] for path in strays}
        readings = dict(batch.read_limited(part for members in parts.values() for part in members))
        periods = {
            path: sorted({period for part in members for period in _periods(readings[part], raw_folder)})
            for path, members in parts.items()
        }
    return [_file(path, found, inbox_folder) for path, found in periods.items()]


def _periods(reading: Reading, raw_folder: Path) -> Iterable[str]:
    if reading.identity:
        return [reading.identity.period.key]
    if reading.sheet and reading.sheet.decisions:
        targets = {decision.target_sha256 for decision in reading.sheet.decisions}
        return {period for target in targets for period, _ in raw.documents_like(raw_folder, target)}
    return [reading.claim.period] if reading.claim.period else []


def _file(path: Path, periods: list[str], inbox_folder: Path) -> Filed:
    if len(periods) != 1:
        return Filed(path, why=_SEVERAL.format(periods=", ".join(periods)) if periods else _SILENT)
    folder = inbox_folder / periods[0]
    folder.mkdir(exist_ok=True)
    names = (path.name, *(f"{path.stem} ({number}){path.suffix}" for number in range(2, 1000)))
    target = next(folder / name for name in names if not (folder / name).exists() or _same(folder / name, path))
    if target.exists():
        return Filed(path, why=_SAME.format(name=target.relative_to(inbox_folder)))
    try:
        # Unlike a renaming this never takes the place of a file that was put there meanwhile.
        os.link(path, target)
        path.unlink()
    except FileExistsError:
        return _file(path, periods, inbox_folder)
    except OSError:  # a file system without links
        path.rename(target)
    return Filed(path, target)


def _same(one: Path, other: Path) -> bool:
    return digest.if_readable(one) == digest.if_readable(other)
