"""The one writer: who may change raw/, the warehouse and its releases, and how a finished build is published.

In: the folders of `paths.py`. Out: a lock that says who holds it; `par.duckdb` replaced whole.
Not here: reading, building (dbt) and the files of a release.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from orchestration import clock, paths
from orchestration.sentence import Sentence, ToldError

_ASK_AGAIN_SECONDS = 0.2


class NotWholeError(ToldError):
    """A finished build lacks what it must have, or the published file is not the one that was published."""


@dataclass(frozen=True)
class Holder:
    """Who holds the lock: what it does, its process, and since when."""

    who: str
    host: str
    pid: int
    since: str

    def sentence(self) -> Sentence:
        return Sentence(
            f"Kho dữ liệu đang được ghi bởi {self.who} (tiến trình {self.pid} trên {self.host}, từ {self.since}); đang "
            "chờ.",
            f"The warehouse is being written by {self.who} (process {self.pid} on {self.host}, since {self.since}); "
            "waiting.",
        )


told: ContextVar[Callable[[Sentence], None] | None] = ContextVar("told", default=None)
"""Told the sentence about who holds the lock; the command line shows it to the one who waits."""


@contextmanager
def writing(who: str, tell: Callable[[Sentence], None] = lambda _: None) -> Iterator[None]:
    """Hold the warehouse's lock; whoever waits is told once, by `tell`, who holds it and since when.

    What a killed writer left aside is removed first: while the lock is held nobody else can be writing it.
    The lock is the operating system's: it ends with the process that holds it, however that ends.
    """
    paths.warehouse().mkdir(parents=True, exist_ok=True)
    lock, is_told = FileLock(paths.writer_lock()), False
    while True:
        try:
            lock.acquire(timeout=_ASK_AGAIN_SECONDS)
            break
        except Timeout:
            if not is_told and (holder := current_holder()):
                tell(holder.sentence())
                if listener := told.get():
                    listener(holder.sentence())
                is_told = True
    try:
        _say_who_holds(who)
        _remove_leavings()
        yield
    finally:
        paths.writer_holder().unlink(missing_ok=True)
        lock.release()


def current_holder() -> Holder | None:
    """Who holds the lock, as far as it has said so; None where nobody does."""
    try:
        return Holder(**json.loads(paths.writer_holder().read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _say_who_holds(who: str) -> None:
    since = datetime.now(clock.LOCAL_TIME).strftime("%d/%m/%Y %H:%M:%S")
    holder = Holder(who, socket.gethostname(), os.getpid(), since)
    aside = paths.writer_holder().with_suffix(f".{os.getpid()}")
    aside.write_text(json.dumps(vars(holder), ensure_ascii=False), encoding="utf-8")
    os.replace(aside, paths.writer_holder())


def _remove_leavings() -> None:
    """Builds, temporary folders and half-written files of writers that were killed."""
    build = paths.build_folder()
    for path in build.glob("*") if build.is_dir() else ():
        _remove(path)
    for folder, pattern in (
        (paths.warehouse(), ".writer.*.[0-9]*"),
        (paths.warehouse(), ".par.duckdb.*"),
        (paths.exports(), ".*.aside"),
        (paths.raw(), "*/period=*/.*.parquet.*"),
    ):
        for path in folder.glob(pattern):
            _remove(path)


def _remove(path: Path) -> None:
    """A file, or a folder even where it was frozen already.

    A dbt whose run was killed may still be writing there until it ends; what it writes goes with the next writer.
    """
    with suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            for folder in (path, *(inner for inner in path.rglob("*") if inner.is_dir())):
                folder.chmod(stat.S_IRWXU)
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


# The step from a finished build to the published file


def row_counts(database: Path) -> dict[str, int]:
    """`schema.table` → rows, of every table and view of a finished build, which is left without a log beside it."""
    with duckdb.connect(str(database)) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
            " union all select schema_name, view_name from duckdb_views() where not internal order by all"
        ).fetchall()
        counts = {
            f"{schema}.{table}": rows
            for schema, table in tables
            for (rows,) in connection.execute(f'select count(*) from "{schema}"."{table}"').fetchall()
        }
        connection.execute("force checkpoint")
    return counts


def publish(build: Path, required: set[str]) -> dict[str, int]:
    """Put `build` in the place of the published warehouse, whole and read-only; returns its rows by `schema.table`.

    required: tables without which it is not whole. A log of changes that a client left beside the old file would be
    replayed on the new one, so it goes in the same breath. Raises NotWholeError; the published file is then as it was.
    """
    if not build.is_file():
        raise NotWholeError(f"Không có tệp dựng {build.name}.", f"There is no build {build.name}.")
    counts = row_counts(build)
    if missing := sorted(required - counts.keys()):
        raise NotWholeError(
            f"Kho vừa dựng thiếu bảng {', '.join(missing)} nên không được công bố; kho đang dùng vẫn nguyên.",
            "The build lacks these tables and was not published; the warehouse in use is as it was.",
        )
    digest = sha256(build)
    build.chmod(0o444)
    _flush(build)
    log = paths.database().with_name(f"{paths.database().name}.wal")
    log.unlink(missing_ok=True)
    _rename(build, paths.database())
    log.unlink(missing_ok=True)
    paths.database_digest().write_text(f"{digest}  {paths.database().name}\n", encoding="utf-8")
    _flush(paths.warehouse())
    return counts


def private_copy(target: Path) -> Path:
    """A copy at `target` of what was published, free of what a client may have left beside or written into it.

    Raises NotWholeError where there is no published warehouse or another program has changed it.
    """
    if not paths.database().is_file():
        raise NotWholeError("Chưa có kho dữ liệu; hãy chạy `par run`.", "There is no warehouse yet: run `par run`.")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(paths.database(), target)
    if not is_as_published(target):
        target.unlink()
        raise NotWholeError(
            f"{paths.database().name} không còn như khi được công bố (một chương trình khác đã ghi vào); hãy chạy lại "
            "`par run`.",
            "The published warehouse is not what was published (another program wrote into it): run `par run` again.",
        )
    return target


def published() -> tuple[int, int] | None:
    """What changes whenever a warehouse is published; None before the first."""
    with suppress(OSError):
        status = paths.database().stat()
        return status.st_ino, status.st_mtime_ns
    return None


def is_as_published(database: Path) -> bool:
    """Whether a copy of the warehouse, or the published file itself, has the bytes that were published."""
    with suppress(OSError):
        return paths.database_digest().read_text(encoding="utf-8").split()[:1] == [sha256(database)]
    return False


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rename(source: Path, target: Path) -> None:
    """As `os.replace`, also where the build folder lies on another file system."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copy2(source, beside)
        _flush(beside)
        os.replace(beside, target)
        source.unlink()


def _flush(path: Path) -> None:
    """To the disk, so that a power cut cannot leave the name without the content."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Processes


def this_process() -> str:
    """A name of this process that no later one has: host, number and start. Read by `is_gone`."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(process: str) -> bool:
    """Whether a process that was named so by `this_process` has ended; never true of another host's."""
    host, pid, started = process.rsplit(":", 2)
    return host == socket.gethostname() and _started(int(pid)) != started


def _started(pid: int) -> str | None:
    """The start of a process in ticks since the machine's, or None where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]
