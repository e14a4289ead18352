"""What Dagster loads: the assets, checks, jobs, sensors and schedule that a data engineer finds in the UI."""

import os
from datetime import datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from orchestration import paths, writer
from orchestration.definitions import defs
from orchestration.defs import automation, calendar, release, reports, runs, warehouse
from orchestration.reading import batch

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture(scope="module")
def graph():
    return defs.resolve_asset_graph()


def test_every_stage_stands_in_the_graph(graph):
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {"raw/documents", "raw/blocks", "raw/annex_rows", "raw/decisions", "staging/stg_annex_rows"} <= keys
    assert {"intermediate/int_annex_values", "marts/fct_indicator_value", "marts/mart_quality_finding"} <= keys
    assert {"warehouse/par_duckdb", "warehouse/release"} <= keys


def test_everything_that_is_defined_is_in_the_repository_that_dagster_serves():
    repository = defs.get_repository_def()
    assert {"national_ranking", "read_reports", "file_inbox", "remind", "tidy"} <= set(repository.job_names)
    assert {sensor.name for sensor in repository.sensor_defs} == {"inbox_sensor", "dead_runs", "alerts"}
    assert {"reporting_calendar", "collection", "reminder"} <= {one.name for one in repository.schedule_defs}


def test_lineage_joins_raw_to_staging_and_marts_to_the_release(graph):
    def parents(*key):
        return {parent.to_user_string() for parent in graph.get(dg.AssetKey(list(key))).parent_keys}

    assert {"raw/annex_rows", "raw/documents"} <= parents("staging", "stg_annex_rows")
    assert "marts/fct_indicator_value" in parents("warehouse", "par_duckdb")
    assert parents("warehouse", "release") == {"warehouse/par_duckdb"}


def test_no_mart_reads_a_mart_that_reads_a_mart(graph):
    """What several marts share is an intermediate model, so that a mart is at most one step from the decisions."""
    marts_read = {
        key: {parent for parent in graph.get(key).parent_keys if parent.path[0] == "marts"}
        for key in graph.materializable_asset_keys
        if key.path[0] == "marts"
    }
    assert len(marts_read) > 20
    chains = {
        (mart.path[-1], read.path[-1], below.path[-1])
        for mart, reads in marts_read.items()
        for read in reads
        for below in marts_read[read]
    }
    assert not chains


def test_every_asset_has_an_owner_tags_a_description_its_columns_and_a_link_to_its_code(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.owners and node.tags and node.description, key
        assert "dagster/code_references" in node.metadata, key
        if key.path[0] in ("raw", "marts"):
            columns = node.metadata["dagster/column_schema"].columns
            assert columns and all(column.description for column in columns), key


def test_every_check_has_a_description_and_errors_block(graph):
    checks = [graph.get_check_spec(key) for key in graph.asset_check_keys]
    assert {"nothing_is_in_quarantine", "every_row_is_known", "every_row_read_is_accounted_for"} <= {
        check.name for check in checks
    }
    assert [check.name for check in checks if not check.description] == []


def test_the_job_holds_everything_from_inbox_to_release_and_reading_is_a_job_of_its_own(graph):
    job = defs.resolve_job_def("national_ranking")
    assert job.asset_layer.executable_asset_keys == graph.materializable_asset_keys
    reading = defs.resolve_job_def("read_reports").asset_layer.executable_asset_keys
    assert {key.path[0] for key in reading} == {"raw"}


def test_the_step_that_builds_is_the_step_that_publishes_and_is_offered_only_whole(graph):
    together = {
        key.to_user_string() for key in graph.get(dg.AssetKey(["warehouse", "par_duckdb"])).execution_set_asset_keys
    }
    assert {"marts/mart_national_ranking", "seeds/forms", "staging/stg_documents"} <= together
    assert "warehouse/release" not in together


def test_every_product_of_a_release_is_an_asset_and_they_are_made_together(graph):
    together = {key.to_user_string() for key in graph.get(release.RELEASE).execution_set_asset_keys}
    assert together == {"warehouse/release", *(f"release/{name}" for name in release.PRODUCTS)}
    assert {"release/workbook", "release/provinces", "release/booklet", "release/web_page"} <= together


def test_a_run_can_be_given_no_program_and_no_path():
    assert not defs.resources


def test_sensor_and_schedule_are_off_until_switched_on():
    assert automation.inbox_sensor.default_status is dg.DefaultSensorStatus.STOPPED
    assert {schedule.default_status for schedule in defs.schedules} == {dg.DefaultScheduleStatus.STOPPED}
    for named in (*defs.sensors, *defs.schedules, *map(defs.resolve_job_def, (job.name for job in defs.jobs))):
        assert named.description and named.tags, named.name


def test_a_path_means_itself_in_a_pattern_of_duckdb_and_in_a_format_string(tmp_path):
    folder = tmp_path / "kho [2026] 'mới' {một} *?"
    folder.mkdir()
    assert warehouse.sql_glob(folder).format() == str(tmp_path) + "/kho [[]2026] ''mới'' {một} [*][?]"


# The calendar


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    monkeypatch.setenv("PAR_INBOX", str(tmp_path / "inbox"))
    return tmp_path / "inbox"


def drop(inbox, period, name, content=b"x", time=1_640_000_000):
    (inbox / period).mkdir(parents=True, exist_ok=True)
    (inbox / period / name).write_bytes(content)
    os.utime(inbox / period / name, (time, time))


@pytest.mark.parametrize(
    ("day", "period"),
    [((2022, 3, 21), "2022-Q1"), ((2022, 6, 21), "2022-H1"), ((2022, 9, 21), "2022-Q3"), ((2030, 12, 21), "2030-FY")],
)
def test_the_schedule_runs_the_period_that_was_due_the_day_before(day, period, inbox):
    drop(inbox, "2021-FY", "a.docx")
    drop(inbox, period, "a.docx")
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=datetime(*day, 7, tzinfo=LOCAL))
        assert automation.reporting_calendar(context).partition_key == period
        assert instance.has_dynamic_partition(reports.PERIODS.name, period)


def test_the_morning_after_a_deadline_without_any_report_still_builds_so_that_the_missing_are_known(inbox):
    with dg.instance_for_test() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=datetime(2027, 3, 21, 7, tzinfo=LOCAL))
        assert isinstance(automation.reporting_calendar(context), dg.SkipReason)
        drop(inbox, "2026-FY", "a.docx")
        assert automation.reporting_calendar(context).partition_key == "2026-FY"
        assert not instance.has_dynamic_partition(reports.PERIODS.name, "2027-Q1")


def test_cron_lines_follow_the_seed():
    assert calendar.mornings_after() == ["0 7 21 12 *", "0 7 21 3 *", "0 7 21 6 *", "0 7 21 9 *"]
    assert calendar.deadline_cron() == "0 12 21 3,6,9,12 *"
    assert calendar.due_before(datetime(2026, 3, 20, tzinfo=LOCAL).date()) is None


# The sensor


class Daemon:
    """Asks the sensor tick by tick, as Dagster's daemon does, and ends the runs that it asks for."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance, self.cursor, self.reason = instance, None, ""

    def tick(self, ends: dg.DagsterRunStatus | None = dg.DagsterRunStatus.SUCCESS) -> list[tuple[str, str]]:
        """(job, partition) of each run that is asked for; `ends`: how those runs end, or None where they go on."""
        result = automation.inbox_sensor(dg.build_sensor_context(self.instance, cursor=self.cursor))
        self.reason = ""
        if isinstance(result, dg.SkipReason):
            self.reason = result.skip_message
            return []
        self.cursor = result.cursor
        if not result.run_requests:
            self.reason = result.skip_reason.skip_message
            return []
        for request in result.run_requests:
            job = defs.resolve_job_def(request.job_name).name
            status = ends or dg.DagsterRunStatus.STARTED
            self.last = self.instance.add_run(dg.DagsterRun(job, str(uuid4()), tags=request.tags, status=status))
        return [(request.job_name, request.partition_key) for request in result.run_requests]


@pytest.fixture
def daemon(inbox):
    with dg.DagsterInstance.ephemeral() as instance:
        yield Daemon(instance)


def test_a_burst_over_three_periods_is_three_readings_and_one_build(inbox, daemon):
    for number in range(63):
        drop(inbox, "2021-FY", f"{number}.docx")
    drop(inbox, "2022-H1", "a.docx")
    drop(inbox, "2022-Q1", "a.docx")
    assert daemon.tick() == []
    assert daemon.tick() == [
        ("read_reports", "2021-FY"),
        ("read_reports", "2022-Q1"),
        ("national_ranking", "2022-H1"),
    ]
    assert daemon.tick() == []
    assert set(daemon.instance.get_dynamic_partitions(reports.PERIODS.name)) == {"2021-FY", "2022-Q1", "2022-H1"}


def test_a_file_is_asked_for_once_it_stood_still_from_one_tick_to_the_next_whatever_time_it_has(inbox, daemon):
    drop(inbox, "2021-FY", "a.docx", b"half", time=4_000_000_000)
    assert daemon.tick() == []
    assert "2021-FY/a.docx" in daemon.reason
    drop(inbox, "2021-FY", "a.docx", b"half and more", time=4_000_000_000)
    assert daemon.tick() == []
    assert daemon.tick() == [("national_ranking", "2021-FY")]
    assert daemon.tick() == []
    assert "Nothing new" in daemon.reason


@pytest.mark.parametrize("end", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED])
def test_what_a_run_failed_to_do_is_asked_for_again(inbox, daemon, end):
    drop(inbox, "2021-FY", "a.docx")
    daemon.tick()
    assert daemon.tick(ends=end) == [("national_ranking", "2021-FY")]
    assert daemon.tick(ends=end) == [("national_ranking", "2021-FY")]
    assert daemon.tick() == [("national_ranking", "2021-FY")]
    assert daemon.tick() == []


def test_a_file_taken_out_or_put_back_is_a_change(inbox, daemon):
    drop(inbox, "2021-FY", "a.docx")
    drop(inbox, "2021-FY", "b.docx")
    daemon.tick(), daemon.tick()
    for change in (
        (inbox / "2021-FY" / "b.docx").unlink,
        lambda: drop(inbox, "2021-FY", "b.docx"),
        lambda: [path.unlink() for path in (inbox / "2021-FY").iterdir()],
    ):
        change()
        assert daemon.tick() == []
        assert daemon.tick() == [("national_ranking", "2021-FY")]
        assert daemon.tick() == []


def test_nothing_is_asked_for_while_a_run_is_under_way(inbox, daemon):
    drop(inbox, "2021-FY", "a.docx")
    daemon.tick()
    assert daemon.tick(ends=None) == [("national_ranking", "2021-FY")]
    drop(inbox, "2021-FY", "b.docx")
    assert daemon.tick() == []
    assert "under way" in daemon.reason
    daemon.instance.report_run_failed(daemon.last)
    assert daemon.tick() == []
    assert daemon.tick() == [("national_ranking", "2021-FY")]


def test_a_file_outside_every_period_is_filed_before_anything_is_read_and_named_where_it_stays(inbox, daemon):
    drop(inbox, "2021-FY", ".hidden")
    drop(inbox, "2021-FY", "~$lock.docx")
    drop(inbox, "2021-FY", "half.docx.part")
    drop(inbox, "2021-FY", "a.docx")
    drop(inbox, "2021-fy", "b.docx")
    assert daemon.tick() == []
    assert "./2021-fy/b.docx" in daemon.reason
    assert daemon.tick(ends=dg.DagsterRunStatus.FAILURE) == [("file_inbox", None)]
    assert daemon.tick() == [("file_inbox", None)]
    assert daemon.tick() == [("national_ranking", "2021-FY")]
    assert daemon.tick() == []
    assert "2021-fy/b.docx" in daemon.reason and "inbox/<period>/" in daemon.reason


def test_switched_on_in_a_loaded_warehouse_it_starts_nothing_and_then_what_is_new(inbox, daemon):
    drop(inbox, "2021-FY", "a.txt")
    drop(inbox, "2022-FY", "b.txt")
    for period in ("2021-FY", "2022-FY"):
        batch.read_period(inbox, paths.raw(), period)
    drop(inbox, "2022-FY", "c.txt", b"came while it was off")
    paths.warehouse().mkdir()
    paths.database().touch()
    assert daemon.tick() == []
    assert daemon.tick() == [("national_ranking", "2022-FY")]
    assert daemon.tick() == []


def test_a_run_whose_process_is_gone_is_failed_and_one_that_lives_is_left_alone(inbox):
    host, number, _ = writer.this_process().rsplit(":", 2)
    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("read_reports")

        def started(process, inherited=None):
            tags = {runs.PROCESS: inherited} if inherited else {}
            run = instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTED)
            if process:
                instance.add_run_tags(run.run_id, {runs.PROCESS: f"{run.run_id}@{process}"})
            return run.run_id

        gone = f"{host}:{number}:1"
        dead, alive, unknown = started(gone), started(writer.this_process()), started(None)
        again = started(None, inherited=f"{dead}@{gone}")
        assert runs.fail_dead_runs(instance) == [dead]
        assert instance.get_run_by_id(dead).status == dg.DagsterRunStatus.FAILURE
        assert {instance.get_run_by_id(run).status for run in (alive, unknown, again)} == {dg.DagsterRunStatus.STARTED}


def test_a_partition_that_is_no_period_is_refused_with_a_sentence(inbox):
    with dg.DagsterInstance.ephemeral() as instance:
        reports.add_partitions(instance, ["2021-Q2"])
        result = defs.resolve_job_def("read_reports").execute_in_process(
            instance=instance, partition_key="2021-Q2", raise_on_error=False
        )
        [failure] = [event for event in result.all_events if event.is_step_failure]
    assert "2021-Q2" in failure.step_failure_data.error_display_string
    assert not (paths.raw() / "documents").exists()
