"""`par rebuild`: a release of before, made again elsewhere from the same rows, and whether it has the same bytes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import click

from orchestration import paths
from orchestration.cli.console import out, warn
from orchestration.publishing import history
from orchestration.publishing.checksums import FILE as CHECKSUMS
from orchestration.publishing.readme import INDEX
from orchestration.publishing.release import latest_release, point_latest_at
from orchestration.sentence import Sentence, ToldError


@click.command()
@click.option("--release", "name", required=True, help="The name of a release, such as 2026-11-24_171500.")
@click.option("--to", "home", required=True, type=click.Path(path_type=Path), help="A new folder for it.")
def rebuild(name: str, home: Path) -> None:
    """Make a release again in another folder, from what it was made from. Exit status 1 where a byte differs."""
    noted, wanted = history.of_release(paths.history(), name), paths.exports() / name
    if home.exists() and any(home.iterdir()):
        raise ToldError(f"{home} không trống.", "The folder must be new or empty.")
    if noted["code_version"] != history.code_version():
        warn(
            Sentence(
                "Mã nguồn hoặc danh mục đã khác so với khi công bố, nên kết quả có thể khác; hãy lấy đúng phiên bản.",
                "Code or seeds are not those of the release, so it may differ: check out the version of that time.",
            )
        )
    home = home.resolve()
    history.raw_as_of(noted, paths.raw(), home / "raw")
    _bring_the_one_before(noted["changes_since"], paths.exports(), home / "warehouse" / "exports")
    # An object store holds the published releases, and is not written to.
    for name_of_store in ("PAR_INBOX_URL", "PAR_RAW_URL", "PAR_EXPORTS_URL"):
        os.environ.pop(name_of_store, None)
    os.environ |= {
        "PAR_HOME": str(home),
        "PAR_INBOX": str(home / "raw" / "inbox"),
        "DAGSTER_HOME": str(home / ".dagster"),
        "PAR_NOW": f"{noted['as_of']}T12:00:00+07:00",
    }
    # Dagster takes seconds to load.
    from orchestration import run  # noqa: PLC0415

    with run.instance(warn) as instance:
        done = run.run(instance, [], [])
    made = latest_release(paths.exports())
    if not done.is_whole or made is None:
        raise ToldError(f"Không dựng lại được; xem {done.log}.", "It could not be built again: see the log.")
    if different := sorted(_sums(wanted) ^ _sums(made)):
        files = sorted({line.partition("  ")[2] for line in different})
        raise ToldError(
            f"{len(files)} tệp khác với bản đã công bố, như {files[0]}; bản dựng lại ở {made}.",
            "Files differ from those that were published.",
        )
    out.print(f"Giống hệt từng byte / the same to the byte: {made}", highlight=False, soft_wrap=True)


def _bring_the_one_before(contents: str | None, exports: Path, target: Path) -> None:
    """The release that the changes were told against, by the digest of its contents."""
    indexes = [path for path in sorted(exports.glob(f"*/{INDEX}")) if not path.parent.is_symlink()]
    for index in indexes if contents else []:
        if json.loads(index.read_text(encoding="utf-8"))["contents"] == contents:
            shutil.copytree(index.parent, target / index.parent.name)
            point_latest_at(target, index.parent.name)
            return


def _sums(release: Path) -> set[str]:
    return set((release / CHECKSUMS).read_text(encoding="utf-8").splitlines())
