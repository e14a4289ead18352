"""`par verify`: whether a release is still what was published."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration import paths
from orchestration.cli.console import err, out
from orchestration.publishing import checksums
from orchestration.publishing.release import latest_release
from orchestration.sentence import ToldError


@click.command()
@click.argument("release", required=False)
def verify(release: str | None) -> None:
    """Compare RELEASE (a name or a folder; the latest if none is given) with its SHA256SUMS; exit status 1 on any
    difference."""
    folder = _folder_of(release)
    problems = checksums.verify(folder)
    for problem in problems:
        err.print(f"! {problem}", highlight=False, markup=False, soft_wrap=True)
    if problems:
        raise click.exceptions.Exit(1)
    out.print(
        f"Bản công bố {folder.name} nguyên vẹn. / The release {folder.name} is as it was published.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _folder_of(release: str | None) -> Path:
    if release is None:
        folder = latest_release(paths.exports())
        if folder is None:
            raise ToldError(
                "Chưa có bản công bố nào; hãy chạy `par run` trước.", "There is no release yet: run `par run`."
            )
        return folder
    known = paths.exports() / release
    return known if known.is_dir() else Path(release)
