"""The step that builds the warehouse and publishes it: dbt's seeds, models and tests, and the file they end in.

Everything is built anew, whichever asset was asked for, into a file of the run's own; only when every blocking test
has passed and no table is missing does it take the published file's place, and only then is anything called made.
Not here: the lock and the renaming (`orchestration/writer.py`), any SQL (`dbt_project`), releases (`release.py`).
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import (
    DagsterDbtCliRuntimeError,
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from filelock import FileLock

from orchestration import chase, clock, engine, paths, writer
from orchestration.analysis import tables
from orchestration.defs.runs import writing_run
from orchestration.reading import batch, raw

FAILING_ROWS = "failing_rows"
_MOST_FAILING_ROWS = 20
_PROJECT_FILES = (".sql", ".yml", ".csv", ".md")

project = DbtProject(
    project_dir=paths.DBT_PROJECT,
    profiles_dir=paths.DBT_PROJECT,
    # In part dbt forgets what is said of a test whose SQL alone has changed.
    prepare_project_cli_args=["parse", "--quiet", "--no-partial-parse"],
)
# dbt is called as a program: that of this Python environment, whether or not the environment is activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
# Not a resource of Dagster: a run's configuration must not be able to name a program.
dbt = DbtCliResource(project_dir=project)


def manifest() -> Path:
    """The dbt manifest, parsed anew when a file of the project is newer than it."""
    project.manifest_path.parent.mkdir(exist_ok=True)
    files = (path for path in paths.DBT_PROJECT.rglob("*") if path.suffix in _PROJECT_FILES)
    # The UI loads the definitions in several processes at a time.
    with FileLock(project.manifest_path.with_suffix(".lock")):
        newest = max(path.stat().st_mtime_ns for path in files if project.target_path.name not in path.parts)
        if not project.manifest_path.exists() or project.manifest_path.stat().st_mtime_ns < newest:
            project.preparer.prepare(project)
    return project.manifest_path


def _manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest().read_text(encoding="utf-8"))
    return found


def environment(build: Path) -> dict[str, str]:
    """What profile and sources of the dbt project ask for; paths as they are written in its SQL."""
    return {
        "PAR_RAW": sql_glob(paths.raw()),
        "PAR_BUILD_DATABASE": str(build),
        "PAR_AS_OF_DATE": clock.today().isoformat(),
        "DO_NOT_TRACK": "1",
        # Dagster keeps what dbt says; writing it to a file as well is work that nobody reads.
        "DBT_LOG_LEVEL_FILE": "none",
    }


def sql_glob(folder: Path) -> str:
    """A folder inside a quoted pattern of DuckDB, inside a format string of dbt: each sign means itself."""
    signs = {"[": "[[]", "*": "[*]", "?": "[?]", "'": "''", "{": "{{", "}": "}}"}
    return "".join(signs.get(sign, sign) for sign in str(folder))


class _Translator(DagsterDbtTranslator):
    """Groups by layer, so that the graph reads raw → seeds, staging → intermediate → marts; owners from dbt."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        node = self.get_resource_props(manifest, unique_id)
        layer = node["config"].get("schema") or node["schema"]
        group = manifest["groups"].get(f"group.{node['package_name']}.{node.get('group') or 'reading'}")
        return (
            super()
            .get_asset_spec(manifest, unique_id, project)
            .replace_attributes(group_name=layer, owners=[group["owner"]["email"]] if group else [])
            .merge_attributes(tags={"layer": layer})
        )


_TRANSLATOR = _Translator(DagsterDbtTranslatorSettings(enable_code_references=True))


@dbt_assets(manifest=manifest(), project=project, dagster_dbt_translator=_TRANSLATOR)
def _dbt_nodes(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Only describes the nodes of the project; `warehouse` below builds them."""
    yield from ()


def _checks() -> list[dg.AssetCheckSpec]:
    """The tests of the project as checks, each with the description that stands beside it in dbt."""
    nodes = _manifest()["nodes"]
    return [
        dg.AssetCheckSpec(
            name=spec.name,
            asset=spec.asset_key,
            description=nodes[spec.metadata["dagster_dbt/unique_id"]]["description"],
            additional_deps=[dep.asset_key for dep in spec.additional_deps],
            blocking=spec.blocking,
            metadata=spec.metadata,
        )
        for spec in _dbt_nodes.check_specs
    ]


COVERAGE = dg.AssetKey(["marts", "mart_report_coverage"])
PUBLISHED = dg.AssetKey(["warehouse", "par_duckdb"])
TO_CHASE = dg.AssetKey(["warehouse", "to_chase"])
OWNERS = ["data-engineers@par.invalid"]


@dg.multi_asset(
    specs=[
        *_dbt_nodes.specs,
        dg.AssetSpec(
            PUBLISHED,
            deps=[spec.key for spec in _dbt_nodes.specs if spec.group_name == "marts"],
            description="The warehouse that people query, replaced whole by the run that built it and tested it.",
            group_name="publication",
            kinds={"duckdb"},
            owners=OWNERS,
            tags={"layer": "publication"},
        ),
        dg.AssetSpec(
            TO_CHASE,
            deps=[COVERAGE, ["marts", "mart_open_quarantine"], ["marts", "mart_quality_finding"]],
            description="The page to chase from: who is overdue, which files are refused, which figures are in error.",
            group_name="publication",
            owners=OWNERS,
            tags={"layer": "publication"},
        ),
    ],
    check_specs=_checks(),
)
def warehouse(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Build every seed, model and test into a file of this run's own, and publish it if every blocking test passed."""
    with writing_run(context):
        build, target = paths.build_database(context.run_id), paths.build_folder() / context.run_id
        build.parent.mkdir(parents=True, exist_ok=True)
        raw.prepare(paths.raw())
        os.environ.update(environment(build))
        if engine.chosen() == engine.DUCKDB:
            made, checks, problem = _run_dbt(context, "build", build, target)
        else:
            made, checks, problem = _build_elsewhere(context, build, target)
        if problem:
            # Nothing was published, so nothing was made; what was checked is worth seeing all the same.
            yield from checks
            raise problem
        with duckdb.connect(str(build)) as connection:
            tables.fill(connection)
        coverage, cases = _coverage(build), _to_chase(build)
        counts = writer.publish(build, _public_tables())
        # In the order in which dbt made them: each after those it is made from.
        for key, metadata in made.items():
            rows = {"dagster/row_count": counts[".".join(key.path)]}
            more = coverage if key == COVERAGE else {}
            yield dg.MaterializeResult(asset_key=key, metadata={**metadata, **more, **rows})
        yield dg.MaterializeResult(asset_key=PUBLISHED, metadata=_published(counts))
        yield dg.MaterializeResult(asset_key=TO_CHASE, metadata=cases)
        yield from checks


_Outcome = tuple[dict[dg.AssetKey, Mapping[str, Any]], list[dg.AssetCheckResult], Exception | None]


def _run_dbt(
    context: dg.AssetExecutionContext, verb: str, build: Path, target: Path, *leave_out: str, by: str = engine.DUCKDB
) -> _Outcome:
    """What dbt says of each node it made, of each test, and why it failed if it did."""
    program = (
        dbt
        if by == engine.DUCKDB
        else DbtCliResource(project_dir=project, dbt_executable=str(engine.dbt_program(by)), target=by)
    )
    # Unit tests are of the code, not of the data: they run in the test suite.
    without = [word for kind in ("unit_test", *leave_out) for word in ("--exclude-resource-type", kind)]
    invocation = program.cli([verb, *without], context=context, target_path=target)
    total = sum(node["resource_type"] in _BUILT - set(leave_out) for node in _manifest()["nodes"].values())
    made, checks = {}, []
    try:
        for done, event in enumerate(invocation.stream(), 1):
            batch.tell("dbt", min(done, total), total)
            if isinstance(event, dg.AssetCheckResult):
                checks.append(event)
            elif isinstance(event, dg.Output):
                made[context.asset_key_for_output(event.output_name)] = event.metadata
    except DagsterDbtCliRuntimeError as error:
        return made, _with_failing_rows(checks, invocation, build), error
    return made, _with_failing_rows(checks, invocation, build), None


def _build_elsewhere(context: dg.AssetExecutionContext, build: Path, target: Path) -> _Outcome:
    """Seeds and models on the engine that was asked for; then the same tables and their tests in DuckDB.

    Tables, views, comments and constraints of the file are those of a build from no report, which is filled with the
    engine's rows. So one file is published, tested and read, whichever engine did the work.
    """
    by = engine.chosen()
    with engine.serving(by, target / by) as settings:
        os.environ.update(settings)
        made, _, problem = _run_dbt(context, "build", build, target / by, "test", by=by)
    if problem:
        return made, [], problem
    raw.prepare(target / "no_raw")
    os.environ.update(environment(build) | {"PAR_RAW": sql_glob(target / "no_raw")})
    _, _, problem = _run_dbt(context, "build", build, target / "empty", "test")
    if problem:
        return made, [], problem
    engine.load(build, target / by / "tables", ("staging", "intermediate", "marts"))
    _, checks, problem = _run_dbt(context, "test", build, target)
    return made, checks, problem


def _with_failing_rows(
    checks: list[dg.AssetCheckResult], invocation: DbtCliInvocation, build: Path
) -> list[dg.AssetCheckResult]:
    """Failed checks with the rows that failed them, so that the check's page says what is wrong and where."""
    if all(check.passed for check in checks):
        return checks
    results = invocation.get_artifact("run_results.json")["results"]
    queries = {result["unique_id"]: result["compiled_code"] for result in results}
    with duckdb.connect(str(build), read_only=True) as connection:
        return [
            check
            if check.passed
            else check._replace(
                metadata={
                    **check.metadata,
                    FAILING_ROWS: _rows(connection, queries[check.metadata["unique_id"].value]),
                }
            )
            for check in checks
        ]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> dg.TableMetadataValue:
    found = connection.sql(f"select * from ({query}) limit {_MOST_FAILING_ROWS}")
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord(
                {name: "" if value is None else str(value) for name, value in zip(found.columns, row, strict=True)}
            )
            for row in found.fetchall()
        ],
        schema=dg.TableSchema([dg.TableColumn(name) for name in found.columns]),
    )


_BUILT = {"model", "seed", "test"}


def _public_tables() -> set[str]:
    """`schema.table` of every model that the project calls public: what people rely on."""
    return {
        f"{node['schema']}.{node['alias']}"
        for node in _manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["access"] == "public"
    }


def _coverage(build: Path) -> dict[str, Any]:
    """How many reports are late, missing or in quarantine, in all and by period, for the page of that mart."""
    with duckdb.connect(str(build), read_only=True) as connection:
        statuses = dict(
            connection.execute("select status, count(*) from marts.mart_report_coverage group by status").fetchall()
        )
        found = _rows(connection, _COVERAGE)
    return {**{f"reports_{status}": number for status, number in sorted(statuses.items())}, "by_period": found}


def _to_chase(build: Path) -> dict[str, Any]:
    """How many cases of each kind are open, and all of them as a page."""
    cases = chase.open_cases(build)
    counts = {kind: sum(case.kind == kind for case in cases) for kind in chase.TITLES}
    return {**counts, "page": dg.MetadataValue.md(chase.markdown(cases))}


_COVERAGE = """
    select
        period_key,
        count(*) filter (where status = 'on_time') as on_time,
        count(*) filter (where status = 'late') as late,
        count(*) filter (where status = 'missing') as missing,
        count(*) filter (where status = 'quarantined') as quarantined,
        count(*) filter (where status = 'not_due') as not_due,
        string_agg(province_name, ', ' order by province_key)
            filter (where status in ('missing', 'quarantined')) as missing_or_quarantined
    from marts.mart_report_coverage
    inner join marts.dim_province using (province_key)
    group by period_key, due_date
    order by due_date desc
"""


def _published(counts: Mapping[str, int]) -> dict[str, Any]:
    marts = {name.removeprefix("marts."): rows for name, rows in counts.items() if name.startswith("marts.")}
    return {
        "dagster/uri": paths.database().as_uri(),
        "marts": dg.MetadataValue.md(
            "\n".join(["| mart | rows |", "|---|---:|", *(f"| {name} | {rows} |" for name, rows in marts.items())])
        ),
    }
