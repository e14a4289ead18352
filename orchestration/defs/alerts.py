"""Who is told of what: failures at once, what is to be chased once a day, the provinces before and after a deadline.

Each thing is told once by each channel for as long as it stays so; one that ended and came back is told again. A run
that failed is told also where the next one succeeded before anybody looked.
Not here: how a message is sent (`orchestration/alerts.py`), what is open (`orchestration/chase.py`).
"""

import json
from datetime import timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from orchestration import alerts, chase, clock, paths
from orchestration.defs import calendar
from orchestration.defs.runs import GONE, is_gone
from orchestration.sentence import Sentence

_OWNER = {"owner": "data-engineers"}
_DIGEST_HOUR = 7
_MOST_LINES = 40
_RUNS_LOOKED_AT = 100
_CHASED = timedelta(days=366)
_SAYING_WHY = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.ENGINE_EVENT}
_FAILED = Sentence("Lỗi khi chạy kho dữ liệu", "The warehouse: a failure")
_OPEN = Sentence("Việc cần đôn đốc", "To be chased")


@dg.sensor(
    name="alerts",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the channels of PAR_ALERTS of failed runs and ticks at once, and of late reports, files in "
    "quarantine and figures in error once a day.",
    tags=_OWNER,
)
def alert_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Starts nothing.

    cursor: channel → what it was told of what is so still, the failed runs it knows of, the day of its last digest.

    A channel seen for the first time is not told of failures from before.
    """
    urls = alerts.channels()
    cursor: dict[str, dict[str, Any]] = json.loads(context.cursor or "{}")
    runs, standing = _failed_runs(context.instance)
    ticks = _failed_ticks(context.instance)
    now = clock.now().astimezone(clock.LOCAL_TIME)
    today = now.date().isoformat()
    is_morning = now.hour >= _DIGEST_HOUR and paths.database().exists()
    deaf = 0
    told = {}
    for url in urls:
        name = alerts.name_of(url)
        first = {"failures": [*standing, *ticks], "runs": list(runs), "cases": [], "day": ""}
        of_it = told[name] = first | cursor.get(name, {})
        unknown_runs = dict(failure for run_id, failure in runs.items() if run_id not in of_it["runs"])
        new = [said for key, said in (unknown_runs | ticks).items() if key not in of_it["failures"]]
        if not new or alerts.send(url, _FAILED, "\n\n".join(new)):
            of_it |= {"failures": [*standing, *ticks], "runs": list(runs)}
        else:
            deaf += 1
        if is_morning and today > of_it["day"]:
            cases = chase.open_cases(paths.database(), now.date() - _CHASED)
            unknown = [case for case in cases if case.key not in of_it["cases"]]
            if not unknown or alerts.send(url, _OPEN, chase.text(unknown, _MOST_LINES)):
                of_it |= {"cases": [case.key for case in cases], "day": today}
            else:
                deaf += 1
    if not urls:
        said = f"{alerts.SETTING} names no channel; see docs/operate_it.md."
    else:
        said = f"{deaf} messages were not taken; tried again." if deaf else "Everything open has been told."
    return dg.SensorResult(skip_reason=dg.SkipReason(said), cursor=json.dumps(told))


def _failed_runs(instance: dg.DagsterInstance) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Failed runs: id → a key of the failure, and what to say; and the keys of those that no later run has mended."""
    failed, standing, ended = {}, set(), set()
    for run in instance.get_runs(limit=_RUNS_LOOKED_AT):
        job, period = run.job_name, run.tags.get("dagster/partition", "")
        if run.status == dg.DagsterRunStatus.FAILURE:
            cause = _cause(instance, run)
            key = f"run/{job}/{period}/{cause[:80]}"
            failed[run.run_id] = (key, f"{job} {period} (run {run.run_id[:8]}): {cause}")
            if (job, period) not in ended:
                standing.add(key)
        if run.is_finished:
            ended.add((job, period))
    return failed, standing


def _cause(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """The innermost error of a run's first failed step, or why the run was failed: by whom, and what was seen."""
    said = []
    for event in (one.dagster_event for one in instance.all_logs(run.run_id, of_type=_SAYING_WHY)):
        if event and event.is_step_failure:
            error = event.step_failure_data.error
            while error and error.cause:
                error = error.cause
            if error:
                return error.message.strip()[:2000]
        elif event and (event.is_failure or event.engine_event_data.error):
            said.append(event.message or "?")
    # Dagster's own guard, where it is first to see that a process has died, says only that the run was failed.
    return " ".join(dict.fromkeys([*said[::-1], *([str(GONE)] if is_gone(run) else [])]))[:2000]


def _failed_ticks(instance: dg.DagsterInstance) -> dict[str, str]:
    """Of each sensor and schedule whose newest ended tick failed: a key of the failure, and what to say."""
    found = {}
    for state in instance.all_instigator_state():
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=3)
        ended = next((tick for tick in ticks if tick.status.value != "STARTED"), None)
        if ended and ended.status.value == "FAILURE":
            cause = ended.error.message.strip() if ended.error else "?"
            found[f"tick/{state.instigator_name}/{cause[:80]}"] = f"{state.instigator_name}: {cause[:2000]}"
    return found


class Reminder(dg.Config):
    period: str = Field(description="The reporting period whose missing reports are asked for, such as 2026-FY.")


@dg.op
def tell_who_is_missing(context: dg.OpExecutionContext, config: Reminder) -> None:
    names = chase.not_sent(paths.database(), config.period) if paths.database().exists() else None
    due = calendar.due_date(config.period)
    if due is None:
        raise dg.Failure(f"«{config.period}» không phải kỳ báo cáo. / It is no reporting period.", allow_retries=False)
    if names == []:
        context.log.info("Mọi tỉnh đã gửi. / Every province has sent its report.")
        return
    title = Sentence(f"Báo cáo kỳ {config.period}, hạn {due:%d/%m/%Y}", f"Reports of {config.period}, due {due}")
    missing = "Chưa nhận được báo cáo nào. / Nothing has arrived yet." if names is None else "\n".join(names)
    for url in alerts.channels():
        if not alerts.send(url, title, f"Chưa gửi / not sent: {len(names or [])}\n{missing}"):
            raise dg.Failure(f"Kênh {alerts.name_of(url)} không nhận tin. / A channel did not take the message.")


@dg.job(description="Tells the channels of PAR_ALERTS which provinces have not sent a period's report.", tags=_OWNER)
def remind() -> None:
    tell_who_is_missing()
