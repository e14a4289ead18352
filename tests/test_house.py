"""Every module knows its room: which room may import which, without a circle, and nothing imports the simulation."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Room → the rooms it may import besides itself; what is not named here is refused. A room is a folder or, of the two
# folders that hold single modules, a group of modules.
ROOMS = {
    "ground": set(),
    "reading.ground": {"ground"},
    "reading.knowledge": {"ground", "reading.ground"},
    "reading.formats": {"ground", "reading.ground", "reading.knowledge"},
    "reading.pages": {"ground", "reading.ground", "reading.knowledge", "reading.formats"},
    "reading.annex": {"ground", "reading.ground", "reading.knowledge"},
    "reading.sheets": {"ground", "reading.ground", "reading.knowledge", "reading.annex"},
    "reading": {
        "ground",
        "reading.ground",
        "reading.knowledge",
        "reading.formats",
        "reading.pages",
        "reading.annex",
        "reading.sheets",
    },
    "publishing.ground": {"ground", "reading"},
    "publishing.print": {"ground", "reading", "publishing.ground"},
    "publishing.site": {"ground", "publishing.ground"},
    "publishing": {"ground", "reading", "publishing.ground", "publishing.print", "publishing.site"},
    "simulation": {"ground", "reading.ground", "reading.knowledge", "reading.formats", "reading"},
    "checks": {"ground", "reading", "reading.ground", "reading.knowledge", "reading.formats"},
    "analysis": {"ground"},
    "defs": {"ground", "analysis", "reading", "reading.ground", "reading.knowledge", "publishing"},
    "run": {"ground", "defs"},
    "cli": {
        "ground",
        "analysis",
        "reading",
        "reading.knowledge",
        "reading.sheets",
        "publishing.ground",
        "publishing",
        "simulation",
        "checks",
        "run",
    },
}
# Modules that stand for themselves in a folder of several rooms.
GROUND = {"paths", "clock", "sentence", "writer", "engine", "rerun", "effect", "store", "chase", "alerts"}
READING_GROUND = {"document", "refusal", "digest", "kinds", "processor_time", "version", "schema", "sandbox"}
PUBLISHING_GROUND = {"facts", "product", "table", "words"}
RUN = {"run", "definitions"}
LIBRARIES_KEPT_OUT = {"reading": {"dagster", "dagster_dbt", "dbt", "click"}, "publishing": {"dagster", "dbt", "click"}}


@cache
def modules() -> dict[str, Path]:
    """Dotted name below the package → file; a package stands under its own name."""
    found = {}
    for path in sorted((ROOT / "orchestration").rglob("*.py")):
        parts = path.relative_to(ROOT / "orchestration").with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room_of(module: str) -> str:
    folder, _, name = module.rpartition(".")
    if not folder and name in RUN:
        return "run"
    if not folder and name in GROUND:
        return "ground"
    if folder == "reading" and name in READING_GROUND:
        return "reading.ground"
    if folder == "publishing" and name in PUBLISHING_GROUND:
        return "publishing.ground"
    return module if module in ROOMS else folder or module


@cache
def imports(module: str) -> frozenset[str]:
    """Modules of the project that a module imports anywhere in it, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "orchestration":
            origin = node.module.removeprefix("orchestration").lstrip(".")
            for alias in node.names:
                whole = f"{origin}.{alias.name}".lstrip(".")
                found.add(whole if whole in modules() else origin)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("orchestration."):
                    found.add(alias.name.removeprefix("orchestration."))
    return frozenset(found - {module})


def libraries(module: str) -> set[str]:
    """Other packages that a module imports."""
    tree = ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8")))
    named = [
        name
        for node in tree
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]
    return {name.split(".")[0] for name in named} - {"orchestration"}


@pytest.mark.parametrize("module", [name for name in modules() if name])
def test_a_module_imports_only_what_its_room_may(module):
    room = room_of(module)
    assert room in ROOMS, f"{module} stands in no room"
    wrong = {other for other in imports(module) if room_of(other) not in ROOMS[room] | {room}}
    assert not wrong


def test_no_module_imports_itself_by_a_circle():
    list(TopologicalSorter({module: imports(module) for module in modules()}).static_order())


def test_rooms_stand_one_above_the_other():
    list(TopologicalSorter(ROOMS).static_order())


def test_nothing_imports_the_simulation_but_its_own_verb():
    importers = {module for module in modules() for other in imports(module) if other.startswith("simulation")}
    assert {module for module in importers if not module.startswith("simulation")} == {"cli.simulate"}


@pytest.mark.parametrize("folder", LIBRARIES_KEPT_OUT)
def test_reading_and_publishing_know_nothing_of_dagster_or_the_command_line(folder):
    inside = [module for module in modules() if module.split(".")[0] == folder]
    assert inside
    assert not {(module, name) for module in inside for name in libraries(module) & LIBRARIES_KEPT_OUT[folder]}


def test_no_arrow_is_allowed_that_nobody_uses():
    used = {(room_of(module), room_of(other)) for module in modules() if module for other in imports(module)}
    assert {(room, other) for room, others in ROOMS.items() for other in others} <= used


def test_no_file_of_the_project_is_a_link():
    """A link that was added by mistake, such as one to an environment, breaks every other clone."""
    kept = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert [line for line in kept.splitlines() if line.startswith("120000")] == []
