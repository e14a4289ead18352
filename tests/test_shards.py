"""A period read in shards is what it is read at once, byte for byte, whatever process is killed meanwhile."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import dagster as dg
import document_factory as factory
import pytest

from orchestration import paths
from orchestration.defs import reports, shards
from orchestration.reading import batch, raw, schema

pytestmark = pytest.mark.slow

PERIOD = "2021-FY"
NOW = "2022-01-10T08:00:00+07:00"
PROVINCES = ("Hà Nam", "Nam Định", "Thái Bình", "Lai Châu", "Sơn La", "Hưng Yên")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """Six reports, one of them sent again as a Word file, one in an archive and one that is none."""
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    monkeypatch.setenv("PAR_NOW", NOW)
    inbox = paths.inbox() / PERIOD
    inbox.mkdir(parents=True)
    for seed, province in enumerate(PROVINCES):
        (inbox / f"{seed}.txt").write_bytes(factory.make_txt(factory.sample_annex(seed), province, 2021))
    (inbox / "lan_2.docx").write_bytes(factory.make_docx(factory.sample_annex(9), "Hà Nam", 2021))
    (inbox / "rong.txt").write_bytes(b"")
    parcel = io.BytesIO()
    with zipfile.ZipFile(parcel, "w") as archive:
        archive.writestr("ninh_binh.txt", factory.make_txt(factory.sample_annex(7), "Ninh Bình", 2021))
    (inbox / "gui.zip").write_bytes(parcel.getvalue())
    return tmp_path


def stored(folder: Path) -> dict[str, bytes]:
    """Every file of raw/ that the models read."""
    return {table: raw.path_of(folder, table, PERIOD).read_bytes() for table in schema.TABLES}


@pytest.fixture
def at_once(tmp_path) -> dict[str, bytes]:
    """raw/ after one reading of everything."""
    batch.read_period(paths.inbox(), tmp_path / "at_once", PERIOD)
    return stored(tmp_path / "at_once")


def in_a_process(code: str, *arguments: str) -> int:
    program = f"import os, sys\nfrom orchestration import paths\nfrom orchestration.reading import batch, raw\n{code}"
    return subprocess.run([sys.executable, "-c", program, *arguments], env=os.environ, check=False).returncode


_READ = f"batch.read_shard(paths.inbox(), paths.raw(), {PERIOD!r}, int(sys.argv[1]), sys.argv[2:])"
_KILLED_WHILE_READING = f"""
batch.CHECKPOINT_SECONDS = 0
write = raw.write
def write_and_die(*arguments, **options):
    write(*arguments, **options)
    os.kill(os.getpid(), {signal.SIGKILL})
raw.write = write_and_die
{_READ}
"""


def test_shards_read_in_processes_of_their_own_give_the_same_bytes(at_once):
    parts = batch.divide(paths.inbox(), paths.raw(), PERIOD, 3)
    contents = [content for part in parts for content in part]
    assert len(parts) == 3 and len(contents) == len(set(contents)) == len(PROVINCES) + 3
    assert [in_a_process(_READ, str(number), *part) for number, part in enumerate(parts)] == [0, 0, 0]
    assert raw.documents(paths.raw(), PERIOD) == {}  # nothing counts before the one writer takes it
    outcome = batch.read_period(paths.inbox(), paths.raw(), PERIOD)
    assert stored(paths.raw()) == at_once
    assert len(outcome.read) == len(contents) and raw.shards(paths.raw(), PERIOD) == []
    assert batch.periods_to_run(paths.inbox(), paths.raw()) == []


def test_a_shard_that_was_killed_goes_on_with_what_it_lacks(at_once):
    [part] = batch.divide(paths.inbox(), paths.raw(), PERIOD, 1)
    assert in_a_process(_KILLED_WHILE_READING, "0", *part) == -signal.SIGKILL
    before = raw.documents(raw.shard(paths.raw(), PERIOD, 0), PERIOD).keys()
    assert 0 < len(before) < len(part)
    read = {row["file_sha256"] for row in batch.read_shard(paths.inbox(), paths.raw(), PERIOD, 0, part)}
    assert read == set(part) - before
    batch.read_period(paths.inbox(), paths.raw(), PERIOD)
    assert stored(paths.raw()) == at_once


def test_what_no_shard_was_finished_with_is_read_by_the_next_reading(at_once):
    first, second = batch.divide(paths.inbox(), paths.raw(), PERIOD, 2)
    in_a_process(_KILLED_WHILE_READING, "0", *first)
    in_a_process(_READ, "1", *second)
    batch.read_period(paths.inbox(), paths.raw(), PERIOD)
    assert stored(paths.raw()) == at_once


@pytest.fixture
def instance(home) -> Iterator[dg.DagsterInstance]:
    (home / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(home / "dagster")) as instance:
        reports.add_partitions(instance, [PERIOD])
        yield instance


def kill_step(instance: dg.DagsterInstance, step: str, killed: list[int]) -> None:
    """Wait for the process of a step, and kill it."""
    while not killed:
        for run in instance.get_runs():
            for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_WORKER_STARTED):
                if entry.step_key == step and not killed:
                    killed.append(int(entry.get_dagster_event().event_specific_data.metadata["pid"].value))
                    os.kill(killed[0], signal.SIGKILL)
        time.sleep(0.05)


@pytest.mark.slow
def test_the_job_reads_a_killed_shard_again_from_its_failure(at_once, instance):
    killed: list[int] = []
    Thread(target=kill_step, args=(instance, "read_shard[1]", killed), daemon=True).start()
    job = dg.reconstructable(shards.read_in_shards)
    config = {"ops": {"divide_files": {"config": {"shards": 2}}}, "execution": {"config": {"max_concurrent": 2}}}
    tags = {"dagster/partition": PERIOD}
    with dg.execute_job(job, instance, run_config=config, tags=tags) as failed:
        assert not failed.success and killed
        run_id = failed.run_id
    assert raw.documents(paths.raw(), PERIOD) == {}
    again = dg.ReexecutionOptions.from_failure(run_id, instance)
    with dg.execute_job(job, instance, run_config=config, tags=tags, reexecution_options=again) as done:
        assert done.success
        steps = {event.step_key for event in done.all_events if event.is_step_start}
    assert steps == {"read_shard[1]", "take_shards"}
    assert stored(paths.raw()) == at_once
    assert instance.get_materialized_partitions(dg.AssetKey(["raw", "documents"])) == {PERIOD}
