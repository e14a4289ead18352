"""What this machine has of what the project can use, and how to get the rest. Looks only; installs nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from orchestration import paths
from orchestration.reading import inbox
from orchestration.reading.formats import office
from orchestration.reading.knowledge import catalogue
from orchestration.reading.version import model_folder
from orchestration.sentence import Sentence


@dataclass(frozen=True)
class Finding:
    """level: ok, optional (some formats cannot be read without it) or error (the main job cannot run)."""

    level: str
    what: Sentence | str
    found: Sentence | str
    remedy: Sentence | str = ""


def findings() -> list[Finding]:
    return [
        _python(),
        *_packages(),
        _folder("raw", paths.raw()),
        _folder("warehouse", paths.warehouse()),
        _space(),
        _tesseract(),
        _converter("LibreOffice Writer (.doc, .rtf, .odt)", "doc", "libreoffice-writer-nogui"),
        _converter("LibreOffice Calc (.xls, .ods)", "xls", "libreoffice-calc-nogui"),
        _inbox(),
    ]


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info[:2] == (3, 11):
        return Finding("ok", "Python", version)
    return Finding("error", "Python", version, Sentence("Cần Python 3.11.", "Python 3.11 is needed."))


def _packages() -> list[Finding]:
    found = []
    for name in ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow"):
        try:
            found.append(Finding("ok", name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            found.append(Finding("error", name, Sentence("chưa cài", "not installed"), "make .venv"))
    return found


def _folder(name: str, path: Path) -> Finding:
    parent = next(folder for folder in (path, *path.parents) if folder.exists())
    if os.access(parent, os.W_OK):
        return Finding("ok", name, str(path))
    return Finding(
        "error",
        name,
        Sentence(f"{path}: không ghi được", "not writable"),
        Sentence("Đổi quyền hoặc đặt PAR_HOME.", "Change rights or set PAR_HOME."),
    )


def _space() -> Finding:
    parent = next(folder for folder in (paths.home(), *paths.home().parents) if folder.exists())
    free = shutil.disk_usage(parent).free / 1024**3
    level = "ok" if free > 2 else "error"
    return Finding(
        level,
        Sentence("Đĩa trống", "free disk"),
        f"{free:.0f} GB",
        "" if level == "ok" else Sentence("Cần ít nhất 2 GB.", "2 GB are needed."),
    )


def _tesseract() -> Finding:
    what, folder = Sentence("Tesseract tiếng Việt", "Vietnamese (scans)"), model_folder()
    if folder:
        return Finding("ok", what, folder)
    return Finding("optional", what, Sentence("chưa có", "missing"), "apt-get install tesseract-ocr tesseract-ocr-vie")


def _converter(what: str, format: str, package: str) -> Finding:
    if office.is_available(format):
        return Finding("ok", what, "LibreOffice")
    return Finding("optional", what, Sentence("chưa có", "missing"), f"apt-get install {package}")


def _inbox() -> Finding:
    files, strays = inbox.files(paths.inbox()), inbox.strays(paths.inbox())
    what = Sentence("Hộp thư", "inbox")
    if strays:
        example = next(iter(catalogue.periods()))
        return Finding(
            "optional",
            what,
            Sentence(
                f"{paths.inbox()}: {len(files)} tệp, {len(strays)} ngoài thư mục kỳ",
                f"{len(files)} files, {len(strays)} outside a period",
            ),
            Sentence(f"Chuyển vào inbox/<kỳ>/, ví dụ inbox/{example}/.", "Move them into a period's folder."),
        )
    return Finding("ok", what, Sentence(f"{paths.inbox()}: {len(files)} tệp", f"{len(files)} files"))
