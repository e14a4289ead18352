"""dbt started ahead of need does what dbt does, and is never left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration import dbt_ahead, paths

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
SEEDS = ["ls", "--resource-type", "seed", "--output", "name", "--quiet"]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    paths.build_database().parent.mkdir(parents=True)
    return tmp_path


def dbt(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """The program in the project, with its target in the home."""
    return subprocess.run(
        [BIN / program, *arguments], capture_output=True, text=True, check=False, **_where(environment)
    )


def _where(environment: dict[str, str]) -> dict:
    settings = {"DBT_TARGET_PATH": str(dbt_ahead.target()), "DBT_PROFILES_DIR": ".", "DBT_USE_COLORS": "false"}
    return {"cwd": paths.DBT_PROJECT, "env": {**os.environ, **dbt_ahead.environment(), **settings, **environment}}


def waiting_processes() -> set[int]:
    """Of this home: the process is known by its environment."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            is_one = b"orchestration.dbt_ahead" in (entry / "cmdline").read_bytes()
            if is_one and f"PAR_HOME={paths.home()}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.add(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def gone(processes: set[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while processes & waiting_processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    return not processes & waiting_processes()


def test_without_a_waiting_process_it_is_dbt(home):
    own = dbt("dbt", *SEEDS)
    assert (own.returncode, "provinces" in own.stdout.split()) == (0, True)
    assert dbt("par-dbt", *SEEDS).stdout == own.stdout


def test_the_waiting_process_says_and_ends_as_dbt_does(home):
    own = dbt("dbt", *SEEDS)
    with dbt_ahead.waiting():
        [process] = waiting_processes()
        done = dbt("par-dbt", *SEEDS)
        assert gone({process}, 5), "what was asked for was not done by the process that waited"
    assert (done.returncode, done.stdout) == (0, own.stdout)


@pytest.mark.parametrize(
    ("arguments", "status"), [(("nonsense",), 2), (("run-operation", "no_such_macro"), 2), (("build",), 1)]
)
def test_what_fails_fails_with_dbts_own_status(home, arguments, status):
    """There is no raw folder to build from."""
    assert dbt("dbt", *arguments).returncode == status
    with dbt_ahead.waiting():
        done = dbt("par-dbt", *arguments)
    assert done.returncode == status
    assert done.stdout + done.stderr


def test_the_events_that_dagster_reads_are_those_of_dbt(home):
    def said(program: str) -> list[tuple[str, str, set[str]]]:
        lines = dbt(program, "build", "--select", "forms", "periods", DBT_LOG_FORMAT="json").stdout.splitlines()
        events = [json.loads(line) for line in lines]
        return sorted((event["info"]["name"], event["info"]["level"], sorted(event["data"])) for event in events)

    own = said("dbt")
    with dbt_ahead.waiting():
        ours = said("par-dbt")
    # What dbt says of its start was said when it was started.
    starting = {"MainReportVersion", "AdapterRegistered", "FoundStats", "UnableToPartialParse"}
    assert {name for name, *_ in own} >= {"LogSeedResult", "LogTestResult", "StatsLine"}
    assert [event for event in ours if event[0] not in starting] == [event for event in own if event[0] not in starting]


def test_a_process_that_died_waiting_is_done_without(home):
    with dbt_ahead.waiting():
        [process] = waiting_processes()
        os.kill(process, signal.SIGKILL)
        assert "provinces" in dbt("par-dbt", *SEEDS).stdout.split()


def test_another_home_is_parsed_for_itself(home):
    elsewhere = home / "elsewhere"
    with dbt_ahead.waiting():
        done = dbt(
            "par-dbt", "compile", "--select", "stg_documents", "--quiet",
            PAR_RAW=str(elsewhere), PAR_BUILD_DATABASE=str(home / "other.duckdb"),
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"read_parquet('{elsewhere}/documents" in done.stdout


def test_it_is_gone_when_nobody_asks_even_if_its_run_was_killed(home):
    with dbt_ahead.waiting():
        left = waiting_processes()
    assert left and gone(left, 1)
    run = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import time\nfrom orchestration import dbt_ahead\nwith dbt_ahead.waiting(): time.sleep(90)",
        ],
        env=dict(os.environ),
    )
    deadline = time.monotonic() + 20
    while not waiting_processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    left = waiting_processes()
    run.kill()
    run.wait()
    assert left and gone(left, 60)


def test_an_interrupt_reaches_it(home):
    from orchestration.reading import raw  # noqa: PLC0415

    raw.prepare(paths.raw())
    with dbt_ahead.waiting():
        left = waiting_processes()
        building = subprocess.Popen([BIN / "par-dbt", "build"], stdout=subprocess.PIPE, text=True, **_where({}))
        line = next(line for line in building.stdout if "START seed" in line)
        building.send_signal(signal.SIGINT)
        building.communicate(timeout=60)
        assert line and building.returncode != 0
        assert gone(left, 20)
