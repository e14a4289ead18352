"""What a run of Dagster is to the warehouse: it holds the lock while it writes, and is failed when its process is gone.

Not here: the lock itself (`orchestration/writer.py`), and what a run makes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration import writer
from orchestration.sentence import Sentence

PROCESS = "par/process"
_UNDER_WAY = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]

GONE = Sentence(
    "Tiến trình của lần chạy này đã mất (bị dừng hoặc mất điện); kho đang dùng vẫn nguyên, hãy chạy lại.",
    "The process of this run is gone; the warehouse in use is as it was: run again.",
)


@contextmanager
def writing_run(context: dg.AssetExecutionContext | dg.OpExecutionContext) -> Iterator[None]:
    """The lock for the length of a step; the run says which process it is, and clears away runs that died."""
    context.instance.add_run_tags(context.run_id, {PROCESS: process_tag(context.run_id)})
    fail_dead_runs(context.instance)
    with writer.writing(f"run {context.run_id[:8]}, {context.job_name}", lambda said: context.log.warning(str(said))):
        yield


def process_tag(run_id: str) -> str:
    """What a run says of its process. The run's id is part of it: one that is executed again inherits the tags."""
    return f"{run_id}@{writer.this_process()}"


def is_gone(run: dg.DagsterRun) -> bool:
    """Whether the process that a run said it is has ended."""
    of_run, _, process = run.tags.get(PROCESS, "").partition("@")
    return of_run == run.run_id and writer.is_gone(process)


def fail_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Fail every run that is under way and whose process has ended; returns their ids.

    Otherwise a killed run would hold its place in the queue for ever. A run that never said its process is left to
    `run_monitoring` in dagster.yaml.
    """
    failed = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=_UNDER_WAY)):
        if is_gone(run):
            instance.report_run_failed(
                run,
                str(GONE),
            )
            failed.append(run.run_id)
    return failed
