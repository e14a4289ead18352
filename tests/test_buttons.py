"""Dagster's own buttons on a running instance, pressed through its GraphQL API: each ends in a whole warehouse, or is
not offered.

One instance with web server and daemon, one home; the tests are steps of one day at the UI and run in their order.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import document_factory as factory
import duckdb
import pytest

PAR = Path(sys.executable).with_name("par")

pytestmark = pytest.mark.slow

LAUNCH = """
mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on InvalidSubsetError { message }
    ... on PythonError { message }
} }
"""
BACKFILL = """
mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
} }
"""
RE_EXECUTE = """
mutation($params: ReexecutionParams!) { launchPipelineReexecution(reexecutionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
} }
"""
TERMINATE = """
mutation($id: String!) { terminateRun(runId: $id) { __typename } }
"""
RUN = """
query($id: ID!) { runOrError(runId: $id) { ... on Run { status tags { key value } stepStats { stepKey status } } } }
"""
BACKFILL_STATE = """
query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
    status runs(limit: 50) { id status assets { key { path } } tags { key value } }
} } }
"""
NODES = "{ assetNodes { assetKey { path } } }"
REQUIRED = """
query($keys: [AssetKeyInput!]!) { assetNodeAdditionalRequiredKeys(assetKeys: $keys) { path } }
"""
PARTITIONS = """
query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
    partitionKeys assetPartitionStatuses { ... on DefaultPartitionStatuses { materializedPartitions } }
} } }
"""
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class Instance:
    """`par ui` on a home of its own, and the buttons of its pages."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.inbox = home / "raw" / "inbox"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = {**os.environ, "PAR_HOME": str(home)}
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [PAR, "ui", "--port", str(self.port)],
            env=self.environment,
            stdout=(self.home / "ui.log").open("a"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while True:
            assert self.process.poll() is None, (self.home / "ui.log").read_text()[-3000:]
            try:
                if self.ask(NODES):
                    break
            except OSError:
                pass
            time.sleep(0.5)

    def stop(self) -> None:
        """As a service manager does: asked to end, and ended where it does not."""
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self, query: str, **variables: Any) -> dict:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            said = json.load(answer)
        assert "errors" not in said, said
        [value] = said["data"].values()
        return value

    def receive(self, period: str, name: str, province: str, seed: int) -> None:
        folder = self.inbox / period
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(factory.make_docx(factory.sample_annex(seed=seed), province, int(period[:4])))

    def launch(self, job: str, keys: list[list[str]] | None = None, partition: str | None = None) -> dict:
        selector = {
            "repositoryLocationName": "par_warehouse",
            "repositoryName": "__repository__",
            "pipelineName": job,
            "assetSelection": [{"path": path} for path in keys] if keys else None,
        }
        tags = [{"key": "dagster/partition", "value": partition}] if partition else []
        return self.ask(
            LAUNCH,
            params={
                "selector": selector,
                "mode": "default",
                "runConfigData": {},
                "executionMetadata": {"tags": tags},
            },
        )

    def materialize(self, *keys: str, partition: str | None = None) -> str:
        """The Materialize button of assets: the page adds what must come along; returns the run."""
        wanted = [key.split("/") for key in keys]
        more = self.ask(REQUIRED, keys=[{"path": path} for path in wanted])
        paths = {tuple(path) for path in [*wanted, *(key["path"] for key in more)]}
        said = self.launch("__ASSET_JOB", [list(path) for path in sorted(paths)], partition)
        assert said["__typename"] == "LaunchRunSuccess", said
        return said["run"]["runId"]

    def end_of(self, run_id: str) -> str:
        while True:
            status = self.ask(RUN, id=run_id)["status"]
            if status in ENDED:
                return status
            time.sleep(0.5)

    def wait_for_build(self, run_id: str) -> None:
        """Until the run builds its file, which it does with the lock in hand."""
        while not (self.home / "warehouse" / ".build" / f"{run_id}.duckdb").exists():
            assert self.ask(RUN, id=run_id)["status"] not in ENDED
            time.sleep(0.1)

    def figures(self) -> dict[str, int]:
        """Public table → rows; every one of the exposure is there, and those that hold figures hold some."""
        with duckdb.connect(str(self.home / "warehouse" / "par.duckdb"), read_only=True) as connection:
            names = connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts' order by 1"
            ).fetchall()
            rows = {name: connection.execute(f"select count(*) from marts.{name}").fetchone()[0] for (name,) in names}
        assert len(rows) > 20
        assert all(rows[name] for name in ("fct_indicator_value", "dim_report", "mart_report_coverage", "dim_period"))
        return rows

    def is_left_alone(self) -> tuple[int, int]:
        status = (self.home / "warehouse" / "par.duckdb").stat()
        return status.st_ino, status.st_mtime_ns


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    running = Instance(tmp_path_factory.mktemp("ui"))
    running.receive("2021-FY", "ha_nam.docx", "Hà Nam", 1)
    running.receive("2023-FY", "nam_dinh.docx", "Nam Định", 2)
    running.start()
    yield running
    running.stop()


def test_a_period_is_a_partition_once_something_was_received_for_it(instance):
    said = instance.ask(PARTITIONS, key={"path": ["raw", "documents"]})
    assert said["partitionKeys"] == ["2021-FY", "2023-FY"]


def test_materialize_on_a_raw_period_reads_that_period_and_leaves_the_warehouse_as_it_is(instance):
    assert instance.end_of(instance.materialize("raw/documents", partition="2021-FY")) == "SUCCESS"
    said = instance.ask(PARTITIONS, key={"path": ["raw", "documents"]})
    assert said["assetPartitionStatuses"]["materializedPartitions"] == ["2021-FY"]
    assert not (instance.home / "warehouse" / "par.duckdb").exists()


def test_a_backfill_of_two_periods_is_a_reading_and_one_build(instance):
    instance.receive("2022-FY", "nam_dinh.docx", "Nam Định", 3)
    nodes = instance.ask(NODES)
    said = instance.ask(
        BACKFILL,
        params={"assetSelection": [node["assetKey"] for node in nodes], "partitionNames": ["2021-FY", "2023-FY"]},
    )
    assert said["__typename"] == "LaunchBackfillSuccess", said
    while (state := instance.ask(BACKFILL_STATE, id=said["backfillId"]))["status"] == "REQUESTED":
        time.sleep(1)
    assert state["status"] == "COMPLETED_SUCCESS", state
    made = [{"/".join(asset["key"]["path"]) for asset in run["assets"]} for run in state["runs"]]
    assert sum("warehouse/par_duckdb" in keys for keys in made) == 1
    assert sum("raw/documents" in keys for keys in made) <= 2
    assert instance.figures()["dim_report"] == 2


@dataclass(frozen=True)
class Terminated:
    """A mart's Materialize that was terminated while it built, how it ended, the published file before and after."""

    run_id: str
    end: str
    before: tuple[int, int]
    after: tuple[int, int]


@pytest.fixture(scope="module")
def terminated(instance) -> Terminated:
    before = instance.is_left_alone()
    run_id = instance.materialize("marts/mart_national_ranking")
    instance.wait_for_build(run_id)
    assert instance.ask(TERMINATE, id=run_id)["__typename"] == "TerminateRunSuccess"
    return Terminated(run_id, instance.end_of(run_id), before, instance.is_left_alone())


@dataclass(frozen=True)
class Beside:
    """A run of the command line that began while a run of the UI built: how both ended, and the file between."""

    ui_run_id: str
    ui_end: str
    between: tuple[int, int]
    figures: set[str]
    par_end: int
    par_said: str


@pytest.fixture(scope="module")
def beside(instance, terminated) -> Beside:
    """The run of the UI is the terminated one, executed again."""
    launched = instance.ask(RE_EXECUTE, params={"parentRunId": terminated.run_id, "strategy": "ALL_STEPS"})
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    instance.wait_for_build(run_id)
    par = subprocess.Popen(
        [PAR, "run"], env=instance.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    end, between, figures = instance.end_of(run_id), instance.is_left_alone(), set(instance.figures())
    _, said = par.communicate()
    return Beside(run_id, end, between, figures, par.returncode, said)


def test_a_run_that_is_terminated_leaves_the_published_warehouse_as_it_was(terminated):
    assert terminated.end == "CANCELED"
    assert terminated.after == terminated.before


def test_a_run_that_was_terminated_re_executes_and_publishes(terminated, beside):
    assert beside.ui_end == "SUCCESS"
    assert beside.between != terminated.after


def test_materialize_on_a_mart_is_offered_only_with_all_that_is_built_with_it_and_builds_it_whole(instance, beside):
    said = instance.launch("__ASSET_JOB", [["marts", "mart_national_ranking"]])
    assert said["__typename"] == "InvalidSubsetError"
    assert beside.ui_end == "SUCCESS"
    assert beside.figures == instance.figures().keys()


def test_a_run_of_the_command_line_beside_the_ui_waits_for_it_and_shows_under_its_partitions(instance, beside):
    assert beside.par_end == 0, beside.par_said
    assert f"run {beside.ui_run_id[:8]}, " in beside.par_said, "it says for whom it waits"
    assert instance.figures()["dim_report"] == 3
    said = instance.ask(PARTITIONS, key={"path": ["raw", "documents"]})
    assert set(said["assetPartitionStatuses"]["materializedPartitions"]) == {"2021-FY", "2022-FY", "2023-FY"}


def test_a_release_alone_builds_nothing_and_makes_none_where_nothing_changed(instance):
    before, releases = instance.is_left_alone(), sorted((instance.home / "warehouse" / "exports").iterdir())
    assert instance.end_of(instance.materialize("warehouse/release")) == "SUCCESS"
    assert instance.is_left_alone() == before
    assert sorted((instance.home / "warehouse" / "exports").iterdir()) == releases


def test_a_killed_run_does_not_hold_up_the_ones_after_it(instance):
    """Killed with its whole process: the sensor that is always on clears it away, and the queue goes on."""
    run_id = instance.launch("national_ranking", partition="2021-FY")["run"]["runId"]
    while not (found := {tag["key"]: tag["value"] for tag in instance.ask(RUN, id=run_id)["tags"]}.get("par/process")):
        time.sleep(0.1)
    os.kill(int(found.rsplit(":", 2)[1]), signal.SIGKILL)
    next_id = instance.launch("read_reports", partition="2021-FY")["run"]["runId"]
    assert instance.end_of(run_id) == "FAILURE"
    assert instance.end_of(next_id) == "SUCCESS"
    instance.figures()
