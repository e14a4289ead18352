"""Scans: every figure is read exactly or flagged; a flagged cell keeps its picture; nothing is made up."""

from __future__ import annotations

import csv
import os
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from orchestration.reading import version
from orchestration.reading.annex import read_annex, rows
from orchestration.reading.annex.row import code_of
from orchestration.reading.document import TABLE_ROW, Block, Cell, Document
from orchestration.reading.pages import cells, picture, scan
from orchestration.reading.pages.pdf import read_pdf
from orchestration.reading.reader import QUARANTINED, read_bytes
from orchestration.reading.refusal import Refused
from orchestration.reading.sandbox import run_limited
from tests.document_factory import AnnexLine, sample_annex, short_annex
from tests.pdf_factory import make_scan

CLEAN = {"letterhead": False, "noise": 3.0, "stamps": 0, "skew": 0.5}
SHORT_SCAN = cache(lambda: make_scan(short_annex(), **CLEAN))


def _rows(document: Document) -> list[list[str]]:
    return [[cell.text for cell in block.cells] for block in document.blocks if block.kind == TABLE_ROW]


def _values(document: Document) -> list[str]:
    return [row[3] for row in _rows(document) if len(row) == 5 and row[3] != "Số liệu"]


def _judged(data: bytes, lines: list[AnnexLine]) -> tuple[int, list[str]]:
    """How many rows are exact, and those that are wrong without a flag."""
    read = {(row.code, row.ordinal or 0): row for row in read_annex(read_pdf(data)).rows}
    exact, silent = 0, []
    for line in lines:
        row = read.get((line.code, line.ordinal))
        if row is not None and (row.value_raw or "") == line.value:
            exact += 1
        elif row is not None and not row.flags:
            silent.append(f"{line.code}/{line.ordinal}: {line.value!r} read as {row.value_raw!r}")
    return exact, silent


@pytest.fixture(scope="module")
def short() -> Document:
    """A short annex, scanned cleanly and read."""
    return read_pdf(SHORT_SCAN())


@pytest.mark.ocr
def test_a_scanned_row_is_read_in_its_columns(short):
    assert short.format == "scan"
    assert _values(short) == ["", "", "1.234", "07", "1.227", "92%", "7,03", ""]
    row = next(row for row in _rows(short) if row[0] == "3.1.3.")
    assert row[2:] == ["Thủ tục", "1.234", ""] and row[1].endswith("số TTHC đang có hiệu lực")


@pytest.mark.ocr
@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_sheet_scanned_the_wrong_way_round_is_turned(rotate):
    assert _values(read_pdf(make_scan(short_annex(), rotate=rotate, **CLEAN)))[2:7] == [
        "1.234",
        "07",
        "1.227",
        "92%",
        "7,03",
    ]


@pytest.mark.ocr
def test_a_text_layer_without_vietnamese_marks_is_not_believed():
    document = read_pdf(make_scan(short_annex(), english_layer=True, **CLEAN))
    assert document.format == "scan"
    assert _values(document)[2] == "1.234"


@pytest.mark.ocr
def test_every_cell_under_a_stamp_is_flagged_and_keeps_its_picture():
    options = {**CLEAN, "stamps": 1}
    document = read_pdf(make_scan(sample_annex(2)[:40], seed=3, opaque=True, **options))
    stamped = [cell for block in document.blocks for cell in block.cells if "stamp" in cell.flags]
    assert stamped
    for cell in stamped:
        assert Image.open(BytesIO(cell.crop)).size[0] > 10


@pytest.mark.ocr
def test_cells_without_doubt_carry_no_picture(short):
    cells = [cell for block in short.blocks for cell in block.cells]
    assert all((cell.crop is not None) == bool(cell.flags) for cell in cells)


@pytest.mark.ocr
@pytest.mark.slow
@pytest.mark.parametrize(("dpi", "least"), [(200, 119), (150, 117)])
def test_a_degraded_scan_is_read_nearly_exactly_and_never_wrongly_in_silence(dpi, least):
    lines = sample_annex(11)
    exact, silent = _judged(make_scan(lines, dpi=dpi, skew=1.5, noise=6.0, stamps=2, seed=dpi), lines)
    assert silent == []
    assert exact >= least


@pytest.mark.ocr
@pytest.mark.slow
def test_what_an_opaque_stamp_hides_is_flagged():
    lines = sample_annex(12)
    _, silent = _judged(make_scan(lines, stamps=4, opaque=True, seed=5), lines)
    assert silent == []


@pytest.mark.ocr
@pytest.mark.parametrize("ruling", ["none", "horizontal", "vertical", "frame", "header"])
def test_a_scan_of_a_table_without_drawn_cells_is_refused_and_says_so(ruling):
    lines = [line for line in sample_annex(2) if line.code.count(".") == 2 and not line.ordinal]
    data = make_scan(lines[:18], ruling=ruling, **CLEAN)
    reading = read_bytes(data, "bao-cao.pdf")
    assert (reading.status, reading.refusal.code, reading.rows) == (QUARANTINED, "scan_without_lines", ())
    assert "kẻ" in reading.refusal.sentence.vi and "ruled" in reading.refusal.sentence.en


@pytest.mark.ocr
def test_a_page_that_is_taken_for_one_on_its_side_is_read_all_the_same(short, monkeypatch):
    expected = [block.cells for block in short.blocks]
    is_on_its_side = picture.lies_on_its_side
    monkeypatch.setattr(scan, "lies_on_its_side", lambda colour: not is_on_its_side(colour))
    assert [block.cells for block in read_pdf(SHORT_SCAN()).blocks] == expected
    assert any(cells for cells in expected)


@pytest.mark.ocr
@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_scan_is_refused_and_no_figure_in_it_is_wrong_without_a_flag(data):
    damaged = bytearray(SHORT_SCAN())
    places = st.integers(0, len(damaged) - 1)
    for _ in range(data.draw(st.integers(1, 4), "bytes")):
        damaged[data.draw(places, "at")] = data.draw(st.integers(0, 255), "byte")
    if data.draw(st.booleans(), "cut"):
        start = data.draw(places, "start")
        del damaged[start : start + data.draw(st.integers(1, 3000), "length")]
    reading = run_limited(partial(read_bytes, path="bao-cao.pdf"), bytes(damaged))
    # Eight rows are no form, so whatever is still read is not accepted.
    assert reading.status == QUARANTINED and reading.refusal.code != "crashed"
    truth = {line.code: line.value for line in short_annex() if not line.ordinal}
    for printed in (block.cells for block in reading.blocks if len(block.cells) == 5):
        code, value = code_of(printed[0].text), printed[3]
        if code in truth and not (printed[0].flags or value.flags):
            assert value.text == truth[code]


@pytest.mark.fonts
def test_a_machine_without_the_vietnamese_model_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(scan, "model_folder", lambda: None)
    with pytest.raises(Refused) as refused:
        read_pdf(SHORT_SCAN())
    assert refused.value.code == "missing_package"
    assert "tesseract-ocr-vie" in refused.value.sentence.vi


def test_the_models_are_sought_where_the_environment_says(monkeypatch, tmp_path):
    for model in ("vie", "eng"):
        (tmp_path / f"{model}.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert version.model_folder() == str(tmp_path)


def test_red_ink_is_lifted_and_print_under_it_stays():
    page = np.full((400, 400, 3), 245, np.uint8)
    page[100:300, 100:300] = (60, 40, 205)
    page[190:210, 50:350] = 20
    grey, stamp = picture._lifted(page)
    assert grey[150, 150] > 230 and grey[200, 200] < 60
    assert stamp[150, 150] == 255 and stamp[20, 20] == 0


def test_a_lone_thin_digit_in_a_tall_cell_is_ink():
    cell = np.full((350, 270), 245, np.uint8)
    cell[20:50, 130:135] = 60
    assert cells._own_ink(cell).any()
    assert not cells._own_ink(np.full((350, 270), 245, np.uint8)).any()


def _cell_of_print(*lines: str) -> cells._CellImage:
    """A cell with lines of digits as high as those of 11 points."""
    grey = np.full((60 * len(lines) + 20, 300), 245, np.uint8)
    for number, line in enumerate(lines, start=1):
        cv2.putText(grey, line, (30, 60 * number), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 20, 3)
    ink = cells._own_ink(grey)
    return cells._CellImage(None, grey, ink, 0, 0, True, False, False, False)


def test_figures_of_two_rows_in_one_cell_are_known_as_such():
    assert cells._cropped(_cell_of_print("1234", "07")).is_stacked
    assert not cells._cropped(_cell_of_print("92%")).is_stacked


@pytest.mark.parametrize("text", ["31,842", "55.21", "1.48", "12.5%", "1.2345"])
def test_a_mark_where_vietnamese_numbers_have_the_other_one_is_odd(text):
    assert cells._ODD_MARKS.search(text)


@pytest.mark.parametrize("text", ["31.842", "55,21", "1.480.000", "1.480,5", "0,1234", "92%", "100"])
def test_a_number_in_vietnamese_writing_is_not_odd(text):
    assert not cells._ODD_MARKS.search(text)


@pytest.mark.parametrize(("confidence", "is_doubted"), [(0.9, True), (None, False)])
def test_words_in_place_of_a_figure_are_doubted_where_they_were_read_from_a_picture(confidence, is_doubted):
    columns = {"label": range(1), "value": range(1, 2)}
    for text, has_flag in (("Đang rà soát", is_doubted), ("1.480", False)):
        cells = (Cell(0, "Số nền tảng dùng chung"), Cell(1, text, confidence=confidence))
        row = rows._row(Block(TABLE_ROW, cells=cells), columns, False)
        assert ("value:low_confidence" in row.flags) == has_flag


@pytest.mark.parametrize("angle", [-3.0, -0.7, 0.0, 1.4])
def test_a_page_that_lies_askew_is_straightened(angle):
    page = np.full((1600, 1200), 245, np.uint8)
    for y in range(200, 1400, 60):
        page[y : y + 4, 150:1050] = 30
    assert picture.skew_of(picture.rotated(page, angle, 245)) == pytest.approx(-angle, abs=0.06)


def test_an_empty_page_lies_straight():
    assert picture.skew_of(np.full((1600, 1200), 245, np.uint8)) == 0.0


def test_a_page_on_its_side_is_told_from_an_upright_one():
    page = np.full((1600, 1200, 3), 245, np.uint8)
    source = np.random.default_rng(1)
    for y in range(200, 1400, 40):
        x = 150
        while x < 1050:
            wide = int(source.integers(4, 20))
            page[y : y + 16, x : x + wide] = 30
            x += wide + int(source.integers(4, 14))
    assert not picture.lies_on_its_side(page)
    assert picture.lies_on_its_side(np.ascontiguousarray(np.rot90(page)))


@given(digits=st.text("0123456789.,", max_size=8), marks=st.text(".,", max_size=4))
def test_shapes_of_points_and_commas_never_change_a_digit(digits, marks):
    changed = cells._with_marks(digits, marks)
    assert changed.replace(",", ".") == digits.replace(",", ".")


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.ocr
def test_the_scan_of_the_real_report_is_read_with_no_silent_error():
    folder = Path(os.environ["PAR_REAL_REPORTS"])
    with (folder / "ha_nam_2021.pdf.truth.csv").open(encoding="utf-8", newline="") as rows:
        lines = [
            AnnexLine(row["code"], int(row["ordinal"] or 0), row["label"], row["unit"], row["value_raw"])
            for row in csv.DictReader(rows)
        ]
    exact, silent = _judged((folder / "ha_nam_2021_scan_200dpi.pdf").read_bytes(), lines)
    assert silent == []
    assert exact >= 120
