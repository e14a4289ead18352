"""What is stored is whole: one file a table and period, the same bytes for the same readings, damage is read again."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import document_factory as factory
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.reading import batch, raw, schema, version
from orchestration.reading.document import PARAGRAPH, Block
from orchestration.reading.reader import Reading, read_bytes
from orchestration.reading.refusal import NOT_FINAL, SENTENCES, Refused

PERIOD = "2021-FY"
NOW = datetime(2022, 1, 5, 2, 30, tzinfo=UTC)
PLACES = ("Hà Nam", "Nam Định", "Thái Bình", "Hải Dương")


def reading(number: int, name: str | None = None) -> Reading:
    data = factory.make_txt(factory.sample_annex(number), PLACES[number], 2021)
    return read_bytes(data, f"{PERIOD}/{name or number}.txt")


def tree(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def rows(root: Path, table: str, period: str = PERIOD) -> list[dict]:
    return raw.read_table(root, table, period).to_pylist()


def stored(root: Path, numbers: tuple[int, ...] = (0, 1), period: str = PERIOD) -> Path:
    raw.prepare(root)
    raw.write(root, period, [reading(number) for number in numbers], seen_at=NOW)
    return root


def read_digests(root: Path) -> set[tuple[str, str]]:
    """(period, sha256) of every file that the present reader has read."""
    periods = map(raw.period_of, raw.files_of(root, "documents"))
    return {
        (period, content)
        for period in periods
        for content, row in raw.documents(root, period).items()
        if raw.is_current(row)
    }


def test_a_table_has_one_file_a_period_and_an_empty_one(tmp_path):
    stored(tmp_path)
    assert set(tree(tmp_path)) == {
        f"{table}/period={period}/rows.parquet" for table in schema.TABLES for period in (PERIOD, "none")
    }
    for table, columns in schema.TABLES.items():
        for period in (PERIOD, "none"):
            assert pq.read_schema(raw.path_of(tmp_path, table, period)).equals(columns), "no column but the contract's"
        assert rows(tmp_path, table, "none") == []


def test_the_period_is_read_from_the_folder(tmp_path):
    stored(tmp_path)
    files = [str(path) for path in raw.files_of(tmp_path, "documents")]
    found = duckdb.execute("select distinct period from read_parquet(?, hive_partitioning = true)", [files]).fetchall()
    assert found == [(PERIOD,)]


def test_every_row_of_a_document_is_there_in_its_order(tmp_path):
    stored(tmp_path, (0,))
    found = rows(tmp_path, "annex_rows")
    assert [(row["row_code"], row["ordinal"], row["value_raw"]) for row in found] == [
        (line.code, line.ordinal, line.value or None) for line in factory.sample_annex(0)
    ]
    assert [row["annex_row_number"] for row in found] == list(range(1, 122))


def test_the_same_readings_are_the_same_bytes_in_whatever_order_they_come(tmp_path):
    together, apart = tmp_path / "together", tmp_path / "apart"
    stored(together, (0, 1, 2, 3))
    raw.prepare(apart)
    for number in (3, 1, 0, 2, 1):
        raw.write(apart, PERIOD, [reading(number)], seen_at=NOW)
    assert tree(together) == tree(apart)


def test_a_file_that_is_read_again_replaces_what_it_said_and_keeps_when_it_came(tmp_path):
    stored(tmp_path)
    first = reading(0)
    raw.write(tmp_path, PERIOD, [replace(first, annex=None, identity=None)], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert {row["file_sha256"] for row in rows(tmp_path, "annex_rows")} == {reading(1).sha256}
    assert [row["first_seen_at"] for row in rows(tmp_path, "documents")] == [NOW, NOW]


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def _holed(path: Path) -> None:
    """The end of the file is whole, as after a power cut that lost a page in its middle."""
    data = bytearray(path.read_bytes())
    data[200:260] = bytes(60)
    path.write_bytes(data)


def _of_other_columns(path: Path) -> None:
    pq.write_table(pa.table({"file_sha256": ["aa"]}), path)


@pytest.mark.parametrize("table", ["documents", "annex_rows", "blocks", "decisions"])
@pytest.mark.parametrize("damage", [_empty, _cut, _of_other_columns, Path.unlink])
def test_a_damaged_file_makes_its_period_unread_and_no_other(tmp_path, table, damage):
    stored(tmp_path)
    stored(tmp_path, (2,), "2022-FY")
    damage(raw.path_of(tmp_path, table, PERIOD))
    raw.prepare(tmp_path)
    assert read_digests(tmp_path) == {("2022-FY", reading(2).sha256)}
    for name, columns in schema.TABLES.items():
        for path in (tmp_path / name).rglob("*.parquet"):
            assert pq.read_table(path, partitioning=None).schema.equals(columns)


def test_a_hole_in_the_middle_of_a_file_is_seen(tmp_path):
    stored(tmp_path)
    _holed(raw.path_of(tmp_path, "annex_rows", PERIOD))
    raw.prepare(tmp_path)
    assert read_digests(tmp_path) == set()


def test_what_was_damaged_keeps_the_time_at_which_it_came(tmp_path):
    stored(tmp_path)
    _empty(raw.path_of(tmp_path, "blocks", PERIOD))
    raw.prepare(tmp_path)
    raw.write(tmp_path, PERIOD, [reading(0), reading(2)], seen_at=datetime(2030, 1, 1, tzinfo=UTC))
    seen = {row["file_sha256"]: row["first_seen_at"].year for row in rows(tmp_path, "documents")}
    assert seen == {reading(0).sha256: 2022, reading(2).sha256: 2030}


def test_a_damaged_empty_table_is_made_again(tmp_path):
    stored(tmp_path)
    before = tree(tmp_path)
    _empty(raw.path_of(tmp_path, "blocks", raw.NO_PERIOD))
    raw.prepare(tmp_path)
    assert tree(tmp_path) == before


def test_files_of_an_earlier_layout_are_taken_away(tmp_path):
    stored(tmp_path)
    before = tree(tmp_path)
    for old in (
        f"documents/period={PERIOD}/province=35.1/aa.parquet",
        "documents/period=none/province=none/empty.parquet",
        f"annex_rows/period=2019-FY/province=35.1/{'a' * 64}.parquet",
        f"crops/period={PERIOD}/province=35.1/{'a' * 64}/p1.png",
        f"documents/period={PERIOD}/.rows.parquet.4194999",
    ):
        (tmp_path / old).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / old).write_bytes(b"old")
    raw.prepare(tmp_path)
    assert tree(tmp_path) == before


_KILLED = """
import os, sys
from tests.test_raw import PERIOD, NOW, reading
from orchestration.reading import raw
left, replace = int(sys.argv[2]), os.replace
def dying(*names):
    global left
    if left == 0:
        os.kill(os.getpid(), 9)
    left -= 1
    replace(*names)
os.replace = dying
from pathlib import Path
raw.write(Path(sys.argv[1]), PERIOD, [reading(0), reading(1), reading(2)], seen_at=NOW)
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", range(5))
def test_a_kill_between_two_files_costs_nothing(tmp_path, place):
    """Two files are known, a third comes and the two are read again; killed at the first rename, the second, …"""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    stored(whole, (0, 1, 2))
    stored(killed, (0, 1))
    changed = replace(reading(0), annex=None)
    raw.write(killed, PERIOD, [changed], seen_at=NOW)
    command = [sys.executable, "-c", _KILLED, str(killed), str(place)]
    places = os.pathsep.join(map(str, (Path(__file__).parents[1], Path(__file__).parent)))
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": places}, check=False)
    if place == 4:
        assert done.returncode == 0, "only the four tables that change are written"
    else:
        assert done.returncode == -signal.SIGKILL
        raw.prepare(killed)
        assert ("2021-FY", reading(2).sha256) not in read_digests(killed)
        raw.write(killed, PERIOD, [reading(0), reading(1), reading(2)], seen_at=NOW)
    assert tree(whole) == tree(killed)


def test_a_home_with_brackets_quotes_and_blanks_in_its_name(tmp_path):
    root = tmp_path / "kho [2026] l'été {a} * ?" / "raw"
    stored(root)
    raw.prepare(root)
    assert len(read_digests(root)) == 2
    assert len(rows(root, "documents")) == 2


def test_half_a_letter_in_a_text_is_shown_as_one_that_cannot_be_read(tmp_path):
    odd = replace(reading(0), blocks=(Block(PARAGRAPH, text="Hà \ud800Nam"),))
    raw.write(tmp_path, PERIOD, [odd], seen_at=NOW)
    assert [row["text_printed"] for row in rows(tmp_path, "blocks")] == ["Hà \ufffdNam"]


def test_what_no_table_can_hold_quarantines_its_file_and_no_other(tmp_path):
    odd = replace(reading(0), blocks=(Block(PARAGRAPH, text="x", page=2**40),))
    raw.write(tmp_path, PERIOD, [odd, reading(1)], seen_at=NOW)
    found = {row["file_name"]: row["reason_code"] or row["status"] for row in rows(tmp_path, "documents")}
    assert found == {"0.txt": "crashed", "1.txt": "accepted"}


def test_what_is_forgotten_leaves_nothing_behind(tmp_path):
    stored(tmp_path, (0, 1))
    only_second = tmp_path.with_name("only_second")
    stored(only_second, (1,))
    raw.forget(tmp_path, {reading(0).sha256})
    assert tree(tmp_path) == tree(only_second)
    raw.forget(tmp_path, {reading(1).sha256})
    assert {name for name in tree(tmp_path) if "=none" not in name} == set()


def test_the_picture_of_a_cell_lies_beside_its_rows(tmp_path):
    first = reading(0)
    row = replace(first.annex.rows[0], page=1, table=2, row=3, crops=(("value", b"png"),))
    raw.write(tmp_path, PERIOD, [replace(first, annex=replace(first.annex, rows=(row,)))], seen_at=NOW)
    picture = tmp_path / "crops" / f"period={PERIOD}" / first.sha256 / "p1_t2_r3_value.png"
    assert picture.read_bytes() == b"png"
    assert [path.name for path in picture.parent.iterdir()] == [picture.name]
    raw.forget(tmp_path, {first.sha256})
    assert not list((tmp_path / "crops").iterdir())


def test_what_a_shard_read_is_taken_over_with_its_pictures_and_the_shard_goes(tmp_path):
    first = reading(0)
    row = replace(first.annex.rows[0], page=1, table=2, row=3, crops=(("value", b"png"),))
    shard = tmp_path / ".shards" / PERIOD / "1"
    raw.write(shard, PERIOD, [replace(first, annex=replace(first.annex, rows=(row,)))], seen_at=NOW)
    assert raw.take(tmp_path, PERIOD) == [first.sha256]
    picture = tmp_path / "crops" / f"period={PERIOD}" / first.sha256 / "p1_t2_r3_value.png"
    assert picture.read_bytes() == b"png"
    assert [found["file_sha256"] for found in rows(tmp_path, "documents")] == [first.sha256]
    assert [found["row_number"] for found in rows(tmp_path, "annex_rows")] == [3]
    assert not shard.exists()


def test_what_a_shard_reads_again_came_when_it_first_came(tmp_path):
    stored(tmp_path, (0,))
    shard = tmp_path / ".shards" / PERIOD / "1"
    raw.write(shard, PERIOD, [reading(0), reading(1)], seen_at=NOW + timedelta(days=3))
    assert len(raw.take(tmp_path, PERIOD)) == 2
    came = {found["file_sha256"]: found["first_seen_at"] for found in rows(tmp_path, "documents")}
    assert came == {reading(0).sha256: NOW, reading(1).sha256: NOW + timedelta(days=3)}


# The version of the readers


def _versions(*formats: str, **environment: str) -> list[str]:
    """As a fresh process on a copy of the package sees them."""
    program = f"from orchestration.reading.version import reader_version; print(*map(reader_version, {formats!r}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return done.stdout.split()


@pytest.fixture
def copy_of_the_project(tmp_path, monkeypatch):
    project = Path(__file__).parents[1]
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(project / "orchestration", tmp_path / "orchestration", ignore=ignore)
    shutil.copytree(project / "dbt_project" / "seeds", tmp_path / "dbt_project" / "seeds")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_changed_reader_or_seed_is_another_version(copy_of_the_project):
    [first] = _versions("docx")
    assert _versions("docx") == [first]
    with (copy_of_the_project / "orchestration" / "reading" / "docx.py").open("a") as source:
        source.write("# changed\n")
    [second] = _versions("docx")
    with (copy_of_the_project / "dbt_project" / "seeds" / "forms.csv").open("a") as seed:
        seed.write("\n")
    assert len({first, second, *_versions("docx")}) == 3


def test_new_models_make_only_scans_and_pdf_another_version(copy_of_the_project, tmp_path):
    models = tmp_path / "tessdata"
    models.mkdir()
    for name in ("vie", "eng"):
        (models / f"{name}.traineddata").write_bytes(b"1")
    before = _versions("docx", "pdf", "scan", "doc", TESSDATA_PREFIX=str(models))
    (models / "vie.traineddata").write_bytes(b"22")
    after = _versions("docx", "pdf", "scan", "doc", TESSDATA_PREFIX=str(models))
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, False, False, True]


def test_another_libreoffice_makes_only_old_office_formats_another_version(copy_of_the_project, tmp_path):
    program = tmp_path / "bin" / "soffice"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    before = _versions("docx", "pdf", "doc", "xls", PATH=path)
    (program.parent / "soffice.bin").write_bytes(b"new")
    after = _versions("docx", "pdf", "doc", "xls", PATH=path)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, False]


def test_a_library_counts(monkeypatch):
    version._common.cache_clear()
    before = version._common()
    monkeypatch.setattr(version, "version", lambda name: "999")
    version._common.cache_clear()
    assert version._common() != before
    version._common.cache_clear()


# Reasons


def test_a_reason_that_the_machine_may_have_caused_is_not_final():
    assert SENTENCES.keys() >= NOT_FINAL
    facts = {"limit": 1, "format": "pdf", "detail": "x", "package": "y"}
    final = {code: Refused(code, **facts).is_final for code in ("too_slow", "crashed", "missing_package", "no_rights")}
    assert set(final.values()) == {False}
    assert Refused("empty").is_final and Refused("password").is_final
    assert Refused("province_contradiction", found="a", claimed="b").is_final


def test_every_sentence_ends(tmp_path):
    assert all(text.strip().endswith(".") for said in SENTENCES.values() for text in (said.vi, said.en))


def test_batch_is_told_of_nothing_to_write(tmp_path):
    assert raw.write(tmp_path, PERIOD, []) == []
    assert tree(tmp_path) == {}
    assert batch.WORKERS >= 1
