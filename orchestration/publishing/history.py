"""The history of releases: what each was made from, and the same raw rows again elsewhere.

In: the warehouse that a release was written from, raw/, the notes. Out: one JSON note a release, beside the exports and
not in them, because it says when a file came and two releases of the same figures must be the same.
Not here: the release itself (`release.py`), building it again (`cli/rebuild.py`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb

from orchestration import paths
from orchestration.publishing.checksums import sha256_of
from orchestration.publishing.readme import INDEX
from orchestration.publishing.release import Release
from orchestration.reading import raw
from orchestration.reading.raw_rows import Place
from orchestration.sentence import ToldError

_CODE = (("orchestration", (".py",)), ("dbt_project", (".sql", ".yml", ".csv")))
_INPUTS = """
    select period_key, file_sha256, inbox_path, cast(first_seen_at as text), is_in_inbox, status, reader_version
    from staging.stg_documents order by period_key, file_sha256
"""
_INPUT = ("period", "file_sha256", "inbox_path", "first_seen_at", "is_in_inbox", "status", "reader_version")
_EDITIONS = "select distinct index_code, edition_code from marts.dim_criterion order by all"
_DECISIONS = """
    select decision, target_sha256, coalesce(reason, ''), coalesce(decided_by, ''), coalesce(decided_at, '')
    from staging.stg_decisions order by all
"""


class NoHistoryError(ToldError):
    """Nothing is known of a release, or what it was made from is not here any more."""


def code_version() -> str:
    """A digest of all code and seeds that figures depend on, and of the versions of the libraries."""
    files = [
        path
        for folder, endings in _CODE
        for path in sorted((paths.PROJECT / folder).rglob("*"))
        if path.suffix in endings and "target" not in path.parts
    ]
    sums = map(sha256_of, [*files, paths.PROJECT / "requirements.lock"])
    return hashlib.sha256(" ".join(sums).encode()).hexdigest()


def note(folder: Path, release: Release, database: Path, as_of: str) -> Path:
    """Write down what a release was made from, once; as_of: the day that its warehouse was built for."""
    target = folder / f"{release.name}.json"
    if target.exists():
        return target
    index = json.loads((release.folder / INDEX).read_text(encoding="utf-8"))
    with duckdb.connect(str(database), read_only=True) as connection:
        inputs = [dict(zip(_INPUT, row, strict=True)) for row in connection.execute(_INPUTS).fetchall()]
        editions = connection.execute(_EDITIONS).fetchall()
        decisions = connection.execute(_DECISIONS).fetchall()
    told = {
        "release": release.name,
        "contents": index["contents"],
        "changes_since": index["changes_since"],
        "code_version": code_version(),
        "as_of": as_of,
        "editions": editions,
        "decisions": decisions,
        "rows": release.row_counts,
        "inputs": inputs,
    }
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{release.name}.json"
    aside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    aside.replace(target)
    return target


def of_release(folder: Path, name: str) -> dict[str, Any]:
    """What was noted of a release. Raises NoHistoryError."""
    try:
        found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError) as error:
        raise NoHistoryError(
            f"Không có ghi chép về bản công bố «{name}».", "Nothing was noted of such a release."
        ) from error


def raw_as_of(noted: dict[str, Any], source: Path, target: Path) -> None:
    """Write into `target` the raw rows that a release was made from. Raises NoHistoryError where some are gone.

    What a newer reader has read again since stands there as it reads now; the caller compares the outcome.
    """
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("inbox", ".parcels", ".seen"))
    wanted = {(one["period"], one["file_sha256"]): one for one in noted["inputs"]}
    documents = {
        (period, content): row
        for period in map(raw.period_of, raw.files_of(target, "documents"))
        for content, row in raw.documents(target, period).items()
    }
    if missing := wanted.keys() - documents.keys():
        raise NoHistoryError(
            f"Kho raw không còn {len(missing)} tệp của bản công bố này; hãy khôi phục từ bản sao lưu.",
            "Files of the release are no longer in raw/: restore a backup.",
        )
    raw.forget(target, {content for _, content in documents} - {content for _, content in wanted})
    for period in {period for period, _ in wanted}:
        places = {
            content: Place(one["inbox_path"], documents[period, content]["file_time"])
            for (of, content), one in wanted.items()
            if of == period and one["is_in_inbox"]
        }
        raw.note_presence(target, period, places)
