"""The jobs, what starts them, and when: the inbox sensor and the reporting calendar, both off until switched on.

`read_reports` reads one period; `national_ranking` reads one and then builds and publishes everything. Several periods
are read first and the warehouse is built once, with the last of them. Not here: what the assets do, what an operator
starts by hand (`verbs.py`), and who is told (`alerts.py`).
"""

import hashlib
import json
import os
from collections import defaultdict
from contextlib import suppress
from datetime import date
from typing import Any

import dagster as dg

from orchestration import clock, paths, store
from orchestration.defs import calendar
from orchestration.defs.alerts import remind
from orchestration.defs.reports import add_partitions
from orchestration.defs.runs import fail_dead_runs
from orchestration.defs.verbs import file_inbox, tidy
from orchestration.reading import batch, inbox

_OWNER = {"owner": "data-engineers"}
# A copy over a slow network may stand still for seconds: a short interval reads halves, and reads them again.
_SECONDS = int(os.environ.get("PAR_SENSOR_SECONDS", "30"))

read_reports = dg.define_asset_job(
    "read_reports",
    selection=dg.AssetSelection.groups("raw"),
    description="Inbox → raw Parquet, for one reporting period; the warehouse stays as it is.",
    tags=_OWNER,
)
national_ranking = dg.define_asset_job(
    "national_ranking",
    selection=dg.AssetSelection.all(),
    description="Inbox → raw Parquet, for one reporting period; then warehouse and exports, of everything read so far.",
    tags=_OWNER,
)

ASKED = "par/asked"
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def requests(periods: list[str], tags: dict[str, str] | None = None) -> list[dg.RunRequest]:
    """A reading a period and one build: the last period's reading is the first step of the run that builds.

    Runs wait for each other in the queue; the priority keeps the build behind the readings.
    """
    reading = [
        dg.RunRequest(job_name="read_reports", partition_key=period, tags={**(tags or {}), "dagster/priority": "1"})
        for period in periods[:-1]
    ]
    return [*reading, dg.RunRequest(job_name="national_ranking", partition_key=periods[-1], tags=tags or {})]


@dg.sensor(
    jobs=[read_reports, national_ranking, file_inbox],
    minimum_interval_seconds=_SECONDS,
    default_status=dg.DefaultSensorStatus.STOPPED,
    description="Asks for runs when files in the inbox changed and then stood still from one tick to the next.",
    tags=_OWNER,
)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Compares names, sizes and times over two ticks; asks again until the runs have succeeded.

    What lies outside every period's folder is filed first, so that one build follows. Files are opened at one tick
    only: the first in a loaded warehouse, to see what has been read before.

    cursor: `seen` (period or stray → state at the last tick), `done` (→ state that runs have succeeded for), `asked`
    (what the last request was for) and its number.
    """
    is_first = context.cursor is None
    cursor = {"seen": {}, "done": {}, "asked": {}, "number": 0} | json.loads(context.cursor or "{}")
    fail_dead_runs(context.instance)
    if context.instance.get_runs(filters=dg.RunsFilter(statuses=_UNFINISHED), limit=1):
        return dg.SkipReason("A run is waiting or under way; what has changed is looked at when it has ended.")
    if cursor["asked"]:
        asked = context.instance.get_runs(filters=dg.RunsFilter(tags={ASKED: str(cursor["number"])}))
        if asked and all(run.status == dg.DagsterRunStatus.SUCCESS for run in asked):
            cursor["done"] |= cursor["asked"]
        cursor["asked"] = {}
    names = _look()
    current = {place: _state(files) for place, files in names.items()}
    if is_first and paths.database().exists():
        new = batch.periods_to_run(paths.inbox(), paths.raw())
        cursor["done"] = {place: state for place, state in current.items() if _is_period(place) and place not in new}
    # A period's folder that holds nothing any more is a change too; a stray that is gone is none.
    current |= dict.fromkeys(filter(_is_period, cursor["done"].keys() - current.keys()), "")
    changed = [place for place in current if current[place] != cursor["done"].get(place)]
    settled = [place for place in changed if current[place] == cursor["seen"].get(place)]
    cursor["seen"] = current
    cursor["done"] = {place: state for place, state in cursor["done"].items() if place in current}
    if not settled:
        arriving = {place: names.get(place, []) for place in changed}
        told = [place for place in current if not _is_period(place) and place not in changed]
        return dg.SensorResult(skip_reason=dg.SkipReason(_reason(arriving, told)), cursor=json.dumps(cursor))
    strays = [place for place in settled if not _is_period(place)]
    cursor["number"] += 1
    cursor["asked"] = {place: current[place] for place in strays or settled}
    tags = {ASKED: str(cursor["number"])}
    if strays:
        return dg.SensorResult(
            run_requests=[dg.RunRequest(job_name=file_inbox.name, tags=tags)], cursor=json.dumps(cursor)
        )
    add_partitions(context.instance, settled)
    return dg.SensorResult(run_requests=requests(settled, tags), cursor=json.dumps(cursor))


_File = tuple[str, int, int]


def _look() -> dict[str, list[_File]]:
    """Period, or the path of a file outside all of them → name, size and time of its files, newest last."""
    store.bring()
    listing: dict[str, list[_File]] = defaultdict(list)
    for file in inbox.files(paths.inbox()):
        listing[file.period].append((str(file.path.relative_to(paths.inbox())), file.size, file.modified_ns))
    for path in inbox.strays(paths.inbox()):
        name = str(path.relative_to(paths.inbox()))
        with suppress(OSError):
            status = path.lstat()
            listing[f"./{name}"] = [(name, status.st_size, status.st_mtime_ns)]
    return {place: sorted(files, key=lambda file: file[2]) for place, files in listing.items()}


def _is_period(place: str) -> bool:
    return not place.startswith("./")


def _state(files: list[_File]) -> str:
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]


def _reason(arriving: dict[str, list[_File]], strays: list[str]) -> str:
    """Why nothing is asked for: what is still arriving, and what lies where no run will read it."""
    sentences = [
        f"{place}: {len(files)} files changed since the last tick, such as {files[-1][0] if files else 'none left'}; "
        "asked for when they stand still."
        for place, files in arriving.items()
    ] or ["Nothing new in the period folders of the inbox."]
    if strays:
        sentences.append(
            f"{len(strays)} files lie outside every period's folder and do not say their period, such as {strays[0]}: "
            "move them to inbox/<period>/, for example inbox/2021-FY/."
        )
    return " ".join(sentences)


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Fails runs whose process is gone, so that a killed run does not hold up those that wait.",
    tags=_OWNER,
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Housekeeping; starts nothing."""
    failed = fail_dead_runs(context.instance)
    return dg.SkipReason(f"Failed {', '.join(failed)}." if failed else "Every run under way has its process.")


_DAILY: dict[str, Any] = {
    "execution_timezone": calendar.TIME_ZONE,
    "default_status": dg.DefaultScheduleStatus.STOPPED,
    "tags": _OWNER,
}


@dg.schedule(
    job=national_ranking,
    cron_schedule=calendar.mornings_after(),
    description="The morning after each due date: reads the period that was due and publishes.",
    **_DAILY,
)
def reporting_calendar(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """The morning after each due date of the calendar: run the period that was due."""
    morning = _day(context)
    period = calendar.due_before(morning)
    if period is None:
        return dg.SkipReason(f"No period was due on the day before {morning}; see the seed `periods`.")
    return _building(context, period)


@dg.schedule(
    job=national_ranking,
    cron_schedule="0 6 * * *",
    description="Every morning from the end of a period's window to a month after its due date: reads and publishes, "
    "so that who is late or missing is known as of that day.",
    **_DAILY,
)
def collection(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    period = calendar.collected_on(_day(context))
    if period is None:
        return dg.SkipReason(f"No period is being collected on {_day(context)}.")
    return _building(context, period)


@dg.schedule(
    job=remind,
    cron_schedule="30 7 * * *",
    description="A week before a due date, and each week of the month after it: tells who has not sent the report.",
    **_DAILY,
)
def reminder(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    period = calendar.reminded_on(_day(context))
    if period is None:
        return dg.SkipReason(f"{_day(context)} is no day on which anybody is reminded.")
    return dg.RunRequest(run_config={"ops": {"tell_who_is_missing": {"config": {"period": period}}}})


@dg.schedule(
    job=national_ranking,
    cron_schedule="0 5 1 5 *",
    description="On 1 May: the ranking of the year before, of all scores and surveys that have arrived by then.",
    **_DAILY,
)
def yearly_ranking(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    return _building(context, f"{_day(context).year - 1}-FY")


@dg.schedule(
    job=tidy,
    cron_schedule="0 3 * * 0",
    description="On Sundays: removes old releases, runs and logs.",
    **_DAILY,
)
def tidying(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    return dg.RunRequest()


def _day(context: dg.ScheduleEvaluationContext) -> date:
    return context.scheduled_execution_time.astimezone(clock.LOCAL_TIME).date()


def _building(context: dg.ScheduleEvaluationContext, period: str) -> dg.RunRequest | dg.SkipReason:
    """A run of the period, also where nobody has sent anything for it: the coverage then says who is missing."""
    received = inbox.periods(paths.inbox())
    if not received:
        return dg.SkipReason(f"Nothing was received for {period} or any other period: the inbox is empty.")
    chosen = period if period in received else received[-1]
    add_partitions(context.instance, [chosen])
    return dg.RunRequest(partition_key=chosen)
