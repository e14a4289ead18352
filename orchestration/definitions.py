"""Everything Dagster loads: the modules of defs/, each run in one process because the warehouse has one writer;
only the shards of `read_in_shards` are read in processes of their own."""

from __future__ import annotations

import dagster as dg

from orchestration.defs import alerts, automation, release, reports, shards, verbs, warehouse

defs = dg.Definitions(
    assets=dg.with_source_code_references([reports.raw_reports, warehouse.warehouse, release.release]),
    jobs=[automation.read_reports, automation.national_ranking, alerts.remind, shards.read_in_shards, *verbs.JOBS],
    schedules=[
        automation.reporting_calendar,
        automation.collection,
        automation.reminder,
        automation.yearly_ranking,
        automation.tidying,
    ],
    sensors=[automation.inbox_sensor, automation.dead_runs, alerts.alert_sensor],
    executor=dg.in_process_executor,
)
