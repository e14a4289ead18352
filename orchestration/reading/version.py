"""Which readers these are: a hash of all that a reading depends on, so that a file is read again when that changes.

In: the source of this package, the seeds it knows things from, the libraries, and for the formats that need them the
programs and models of the machine. Out: a short text, the same until one of them changes. Starts no process.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from orchestration import paths
from orchestration.reading.kinds import CONVERTED, PICTURES

KNOWLEDGE = (
    "abbreviations",
    "annex_headers",
    "criteria",
    "document_kinds",
    "editions",
    "form_rows",
    "forms",
    "narrative_grammar",
    "periods",
    "province_aliases",
    "provinces",
    "score_headers",
    "score_marks",
    "score_settings",
)
"""Seeds that reading depends on."""

LIBRARIES = (
    "charset-normalizer",
    "lxml",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pypdfium2",
    "rapidfuzz",
    "selectolax",
    "tesserocr",
)

_OFFICE_FILES = ("soffice.bin", "versionrc", "libswlo.so", "libsclo.so")
_MODELS = ("vie", "eng")
_MODEL_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
)


@lru_cache
def reader_version(format: str | None) -> str:
    """The version of whatever reads files of a format; None or blank for a file whose format is not known."""
    digest = hashlib.sha256(_common().encode())
    if format in CONVERTED:
        program = office_program()
        home = Path(program).resolve().parent if program else None
        for name in _OFFICE_FILES:
            digest.update(_state(home / name if home else None))
    if format in PICTURES:
        folder = model_folder()
        for model in _MODELS:
            digest.update(_state(Path(folder, f"{model}.traineddata") if folder else None))
    return digest.hexdigest()[:16]


@lru_cache
def _common() -> str:
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parent
    sources = [(path.relative_to(package).as_posix(), path) for path in package.rglob("*.py")]
    seeds = [(name, paths.SEEDS / f"{name}.csv") for name in KNOWLEDGE]
    for name, path in [*sorted(sources), *seeds]:
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    for library in LIBRARIES:
        digest.update(f"{library} {_installed(library)}\n".encode())
    return digest.hexdigest()


def _installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"


def _state(path: Path | None) -> bytes:
    """Size and time of a file; what is not there has a state too."""
    try:
        status = path.stat() if path else None
    except OSError:
        status = None
    return f"{path} {status.st_size} {status.st_mtime_ns}\n".encode() if status else b"none\n"


def office_program() -> str | None:
    """LibreOffice, None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def model_folder() -> str | None:
    """The folder with Tesseract's Vietnamese and English models, None where they are not installed."""
    named = os.environ.get("TESSDATA_PREFIX")
    beside_program = shutil.which("tesseract")
    candidates = [named, named and f"{named}/tessdata", *_MODEL_FOLDERS]
    if beside_program:
        candidates.append(str(Path(beside_program).resolve().parent.parent / "share" / "tessdata"))
    for folder in candidates:
        if folder and all((Path(folder) / f"{model}.traineddata").exists() for model in _MODELS):
            return folder
    return None
