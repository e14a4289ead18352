"""Readings as Parquet under raw/<table>/period=<P>/rows.parquet: what was said, as printed, and where.

One file a table and period, written aside, flushed to disk and renamed, the documents last: a row whose document is
not in `documents` does not exist. A file that cannot be read counts as not read yet. Same input, same bytes.
Not here: reading (`reader.py`), what is to be read (`batch.py`), and what their rows are (`raw_rows.py`, `schema.py`).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration import clock
from orchestration.reading import schema
from orchestration.reading.raw_rows import Place, stored
from orchestration.reading.reader import Reading
from orchestration.reading.version import reader_version

FILE = "rows.parquet"
NO_PERIOD = "none"
_CROPS, _SEEN = "crops", ".seen"
# By what the rows of a document are sorted.
_ORDER = {
    "documents": [],
    "blocks": ["block_number"],
    "annex_rows": ["annex_row_number"],
    "narrative_figures": ["figure_number"],
}
_OF_SHEETS = ["sheet_row_number"]

# Files that were seen to be whole: path → size, time and number.
_whole: dict[str, tuple[int, int, int]] = {}


# --- what is there --------------------------------------------------------------------------------------------------


def path_of(root: Path, table: str, period: str) -> Path:
    return root / table / f"period={period}" / FILE


def parcels(root: Path, period: str) -> Path:
    """Where the members of archives and mails of a period lie as files, a folder a parcel."""
    return root / ".parcels" / period


def shard(root: Path, period: str, number: int) -> Path:
    """The raw folder of its own into which one of several machines reads its part of a period."""
    return root / ".shards" / period / str(number)


def shards(root: Path, period: str) -> list[Path]:
    return sorted((root / ".shards" / period).glob("*"))


def files_of(root: Path, table: str) -> list[Path]:
    """The files of a table that have rows of periods, in the order of their names."""
    return [path for path in sorted((root / table).glob(f"period=*/{FILE}")) if period_of(path) != NO_PERIOD]


def prepare(root: Path) -> None:
    """Make every table of raw/ readable, whatever happened to its files.

    A table has an empty file with its columns, so that a query on an empty warehouse works. A file that is damaged or
    of other columns is removed, with the documents of its period, so that the period is read again.
    """
    for table, columns in schema.TABLES.items():
        target = path_of(root, table, NO_PERIOD)
        _remove_strangers(target)
        if not _is_whole(target, columns):
            _write(columns.empty_table(), target)
    periods = {path.name.removeprefix("period=") for table in schema.TABLES for path in (root / table).glob("period=*")}
    for period in sorted(periods - {NO_PERIOD}):
        _repair(root, period)
    for folder in (root / _CROPS).glob("period=*/province=*"):
        shutil.rmtree(folder, ignore_errors=True)


def is_whole(root: Path, period: str) -> bool:
    """Whether every table of a period can be read, or none is there."""
    targets = [(path_of(root, table, period), columns) for table, columns in schema.TABLES.items()]
    return all(_is_whole(*target) for target in targets) or not any(path.exists() for path, _ in targets)


def _repair(root: Path, period: str) -> None:
    """Remove what is no raw file of the present layout, and the documents of a period of which a table is missing."""
    damaged = False
    for table, columns in schema.TABLES.items():
        target = path_of(root, table, period)
        _remove_strangers(target)
        if not _is_whole(target, columns):
            target.unlink(missing_ok=True)
            damaged = True
    if damaged:
        _set_documents_aside(root, period)
    for table in schema.TABLES:
        folder = path_of(root, table, period).parent
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _remove_strangers(target: Path) -> None:
    """Leave in the folder of a table and period its one file, and what a process is writing beside it now."""
    for path in list(target.parent.iterdir()) if target.parent.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path != target and not _is_being_written(path):
            path.unlink(missing_ok=True)


def _is_being_written(path: Path) -> bool:
    process = path.name.removeprefix(f".{FILE}.")
    return process.isdigit() and Path(f"/proc/{process}").exists()


def _set_documents_aside(root: Path, period: str) -> None:
    """Take the documents of a period away, so that they are read again, but keep when each was seen first."""
    path = path_of(root, "documents", period)
    if path.exists():
        _make_folder(root / _SEEN)
        os.replace(path, root / _SEEN / f"{period}.parquet")


def _first_seen(root: Path, period: str) -> dict[str, datetime]:
    """sha256 → when it was seen first, also of documents that were set aside."""
    path = root / _SEEN / f"{period}.parquet"
    aside = pq.read_table(path, schema=schema.DOCUMENTS).to_pylist() if _is_whole(path, schema.DOCUMENTS) else []
    return {row["file_sha256"]: row["first_seen_at"] for row in [*aside, *documents(root, period).values()]}


def _is_whole(path: Path, columns: pa.Schema) -> bool:
    """Whether a file can be read, to its last page, and has these columns. Remembered while it is not touched."""
    try:
        status = path.stat()
        state = (status.st_size, status.st_mtime_ns, status.st_ino)
        if _whole.get(str(path)) == state:
            return True
        if not pq.read_schema(path).equals(columns):
            return False
        for _ in pq.ParquetFile(path, page_checksum_verification=True).iter_batches():
            pass
    except (OSError, pa.ArrowException):
        return False
    _whole[str(path)] = state
    return True


def period_of(path: Path) -> str:
    """The period whose rows a file of raw/ holds."""
    return path.parent.name.removeprefix("period=")


def read_table(root: Path, table: str, period: str) -> pa.Table:
    """The rows of a table and period; none where there is no file, or one that cannot be read."""
    columns, path = schema.TABLES[table], path_of(root, table, period)
    if not _is_whole(path, columns):
        return columns.empty_table()
    return pq.read_table(path, schema=columns, partitioning=None)


def documents(root: Path, period: str) -> dict[str, dict[str, Any]]:
    """sha256 → its documents row, for every file of the period, whichever reader read it."""
    return {row["file_sha256"]: row for row in read_table(root, "documents", period).to_pylist()}


def documents_like(root: Path, name: str) -> list[tuple[str, dict[str, Any]]]:
    """(period, documents row) of files that go by `name`: a path in the inbox, a file name, the start of a SHA-256."""
    path = name.replace(os.sep, "/")
    start = name.lower() if re.fullmatch(r"[0-9a-fA-F]{8,64}", name) else "-"
    return [
        (period, row)
        for period in map(period_of, files_of(root, "documents"))
        for row in documents(root, period).values()
        if row["file_name"] == name
        or row["file_sha256"].startswith(start)
        or f"/{path}".endswith(f"/{period}/{row['inbox_path']}")
    ]


def is_current(row: dict[str, Any]) -> bool:
    """Whether the present reader read this document."""
    return bool(row["reader_version"] == reader_version(row["format"]))


# --- writing --------------------------------------------------------------------------------------------------------


def write(
    root: Path,
    period: str,
    readings: Iterable[Reading],
    *,
    places: Mapping[str, Place] | None = None,
    seen_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Store readings under their period; returns their documents rows. An earlier reading of a file gives way.

    places: sha256 → where the file lay; its name alone unless told.  seen_at: when these bytes came here first, the
    present unless told; what an earlier reading of the same bytes says is kept.
    """
    readings = list({reading.sha256: reading for reading in readings}.values())
    before, now = _first_seen(root, period), seen_at or clock.now()
    rows: dict[str, list[pa.Table]] = {table: [] for table in schema.TABLES}
    written: list[dict[str, Any]] = []
    if not readings:
        return written
    for reading in readings:
        place = (places or {}).get(reading.sha256) or Place(reading.file_name)
        document, tables = stored(reading, period, place, before.get(reading.sha256, now))
        written.append(document)
        for table, content in tables.items():
            rows[table].append(content)
    for reading in readings:
        _write_crops(root / _CROPS / f"period={period}" / reading.sha256, reading)
    for table in [*(table for table in schema.TABLES if table != "documents"), "documents"]:
        _replace(root, table, period, {reading.sha256 for reading in readings}, rows[table])
    return written


def take(root: Path, period: str) -> list[str]:
    """Move what the period's shards hold into its files, and remove the shards; SHA-256 of every file moved.

    What a shard was not finished with is read like any other file that nobody has read.
    """
    before = _first_seen(root, period)
    moved: list[str] = []
    for shard in shards(root, period):
        found = {content: row for content, row in documents(shard, period).items() if is_current(row)}
        if found and is_whole(shard, period):
            for content, row in found.items():
                row["first_seen_at"] = before.get(content, row["first_seen_at"])
                _move_crops(shard, root, period, content)
            for table in [*(table for table in schema.TABLES if table != "documents"), "documents"]:
                read = read_table(shard, table, period)
                new = read.filter(pc.is_in(read["file_sha256"], pa.array(sorted(found), pa.string())))
                new = pa.Table.from_pylist(list(found.values()), schema.DOCUMENTS) if table == "documents" else new
                _replace(root, table, period, set(found), [new])
            moved += found
        shutil.rmtree(shard, ignore_errors=True)
    return moved


def note_presence(root: Path, period: str, places: Mapping[str, Place]) -> bool:
    """Note which documents of a period lie in its inbox folder, and where; whether any row changed.

    places: sha256 → where the file lies now. The row of a file that is gone stays.
    """
    before = documents(root, period)
    after = {digest: _placed(row, places.get(digest)) for digest, row in before.items()}
    if after == before:
        return False
    table = pa.Table.from_pylist(list(after.values()), schema.DOCUMENTS)
    _replace(root, "documents", period, set(before), [table])
    return True


def _placed(row: dict[str, Any], place: Place | None) -> dict[str, Any]:
    if place is None:
        return {**row, "is_in_inbox": False}
    return {**row, "is_in_inbox": True, "inbox_path": place.inbox_path, "file_time": place.file_time}


def forget(root: Path, digests: Collection[str]) -> None:
    """Remove what raw/ holds of these files: their rows and their pictures; a period without documents goes."""
    digests = set(digests)
    periods = {period_of(path) for table in schema.TABLES for path in files_of(root, table)}
    for period in sorted(periods):
        known = documents(root, period)
        if known and not digests & known.keys():
            continue
        remaining = known.keys() - digests
        # The documents first: of a file that is half forgotten nothing counts.
        for table in schema.TABLES:
            if remaining:
                _replace(root, table, period, digests, [])
            else:
                shutil.rmtree(path_of(root, table, period).parent, ignore_errors=True)
    for path in (root / _SEEN).glob("*.parquet"):
        if digests & _first_seen(root, path.stem).keys():
            path.unlink()
    for period_folder in sorted((root / _CROPS).glob("period=*")):
        for digest in digests:
            shutil.rmtree(period_folder / digest, ignore_errors=True)
        if not any(period_folder.iterdir()):
            period_folder.rmdir()


def _replace(root: Path, table: str, period: str, replaced: set[str], new: list[pa.Table]) -> None:
    """Give a table's file of a period new rows in the place of those of some documents; sorted, so that the same rows
    are the same bytes."""
    columns, target = schema.TABLES[table], path_of(root, table, period)
    old = read_table(root, table, period)
    gives_way = pc.is_in(old["file_sha256"], pa.array(sorted(replaced), pa.string()))
    kept = old.filter(pc.invert(gives_way))
    if kept.num_rows == old.num_rows and not any(part.num_rows for part in new) and _is_whole(target, columns):
        return
    rows = pa.concat_tables([kept, *new]).combine_chunks()
    keys = [(name, "ascending") for name in ("file_sha256", *_ORDER.get(table, _OF_SHEETS))]
    _write(rows.take(pc.sort_indices(rows, keys)).combine_chunks(), target)


def _write(table: pa.Table, target: Path) -> None:
    """Parquet to a name of its own beside the target, flushed to disk, then renamed: a reader sees the old file or the
    new one, whole, and after a power cut too."""
    _make_folder(target.parent)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    with aside.open("wb") as stream:
        pq.write_table(table, stream, compression="zstd", write_page_checksum=True)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(aside, target)
    _flush_folder(target.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_crops(folder: Path, reading: Reading) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, picture in _crops(reading):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{name}.{os.getpid()}")
        aside.write_bytes(picture)
        os.replace(aside, target)


def _move_crops(shard: Path, root: Path, period: str, content: str) -> None:
    source, target = (folder / _CROPS / f"period={period}" / content for folder in (shard, root))
    shutil.rmtree(target, ignore_errors=True)
    if source.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)


def crop(  # noqa: PLR0917 - a cell has so many coordinates
    root: Path, period: str, file_sha256: str, page: int | None, table: int | None, row: int | None
) -> Path | None:
    """The picture of the value in a row of a report that is a picture; None where there is none."""
    path = root / _CROPS / f"period={period}" / file_sha256 / f"p{page}_t{table}_r{row}_value.png"
    return path if path.is_file() else None


def _crops(reading: Reading) -> Iterator[tuple[str, bytes]]:
    for row in reading.rows:
        for field, picture in row.crops:
            yield f"p{row.page}_t{row.table}_r{row.row}_{field}.png", picture
