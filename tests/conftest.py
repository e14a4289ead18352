"""What several test files share: which marks can run on this machine, and what is made once a session for all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from orchestration.reading.formats import office
from orchestration.reading.version import model_folder
from orchestration.simulation import pages

if TYPE_CHECKING:
    from model_set import ModelSet
    from pipeline import Home

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


_WHOLE_RUNS = ("test_buttons.py", "test_pipeline.py")
# Each is minutes for whoever asks for it first.
_LONG_FIXTURES = {"model_set", "nation", "sample_home"}

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(autouse=True)
def _settings_end_with_their_test() -> Iterator[None]:
    """What ran in this process may have set PAR_HOME or DAGSTER_HOME, which the programs of the next test inherit."""
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """A folder by its name, made by the worker that asks first (pytest-xdist's recipe): nobody writes to it."""
    session = tmp_path_factory.getbasetemp()
    shared = session if worker_id == "master" else session.parent

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        folder, made = shared / name, shared / f"{name}.made"
        with FileLock(shared / f"{name}.lock"):
            if not made.exists():
                folder.mkdir(exist_ok=True)
                make(folder)
                made.touch()
        return folder

    return folder_of


@pytest.fixture(scope="session")
def model_set(once: Once) -> ModelSet:
    """The project as dbt built it."""
    # The process that hands out the tests loads this file too, and needs none of it.
    from model_set import ModelSet  # noqa: PLC0415

    return ModelSet(once("model_set", ModelSet.make))


@pytest.fixture(scope="session")
def sql(model_set: ModelSet) -> dict[str, str]:
    """Model → its query as dbt compiled it."""
    return model_set.queries("model")


@pytest.fixture(scope="session")
def nation(once: Once) -> Home:
    """A home after `par run` on every kind of file; its name has signs that mean something to SQL."""
    from pipeline import Home  # noqa: PLC0415

    return Home(once("kho [2022] của 'Bộ' {1}", Home.make))


@pytest.fixture(scope="session")
def sample_home(once: Once) -> Path:
    """PAR_HOME after `par sample` and `par run`: one for all workers, for reading alone; who goes on copies it."""

    def make(home: Path) -> None:
        par = [sys.executable, "-c", "from orchestration.cli import main; main()"]
        for verb in ("sample", "run"):
            subprocess.run([*par, verb], env=os.environ | {"PAR_HOME": str(home)}, check=True, capture_output=True)

    return once("sample", make)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The files of whole runs begin, then those with long tests; the short ones fill the time of whoever is done first.
    for item in items:
        if _LONG_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path.name not in _WHOLE_RUNS, item.path not in long))
    for item in items:
        for mark, (can, why) in _CAN.items():
            if item.get_closest_marker(mark) and not can:
                item.add_marker(pytest.mark.skip(reason=why))
