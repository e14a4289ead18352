"""The dbt models as assets, their tests as checks. dbt builds a file aside; a failing test stops the run there.

Not here: putting the new file in place (`publication.py`) and any SQL (`dbt_project`).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test
from dagster_dbt.compat import DBT_PYTHON_VERSION
from dagster_dbt.errors import DagsterDbtCliRuntimeError
from filelock import FileLock

from orchestration import dbt_ahead, paths
from orchestration.reading import batch, raw

os.environ.update(dbt_ahead.environment())

project = DbtProject(project_dir=paths.DBT_PROJECT, profiles_dir=paths.DBT_PROJECT)


def manifest() -> Path:
    """The dbt manifest, parsed anew when a file of the project is newer than it."""
    project.manifest_path.parent.mkdir(exist_ok=True)
    # The UI loads the definitions in several processes at a time.
    with FileLock(project.manifest_path.with_suffix(".lock")):
        if not project.manifest_path.exists() or project.manifest_path.stat().st_mtime_ns < dbt_ahead.newest_change():
            project.preparer.prepare(project)
    return project.manifest_path


# Unit tests are of the code, not of the data: they run in the test suite.
_BUILT = {"model", "seed", "test"}


def project_nodes() -> dict[str, dict[str, Any]]:
    """Unique id → node of the manifest, for everything that a run can build."""
    return {key: node for key, node in _manifest()["nodes"].items() if node["resource_type"] in _BUILT}


def _manifest() -> dict[str, Any]:
    return json.loads(manifest().read_text(encoding="utf-8"))


def _without_reports(nodes: Mapping[str, dict[str, Any]]) -> set[str]:
    """Nodes whose rows follow from the project alone: none of what they are made from was read from a report."""

    def from_reports(key: str) -> bool:
        return key.startswith("source.") or any(map(from_reports, nodes[key]["depends_on"].get("nodes", ())))

    return {key for key in nodes if not from_reports(key)}


def _fingerprint() -> str:
    """Of all that decides what a project without reports builds: its files, and the programs that build it."""
    digest = hashlib.sha256(f"{DBT_PYTHON_VERSION} {duckdb.__version__} {paths.raw()}".encode())
    for path in dbt_ahead.project_files():
        digest.update(f"{path.relative_to(paths.DBT_PROJECT)} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _taken_over(nodes: Mapping[str, dict[str, Any]], listing: Mapping[str, str]) -> set[str]:
    """Put the file in place that dbt builds into; returns the nodes that it need not build.

    listing: what raw holds now, a digest a period.
    While the project is as it was, so is what follows from it alone: that is taken over from the published file. The
    staging tables, which only hold what raw holds, keep the rows of the periods whose raw files are as they were.
    Otherwise, and where there is no such file, the file is new and dbt builds everything.
    """
    build = paths.build_database()
    build.parent.mkdir(parents=True, exist_ok=True)
    _remove(build)
    if not paths.database().exists():
        return set()
    shutil.copyfile(paths.database(), build)
    kept = _without_reports(nodes)
    try:
        with duckdb.connect(str(build)) as connection:
            if connection.execute("select fingerprint from main.built_from").fetchall() == [(_fingerprint(),)]:
                read = dict(connection.execute("select period, listing from main.raw_read").fetchall())
                same = [period for period, files in listing.items() if read.get(period) == files]
                for key, node in nodes.items():
                    if key in kept or node["resource_type"] != "model":
                        continue
                    relation = f'"{node["schema"]}"."{node["name"]}"'
                    kind = node["config"]["materialized"]
                    if kind == "incremental":
                        connection.execute(
                            f"delete from {relation} where period_key not in (select unnest(?::varchar[]))", [same]
                        )
                    else:
                        connection.execute(f"drop {'view' if kind == 'view' else 'table'} if exists {relation}")
                return kept
    except duckdb.Error:  # an older file, or not one of ours
        pass
    _remove(build)
    return set()


def _remove(database: Path) -> None:
    """The file, and the log of changes that a killed run left beside it: it would be replayed on the next file."""
    for path in (database, database.with_name(f"{database.name}.wal")):
        path.unlink(missing_ok=True)


class _Translator(DagsterDbtTranslator):
    """Groups by layer, so that the graph reads raw → seeds, staging → intermediate → marts."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return dbt_resource_props["config"].get("schema") or dbt_resource_props["schema"]


class _Dbt(DbtCliResource):
    """dbt as a program, without two questions that cost seconds a run and whose answers nobody needs here."""

    @cached_property
    def _cli_version(self) -> Any:
        """The version installed. `dbt --version` would start a program and ask a package index for a newer one."""
        return DBT_PYTHON_VERSION

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:
        """Only counting rows would need an adapter in this process."""


FAILING_ROWS = "failing_rows"
_TAKEN_OVER = {"taken_over": "The project is unchanged, and no report bears on this; it passed its tests when built."}

dbt = _Dbt(project_dir=project, dbt_executable="par-dbt")


def _results_of(kept: set[str], nodes: Mapping[str, dict[str, Any]]) -> Iterator[Any]:
    """What was taken over, as Dagster knows it: tables after those they are made from, then the tests they passed."""
    translator, described = _Translator(), _manifest()
    parents = {key: kept.intersection(nodes[key]["depends_on"].get("nodes", ())) for key in kept}
    for key in TopologicalSorter(parents).static_order():
        if nodes[key]["resource_type"] != "test":
            yield dg.MaterializeResult(asset_key=translator.get_asset_key(nodes[key]), metadata=_TAKEN_OVER)
    for key in sorted(kept):
        # A published file has passed them all: a test that fails stops the run before it is published.
        if check := get_asset_check_key_for_test(described, translator, key, project):
            yield dg.AssetCheckResult(
                asset_key=check.asset_key, check_name=check.name, passed=True, metadata=_TAKEN_OVER
            )


_MOST_FAILING_ROWS = 20


def _with_failing_rows(failed: list[dg.AssetCheckResult], build: DbtCliInvocation) -> Iterator[dg.AssetCheckResult]:
    """Failed checks with the rows that failed them, so that the check's page says what is wrong and where."""
    if not failed:
        return
    results = build.get_artifact("run_results.json")["results"]
    queries = {result["unique_id"]: result["compiled_code"] for result in results}
    with duckdb.connect(str(paths.build_database()), read_only=True) as connection:
        for check in failed:
            query = queries[check.metadata["unique_id"].value]
            found = connection.sql(f"select * from ({query}) limit {_MOST_FAILING_ROWS}")
            rows = dg.MetadataValue.table(
                records=[
                    dg.TableRecord(
                        {name: str(value) for name, value in zip(found.columns, row, strict=True) if value is not None}
                    )
                    for row in found.fetchall()
                ],
                schema=dg.TableSchema([dg.TableColumn(name) for name in found.columns]),
            )
            yield check._replace(metadata={**check.metadata, FAILING_ROWS: rows})


@dbt_assets(manifest=manifest(), project=project, dagster_dbt_translator=_Translator())
def dbt_models(context: dg.AssetExecutionContext, dbt: _Dbt) -> Iterator[Any]:
    """Build seeds, models and tests into a file aside; what no report can have changed is not built again."""
    raw.prepare(paths.raw())
    nodes = project_nodes()
    # Before dbt reads: a file that comes while it does is read again next time.
    read, fingerprint = raw.listing(paths.raw()), _fingerprint()
    kept = _taken_over(nodes, read)
    # Cautious: a test that also asks a table that is built now is run, though what it is compared with is taken over.
    names = " ".join(sorted(nodes[key]["name"] for key in kept))
    without = ["--indirect-selection", "cautious", "--exclude", names] if kept else []
    total = len(nodes) - len(kept)
    build = dbt.cli(
        ["build", "--exclude-resource-type", "unit_test", *without],
        context=context,
        target_path=dbt_ahead.target(),
    )
    # While dbt builds the rest.
    yield from _results_of(kept, nodes)
    failed, problem = [], None
    try:
        for done, event in enumerate(build.stream(), 1):
            batch.tell("dbt", min(done, total), total)
            if isinstance(event, dg.AssetCheckResult) and not event.passed:
                failed.append(event)
            else:
                yield event
    except DagsterDbtCliRuntimeError as error:
        problem = error
    # Only when dbt has ended can its file be asked what is wrong in it.
    yield from _with_failing_rows(failed, build)
    if problem:
        raise problem
    with duckdb.connect(str(paths.build_database())) as connection:
        connection.execute("create or replace table main.built_from as select ? as fingerprint", [fingerprint])
        connection.execute("create or replace table main.raw_read (period varchar, listing varchar)")
        connection.executemany("insert into main.raw_read values (?, ?)", list(read.items()))
