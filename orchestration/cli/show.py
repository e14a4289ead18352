"""`par show`: a page or a row of a file as its reader saw it, with the cells framed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from orchestration import paths
from orchestration.cli.console import out
from orchestration.reading import batch, raw, shown
from orchestration.sentence import ToldError


@click.command()
@click.argument("report")
@click.argument("code", default="")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Folder for what is written.")
def show(report: str, code: str, folder: Path | None) -> None:
    """Write REPORT as its reader saw it, the row of CODE framed: pictures of pages, or a page of HTML.

    REPORT: a file, or of the inbox its path, its name, or the start of its SHA-256. Without CODE the cells in doubt are
    marked.
    """
    with tempfile.TemporaryDirectory(prefix="par-show-") as aside:
        file = _only_member(Path(report), Path(aside)) if Path(report).is_file() else _of_the_inbox(report)
        target = folder or Path(tempfile.gettempdir()) / f"par-show-{os.getuid()}"
        [(_, reading)] = batch.read_limited([file])
        for path in shown.write(file, reading, code, target):
            out.print(str(path), highlight=False, soft_wrap=True)


def _only_member(path: Path, aside: Path) -> Path:
    """The file itself, or the one that a parcel holds."""
    members = batch.open_parcels([path], aside).get(path)
    if members is None:
        return path
    if len(members) == 1:
        return members[0].path
    names = ", ".join(member.way for member in members)
    raise ToldError(
        f"{path.name} chứa nhiều tệp: {names}. Hãy giải nén rồi xem từng tệp.", "Unpack it and show one file."
    )


def _of_the_inbox(name: str) -> Path:
    found = raw.documents_like(paths.raw(), name)
    if len({row["file_sha256"] for _, row in found}) > 1:
        names = "; ".join(f"{period}/{row['inbox_path']} ({row['file_sha256'][:12]})" for period, row in found)
        raise ToldError(f"«{name}» chỉ nhiều tệp, hãy nêu mã SHA-256: {names}.", "It names several files.")
    for period, row in found:
        if path := batch.file_of(paths.inbox(), paths.raw(), period, row["file_sha256"]):
            return path
    raise ToldError(
        f"Không có tệp nào như «{name}» trong máy hay hộp thư; hãy nêu đường dẫn, tên tệp hoặc phần đầu mã SHA-256.",
        "No such file lies here or in the inbox: give a path, a file name, or the start of a SHA-256.",
    )
