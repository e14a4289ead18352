"""The sample: a small nation and a few real files, put into an empty inbox and taken out again.

In: the inbox, raw/, and a folder of real files, one folder a period: a report, published scores. Out: files, and
raw/sample.json, which lists each with its SHA-256, so that what is taken out is exactly what was put in.
Not here: making the nation (`nation.py`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestration.reading import digest, mixed, simulated
from orchestration.reading import inbox as inbox_files
from orchestration.reading import raw as raw_files
from orchestration.reading.mixed import sample_files, sample_manifest
from orchestration.simulation.nation import Order, Written, periods_of, write_nation

ORDER = Order(seed=7, periods=(*periods_of((2023, 2024, 2025), ("FY",)), *periods_of((2025,), ("Q1",))), scores=True)
"""All provinces, three annual reports across the merger with all inputs of the index, and one quarter."""

_TRUTH = "sample_truth"


@dataclass(frozen=True)
class Removed:
    """files: taken out of the inbox.  kept: sample files that somebody changed, which therefore stay."""

    files: int
    kept: tuple[Path, ...]


def is_empty(inbox: Path) -> bool:
    return not inbox_files.files(inbox) and not inbox_files.strays(inbox)


def fill(inbox: Path, raw: Path, real: Path, tell: Callable[[int, int], None] = lambda *_: None) -> Written:
    """Put the nation and the files under `real` into the inbox and list them; the truth goes beside the list."""
    written = write_nation(ORDER, inbox, raw / _TRUTH, tell)
    put = list(written.files)
    for source in sorted(path for path in real.rglob("*") if path.is_file()):
        target = inbox / source.relative_to(real)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        put.append(target)
    listed = [{"path": path.relative_to(inbox).as_posix(), "sha256": digest.if_readable(path)} for path in put]
    sample_manifest(raw).write_text(json.dumps({"files": listed}, indent=0, ensure_ascii=False), encoding="utf-8")
    return written


def take_out(inbox: Path, raw: Path) -> Removed:
    """Remove what the sample put in, from the inbox and from raw/; a file that was changed since stays."""
    files, kept = sample_files(raw), []
    removed: set[str] = set()
    for name, content in files.items():
        path = inbox / name
        removed.add(content)
        if path.exists() and digest.if_readable(path) != content:
            kept.append(path)
        else:
            path.unlink(missing_ok=True)
    forget(raw, removed)
    _remove_empty_folders(inbox)
    shutil.rmtree(raw / _TRUTH, ignore_errors=True)
    sample_manifest(raw).unlink(missing_ok=True)
    return Removed(len(files) - len(kept), tuple(kept))


def forget(raw: Path, digests: set[str]) -> None:
    """Remove what raw/ holds of these files: their rows and their pictures."""
    raw_files.forget(raw, digests)
    for folder in raw.glob("*"):
        if folder.is_dir() and any(folder.glob("period=*")):
            _remove_empty_folders(folder)
            if not any(folder.iterdir()):
                folder.rmdir()


def take_out_simulated(inbox: Path, raw: Path) -> int:
    """Remove every made-up document from the inbox and from raw/; returns how many files were in the inbox."""
    known = {content for content, is_made_up in mixed.documents(raw).items() if is_made_up}
    found = [
        file.path
        for file in inbox_files.files(inbox)
        if not file.trouble and (simulated.is_named_simulated(file.path) or digest.if_readable(file.path) in known)
    ]
    for path in found:
        path.unlink()
    forget(raw, known)
    _remove_empty_folders(inbox)
    return len(found)


def _remove_empty_folders(root: Path) -> None:
    """Folders under `root` that hold nothing; `root` itself stays."""
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
