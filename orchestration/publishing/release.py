"""A release: one folder of files for people, written aside, renamed into place, frozen, and pointed at by `latest`.

In: a published warehouse, its dbt manifest, the exports folder, a name. Out: exports/<name>/.
Not here: what the files hold (package.py, workbook.py, figures.py).

Two releases of one warehouse differ in the name of their folder and in nothing else: no clock, no name, no path of
this machine is written into a file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.publishing import package, table
from orchestration.publishing.figures import FOLDER, Period, periods, write_figures
from orchestration.publishing.workbook import write_workbook
from orchestration.reading.simulated import FILE_PREFIX

LOCAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
LATEST = "latest"
WORKBOOK = "chi_tieu_cchc.xlsx"
RELEASE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


class ReleaseRefusedError(Exception):
    """A release cannot be written under this name; the message says why and what to do."""


@dataclass(frozen=True)
class Release:
    """What was written: the folder, its files, and how many rows each table has."""

    name: str
    folder: Path
    files: tuple[str, ...]
    row_counts: dict[str, int]
    bytes: int


def release_name(now: datetime) -> str:
    """A name that sorts by time and says the hour in Việt Nam: `2026-11-24_171500`. `now` carries its time zone."""
    if now.tzinfo is None:
        raise ValueError("release_name needs a time with a time zone")
    return f"{now.astimezone(LOCAL_TIME):%Y-%m-%d_%H%M%S}"


def write_release(database: Path, manifest: Path, exports: Path, name: str, mark: str | None = None) -> Release:
    """Write the release `name` of `database` and make it the latest.

    `mark` is put on every sheet, the descriptor and the README; figures that call themselves simulated are marked
    even if it is not given, and the name of every file of theirs says so too. Nothing is left behind where it raises
    ReleaseRefusedError (the name is taken or unusable) or NothingToPublishError (the manifest or the warehouse lacks
    a table).
    """
    folder = exports / name
    _refuse_unusable(name, folder)
    described = _read_manifest(manifest)
    tables, method = table.published_tables(described), table.release_method(described)
    aside = exports / f".{name}.aside"
    _remove(aside)
    aside.mkdir(parents=True)
    try:
        state = _state(database)
        with table.open_warehouse(database) as connection, _one_helper() as helper:
            is_simulated = table.has_simulated_rows(connection, tables)
            mark = mark or (table.SIMULATED_MARK if is_simulated else None)
            prefix = FILE_PREFIX if is_simulated else ""
            workbook = aside / f"{prefix}{WORKBOOK}"
            earlier = _figures_of(latest_release(exports))
            (aside / FOLDER).mkdir()
            wanted = {period: aside / FOLDER / f"{prefix}{period.file_name}" for period in periods(connection)}
            tables_written = helper.submit(_write_tables, database, tables, aside, prefix)
            figures_written = {
                period: helper.submit(_write_figures, database, path, period, mark)
                for period, path in wanted.items()
                if not _taken_over(earlier.get(period.made_from(mark)), path)
            }
            write_workbook(connection, workbook, mark, prefix)
            for period, written in reversed(figures_written.items()):
                # What the helper has not begun is written here.
                if written.cancel():
                    write_figures(connection, wanted[period], period, mark)
                else:
                    written.result()
            sources = package.report_sources(connection)
            resources = tables_written.result()
        if _state(database) != state:
            raise ReleaseRefusedError("Kho dữ liệu bị thay trong khi xuất bản; hãy chạy lại `par run`.")
        resources.append(
            package.workbook_of(
                workbook,
                aside,
                name="chi-tieu-cchc-xlsx",
                title="Chỉ tiêu thống kê CCHC",
                description_vi="Sổ Excel để đọc và in: chỉ tiêu từng báo cáo, tình hình gửi, cảnh báo, kết quả.",
            )
        )
        resources += [
            package.workbook_of(
                path,
                aside,
                name=f"so-lieu-{period.key.lower()}-xlsx",
                title=f"Số liệu {period.name}",
                description_vi=f"{period.name}: mọi số liệu của {period.reports} báo cáo, mỗi dòng một số liệu.",
                made_from=period.made_from(mark),
            )
            for period, path in wanted.items()
        ]
        package.write_readme(package.readme(resources, method, mark), aside / package.README)
        package.write_descriptor(package.data_package(resources, method, sources, mark), aside / package.DESCRIPTOR)
        _freeze_files(aside)
        _rename(aside, folder)
    except BaseException:
        _remove(aside)
        raise
    _freeze_folders(folder)
    point_latest_at(exports, name)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return Release(
        name=name,
        folder=folder,
        files=tuple(path.relative_to(folder).as_posix() for path in files),
        row_counts={resource.title: resource.row_count or 0 for resource in resources if resource.format == "csv"},
        bytes=sum(path.stat().st_size for path in files),
    )


def _state(database: Path) -> tuple[int, int] | None:
    """What changes when a file is replaced; None where there is none."""
    status = database.stat() if database.exists() else None
    return status and (status.st_ino, status.st_mtime_ns)


_started: list[ProcessPoolExecutor] = []


def start_helper() -> None:
    """Start the process that helps with the next release of this program, so that it is ready when it is needed."""
    helper = ProcessPoolExecutor(1, get_context("spawn"))
    helper.submit(_ready)
    _started.append(helper)


def _one_helper() -> ProcessPoolExecutor:
    """A second process: the files of a release bear on nothing but the warehouse."""
    return _started.pop() if _started else ProcessPoolExecutor(1, get_context("spawn"))


def _ready() -> None:
    """Asked of the helper, makes it load this module."""


def _write_tables(
    database: Path, tables: list[table.PublishedTable], folder: Path, prefix: str
) -> list[package.Resource]:
    with table.open_warehouse(database) as connection:
        return package.write_tables(connection, tables, folder, prefix)


def _write_figures(database: Path, path: Path, period: Period, mark: str | None) -> None:
    with table.open_warehouse(database) as connection:
        write_figures(connection, path, period, mark)


def _figures_of(release: Path | None) -> dict[str, tuple[Path, str]]:
    """What a release's workbooks of figures were made from → the file and the SHA-256 that it had when written."""
    if release is None:
        return {}
    try:
        resources = json.loads((release / package.DESCRIPTOR).read_text(encoding="utf-8"))["resources"]
    except (OSError, ValueError, KeyError):  # a release that somebody damaged gives nothing
        return {}
    return {
        resource["made_from"]: (release / resource["path"], resource["hash"].removeprefix("sha256:"))
        for resource in resources
        if "made_from" in resource
    }


def _taken_over(earlier: tuple[Path, str] | None, path: Path) -> bool:
    """Whether `path` is now a copy of the earlier file, byte for byte as that was written."""
    if earlier is None or not earlier[0].is_file():
        return False
    content = earlier[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != earlier[1]:
        return False
    path.write_bytes(content)
    return True


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


def _refuse_unusable(name: str, folder: Path) -> None:
    if not RELEASE_NAME.fullmatch(name) or name == LATEST:
        raise ReleaseRefusedError(
            f"Tên bản công bố «{name}» không dùng được; chỉ dùng chữ không dấu, số, dấu chấm, gạch nối, gạch dưới."
        )
    if folder.exists():
        raise _taken(name)


def _taken(name: str) -> ReleaseRefusedError:
    return ReleaseRefusedError(f"Bản công bố «{name}» đã có và không được sửa. Hãy đặt tên khác cho bản mới.")


def _read_manifest(manifest: Path) -> dict:
    try:
        return json.loads(manifest.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise table.NothingToPublishError(f"Chưa có {manifest.name} của dbt; hãy chạy `par run` trước.") from error


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
