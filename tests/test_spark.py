"""The same models on another engine: every table is DuckDB's row by row, and a release is the same byte for byte.

`make test-spark` starts it (ENGINE=spark for Apache Spark); the engine's environment is not the project's own.
Doubles may differ by 1e-8, sums being taken in another order; everything else is exact.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from model_set import ModelSet
from pipeline import tree

from orchestration import clock, engine
from orchestration.analysis.tables import FILLED
from orchestration.reading import batch, raw
from orchestration.simulation.nation import Order, periods_of, write_nation

ENGINE = os.environ.get("PAR_TEST_ENGINE", "")
PROJECT = Path(__file__).parents[1] / "dbt_project"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not ENGINE, reason="make test-spark")]


def build_elsewhere(home: Path, target: Path, as_of: str, *words: str) -> Path:
    """dbt on the engine from home/raw; the folder of the tables is told."""
    with engine.serving(ENGINE, target) as settings:
        places = {"PAR_RAW": str(home / "raw"), "PAR_AS_OF_DATE": as_of}
        folders = ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
        folders += ["--target-path", target / "dbt", "--log-path", target / "logs"]
        done = subprocess.run(
            [engine.dbt_program(ENGINE), "build", *words, "--target", ENGINE, *folders],
            env=os.environ | settings | places,
            cwd=target,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:]
    return target / "tables"


def differences(database: Path, tables: Path, made: set[str]) -> list[str]:
    """Of each table that dbt made, what its rows on the other engine have that it has not, and the reverse."""
    found = []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{database}' as here (read_only)")
        there = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'here' order by all"
        ).fetchall()
        names = [(schema, table) for schema, table in there if table in made]
        for schema, table in names:
            ours = f"here.{schema}.{table}"
            files = sorted(map(str, (tables / table).glob("*.parquet")))
            if not files:
                (rows,) = connection.execute(f"select count(*) from {ours}").fetchone()
                found += [f"{table}: no table, {rows} rows here"] if rows else []
                continue
            theirs = f"read_parquet({files})"
            types = {row[0]: row[1] for row in connection.execute(f"describe {ours}").fetchall()}
            other = {row[0]: row[1] for row in connection.execute(f"describe select * from {theirs}").fetchall()}
            if {name: kind(text, schema) for name, text in types.items()} != {
                name: kind(text, schema) for name, text in other.items()
            }:
                found.append(f"{table}: {set(types.items()) ^ set(other.items())}")
                continue
            columns = ", ".join(
                f'round("{name}", 8) as "{name}"' if text == "DOUBLE" else f'"{name}"' for name, text in types.items()
            )
            for left, right in ((ours, theirs), (theirs, ours)):
                rows = connection.execute(
                    f"select {columns} from {left} except all select {columns} from {right} limit 3"
                ).fetchall()
                found += [f"{table}: only in {left[:20]}: {row}" for row in rows]
    return found


def made_by_dbt(model_set: ModelSet) -> set[str]:
    """The names of all seeds and models but those whose rows Python writes."""
    names = {node["name"] for kind in ("seed", "model") for node in model_set.of_kind(kind).values()}
    return names - set(FILLED)


def kind(name: str, schema: str) -> str:
    """A type as far as both engines name it: a moment has a zone on Spark, and in layers without a contract a whole
    number and a sum of decimals have the width that the engine gives them."""
    if name == "TIMESTAMP WITH TIME ZONE":
        return "TIMESTAMP"
    if schema in ("staging", "intermediate"):
        name = re.sub(r"DECIMAL\(\d+", "DECIMAL(", name)
        return "WHOLE" if name in ("INTEGER", "BIGINT", "HUGEINT") else name
    return name


def test_of_the_sample_every_table_is_the_same(model_set: ModelSet, sample_home: Path, tmp_path: Path) -> None:
    tables = build_elsewhere(sample_home, tmp_path, clock.today().isoformat())
    assert differences(sample_home / "warehouse" / "par.duckdb", tables, made_by_dbt(model_set)) == []


@pytest.mark.parametrize("seed", [71, 72])
def test_of_a_simulated_nation_every_table_is_the_same(model_set: ModelSet, tmp_path: Path, seed: int) -> None:
    home, inbox = tmp_path / "home", tmp_path / "home" / "raw" / "inbox"
    order = Order(seed=seed, periods=periods_of((2023, 2024)), provinces=("Hà Nội", "Hà Nam", "Nam Định", "Cần Thơ"))
    write_nation(order, inbox, tmp_path / "truth")
    raw.prepare(home / "raw")
    for period in batch.periods_to_run(inbox, home / "raw"):
        batch.read_period(inbox, home / "raw", period)
    database = model_set.build(home, "2025-06-30")
    tables = build_elsewhere(home, tmp_path / "there", "2025-06-30", "--exclude-resource-type", "unit_test")
    assert differences(database, tables, made_by_dbt(model_set)) == []


@pytest.mark.skipif(ENGINE == "spark", reason="the comparison of tables shows it, in a fifth of the time")
def test_a_release_is_the_same_whichever_engine_built_it(sample_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(sample_home / "raw", home / "raw")
    par = [sys.executable, "-c", "from orchestration.cli import main; main()", "run"]
    done = subprocess.run(
        par, env=os.environ | {"PAR_HOME": str(home), "PAR_ENGINE": ENGINE}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    here, there = (folder / "warehouse" / "exports" / "latest" for folder in (sample_home, home))
    assert tree(here.resolve()) == tree(there.resolve())


def test_a_difference_is_told(model_set: ModelSet, tmp_path: Path) -> None:
    with duckdb.connect(str(model_set.home / "par.duckdb"), read_only=True) as connection:
        for schema, table in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            (tmp_path / table).mkdir()
            change = "* replace (points + 1e-9 as points)" if table == "fct_criterion_score" else "*"
            connection.execute(
                f"copy (select {change} from {schema}.{table}) to '{tmp_path / table / 'a.parquet'}' (format parquet)"
            )
    assert {
        text.split(":")[0] for text in differences(model_set.home / "par.duckdb", tmp_path, made_by_dbt(model_set))
    } == {"fct_criterion_score"}


def test_the_lock_has_the_core_of_the_project() -> None:
    locks = [
        (PROJECT.parent / name).read_text(encoding="utf-8") for name in ("requirements.lock", "requirements-spark.lock")
    ]
    assert len({re.search(r"^dbt-core==\S+", lock, re.MULTILINE)[0] for lock in locks}) == 1
    assert [lock for lock in locks if "--index-url" in lock] == []
