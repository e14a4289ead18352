"""Old office formats reach the readers through LibreOffice, within limits, or are refused with what to install."""

from __future__ import annotations

import io
import os
import time
import zipfile
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.reading import office
from orchestration.reading.reader import ACCEPTED, QUARANTINED, read_bytes
from orchestration.reading.refusal import Refused
from orchestration.reading.sandbox import run_limited
from tests.document_factory import AnnexLine, make_docx, sample_annex

RTF = (
    rb"{\rtf1\ansi\trowd\cellx2000\cellx6000\intbl 1.1.1\cell 36\cell\row"
    rb"\trowd\cellx2000\cellx6000\intbl 1.1.2\cell 07\cell\row\pard B\u225?o c\u225?o\par}"
)
WRITER = pytest.mark.skipif(not office.is_available("rtf"), reason="libreoffice-writer-nogui is not installed")


def _document_xml(docx: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(docx)).read("word/document.xml").decode()


@pytest.mark.slow
@WRITER
def test_a_table_survives_the_conversion_with_its_leading_zeros():
    converted, target = office.convert(RTF, "rtf")
    assert target == "docx"
    xml = _document_xml(converted)
    assert xml.count("<w:tr>") + xml.count("<w:tr ") == 2
    assert "07" in xml and "Báo cáo" in xml


@pytest.mark.slow
@WRITER
def test_a_conversion_leaves_no_process_and_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    office.convert(RTF, "rtf")
    assert list(tmp_path.glob("par-office-*")) == []


def test_a_machine_without_libreoffice_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(office, "_soffice", lambda: None)
    with pytest.raises(Refused) as refused:
        office.convert(b"", "xls")
    assert refused.value.code == "missing_package"
    assert "libreoffice-calc-nogui" in refused.value.vi


def test_a_conversion_that_hangs_is_stopped_with_its_children(monkeypatch, tmp_path):
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nsleep 60 & echo $! > " + str(tmp_path / "child") + "\nwait\n")
    program.chmod(0o755)
    monkeypatch.setattr(office, "_soffice", lambda: str(program))
    monkeypatch.setattr(office, "TIME_LIMIT", 1)
    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        office.convert(b"x", "doc")
    assert refused.value.code == "too_slow"
    assert time.monotonic() - started < 5
    child = int((tmp_path / "child").read_text())
    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().split()[2] == "Z"


@cache
def _word_97(lines: tuple[AnnexLine, ...]) -> bytes:
    """A report as an old Word stores it."""
    with TemporaryDirectory() as folder:
        source, profile = Path(folder, "report.docx"), Path(folder, "profile")
        source.write_bytes(make_docx(lines))
        office._write_profile(profile)
        office._run(office._soffice(), profile, ["--convert-to", "doc:MS Word 97", "--outdir", folder, str(source)])
        return source.with_suffix(".doc").read_bytes()


@pytest.mark.slow
@WRITER
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_damaged_word_97_report_is_refused_or_every_row_is_accounted_for(data):
    lines = tuple(sample_annex(7))
    damaged = bytearray(_word_97(lines))
    count = data.draw(st.integers(0, 6), "bytes")
    for _ in range(count):
        damaged[data.draw(st.integers(0, len(damaged) - 1), "at")] = data.draw(st.integers(0, 255), "byte")
    if count == 0:
        del damaged[data.draw(st.integers(0, len(damaged) - 1), "end") :]
    reading = run_limited(partial(read_bytes, path="bao-cao.doc"), bytes(damaged))
    assert (reading.status == QUARANTINED) == (reading.refusal is not None)
    if reading.status == ACCEPTED:
        found = {(row.code, row.ordinal): row for row in reading.rows if row.code}
        missing = {name if "#" in name else f"{name}#0" for name in reading.annex.rows_not_found}
        assert all(f"{line.code}#{line.ordinal}" in missing for line in lines if (line.code, line.ordinal) not in found)
        # The format has no checksum: no reader can tell that a byte made another digit, but it makes only one.
        wrong = [
            line
            for line in lines
            if (row := found.get((line.code, line.ordinal))) and row.value_raw != (line.value or None) and not row.flags
        ]
        assert len(wrong) <= count


@pytest.mark.real
@pytest.mark.slow
@WRITER
@pytest.mark.skipif("PAR_REAL_REPORTS" not in os.environ, reason="PAR_REAL_REPORTS is not set")
def test_the_real_word_97_report_converts_whole():
    data = (Path(os.environ["PAR_REAL_REPORTS"]) / "ha_nam_2021.doc").read_bytes()
    converted, _ = office.convert(data, "doc")
    assert "1.480" in _document_xml(converted)
