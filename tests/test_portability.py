"""Every model, compiled, carries over from DuckDB to Spark SQL.

The check is `obstacles`: what sqlglot cannot translate, functions it does not know, and constructs that both dialects
accept but read differently. Not here: running Spark.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import TokenType

PROJECT = Path(__file__).parents[1] / "dbt_project"
MODELS = sorted(path.stem for path in (PROJECT / "models").rglob("*.sql"))
FRACTIONAL = (exp.DataType.Type.DECIMAL, exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT)


def obstacles(sql: str) -> list[str]:
    """Why a DuckDB query would not run, or not mean the same, on Spark; empty if it moves unchanged."""
    try:
        query = _with_sources_as_tables(sqlglot.parse_one(sql, read="duckdb"))
        spark = query.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
        moved = sqlglot.parse_one(spark, read="spark")
    except SqlglotError as error:
        return [f"not translatable: {error}"]
    found = [*_forbidden_tokens(sql), *_forbidden_nodes(query)]
    if query.named_selects != moved.named_selects:
        found.append(f"other columns: {query.named_selects} → {moved.named_selects}")
    return found


def _with_sources_as_tables(query: exp.Expression) -> exp.Expression:
    """Raw Parquet is a table of the catalogue elsewhere: `read_parquet('…')` → `raw_parquet`."""
    for table in list(query.find_all(exp.Table)):
        if isinstance(table.this, exp.ReadParquet):
            table.set("this", exp.to_identifier("raw_parquet"))
    return query


def _forbidden_tokens(sql: str) -> Iterator[str]:
    if any(token.token_type == TokenType.DCOLON for token in sqlglot.tokenize(sql, read="duckdb")):
        yield "`::` instead of cast"


def _forbidden_nodes(query: exp.Expression) -> Iterator[str]:
    for node in query.walk():
        if isinstance(node, exp.Qualify):
            yield "qualify"
        elif isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("except")):
            yield "select * exclude"
        elif isinstance(node, exp.Star) and node.args.get("replace"):
            yield "select * replace"
        elif isinstance(node, exp.Anonymous):
            yield f"function {node.name.lower()}, which sqlglot does not know"
        elif isinstance(node, exp.Func) and _name(node).startswith(("list_", "strip_accents", "unaccent")):
            yield f"function {_name(node)}"
        elif isinstance(node, exp.Array | exp.List | exp.Lambda):
            yield f"list expression {node.sql(dialect='duckdb')}"
        elif isinstance(node, exp.Div) and not _is_fractional(node.this):
            yield f"division whose numerator may be an integer: {node.sql(dialect='duckdb')}"


def _name(node: exp.Func) -> str:
    return node.sql(dialect="duckdb").split("(")[0].lower()


def _is_fractional(node: exp.Expression) -> bool:
    """True for a decimal literal and for a cast to a decimal or a float, where `/` means the same everywhere."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.to.this in FRACTIONAL
    return isinstance(node, exp.Literal) and not node.is_int


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Model name → SQL as dbt sends it to DuckDB; no database and no raw data are needed."""
    folder = tmp_path_factory.mktemp("compiled")
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "compile", "--project-dir", PROJECT]
    command += ["--profiles-dir", PROJECT, "--target-path", folder / "target", "--log-path", folder / "logs"]
    paths = {"PAR_RAW": str(folder / "raw"), "PAR_BUILD_DATABASE": str(folder / "none.duckdb")}
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    nodes = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"]: node["compiled_code"] for node in nodes if node["resource_type"] == "model"}


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_model_carries_over_to_spark(compiled: dict[str, str], model: str) -> None:
    assert obstacles(compiled[model]) == []


@pytest.mark.slow
def test_every_model_is_checked(compiled: dict[str, str]) -> None:
    assert sorted(compiled) == MODELS


@pytest.mark.parametrize(
    ("sql", "obstacle"),
    [
        ("select a from t qualify row_number() over (order by a) = 1", "qualify"),
        ("select * exclude (a) from t", "select * exclude"),
        ("select * replace (1 as a) from t", "select * replace"),
        ("select a::integer as a from t", "`::` instead of cast"),
        ("select strip_accents(a) as a from t", "strip_accents"),
        ("select list_sort(a) as a from t", "list_"),
        ("select list_transform(a, x -> x + 1) as a from t", "list"),
        ("select [1, 2] as a from t", "list expression"),
        ("select a / b as c from t", "division whose numerator may be an integer"),
        ("select 1 / 3 as c from t", "division whose numerator may be an integer"),
        ("select nfc_normalize(a) as a from t", "function nfc_normalize"),
        ("select from where", "not translatable"),
        ("select regexp_extract_all(a, 'x', 1, 'i') as a from t positional join u", "not translatable"),
    ],
)
def test_what_does_not_move_is_found(sql: str, obstacle: str) -> None:
    assert any(obstacle in found for found in obstacles(sql)), obstacles(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(a as decimal(24, 6)) / b as c from t",
        "select '::' as a from t",
        """select table_number, row_number from read_parquet('raw/*.parquet', hive_partitioning = true)""",
        "select count(*) filter (where a > 1) as n, try_cast(b as date) as d from t group by c",
    ],
)
def test_the_subset_in_use_moves(sql: str) -> None:
    assert obstacles(sql) == []
