"""What several test files share: which marks can run on this machine."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# A landing must not depend on the draw: CI repeats the same examples. No example is timed anywhere.
settings.register_profile("draws", deadline=None)
settings.register_profile("repeats", deadline=None, derandomize=True)
settings.load_profile("repeats" if os.environ.get("CI") else "draws")

_TESSDATA = [os.environ.get("TESSDATA_PREFIX"), "/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata"]
_CAN = {
    "real": (bool(os.environ.get("PAR_REAL_REPORTS")), "PAR_REAL_REPORTS is not set"),
    "ocr": (
        any(folder and (Path(folder) / "vie.traineddata").exists() for folder in _TESSDATA),
        "needs tesseract-ocr tesseract-ocr-vie",
    ),
    "office": (shutil.which("soffice") is not None, "needs libreoffice-writer-nogui libreoffice-calc-nogui"),
    "browser": (shutil.which("chromium") is not None, "needs chromium"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark, (can, why) in _CAN.items():
            if item.get_closest_marker(mark) and not can:
                item.add_marker(pytest.mark.skip(reason=why))
