"""The dbt models as assets, their tests as checks. dbt builds a new file aside; a failing test stops the run there.

Not here: putting the new file in place (`publication.py`) and any SQL (`dbt_project`).
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets

from orchestration import paths
from orchestration.reading import batch, raw

os.environ["PAR_RAW"] = str(paths.raw())
os.environ["PAR_BUILD_DATABASE"] = str(paths.build_database())
os.environ.setdefault("DO_NOT_TRACK", "1")
# dbt is called as a program: the one of this environment, whether or not the environment is activated.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

project = DbtProject(project_dir=paths.DBT_PROJECT, profiles_dir=paths.DBT_PROJECT)


def manifest() -> Path:
    """The dbt manifest, parsed anew when a file of the project is newer than it."""
    sources = [path for path in paths.DBT_PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".csv"}]
    sources = [path for path in sources if "target" not in path.relative_to(paths.DBT_PROJECT).parts]
    newest = max(path.stat().st_mtime_ns for path in sources)
    if not project.manifest_path.exists() or project.manifest_path.stat().st_mtime_ns < newest:
        project.preparer.prepare(project)
    return project.manifest_path


_BUILT = {"model", "seed", "test"}


def project_nodes() -> list[dict[str, Any]]:
    """Every node of the manifest. Unit tests are of the code, not of the data: they run in the test suite."""
    return list(json.loads(manifest().read_text(encoding="utf-8"))["nodes"].values())


class _Translator(DagsterDbtTranslator):
    """Groups by layer, so that the graph reads raw → seeds, staging → intermediate → marts."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        return dbt_resource_props["config"].get("schema") or dbt_resource_props["schema"]


dbt = DbtCliResource(project_dir=project)


@dbt_assets(manifest=manifest(), project=project, dagster_dbt_translator=_Translator())
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build every seed, model and test into a fresh file."""
    raw.prepare(paths.raw())
    paths.build_database().parent.mkdir(parents=True, exist_ok=True)
    paths.build_database().unlink(missing_ok=True)
    total = len([node for node in project_nodes() if node["resource_type"] in _BUILT])
    for done, event in enumerate(
        dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context).stream(), 1
    ):
        batch.tell("dbt", min(done, total), total)
        yield event
