"""What this machine has of what the project can use, and how to get the rest. Looks only; installs nothing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from orchestration import alerts, clock, paths, writer
from orchestration.reading import inbox
from orchestration.reading.formats import office
from orchestration.reading.knowledge import catalogue
from orchestration.reading.version import model_folder
from orchestration.sentence import Sentence, ToldError


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
        _fonts(),
        _database(),
        _calendar(),
        _alerts(),
        _daemon(),
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


def _fonts() -> Finding:
    """Fonts with all Vietnamese letters, without which LibreOffice draws some as boxes."""
    what = Sentence("Phông chữ tiếng Việt", "Vietnamese fonts")
    found = (
        subprocess.run(
            ["fc-list", ":lang=vi", "family"], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        if shutil.which("fc-list")
        else []
    )
    if found:
        return Finding("ok", what, Sentence(f"{len(found)} phông", f"{len(found)} fonts"))
    return Finding("optional", what, Sentence("chưa có", "missing"), "apt-get install fontconfig fonts-liberation2")


def _database() -> Finding:
    """The published warehouse: whether its bytes are those that were published, and no log lies beside it."""
    what = Sentence("Kho dữ liệu", "warehouse")
    database = paths.database()
    if not database.exists():
        return Finding("ok", what, Sentence("chưa có", "none yet"))
    run_again = Sentence("Chạy lại `par run`.", "Run `par run` again.")
    if database.with_name(f"{database.name}.wal").exists():
        return Finding(
            "optional", what, Sentence("có tệp .wal: một chương trình đã mở để ghi", "a .wal beside it"), run_again
        )
    if not writer.is_as_published(database):
        return Finding("error", what, Sentence("không còn như khi công bố", "not as it was published"), run_again)
    return Finding("ok", what, str(database))


_YEARS_AHEAD = 2


def _calendar() -> Finding:
    what = Sentence("Lịch báo cáo", "calendar")
    last = max(period.year for period in catalogue.periods().values())
    if last >= clock.today().year + _YEARS_AHEAD:
        return Finding("ok", what, Sentence(f"đến năm {last}", f"up to {last}"))
    return Finding(
        "optional", what, Sentence(f"chỉ đến năm {last}", f"only up to {last}"), "docs/change_the_calendar.md"
    )


def _alerts() -> Finding:
    what = Sentence("Cảnh báo", "alerts")
    try:
        count = len(alerts.channels())
    except ToldError as problem:
        return Finding("optional", what, Sentence("kênh sai", "a wrong channel"), problem.sentence)
    if count:
        return Finding("ok", what, Sentence(f"{count} kênh", f"{count} channels"))
    return Finding("ok", what, Sentence(f"không kênh nào ({alerts.SETTING})", "no channel"))


def _daemon() -> Finding:
    """Dagster's daemon, without which no sensor and no schedule ticks; asked by Dagster's own command."""
    what = Sentence("Tiến trình nền Dagster", "Dagster's daemon")
    if not (paths.dagster_home() / "dagster.yaml").exists():
        return Finding("ok", what, Sentence("chưa dùng", "not used yet"))
    program = Path(sys.executable).parent / "dagster-daemon"
    environment = {**os.environ, "DAGSTER_HOME": str(paths.dagster_home())}
    asked = subprocess.run([program, "liveness-check"], env=environment, capture_output=True, check=False)
    if asked.returncode == 0:
        return Finding("ok", what, Sentence("đang chạy", "running"))
    return Finding("optional", what, Sentence("không chạy", "not running"), "make ui; systemctl start par-daemon")
