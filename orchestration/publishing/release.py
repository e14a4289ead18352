"""A release: one folder of files for people, written aside, renamed into place, frozen, and pointed at by `latest`.

In: a warehouse that nobody writes, its dbt manifest, the exports folder, a name. Out: exports/<name>/.
Not here: what the files hold (package.py, workbook.py, figures.py).

Two releases of one warehouse differ in the name of their folder and in nothing else: no clock, no name, no path of
this machine is written into a file.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import duckdb

from orchestration.clock import LOCAL_TIME
from orchestration.publishing import (
    appeal_book,
    changes,
    checksums,
    dictionary,
    figures,
    open_data,
    package,
    province_book,
    readme,
    sdmx,
    site,
    table,
    workbook,
)
from orchestration.publishing.checksums import sha256_of
from orchestration.publishing.facts import Facts
from orchestration.publishing.package import Resource
from orchestration.publishing.print import pdf
from orchestration.publishing.print.standing import Nation
from orchestration.publishing.product import Product
from orchestration.publishing.table import Method, PublishedTable
from orchestration.sentence import ToldError

LATEST = "latest"
RELEASE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


class ReleaseRefusedError(ToldError):
    """A release cannot be written under this name; the message says why and what to do."""


@dataclass(frozen=True)
class Release:
    """What was written: the folder, its files, and how many rows each table has.

    is_new: false where it would not have differed from the release before it, which then stays the newest.
    """

    name: str
    is_new: bool
    folder: Path
    files: tuple[str, ...]
    row_counts: dict[str, int]
    bytes: int


def release_name(now: datetime, taken: Collection[str] = ()) -> str:
    """A name that sorts by time and says the hour in Việt Nam: `2026-11-24_171500`. `now` carries its time zone.

    taken: names of releases that exist; a second one of the same second gets a letter.
    """
    if now.tzinfo is None:
        raise ValueError("release_name needs a time with a time zone")
    name = f"{now.astimezone(LOCAL_TIME):%Y-%m-%d_%H%M%S}"
    free: list[str] = [name + letter for letter in ("", *ascii_lowercase) if name + letter not in taken]
    return free[0]


def write_release(database: Path, manifest: Path, exports: Path, name: str, *, raw_root: Path | None = None) -> Release:
    """Write the release `name` of `database` and make it the latest; where it would differ in nothing, keep the newest.

    raw_root: the raw/ that it was built from, whose cut-outs of scanned cells are shown.

    A figure that calls itself simulated is marked wherever it stands, and so are the descriptor, the README and the
    name of every file for people that holds one. Nothing is left behind where it raises ReleaseRefusedError (the name
    is taken or unusable) or NothingToPublishError (the manifest or the warehouse lacks a table).
    """
    folder = exports / name
    _refuse_unusable(name, folder)
    described = _read_manifest(manifest)
    tables, method = table.published_tables(described), table.release_method(described)
    aside = exports / f".{name}.aside"
    _remove(aside)
    aside.mkdir(parents=True)
    try:
        with table.open_warehouse(database) as connection:
            mark = table.SIMULATED_MARK if table.has_simulated_rows(connection, tables) else None
            facts = Facts(connection, raw_root)
            resources = [
                package.write_table(table.read_table(connection, published), published, aside) for published in tables
            ]
            contents = package.contents_digest(resources)
            changed = changes.changes_of(aside, contents, latest_release(exports))
            resources.append(package.write_table(changed.rows, changes.TABLE, aside))
            tables = [*tables, changes.TABLE]
            products = _products(connection, facts, tables, method, contents=contents, changed=changed)
            listed = [
                (one.table, [path for path in (one.spreadsheet, one.csv, one.parquet) if path]) for one in resources
            ]
            products.append(site.product(facts, products, listed, method, mark, changes=changed.rows.to_pylist()))
            earlier = _index_of(latest_release(exports))
            for product in products:
                path = aside / product.path
                path.parent.mkdir(parents=True, exist_ok=True)
                if not _taken_over(earlier.get(product.made_from), path):
                    product.write(path)
            sources = package.report_sources(connection)
            newest_date = facts.newest_date
        readme.write_readme(readme.readme(resources, products, method, mark), aside / readme.FILE)
        descriptor = package.data_package(resources, method, sources, mark, newest_date=newest_date, digest=contents)
        package.write_json(descriptor, aside / package.DESCRIPTOR)
        package.write_json(_index(resources, products, aside, contents, changed), aside / readme.INDEX)
        checksums.write_checksums(aside)
        same = next((known for known in _last_written(exports) if _same_files(aside, known)), None)
        if same:
            _remove(aside)
            folder, name = same, same.name
        else:
            _freeze_files(aside)
            _rename(aside, folder)
    except BaseException:
        _remove(aside)
        raise
    # Also of a release whose writer was killed before it came to this.
    _freeze_folders(folder)
    point_latest_at(exports, name)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return Release(
        name=name,
        is_new=same is None,
        folder=folder,
        files=tuple(path.relative_to(folder).as_posix() for path in files),
        row_counts={resource.table.name: resource.row_count for resource in resources},
        bytes=sum(path.stat().st_size for path in files),
    )


def _last_written(exports: Path) -> list[Path]:
    """The latest release, and the one of the last name, which a killed writer may not have pointed `latest` at."""
    folders = [path for path in exports.iterdir() if path.is_dir() and not path.is_symlink() and path.name[0] != "."]
    found = (latest_release(exports), max(folders, key=lambda path: path.name, default=None))
    return [path for path in found if path]


def _same_files(one: Path, other: Path) -> bool:
    """Whether two folders hold files of the same names and bytes."""
    names = [{path.relative_to(folder) for path in folder.rglob("*") if path.is_file()} for folder in (one, other)]
    return names[0] == names[1] and all(filecmp.cmp(one / name, other / name, shallow=False) for name in names[0])


def _products(
    connection: duckdb.DuckDBPyConnection,
    facts: Facts,
    tables: Sequence[PublishedTable],
    method: Method,
    *,
    contents: str,
    changed: changes.Changes,
) -> list[Product]:
    """Every file for people but the page that leads to them, in the order in which the README names them."""
    nation = Nation(facts)
    return [
        workbook.product(facts, tables, method, contents, changed),
        *province_book.products(connection, facts),
        *figures.products(connection),
        *pdf.products(nation),
        *appeal_book.products(nation),
        *dictionary.products(tables),
        sdmx.product(facts),
        *open_data.products(facts, tables, method, contents),
    ]


def _index(
    resources: Sequence[Resource], products: Sequence[Product], folder: Path, contents: str, changed: changes.Changes
) -> dict[str, Any]:
    """What each table and product is; of a product also what it was made from and the SHA-256 that its file has."""
    return {
        "contents": contents,
        "changes_since": changed.against,
        "changes_are_known": changed.is_comparable,
        "tables": [
            {
                "name": resource.table.name,
                "title": resource.table.description_vi,
                "title_en": resource.table.description_en,
                "rows": resource.row_count,
                "parquet": resource.parquet,
                "csv": resource.csv,
                "spreadsheet": resource.spreadsheet,
            }
            for resource in resources
        ],
        "products": [
            {
                "path": product.path,
                "title": product.title.vi,
                "title_en": product.title.en,
                "is_simulated": product.is_simulated,
                "made_from": product.made_from,
                "sha256": sha256_of(folder / product.path) if (folder / product.path).is_file() else None,
            }
            for product in products
        ],
    }


def _index_of(release: Path | None) -> dict[str, tuple[Path, str]]:
    """What a release's files were made from → the file and the SHA-256 that it had when written."""
    if release is None:
        return {}
    try:
        products = json.loads((release / readme.INDEX).read_text(encoding="utf-8"))["products"]
    except (OSError, ValueError, KeyError):  # a release that somebody damaged gives nothing
        return {}
    return {
        product["made_from"]: (release / product["path"], product["sha256"])
        for product in products
        if product["made_from"]
    }


def _taken_over(earlier: tuple[Path, str] | None, path: Path) -> bool:
    """Whether `path` is now a copy of the earlier file, byte for byte as that was written."""
    if earlier is None or not earlier[0].is_file():
        return False
    shutil.copyfile(earlier[0], path)
    return sha256_of(path) == earlier[1]


def point_latest_at(exports: Path, name: str) -> None:
    """Let exports/latest lead to the release `name`, in one step: a reader sees the old or the new one.

    A symbolic link, or where the file system has none (some shares, Windows) a text file that holds the name.
    """
    aside = exports / f".{LATEST}.aside"
    aside.unlink(missing_ok=True)
    try:
        aside.symlink_to(name, target_is_directory=True)
    except (OSError, NotImplementedError):
        aside.write_text(f"{name}\n", encoding="utf-8", newline="\n")
    os.replace(aside, exports / LATEST)


def latest_release(exports: Path) -> Path | None:
    """The folder that `latest` leads to, by link or by text; None before the first release."""
    pointer = exports / LATEST
    if pointer.is_file():
        pointer = exports / pointer.read_text(encoding="utf-8").strip()
    return pointer.resolve() if pointer.is_dir() else None


ANNOUNCED = "announced.txt"


def announce(exports: Path, name: str) -> None:
    """Note that a release was made public, so that it is never removed."""
    if not RELEASE_NAME.fullmatch(name) or not (exports / name).is_dir():
        raise ReleaseRefusedError(f"Không có bản công bố «{name}».", "There is no such release.")
    with (exports / ANNOUNCED).open("a", encoding="utf-8") as stream:
        stream.write(f"{name}\n")


def remove_outdated(exports: Path, keep: int) -> list[str]:
    """Remove every release but the newest `keep`, the latest, and all announced ones; returns the names removed."""
    known = exports / ANNOUNCED
    announced = set(known.read_text(encoding="utf-8").split()) if known.exists() else set()
    folders = sorted(path for path in exports.iterdir() if (path / readme.INDEX).is_file() and not path.is_symlink())
    outdated = [path for path in folders[:-keep] if path.name not in announced and path != latest_release(exports)]
    for path in outdated:
        _remove(path)
    return [path.name for path in outdated]


def _refuse_unusable(name: str, folder: Path) -> None:
    if not RELEASE_NAME.fullmatch(name) or name == LATEST:
        raise ReleaseRefusedError(
            f"Tên bản công bố «{name}» không dùng được; chỉ dùng chữ không dấu, số, dấu chấm, gạch nối, gạch dưới.",
            "A release is named by plain letters, digits, points, hyphens and underscores.",
        )
    if folder.exists():
        raise _taken(name)


def _taken(name: str) -> ReleaseRefusedError:
    return ReleaseRefusedError(
        f"Bản công bố «{name}» đã có và không được sửa. Hãy đặt tên khác cho bản mới.",
        "There is such a release and it stays as it is: give the new one another name.",
    )


def _read_manifest(manifest: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        return found
    except FileNotFoundError as error:
        raise table.NothingToPublishError(
            f"Chưa có {manifest.name} của dbt; hãy chạy `par run` trước.",
            "dbt has not described the tables yet: run `par run` first.",
        ) from error


def _rename(aside: Path, folder: Path) -> None:
    try:
        aside.rename(folder)
    except OSError as error:
        # Somebody else finished a release of this name while this one was being written.
        if folder.exists():
            raise _taken(folder.name) from error
        raise


def _freeze_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def _freeze_folders(folder: Path) -> None:
    # After the rename: some systems let only a writable folder be renamed.
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            path.chmod(0o555)


def _remove(folder: Path) -> None:
    """Remove what an interrupted release left behind, even where it was frozen already."""
    if not folder.exists():
        return
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(folder)
