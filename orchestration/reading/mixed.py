"""Real and made-up documents in one place: which of those read are which, and a refusal to mix them unasked.

In: the inbox and raw/. Out: nothing, or MixedError.
Not here: how one document says that it is made up (`simulated.py`), and putting a sample in (`simulation/`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from orchestration.reading import digest, simulated
from orchestration.reading import inbox as inbox_files
from orchestration.reading import raw as raw_files
from orchestration.reading.sheets.decision import DECISION, is_decision
from orchestration.reading.sheets.edition import EDITION, is_named_edition
from orchestration.sentence import ToldError

ALLOW_MIXED = "PAR_ALLOW_MIXED"
# What a person decided and the criteria of an edition hold no figure: they are neither real nor made up.
WITHOUT_FIGURES = frozenset((DECISION, EDITION))


class MixedError(ToldError):
    """Real and made-up reports lie together and nobody asked for it."""


def _is_unread_report(path: Path, read: Collection[str]) -> bool:
    """Whether a file is not named as made up and nobody has read it; one that cannot be opened holds no figure."""
    content = None if simulated.is_named_simulated(path) else digest.if_readable(path)
    return content is not None and content not in read


def refuse_mixed(inbox: Path, raw: Path) -> None:
    """Raise MixedError where real and made-up documents would meet in one warehouse, unless ALLOW_MIXED is set.

    The sample's own real files do not count. What is not read yet is told by its name alone, so this
    is asked again when everything is read. A person's decision and an edition are neither.
    """
    if os.environ.get(ALLOW_MIXED):
        return
    sample = sample_files(raw)
    read = {content: is_made_up for content, is_made_up in documents(raw).items() if content not in sample.values()}
    waiting = [
        file.path
        for file in inbox_files.files(inbox)
        if not file.trouble
        and file.path.relative_to(inbox).as_posix() not in sample
        and not _is_without_figures(file.path)
    ]
    real = sum(not is_made_up for is_made_up in read.values())
    opened = read.keys() | without_figures(raw)
    real += sum(_is_unread_report(path, opened) for path in waiting)
    made_up = len(sample) + sum(read.values()) + sum(map(simulated.is_named_simulated, waiting))
    if real and made_up:
        raise MixedError(
            "Hộp thư có cả báo cáo thật và báo cáo MÔ PHỎNG nên chưa chạy. Hãy gỡ báo cáo mô phỏng bằng "
            "`par empty --simulated`, hoặc chạy `par run --allow-mixed` nếu cố ý (mọi sản phẩm sẽ mang dấu).",
            "Real and SIMULATED reports lie together, so nothing was run. Take the simulated ones out with "
            "`par empty --simulated`, or say `par run --allow-mixed` (every product stays marked).",
        )


def sample_manifest(raw: Path) -> Path:
    """Where the sample lists what it put into the inbox."""
    return raw / "sample.json"


def sample_files(raw: Path) -> dict[str, str]:
    """SHA-256 of every file that the sample put into the inbox, by its path there; empty without a sample."""
    manifest = sample_manifest(raw)
    if not manifest.exists():
        return {}
    return {file["path"]: file["sha256"] for file in json.loads(manifest.read_text(encoding="utf-8"))["files"]}


def documents(raw: Path) -> dict[str, bool]:
    """SHA-256 of every report and sheet of figures read → whether it is made up."""
    found: dict[str, bool] = {}
    for row in _rows(raw):
        if row["document_kind"] not in WITHOUT_FIGURES:
            found[row["file_sha256"]] = found.get(row["file_sha256"], False) or simulated.FLAG in row["flags"]
    return found


def without_figures(raw: Path) -> set[str]:
    """SHA-256 of every file read that holds no figure."""
    return {row["file_sha256"] for row in _rows(raw) if row["document_kind"] in WITHOUT_FIGURES}


def _is_without_figures(path: Path) -> bool:
    """Whether a file that nobody has read yet is a decision, or named as an edition."""
    return is_decision(path) or is_named_edition(path)


def _rows(raw: Path) -> Iterator[dict[str, Any]]:
    for path in raw_files.files_of(raw, "documents"):
        yield from raw_files.documents(raw, raw_files.period_of(path)).values()
