"""The Dagster layer: assets, jobs, schedules and sensors over plain functions; no logic of its own."""
