"""From a finished build to what people see: the warehouse file renamed into place, then a release of files.

Not here: what the files contain (`orchestration/publishing`).
"""

import os
from datetime import datetime

import dagster as dg
import duckdb

from orchestration import paths
from orchestration.defs import warehouse
from orchestration.publishing.release import release_name, write_release
from orchestration.reading import batch


@dg.asset(
    key=["warehouse", "par_duckdb"],
    deps=[warehouse.dbt_models],
    group_name="publication",
    kinds={"duckdb"},
)
def published_warehouse() -> dg.MaterializeResult:
    """The warehouse that people query, replaced whole once its tests have passed."""
    with duckdb.connect(str(paths.build_database())) as connection:
        counts = connection.execute(
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'marts' order by table_name"
        ).fetchall()
        connection.execute("checkpoint")
    os.replace(paths.build_database(), paths.database())
    return dg.MaterializeResult(
        metadata={
            "dagster/uri": paths.database().as_uri(),
            "marts": dg.MetadataValue.md(
                "\n".join(["| mart | rows |", "|---|---:|", *(f"| {name} | {rows} |" for name, rows in counts)])
            ),
        }
    )


@dg.asset(
    key=["warehouse", "release"], deps=[published_warehouse], group_name="publication", kinds={"excel", "parquet"}
)
def release() -> dg.MaterializeResult:
    """A new release of files for the ministry; earlier releases stay as they were."""
    batch.tell("release", 0, 1)
    written = write_release(
        paths.database(), warehouse.project.manifest_path, paths.exports(), release_name(datetime.now().astimezone())
    )
    batch.tell("release", 1, 1)
    return dg.MaterializeResult(
        metadata={
            "release": written.name,
            "path": dg.MetadataValue.path(written.folder),
            "files": dg.MetadataValue.md("\n".join(f"- {name}" for name in written.files)),
        }
    )
