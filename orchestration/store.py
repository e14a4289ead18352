"""Inbox, raw/ and releases in an object store: brought into the local folders before a run, put back after it.

In: a URL that fsspec knows (`s3://bucket/inbox`) and a local folder. Out: the two alike. What a file is told by is the
store's own mark of its content (ETag) and size, and here its SHA-256; never a time. Not here: reading, building, and
the published file, which stays local.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration import paths, writer
from orchestration.sentence import ToldError

_LAST = "documents/"
"""A row of raw/ whose document is missing does not exist: so the documents are put last, and brought first."""


class StoreError(ToldError):
    """The object store does not answer, or refuses."""


@dataclass(frozen=True)
class Mirror:
    """A folder of an object store and the local one that stands for it.

    notes: a file that says of each object what it was when both were alike.  without: a folder inside that is no part
    of it.
    """

    url: str
    folder: Path
    notes: Path
    without: Path | None = None

    def bring(self) -> int:
        """Make the local folder as the store is; what was written here since then is put there first. Files changed."""
        with _told(self.url):
            store, root = _opened(self.url)
            known, there = self._known(), _listing(store, root)
            changed = 0
            for name, digest in self._here().items():
                if name not in there and name not in known:
                    store.put_file(str(self.folder / name), f"{root}/{name}")
                    there[name] = _mark(store.info(f"{root}/{name}"))
                    known[name] = [there[name], digest]
                    changed += 1
            for name in sorted(there, key=lambda name: (not name.startswith(_LAST), name)):
                target = self.folder / name
                if known.get(name, [None])[0] == there[name] and target.is_file():
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                aside = target.with_name(f".{target.name}.{os.getpid()}")
                store.get_file(f"{root}/{name}", str(aside))
                os.replace(aside, target)
                known[name] = [there[name], writer.sha256(target)]
                changed += 1
            for name in known.keys() - there.keys():
                (self.folder / name).unlink(missing_ok=True)
                del known[name]
                changed += 1
            self._note(known)
        return changed

    def put(self) -> int:
        """Make the store as the local folder is, the documents of raw/ last; returns how many objects changed."""
        with _told(self.url):
            store, root = _opened(self.url)
            known, here = self._known(), self._here()
            changed = 0
            for name in sorted(here, key=lambda name: (name.startswith(_LAST), name)):
                if known.get(name, [None, None])[1] != here[name]:
                    store.put_file(str(self.folder / name), f"{root}/{name}")
                    known[name] = [_mark(store.info(f"{root}/{name}")), here[name]]
                    changed += 1
            for name in known.keys() - here.keys():
                if store.exists(f"{root}/{name}"):
                    store.rm_file(f"{root}/{name}")
                del known[name]
                changed += 1
            self._note(known)
        return changed

    def _here(self) -> dict[str, str]:
        """Name below the folder → SHA-256, of every file that is not being written."""
        return {
            path.relative_to(self.folder).as_posix(): writer.sha256(path)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.is_symlink() and not self._is_left_out(path)
        }

    def _is_left_out(self, path: Path) -> bool:
        is_apart = self.without is not None and path.is_relative_to(self.without)
        return is_apart or any(map(_is_hidden, path.relative_to(self.folder).parts))

    def _known(self) -> dict[str, list[str]]:
        try:
            found: dict[str, list[str]] = json.loads(self.notes.read_text(encoding="utf-8"))[self.url]
        except (OSError, ValueError, KeyError):
            return {}
        return found

    def _note(self, known: dict[str, list[str]]) -> None:
        self.notes.parent.mkdir(parents=True, exist_ok=True)
        aside = self.notes.with_name(f".{self.notes.name}.{os.getpid()}")
        aside.write_text(json.dumps({self.url: known}, sort_keys=True), encoding="utf-8")
        os.replace(aside, self.notes)


def inbox() -> Mirror | None:
    """The inbox of the store that PAR_INBOX_URL names; None where the inbox is a local folder alone."""
    return _mirror("inbox", paths.inbox())


def raw() -> Mirror | None:
    """raw/ of the store that PAR_RAW_URL names."""
    return _mirror("raw", paths.raw(), paths.inbox())


def exports() -> Mirror | None:
    """The releases of the store that PAR_EXPORTS_URL names."""
    return _mirror("exports", paths.exports())


def bring() -> None:
    """The inbox as it lies in its store, and on a new host raw/ too; nothing where both are local."""
    if mirror := inbox():
        mirror.bring()
    if (mirror := raw()) and not any(paths.raw().glob("documents/period=*")):
        mirror.bring()


def put(mirror: Mirror | None) -> None:
    """What was written here into its store; nothing where there is none."""
    if mirror:
        mirror.put()


def _mirror(name: str, folder: Path, without: Path | None = None) -> Mirror | None:
    url = os.environ.get(f"PAR_{name.upper()}_URL", "").rstrip("/")
    return Mirror(url, folder, paths.warehouse() / f".{name}_store.json", without) if url else None


def _opened(url: str) -> tuple[Any, str]:
    # Half a second, for those who have a store.
    import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415

    # Another listing of the same process may be an hour old.
    options = {"skip_instance_cache": True} | ({"auto_mkdir": True} if url.startswith("file:") else {})
    store, root = fsspec.url_to_fs(url, **options)
    return store, root.rstrip("/")


def _listing(store: Any, root: str) -> dict[str, str]:
    if not store.exists(root):
        return {}
    found = store.find(root, detail=True).items()
    names = {path.removeprefix(f"{root}/"): info for path, info in found}
    return {name: _mark(info) for name, info in names.items() if not any(map(_is_hidden, name.split("/")))}


def _is_hidden(part: str) -> bool:
    return part.startswith(".") or not part


def _mark(info: dict[str, Any]) -> str:
    """What changes with an object's content; a store without ETag, a folder, has its time."""
    return f"{info['size']} {info.get('ETag') or info.get('mtime')}"


@contextmanager
def _told(url: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(
            f"Kho đối tượng {url} không dùng được: {detail}. Kiểm tra địa chỉ, quyền và mạng rồi chạy lại.",
            f"The object store cannot be used: {detail}. Check its address, rights and the network, and run again.",
        ) from error
