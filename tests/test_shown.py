"""`par show`: the page or the row as its reader saw it, with the row that was asked for framed where it stands."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from lxml import html

from orchestration import cli
from orchestration.reading import batch
from orchestration.reading.formats import photo
from tests.container_factory import zip_of
from tests.document_factory import make_docx, make_html, make_txt, make_xlsx, sample_annex
from tests.pdf_factory import make_pdf
from tests.photo_factory import Shot, make_photos

LINES = sample_annex(3)


def shown(*words: object) -> list[Path]:
    done = CliRunner().invoke(cli.main, ["show", *map(str, words)])
    assert done.exit_code == 0, done.output
    return [Path(line) for line in done.output.split("\n") if line]


def refused(*words: object) -> str:
    done = CliRunner().invoke(cli.main, ["show", *map(str, words)])
    assert done.exit_code == 1
    return done.output


def framed(picture: Path) -> tuple[float, float]:
    """Share of the page's height at which the red frame begins and ends."""
    pixels = cv2.imread(str(picture)).astype(int)
    rows = np.flatnonzero(((pixels[:, :, 2] > 200) & (pixels[:, :, :2].max(axis=2) < 80)).any(axis=1))
    return rows[0] / len(pixels), rows[-1] / len(pixels)


@pytest.mark.parametrize(
    ("make", "name"), [(make_docx, "a.docx"), (make_html, "a.html"), (make_txt, "a.txt"), (make_xlsx, "a.xlsx")]
)
def test_of_a_text_the_row_asked_for_is_marked_among_all_others(make, name, tmp_path):
    (tmp_path / name).write_bytes(make(LINES))
    [written] = shown(tmp_path / name, "3.2.1", "--to", tmp_path / "o")
    [row] = html.fromstring(written.read_bytes()).xpath("//tr[@class='asked']")
    line = next(line for line in LINES if line.code == "3.2.1")
    texts = [cell.text_content() for cell in row]
    assert line.label in texts and line.value in texts


def test_lines_of_a_text_file_have_their_numbers(tmp_path):
    data = make_txt(LINES)
    (tmp_path / "a.txt").write_bytes(data)
    [written] = shown(tmp_path / "a.txt", "2.1", "--to", tmp_path)
    [number] = html.fromstring(written.read_bytes()).xpath("//tr[@class='asked']/td[1]/text()")
    assert data.decode().split("\n")[int(number) - 1].startswith("2.1")


@pytest.mark.slow
def test_of_a_pdf_the_page_of_the_row_is_drawn_and_the_row_framed(tmp_path):
    (tmp_path / "a.pdf").write_bytes(make_pdf(LINES))
    pages = {code: shown(tmp_path / "a.pdf", code, "--to", tmp_path) for code in ("1.1.1", "1.1.2", "7.8.4")}
    assert all(len(written) == 1 for written in pages.values())
    assert pages["1.1.1"][0].name[-5:] == pages["1.1.2"][0].name[-5:] != pages["7.8.4"][0].name[-5:]
    (first, last), (following, _) = framed(pages["1.1.1"][0]), framed(pages["1.1.2"][0])
    assert 0.01 < last - first < 0.06
    assert abs(following - last) < 0.01  # the next row begins where this one ends


@pytest.mark.ocr
@pytest.mark.slow
def test_of_a_photo_the_page_is_drawn_as_it_was_flattened(tmp_path):
    photos = make_photos(LINES, shot=Shot(tilt=0.12, turn=4.0, curl=0.01), letterhead=False)
    (tmp_path / "a.pdf").write_bytes(photo.pdf_of(photos[:1]))
    [written] = shown(tmp_path / "a.pdf", "2.", "--to", tmp_path)
    first, last = framed(written)
    assert 0.01 < last - first < 0.04  # one line of print, though it leaned over more than that


def test_a_file_in_a_parcel_of_the_inbox_is_found_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    inbox = tmp_path / "raw" / "inbox" / "2021-FY"
    inbox.mkdir(parents=True)
    (inbox / "gui.zip").write_bytes(zip_of({"BC.docx": make_docx(LINES), "khac.txt": b"abc"}))
    batch.read_period(inbox.parent, tmp_path / "raw", "2021-FY")
    [written] = shown("BC.docx", "2.1", "--to", tmp_path / "o")
    assert html.fromstring(written.read_bytes()).xpath("//tr[@class='asked']")
    assert "BC.docx, khac.txt" in refused(inbox / "gui.zip", "2.1")


def test_a_row_of_a_refused_file_is_shown_with_the_reason(tmp_path):
    (tmp_path / "a.docx").write_bytes(make_docx(LINES[:40]))
    [written] = shown(tmp_path / "a.docx", "2.1", "--to", tmp_path)
    page = html.fromstring(written.read_bytes())
    assert page.xpath("//tr[@class='asked']") and "Phụ lục bị thiếu" in page.text_content()


def test_what_is_not_there_is_said(tmp_path):
    (tmp_path / "a.docx").write_bytes(make_docx(LINES))
    said = refused(tmp_path / "a.docx", "9.9", "--to", tmp_path)
    assert "Không có dòng «9.9»" in said and "7.8.4" in said
    assert "Không có tệp nào như «b.docx»" in refused("b.docx")
