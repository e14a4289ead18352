"""Everything Dagster loads: the modules of defs/, run in one process because the warehouse has one writer."""

from __future__ import annotations

import dagster as dg

from orchestration.defs import jobs, publication, reports, warehouse

defs = dg.Definitions(
    assets=[reports.raw_reports, warehouse.dbt_models, publication.published_warehouse, publication.release],
    jobs=[jobs.national_ranking],
    schedules=[jobs.reporting_calendar],
    sensors=[jobs.inbox_sensor],
    resources={"dbt": warehouse.dbt},
    executor=dg.in_process_executor,
)
