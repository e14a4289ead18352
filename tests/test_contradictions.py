"""The real report against itself: what a careful reader finds that does not fit, and nothing else called so.

The list was drawn up by reading the report with pencil and paper; it holds figures and rows, no sentence of it.
"""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from model_set import ModelSet

from orchestration.reading import raw, reader

pytestmark = [pytest.mark.real, pytest.mark.slow]

# Row of the annex → its figure, and the other one in the narrative.
FIGURES = {
    "4.1.4": ("568", "477"),
    "4.1.4 (1) + 4.1.4 (2)": ("190", "83"),
    "4.1.4 (3)": ("378", "394"),
    "4.2.4 + 4.3.3": ("41", "36"),
}
# Rows whose code says "done" where the narrative says that it is on trial or being built.
STATUSES = {"7.3", "7.5"}
# Teachers of one level and grade, given twice.
TWICE = {("1095", "116"), ("1088", "1197")}


@pytest.mark.parametrize("suffix", ["docx", "txt", "html", "pdf"])
def test_every_contradiction_is_found_and_nothing_else_is_called_one(
    model_set: ModelSet, tmp_path: Path, suffix: str
) -> None:
    path = Path(os.environ["PAR_REAL_REPORTS"]) / f"ha_nam_2021.{suffix}"
    raw.prepare(tmp_path / "raw")
    raw.write(tmp_path / "raw", "2021-FY", [reader.read_bytes(path.read_bytes(), Path("2021-FY") / path.name)])
    with duckdb.connect(str(model_set.build(tmp_path, "2022-06-30")), read_only=True) as connection:
        found = connection.execute(
            "select rule, expected_place, expected, found from marts.mart_quality_finding"
            " where severity <> 'info' and rule like 'narrative%'"
        ).fetchall()
    contradicted = {place: (expected, text) for rule, place, expected, text in found if rule == "narrative_contradicts"}
    assert contradicted == FIGURES
    assert {place for rule, place, _, _ in found if rule == "narrative_status_differs"} == STATUSES
    assert {(expected, text) for rule, _, expected, text in found if rule == "narrative_disagrees"} == TWICE
    assert len(found) == len(FIGURES) + len(STATUSES) + len(TWICE)
