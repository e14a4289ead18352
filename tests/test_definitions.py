"""What Dagster loads: the assets, checks, job, sensor and schedule that a data engineer finds in the UI."""

from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest

from orchestration import paths
from orchestration.definitions import defs
from orchestration.defs import jobs, reports, warehouse

STAGING = sorted(path.stem for path in (paths.DBT_PROJECT / "models" / "staging").glob("*.sql"))


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def test_every_stage_stands_in_the_graph(graph):
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {"raw/documents", "raw/blocks", "raw/annex_rows", "staging/stg_annex_rows"} <= keys
    assert {"intermediate/int_annex_values", "marts/fct_indicator_value", "marts/mart_quality_finding"} <= keys
    assert {"warehouse/par_duckdb", "warehouse/release"} <= keys


def test_lineage_joins_raw_to_staging_and_marts_to_the_release(graph):
    def parents(*key):
        return {parent.to_user_string() for parent in graph.get(dg.AssetKey(list(key))).parent_keys}

    assert "raw/annex_rows" in parents("staging", "stg_annex_rows")
    assert "marts/fct_indicator_value" in parents("warehouse", "par_duckdb")
    assert parents("warehouse", "release") == {"warehouse/par_duckdb"}


def test_raw_tables_are_partitioned_by_reporting_period_and_read_history_in_one_run(graph):
    node = graph.get(dg.AssetKey(["raw", "documents"]))
    assert len(node.partitions_def.get_partition_keys()) == 64
    assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_dbt_tests_are_checks_and_errors_block(graph):
    checks = {key.name for key in graph.asset_check_keys}
    assert {"nothing_quarantined", "every_row_known"} <= checks
    assert len(checks) > 20


def test_the_job_holds_everything_from_inbox_to_release(graph):
    job = defs.resolve_job_def("national_ranking")
    assert job.asset_layer.executable_asset_keys == graph.materializable_asset_keys


@pytest.mark.parametrize("published", ["same", "other", "older", "rubbish", "none"])
def test_only_a_file_of_the_very_same_project_is_built_upon(published, tmp_path, monkeypatch):
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    paths.warehouse().mkdir()
    nodes = warehouse.project_nodes()
    if published == "rubbish":
        paths.database().write_bytes(b"no database")
    elif published != "none":
        with duckdb.connect(str(paths.database())) as connection:
            connection.execute("create schema seeds; create schema staging; create table seeds.forms as select 1 as n")
            connection.execute("create schema marts; create table marts.dim_report as select 1 as n")
            for table in STAGING:
                connection.execute(f"create table staging.{table} (period_key varchar)")
                connection.execute(f"insert into staging.{table} values ('2021-FY'), ('2022-Q1'), ('2022-H1')")
            if published != "older":
                fingerprint = warehouse._fingerprint() if published == "same" else "other"
                connection.execute("create table built_from as select ? as fingerprint", [fingerprint])
                connection.execute("create table raw_read (period varchar, listing varchar)")
                connection.execute("insert into raw_read values ('2021-FY', 'a'), ('2022-Q1', 'b'), ('2022-H1', 'c')")
    paths.build_database().parent.mkdir()
    left = paths.build_database().with_name("par.duckdb.wal")
    left.write_bytes(b"what a killed run left")
    # One period is as it was, one has changed, one is gone, one is new.
    kept = warehouse._taken_over(nodes, {"2021-FY": "a", "2022-Q1": "other", "2022-Q3": "d"})
    assert not left.exists()
    if published != "same":
        assert not kept and not paths.build_database().exists()
        return
    assert {"seed.par_warehouse.forms", "model.par_warehouse.dim_period"} <= kept
    assert "model.par_warehouse.stg_documents" not in kept and "model.par_warehouse.mart_national_ranking" not in kept
    with duckdb.connect(str(paths.build_database())) as connection:
        tables = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
        periods = {table: connection.execute(f"from staging.{table}").fetchall() for table in STAGING}
    assert tables == [("built_from",), ("forms",), ("raw_read",), *((table,) for table in STAGING)]
    assert all(found == [("2021-FY",)] for found in periods.values())


def test_sensor_and_schedule_are_off_until_switched_on():
    assert jobs.inbox_sensor.default_status is dg.DefaultSensorStatus.STOPPED
    assert jobs.reporting_calendar.default_status is dg.DefaultScheduleStatus.STOPPED


@pytest.mark.parametrize(
    ("day", "period"),
    [((2022, 3, 21), "2022-Q1"), ((2022, 6, 21), "2022-H1"), ((2022, 9, 21), "2022-Q3"), ((2022, 12, 21), "2022-FY")],
)
def test_the_schedule_runs_the_period_that_was_due_the_day_before(day, period):
    context = dg.build_schedule_context(scheduled_execution_time=datetime(*day, 7, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")))
    assert jobs.reporting_calendar(context).partition_key == period


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "inbox", lambda: tmp_path)
    monkeypatch.setattr(jobs, "SETTLED_SECONDS", 0)
    return tmp_path


def drop(inbox, period, name, content=b"x"):
    (inbox / period).mkdir(exist_ok=True)
    (inbox / period / name).write_bytes(content)


def evaluate(cursor=None):
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        return jobs.inbox_sensor(context)


def test_a_burst_of_files_asks_for_one_run_a_period(inbox):
    for number in range(63):
        drop(inbox, "2021-FY", f"{number}.docx")
    drop(inbox, "2022-Q1", "a.docx")
    result = evaluate()
    assert [request.partition_key for request in result.run_requests] == ["2021-FY", "2022-Q1"]


def test_an_unchanged_inbox_asks_for_nothing_and_a_changed_file_asks_again(inbox):
    drop(inbox, "2021-FY", "a.docx")
    cursor = evaluate().cursor
    assert isinstance(evaluate(cursor), dg.SkipReason)
    drop(inbox, "2021-FY", "a.docx", b"longer")
    assert len(evaluate(cursor).run_requests) == 1


def test_files_still_arriving_hidden_or_outside_a_period_are_left_alone(inbox, monkeypatch):
    drop(inbox, "2021-FY", ".hidden")
    drop(inbox, "2021-FY", "~$lock.docx")
    drop(inbox, "2021-FY", "half.docx.part")
    drop(inbox, "somewhere", "a.docx")
    assert isinstance(evaluate(), dg.SkipReason)
    monkeypatch.setattr(jobs, "SETTLED_SECONDS", 3600)
    drop(inbox, "2021-FY", "new.docx")
    assert isinstance(evaluate(), dg.SkipReason)


def test_periods_of_the_partition_are_those_of_the_seed():
    assert reports.PERIODS.get_partition_keys()[0] == "2011-Q1"
    assert reports.PERIODS.get_partition_keys()[-1] == "2026-FY"
