"""The whole job in this process: the Dagster jobs of the UI, started without it and recorded where it sees them.

In: periods. Out: what the runs did, as Dagster says it, and whether a warehouse was published.
Not here: what is run (`defs/`), and telling people about it (`cli/run.py`).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from filelock import FileLock

from orchestration import clock, paths, writer
from orchestration.sentence import Sentence, ToldError

_LOGS_KEPT = 20


class SettingsError(ToldError):
    """Dagster cannot start by the dagster.yaml of its home."""


@dataclass(frozen=True)
class FailedCheck:
    """A blocking check that failed.  rows: the first of those that failed it, each as a line."""

    asset: str
    name: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """log: what Dagster and dbt said.  is_published: whether the warehouse was replaced meanwhile."""

    results: list[dg.ExecuteInProcessResult]
    log: Path
    is_published: bool

    @property
    def is_whole(self) -> bool:
        """Whether everything was made; Dagster calls a run in which steps were skipped a success."""
        return all(result.success for result in self.results) and "warehouse/release" in self.made

    @property
    def made(self) -> dict[str, list[dict[str, Any]]]:
        """Asset → metadata of each time that the runs made it."""
        found: dict[str, list[dict[str, Any]]] = {}
        for event in self._events:
            if event.event_type_value == "ASSET_MATERIALIZATION" and event.asset_key:
                metadata = dict(event.step_materialization_data.materialization.metadata)
                found.setdefault(event.asset_key.to_user_string(), []).append(metadata)
        return found

    @property
    def failed_checks(self) -> list[FailedCheck]:
        from orchestration.defs.warehouse import FAILING_ROWS  # noqa: PLC0415

        evaluated = [
            event.asset_check_evaluation_data
            for event in self._events
            if event.event_type_value == "ASSET_CHECK_EVALUATION"
        ]
        return [
            FailedCheck(check.asset_key.to_user_string(), check.check_name, _lines(check.metadata.get(FAILING_ROWS)))
            for check in evaluated
            if not check.passed and check.severity.value == "ERROR"
        ]

    @property
    def failed_steps(self) -> dict[str, str]:
        """Step → the first cause of its failure, in words."""
        return {str(event.step_key): _cause(event) for event in self._events if event.is_step_failure}

    @property
    def _events(self) -> list[dg.DagsterEvent]:
        return [event for result in self.results for event in result.all_events]


def _lines(rows: object) -> tuple[str, ...]:
    if not isinstance(rows, dg.TableMetadataValue):
        return ()
    return tuple(" · ".join(str(value) for value in row.data.values()) for row in rows.records)


def _cause(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    while error and error.cause:
        error = error.cause
    if error and error.cls_name == "DagsterExecutionInterruptedError":
        return "đã dừng theo yêu cầu / interrupted"
    return error.message.strip() if error else ""


def run(dagster: dg.DagsterInstance, received: list[str], periods: list[str]) -> Done:
    """Read `periods`, none of them or several, and build and publish once; `received` are all that have a file.

    Lines of Dagster go to a log.
    """
    log, published = _log(), writer.published()
    with log.open("w", encoding="utf-8") as stream, redirect_stdout(stream):
        results = execute(dagster, received, periods)
    return Done(results, log, writer.published() != published)


def execute(dagster: dg.DagsterInstance, received: list[str], periods: list[str]) -> list[dg.ExecuteInProcessResult]:
    """The results of reading every period and building once, or of building alone; stops at the first that fails."""
    # Loading the definitions may call dbt.
    from orchestration.definitions import defs  # noqa: PLC0415
    from orchestration.defs import automation, verbs  # noqa: PLC0415

    register(dagster, [*received, *periods])
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    results = []
    for request in automation.requests(periods) if periods else [dg.RunRequest(job_name=verbs.rebuild.name)]:
        job = defs.resolve_job_def(str(request.job_name))
        result = job.execute_in_process(
            run_config=quiet,
            instance=dagster,
            partition_key=request.partition_key,
            raise_on_error=False,
        )
        results.append(result)
        if not result.success:
            break
    return results


def register(dagster: dg.DagsterInstance, periods: list[str]) -> None:
    """Make the periods known to Dagster, and fail the runs whose process died."""
    from orchestration.defs import reports, runs  # noqa: PLC0415

    reports.add_partitions(dagster, periods)
    runs.fail_dead_runs(dagster)


def instance(tell: Callable[[Sentence], None]) -> dg.DagsterInstance:
    """The Dagster instance that the UI also uses, so that runs started here are seen there. Raises SettingsError."""
    os.environ["DAGSTER_HOME"] = str(home(tell))
    warnings.filterwarnings("ignore")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        # Two first starts at once would both make the tables of Dagster's storage.
        with FileLock(paths.dagster_home() / ".start.lock"):
            return dg.DagsterInstance.get()
    except Exception as problem:
        settings = paths.dagster_home() / "dagster.yaml"
        raise SettingsError(
            f"Dagster không mở được theo {settings}: {problem} Hãy sửa hoặc xóa tệp đó; `par` sẽ chép lại tệp mặc "
            "định.",
            "Dagster cannot start by that file: mend or delete it, and `par` copies its own.",
        ) from problem


def home(tell: Callable[[Sentence], None]) -> Path:
    """DAGSTER_HOME with settings in it: the project's where there are none; an operator's own are left as they are."""
    folder, settings = paths.dagster_home(), paths.dagster_home() / "dagster.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (paths.PROJECT / "dagster.yaml").read_bytes()
    if not settings.exists():
        aside = settings.with_name(f".dagster.yaml.{os.getpid()}")
        aside.write_bytes(wanted)
        os.replace(aside, settings)
    elif settings.read_bytes() != wanted:
        tell(
            Sentence(
                f"{settings} khác với tệp dagster.yaml của dự án và được giữ nguyên.",
                "It differs from the project's and is used as it is.",
            )
        )
    return folder


def _log() -> Path:
    """Where dbt's and Dagster's own lines go, which would tear the progress bars."""
    paths.logs().mkdir(parents=True, exist_ok=True)
    for old in sorted(paths.logs().glob("par_run_*.log"))[: -_LOGS_KEPT + 1]:
        old.unlink(missing_ok=True)
    return paths.logs() / f"par_run_{clock.now().astimezone(clock.LOCAL_TIME):%Y-%m-%d_%H%M%S}_{os.getpid()}.log"
