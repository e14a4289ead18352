"""Parcels: archives (zip, 7z) and mails (eml, msg), and what is in them, parcels in parcels included.

In: the bytes of a parcel. Out: its members, each with its way from the outermost parcel; or files of them in a folder
of their own, kept by the parcel's SHA-256, that are then read like any file of the inbox. The numbered pictures of one
report are one member, a PDF; so are those that lie in one folder of the inbox.
Not here: what a member says (`reader.py`). No member's name is ever used as a path.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from orchestration.reading import digest
from orchestration.reading.formats import mail, photo
from orchestration.reading.formats.detect import detect
from orchestration.reading.formats.zipped import MAX_UNPACKED, open_zip, read_member
from orchestration.reading.inbox import is_set_aside
from orchestration.reading.kinds import PARCELS
from orchestration.reading.refusal import Refused
from orchestration.sentence import Sentence

MAX_MEMBERS = 500
MAX_DEPTH = 4
"""A zip in a mail in a zip is a day's work of an office; deeper is a bomb or a loop."""

STEP = "!/"
"""Between a parcel and its member in the way to a file: `thu.eml!/BC.zip!/BC.docx`."""

_LIST = "members.json"
_HEAD = 512
_BEGINS = re.compile(rb"PK|7z|\xd0\xcf\x11\xe0|(?:\xef\xbb\xbf)?\s*[A-Za-z][A-Za-z-]{1,60}:")


@dataclass(frozen=True)
class Member:
    """A file in a parcel: its way from the parcel, as `BC.zip!/BC.docx`, and its bytes."""

    way: str
    data: bytes


@dataclass(frozen=True)
class Unpacked:
    """A member as a file: its way from the parcel, and where its bytes lie."""

    way: str
    path: Path


def is_parcel(data: bytes) -> bool:
    """Whether the bytes are those of a parcel, whole or not."""
    try:
        return detect(data) in PARCELS
    except Refused:
        return False


def members(data: bytes) -> list[Member]:
    """Everything in a parcel that can be a document, in its order. Raises Refused: zip_bomb, password, truncated,
    parcel_too_deep, parcel_without_report."""
    found = list(_members(data, detect(data), "", 1, _Budget()))
    if not found:
        raise Refused("parcel_without_report")
    return _with_pages_together(found)


def _with_pages_together(found: list[Member]) -> list[Member]:
    """The members, the pictures of one report as one; pictures that cannot be opened stay what they are."""
    pictures: dict[str, list[int]] = {}
    for at, member in enumerate(found):
        if photo.kind_of(member.data):
            pictures.setdefault(member.way[: -len(_name_of(member.way))], []).append(at)
    joined: dict[int, Member] = {}
    for folder, places in pictures.items():
        names = [_name_of(found[at].way) for at in places]
        for run in photo.runs_of(names):
            try:
                data = photo.pdf_of([found[places[at]].data for at in run])
            except Refused:
                continue
            whole = Member(folder + photo.name_of_run(names[run[0]], names[run[-1]]), data)
            joined |= {places[at]: whole for at in run}
    return list(dict.fromkeys(joined.get(at, member) for at, member in enumerate(found)))


def _name_of(way: str) -> str:
    return way.rpartition(STEP)[2].rpartition("/")[2]


class _Budget:
    """Bytes and files that all levels together may unpack to."""

    def __init__(self) -> None:
        self._bytes, self._files = 0, 0

    def take(self, size: int) -> None:
        self._bytes, self._files = self._bytes + size, self._files + 1
        if self._bytes > MAX_UNPACKED:
            raise Refused("zip_bomb", found=f"> {MAX_UNPACKED >> 20} MB", limit=f"{MAX_UNPACKED >> 20} MB")
        if self._files > MAX_MEMBERS:
            raise Refused(
                "zip_bomb", found=Sentence(f"> {MAX_MEMBERS} tệp", f"> {MAX_MEMBERS} files"), limit=MAX_MEMBERS
            )


def _members(data: bytes, kind: str, way: str, depth: int, budget: _Budget) -> Iterator[Member]:
    if depth > MAX_DEPTH:
        raise Refused("parcel_too_deep", limit=MAX_DEPTH)
    for name, content in _OPENERS[kind](data, budget):
        parts = [part for part in digest.printable(name).replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if not parts or is_set_aside(parts[-1]) or "__MACOSX" in parts:
            continue
        step = way + "/".join(parts)
        if is_parcel(content):
            yield from _members(content, detect(content), step + STEP, depth + 1, budget)
        else:
            yield Member(step, content)


def _of_zip(data: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    opened = open_zip(data, "ZIP")
    for member in opened.infolist():
        if member.filename and not member.is_dir():
            budget.take(member.file_size)
            yield _zip_name(member), read_member(opened, member.filename, MAX_UNPACKED, "ZIP")


def _zip_name(member: zipfile.ZipInfo) -> str:
    """The name as written: old programs wrote it in the code page of the machine and did not say so."""
    if member.flag_bits & 0x800:
        return member.filename
    written = member.filename.encode("cp437", errors="replace")
    return digest.readable(os.fsdecode(written))


def _of_7z(data: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    import py7zr  # noqa: PLC0415 - it brings ten codecs, and few send such archives
    from py7zr.io import BytesIOFactory  # noqa: PLC0415

    try:
        with py7zr.SevenZipFile(BytesIO(data)) as opened:
            if opened.needs_password():
                raise Refused("password")
            names = []
            for file in opened.list():
                if not file.is_directory:
                    budget.take(file.uncompressed)
                    names.append(file.filename)
            factory = BytesIOFactory(MAX_UNPACKED)
            opened.extract(targets=names, factory=factory)
            for name in names:
                yield name, factory.products[name].read()
    except py7zr.exceptions.PasswordRequired as error:
        raise Refused("password") from error
    except Refused:
        raise
    except Exception as error:  # whatever its codecs stumble over is damage
        raise Refused("truncated", format="7z") from error


def _of_mail(data: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    yield from _counted(mail.attached_to_mail(data), budget)


def _of_outlook(data: bytes, budget: _Budget) -> Iterator[tuple[str, bytes]]:
    yield from _counted(mail.attached_to_outlook(data), budget)


def _counted(found: list[tuple[str, bytes]], budget: _Budget) -> Iterator[tuple[str, bytes]]:
    for name, content in found:
        budget.take(len(content))
        yield name, content


_OPENERS = {"zip": _of_zip, "7z": _of_7z, "eml": _of_mail, "msg": _of_outlook}


# Members as files


def may_be_parcel(path: Path) -> bool:
    """Whether a file is a parcel; only one that begins like it is read. False for what cannot be opened."""
    try:
        with path.open("rb") as stream:
            if not _BEGINS.match(stream.read(_HEAD)):
                return False
            stream.seek(0)
            return is_parcel(stream.read())
    except OSError:
        return False


def keep_only(folder: Path, wanted: Collection[str]) -> None:
    """Remove every other folder of members, and what a killed process left half made."""
    for path in list(folder.iterdir()) if folder.is_dir() else ():
        if path.name not in wanted:
            shutil.rmtree(path, ignore_errors=True)


def unpack(task: tuple[Path, Path]) -> list[Unpacked]:
    """(parcel, folder): the members as files in a folder that is there whole or not at all. Raises Refused."""
    parcel, folder = task
    return _as_files(members(parcel.read_bytes()), folder)


def join(task: tuple[Sequence[Path], Path]) -> list[Unpacked]:
    """(pictures, folder): the pages of one report, in their order, as one PDF in that folder. Raises Refused."""
    pictures, folder = task
    name = photo.name_of_run(*(digest.readable(picture.name) for picture in (pictures[0], pictures[-1])))
    return _as_files([Member(name, photo.pdf_of([picture.read_bytes() for picture in pictures]))], folder)


def runs_of_pictures(paths: Iterable[Path]) -> list[list[Path]]:
    """Pictures among these files that are the pages of one report, in their order."""
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        if _is_picture(path):
            by_folder.setdefault(path.parent, []).append(path)
    return [
        [inside[at] for at in run]
        for inside in by_folder.values()
        for run in photo.runs_of([digest.readable(path.name) for path in inside])
    ]


def _is_picture(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return photo.kind_of(stream.read(_HEAD)) is not None
    except OSError:
        return False


def _as_files(found: list[Member], folder: Path) -> list[Unpacked]:
    aside = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    listed = []
    for number, member in enumerate(found):
        path = aside / str(number) / _file_name(member.way)
        path.parent.mkdir(parents=True)
        path.write_bytes(member.data)
        listed.append({"way": member.way, "path": path.relative_to(aside).as_posix()})
    (aside / _LIST).write_text(json.dumps(listed), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(aside, folder)
    return unpacked(folder) or []


def unpacked(folder: Path) -> list[Unpacked] | None:
    """What `unpack` put into a folder; None where it did not, or not all of it is there."""
    try:
        listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))
        found = [Unpacked(item["way"], folder / item["path"]) for item in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if all(member.path.is_file() for member in found) else None


def _file_name(way: str) -> str:
    """The member's own name, short enough for any file system."""
    name = _name_of(way)
    stem, dot, extension = name.rpartition(".")
    if not dot:
        return name.encode()[:200].decode(errors="ignore") or "tep"
    return (stem.encode()[:200].decode(errors="ignore") or "tep") + dot + extension[:20]
