"""The main job, what starts it, and when: the inbox sensor and the reporting calendar, both off until switched on."""

import hashlib
import json
import time
from collections import defaultdict

import dagster as dg

from orchestration import paths
from orchestration.reading import inbox

# A file that changed this recently may still be on its way.
SETTLED_SECONDS = 10

national_ranking = dg.define_asset_job(
    "national_ranking",
    selection=dg.AssetSelection.all(),
    description="Inbox → raw Parquet → warehouse → exports, for one reporting period.",
)


@dg.sensor(job=national_ranking, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.STOPPED)
def inbox_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Asks for one run a period when its folder changed; compares names, sizes and times, and opens nothing."""
    seen = json.loads(context.cursor) if context.cursor else {}
    listing, unsettled, now = defaultdict(list), set(), time.time_ns()
    for file in inbox.files(paths.inbox()):
        listing[file.period].append((str(file.path.relative_to(paths.inbox())), file.size, file.modified_ns))
        if now - file.modified_ns < SETTLED_SECONDS * 1_000_000_000:
            unsettled.add(file.period)
    current = {period: hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16] for period, files in listing.items()}
    changed = [period for period in current if current[period] != seen.get(period) and period not in unsettled]
    if not changed:
        return dg.SkipReason("Inbox unchanged, or files still arriving.")
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=f"{period}-{current[period]}", partition_key=period) for period in changed],
        cursor=json.dumps(seen | {period: current[period] for period in changed}),
    )


@dg.schedule(
    job=national_ranking,
    cron_schedule=["0 7 21 3 *", "0 7 21 6 *", "0 7 21 9 *", "0 7 21 12 *"],
    execution_timezone="Asia/Ho_Chi_Minh",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
def reporting_calendar(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """The morning after each due date (20/3, 20/6, 20/9, 20/12): run the period that was due."""
    due = context.scheduled_execution_time
    kind = {3: "Q1", 6: "H1", 9: "Q3", 12: "FY"}[due.month]
    return dg.RunRequest(partition_key=f"{due.year}-{kind}")
