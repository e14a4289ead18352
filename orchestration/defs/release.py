"""A release of files as an asset, written from a private copy of what was just published.

Not here: what the files contain (`orchestration/publishing`).
"""

from datetime import timedelta

import dagster as dg

from orchestration import clock, paths, writer
from orchestration.defs import calendar, warehouse
from orchestration.defs.runs import writing_run
from orchestration.publishing.release import release_name, write_release
from orchestration.reading import batch


@dg.asset(
    key=["warehouse", "release"],
    deps=[warehouse.PUBLISHED],
    group_name="publication",
    kinds={"excel", "parquet"},
    owners=warehouse.OWNERS,
    tags={"layer": "publication"},
    freshness_policy=dg.FreshnessPolicy.cron(
        deadline_cron=calendar.deadline_cron(), lower_bound_delta=timedelta(days=1), timezone=calendar.TIME_ZONE
    ),
)
def release(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """The newest release of files for the ministry; a new one only where something differs from the one before."""
    with writing_run(context):
        batch.tell("release", 0, 1)
        copy = writer.private_copy(paths.build_database(context.run_id))
        try:
            taken = {path.name for path in paths.exports().glob("*")}
            name = release_name(clock.now(), taken)
            written = write_release(copy, warehouse.project.manifest_path, paths.exports(), name)
        finally:
            copy.unlink()
        batch.tell("release", 1, 1)
    return dg.MaterializeResult(
        metadata={
            "release": written.name,
            "is_new": written.is_new,
            "path": dg.MetadataValue.path(written.folder),
            "files": dg.MetadataValue.md("\n".join(f"- {name}" for name in written.files)),
        }
    )
