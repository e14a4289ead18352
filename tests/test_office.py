"""Old office formats reach the readers through LibreOffice, within limits, or are refused with what to install."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.reading.formats import office
from orchestration.reading.formats.docx import read_docx
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
def test_a_footnote_survives_the_conversion():
    rtf = rb"{\rtf1\ansi Con 36{\super\chftn{\footnote\pard\plain{\super\chftn} Trong do 12.}} ho so\par}"
    converted, _ = office.convert(rtf, "rtf")
    assert [(block.text, block.flags) for block in read_docx(converted).blocks] == [
        ("Con 36 ho so", ()),
        ("Trong do 12.", ("footnote:1",)),
    ]


@pytest.mark.slow
@WRITER
def test_a_conversion_leaves_no_process_and_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    office.convert(RTF, "rtf")
    assert list(tmp_path.glob("par-office-*")) == []


def test_a_machine_without_libreoffice_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(office, "office_program", lambda: None)
    with pytest.raises(Refused) as refused:
        office.convert(b"", "xls")
    assert refused.value.code == "missing_package"
    assert "libreoffice-calc-nogui" in refused.value.sentence.vi


def _program(folder: Path, script: str) -> Path:
    """A program in the place of LibreOffice; what it starts is known by a number of seconds that nobody else sleeps."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def _sleepers(seconds: str) -> list[int]:
    """Processes that sleep so long, and are no zombies."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", seconds.encode()]:
                found.append(int(process.name))
    return found


def _until(is_so, otherwise: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "code"),
    [("while :; do :; done", "too_slow"), ("wait", "stuck"), ("(while :; do :; done) & wait", "too_slow")],
)
def test_a_conversion_that_computes_for_ever_or_hangs_is_stopped_with_its_children(monkeypatch, tmp_path, work, code):
    seconds = f"3600.{os.getpid()}"
    program = _program(tmp_path, f"sleep {seconds} &\n{work}")
    monkeypatch.setattr(office, "office_program", lambda: str(program))
    monkeypatch.setattr(office, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(office, "STILL_SECONDS", 1.5)
    with pytest.raises(Refused) as refused:
        office.convert(b"x", "doc")
    assert refused.value.code == code and not refused.value.is_final
    _until(lambda: not _sleepers(seconds), "a program is still running")


@pytest.mark.slow
def test_a_conversion_that_waits_for_its_turn_is_not_stopped(monkeypatch, tmp_path):
    """A fifth of a second of work beside eight others that never end, all on one processor."""
    here = f"import os, time; os.sched_setaffinity(0, [{min(os.sched_getaffinity(0))}])"
    program = _program(tmp_path, f"exec {sys.executable} -c '{here}\nwhile time.process_time() < 0.2: pass'")
    monkeypatch.setattr(office, "office_program", lambda: str(program))
    monkeypatch.setattr(office, "TIME_LIMIT", 2)
    monkeypatch.setattr(office, "STILL_SECONDS", 0.5)
    spin = [sys.executable, "-c", f"{here}\nwhile True: pass"]
    busy = [subprocess.Popen(spin, start_new_session=True) for _ in range(8)]
    try:
        with pytest.raises(Refused) as refused:
            office.convert(b"x", "doc")
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert refused.value.code == "missing_package", "it ended by itself and made nothing"


@pytest.mark.parametrize(
    ("says", "code", "is_final"),
    [
        ("Error: source file could not be loaded", "truncated", True),
        ("The application cannot be started.", "crashed", False),
        ("", "crashed", False),
    ],
)
def test_only_what_libreoffice_does_not_understand_is_the_fault_of_the_file(
    monkeypatch, tmp_path, says, code, is_final
):
    program = _program(tmp_path, f"echo '{says}'; exit 1")
    (tmp_path / "libswlo.so").touch()
    monkeypatch.setattr(office, "office_program", lambda: str(program))
    with pytest.raises(Refused) as refused:
        office.convert(b"x", "doc")
    assert (refused.value.code, refused.value.is_final) == (code, is_final)


_KILLED_WHILE_CONVERTING = """
import sys
from orchestration.reading.formats import office
from orchestration.reading.formats.docx import read_docx
from orchestration.reading import version
office.office_program = lambda: sys.argv[1]
office.convert(b"x", "doc")
"""


def test_a_conversion_ends_with_the_one_who_asked_for_it(tmp_path):
    if not office._bound():
        pytest.skip("this machine has no setpriv")
    seconds = f"3601.{os.getpid()}"
    program = _program(tmp_path, f"exec sleep {seconds}")
    parent = subprocess.Popen(
        [sys.executable, "-c", _KILLED_WHILE_CONVERTING, str(program)], cwd=Path(__file__).parents[1]
    )
    _until(lambda: _sleepers(seconds), "the conversion did not start")
    parent.kill()
    parent.wait()
    _until(lambda: not _sleepers(seconds), "the conversion outlived the one who asked for it")


@cache
def _word_97(lines: tuple[AnnexLine, ...]) -> bytes:
    """A report as an old Word stores it."""
    with TemporaryDirectory() as folder:
        source, profile = Path(folder, "report.docx"), Path(folder, "profile")
        source.write_bytes(make_docx(lines))
        office._write_profile(profile)
        office._run(
            office.office_program(), profile, ["--convert-to", "doc:MS Word 97", "--outdir", folder, str(source)]
        )
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
