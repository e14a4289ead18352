"""Photos: a sheet that leans, is bent or half in shadow is read like a scan, or in doubt, or refused; never wrongly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from orchestration.reading.formats import photo
from orchestration.reading.pages.photograph import flattened
from orchestration.reading.pages.picture import Drawn, Image
from orchestration.reading.reader import ACCEPTED, read_bytes
from tests.document_factory import sample_annex
from tests.photo_factory import Shot, make_photos, photographed

pytestmark = pytest.mark.slow

DOUBTS = ("low_confidence", "disagreement", "stamp", "touches_line", "letters_dropped_at_seam")
SHOTS = {
    "in perspective": (Shot(tilt=0.14, turn=4.0), 117),
    "bent": (Shot(curl=0.025, tilt=0.1, turn=2.0), 117),
    "by a yellow lamp, in shadow": (Shot(warm=0.35, shadow=0.45), 117),
    "from afar": (Shot(wide=3000, fill=0.65, tilt=0.08), 117),
    "sent small": (Shot(wide=1200, blur=0.7, noise=6.0), 100),
}


@pytest.mark.ocr
@pytest.mark.parametrize("kind", SHOTS)
def test_a_photographed_report_is_read_and_no_figure_is_wrong_in_silence(kind: str) -> None:
    shot, least = SHOTS[kind]
    lines = sample_annex(21)
    read = read_bytes(photo.pdf_of(make_photos(lines, seed=5, shot=shot)), "2021-FY/a.pdf")
    assert (read.status, read.refusal) == (ACCEPTED, None)
    rows = {(row.code, row.ordinal): row for row in read.rows}
    exact = 0
    for line in lines:
        row = rows.get((line.code, line.ordinal))
        if row is None:  # it is listed with the document
            continue
        is_exact = (row.value_raw or "") == line.value
        exact += is_exact
        assert is_exact or any(f"value:{doubt}" in row.flags for doubt in DOUBTS), (line, row)
    assert exact >= least


@pytest.mark.ocr
def test_a_blurred_photograph_is_read_with_doubts_or_refused_as_no_whole_annex() -> None:
    lines = sample_annex(21)
    read = read_bytes(photo.pdf_of(make_photos(lines, seed=5, shot=Shot(blur=2.2))), "2021-FY/a.pdf")
    assert read.status == ACCEPTED or read.refusal.code == "annex_cut_short"
    values = {(line.code, line.ordinal): line.value for line in lines}
    for row in read.rows:
        is_exact = (row.value_raw or "") == values.get((row.code, row.ordinal))
        assert is_exact or any(f"value:{doubt}" in row.flags for doubt in DOUBTS) or read.refusal, row


def ruled_page() -> Image:
    """A sheet with level rules every 60 pixels and upright ones every 200."""
    page = np.full((2339, 1654, 3), 255, np.uint8)
    for y in range(180, 2200, 60):
        page[y : y + 2, 120:1521] = 0
    for x in range(120, 1530, 200):
        page[180:2161, x : x + 2] = 0
    return page


def level_rules(pixels: Image) -> int:
    """How many rules run across nine tenths of the table without leaving a height of five pixels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    ink = cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 15)
    filled = cv2.dilate(ink, np.ones((5, 1), np.uint8)).sum(axis=1) > 0.9 * 1400 / 1654 * grey.shape[1]
    return int(np.diff(filled.astype(int), prepend=0).clip(0).sum())


@pytest.mark.parametrize(
    "shot",
    [Shot(tilt=0.15, turn=5.0, noise=1.0), Shot(curl=0.03, turn=0.5, noise=1.0), Shot(fill=0.7, curl=0.01, noise=1.0)],
    ids=["in perspective", "bent", "from afar"],
)
def test_the_rules_of_a_photographed_table_are_made_level(shot: Shot) -> None:
    taken = cv2.imdecode(
        np.frombuffer(photographed(ruled_page(), shot, np.random.default_rng(3)), np.uint8), cv2.IMREAD_COLOR
    )
    assert level_rules(taken) < 5
    # The sheet's own edge may be another.
    assert 34 <= level_rules(flattened(Drawn(taken, 300.0)).pixels) <= 35


def test_the_resolution_of_a_sheet_is_that_of_the_sheet_and_not_of_its_photo() -> None:
    taken = photographed(ruled_page(), Shot(wide=2000, fill=0.6, tilt=0.0, turn=0.0), np.random.default_rng(1))
    flat = flattened(Drawn(cv2.imdecode(np.frombuffer(taken, np.uint8), cv2.IMREAD_COLOR), 300.0))
    assert flat.dpi == pytest.approx(0.6 * 2000 / 8.27, rel=0.03)


def test_a_page_that_is_flat_and_even_is_left_as_it_is() -> None:
    page = ruled_page()
    flat = flattened(Drawn(page, 200.0))
    assert flat.pixels is page and flat.beside is None and flat.dpi == 200.0


def test_what_lies_beside_the_sheet_is_known_as_such() -> None:
    taken = photographed(ruled_page(), Shot(wide=2000, fill=0.6, tilt=0.2, turn=0.0), np.random.default_rng(1))
    flat = flattened(Drawn(cv2.imdecode(np.frombuffer(taken, np.uint8), cv2.IMREAD_COLOR), 300.0))
    high, wide = flat.pixels.shape[:2]
    assert flat.beside is not None
    assert flat.beside[high // 2, wide // 2] == 0
    assert 0.02 < (flat.beside > 0).mean() < 0.3
