"""What several test files share: which marks can run on this machine, and the whole sample, run once for all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from orchestration.reading.formats import office
from orchestration.reading.version import model_folder
from orchestration.simulation import pages

# dbt's own log file: nobody reads it, and it costs a tenth of each build.
os.environ.setdefault("DBT_LOG_LEVEL_FILE", "none")

# A landing must not depend on the draw: CI repeats the same examples. No example is timed anywhere.
settings.register_profile("draws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeats", settings.get_profile("draws"), derandomize=True)
settings.load_profile("repeats" if os.environ.get("CI") else "draws")

_CAN = {
    "real": (bool(os.environ.get("PAR_REAL_REPORTS")), "PAR_REAL_REPORTS is not set"),
    "fonts": (pages.has_fonts(), f"needs {pages.FONT_PACKAGE}"),
    # A scan is drawn before it is read.
    "ocr": (
        model_folder() is not None and pages.has_fonts(),
        f"needs tesseract-ocr tesseract-ocr-vie {pages.FONT_PACKAGE}",
    ),
    "office": (
        office.is_available("doc") and office.is_available("xls"),
        "needs libreoffice-writer-nogui libreoffice-calc-nogui",
    ),
    "browser": (shutil.which("chromium") is not None, "needs chromium"),
}


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """PAR_HOME after `par sample` and `par run`: one for all workers, for reading alone; who goes on copies it."""
    session = tmp_path_factory.getbasetemp()
    home = (session if worker_id == "master" else session.parent) / "sample"
    with FileLock(f"{home}.lock"):
        if not (home / "warehouse" / "par.duckdb").exists():
            par = [sys.executable, "-c", "from orchestration.cli import main; main()"]
            for verb in ("sample", "run"):
                subprocess.run([*par, verb], env=os.environ | {"PAR_HOME": str(home)}, check=True, capture_output=True)
    return home


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Files with long tests begin; the short ones fill the time of whoever is done first.
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
    for item in items:
        for mark, (can, why) in _CAN.items():
            if item.get_closest_marker(mark) and not can:
                item.add_marker(pytest.mark.skip(reason=why))
