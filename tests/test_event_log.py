"""Dagster's event log by open connections: the same history, for itself and for Dagster's own storage."""

import dagster as dg
import pytest
import yaml
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration import paths
from orchestration.event_log import _MOST_OPEN, OpenEventLog


@dg.asset(check_specs=[dg.AssetCheckSpec("is_there", asset="thing")])
def thing() -> dg.MaterializeResult:
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_bytes((paths.PROJECT / "dagster.yaml").read_bytes())
    with dg.DagsterInstance.get() as made:
        yield made


def run(instance: dg.DagsterInstance) -> str:
    done = dg.materialize([thing], instance=instance)
    assert done.success
    return done.run_id


def kinds(storage, run_id: str) -> list[str]:
    return [entry.dagster_event.event_type_value for entry in storage.get_logs_for_run(run_id) if entry.dagster_event]


def test_the_settings_name_it_and_it_keeps_what_dagsters_own_storage_reads(instance, tmp_path):
    log = instance.event_log_storage
    assert isinstance(log, OpenEventLog)
    run_id = run(instance)
    own = SqliteEventLogStorage(log._base_dir)
    assert kinds(own, run_id) == kinds(log, run_id)
    assert {"ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "PIPELINE_SUCCESS"} <= set(kinds(own, run_id))
    assert own.get_latest_materialization_events([dg.AssetKey("thing")])[dg.AssetKey("thing")].run_id == run_id
    assert list((tmp_path / "history" / "runs").glob(f"{run_id}.db"))


def test_history_that_dagsters_own_storage_wrote_is_read(instance, tmp_path):
    settings = yaml.safe_load((tmp_path / "dagster.yaml").read_text(encoding="utf-8"))
    del settings["event_log_storage"]
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    with dg.DagsterInstance.get() as plain:
        assert not isinstance(plain.event_log_storage, OpenEventLog)
        run_id = run(plain)
    assert "PIPELINE_SUCCESS" in kinds(instance.event_log_storage, run_id)
    assert instance.get_latest_materialization_event(dg.AssetKey("thing")).run_id == run_id


def test_many_runs_leave_few_files_open(instance):
    runs = [run(instance) for _ in range(_MOST_OPEN + 3)]
    assert all("PIPELINE_SUCCESS" in kinds(instance.event_log_storage, run_id) for run_id in runs)
    assert len(instance.event_log_storage._engines) <= _MOST_OPEN


def test_a_wiped_history_is_empty_and_goes_on(instance):
    run_id = run(instance)
    instance.event_log_storage.wipe()
    assert kinds(instance.event_log_storage, run_id) == []
    assert "PIPELINE_SUCCESS" in kinds(instance.event_log_storage, run(instance))
