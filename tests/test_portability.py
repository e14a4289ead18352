"""A lint: no model writes what is known not to run, or to mean another thing, in Spark's dialect.

`obstacles` looks at a query: what sqlglot cannot translate, functions it does not know, and forms that both dialects
accept but read differently. `names_of_duckdb` looks at the text of a model, because sqlglot translates names that dbt
does not. Not here: the proof, which is to build on another engine (`test_spark.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

PROJECT = Path(__file__).parents[1] / "dbt_project"
MODELS = sorted(path.stem for path in (PROJECT / "models").rglob("*.sql"))
BINARY = (exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT)
NAMES_OF_DUCKDB = {
    "strpos": "instr",
    "regexp_matches": "the macro matches",
    "datediff": "the macro days_between",
    "string_agg": "the macro ordered_list",
    "array_to_string": "the macro joined_list",
    "starts_with": "substr and length",
}


def obstacles(sql: str) -> list[str]:
    """Why a DuckDB query would not run, or not mean the same, on Spark; empty if it moves unchanged."""
    try:
        query = _with_sources_as_tables(sqlglot.parse_one(sql, read="duckdb"))
        spark = query.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
        moved = sqlglot.parse_one(spark, read="spark")
    except SqlglotError as error:
        return [f"not translatable: {error}"]
    found = [*_forbidden_nodes(query)]
    if query.named_selects != moved.named_selects:
        found.append(f"other columns: {query.named_selects} → {moved.named_selects}")
    return found


def names_of_duckdb(model: str) -> list[str]:
    """Functions that a model's text calls by DuckDB's own name, and what to write."""
    sql = re.sub(r"--[^\n]*|\{#.*?#\}", "", model, flags=re.DOTALL)
    found = [name for name in NAMES_OF_DUCKDB if re.search(rf"(?<![.\w]){name}\(", sql)]
    found += ["::"] if re.search(r"[\w)]::\w", sql) else []
    return [f"{name}: write {NAMES_OF_DUCKDB.get(name, 'cast')}" for name in found]


def _with_sources_as_tables(query: exp.Expression) -> exp.Expression:
    """Raw Parquet is a table of the catalogue elsewhere: `read_parquet('…')` → `raw_parquet`."""
    for table in list(query.find_all(exp.Table)):
        if isinstance(table.this, exp.ReadParquet):
            table.set("this", exp.to_identifier("raw_parquet"))
    return query


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
        elif isinstance(node, exp.Window) and isinstance(node.this, exp.Filter):
            yield f"filter over a window: {node.sql(dialect='duckdb')}"
        elif isinstance(node, exp.Identifier) and node.quoted and not isinstance(node.parent, exp.Table):
            yield f"name in double quotes, which Spark reads as a text: {node.name}"
        elif isinstance(node, exp.Div) and not _is_binary(node.this):
            yield f"division whose numerator is no double: {node.sql(dialect='duckdb')}"


def _name(node: exp.Func) -> str:
    return node.sql(dialect="duckdb").split("(")[0].lower()


def _is_binary(node: exp.Expression) -> bool:
    """True for a double and a product of doubles: integers and decimals divide differently on each engine."""
    node = node.unnest()
    if isinstance(node, exp.Mul):
        return _is_binary(node.this) and _is_binary(node.expression)
    return isinstance(node, exp.Cast) and node.to.this in BINARY


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_a_model_carries_over_to_spark(sql: dict[str, str], model: str) -> None:
    assert obstacles(sql[model]) == []


@pytest.mark.parametrize("path", sorted((PROJECT / "models").rglob("*.sql")), ids=lambda path: path.stem)
def test_a_model_calls_nothing_by_a_name_of_duckdb_alone(path: Path) -> None:
    assert names_of_duckdb(path.read_text(encoding="utf-8")) == []


@pytest.mark.slow
def test_every_model_is_checked(sql: dict[str, str]) -> None:
    assert sorted(sql) == MODELS


@pytest.mark.parametrize(
    ("sql", "obstacle"),
    [
        ("select a from t qualify row_number() over (order by a) = 1", "qualify"),
        ("select * exclude (a) from t", "select * exclude"),
        ("select * replace (1 as a) from t", "select * replace"),
        ("select strip_accents(a) as a from t", "strip_accents"),
        ("select list_sort(a) as a from t", "list_"),
        ("select list_transform(a, x -> x + 1) as a from t", "list"),
        ("select [1, 2] as a from t", "list expression"),
        ("select a / b as c from t", "division whose numerator is no double"),
        ("select 1 / 3 as c from t", "division whose numerator is no double"),
        ("select cast(a as decimal(24, 6)) / b as c from t", "division whose numerator is no double"),
        ("select count(*) filter (where a) over (partition by b) as c from t", "filter over a window"),
        ('select "row" as a from t', "name in double quotes"),
        ('select a as "row" from t', "name in double quotes"),
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
        "select cast(a as double) / b as c from t",
        "select cast(a as double) * cast(b as double) / d as c from t",
        "select '::' as a from t",
        """select table_number, row_number from read_parquet('raw/*.parquet', hive_partitioning = true)""",
        "select count(*) filter (where a > 1) as n, try_cast(b as date) as d from t group by c",
    ],
)
def test_the_subset_in_use_moves(sql: str) -> None:
    assert obstacles(sql) == []


@pytest.mark.parametrize("name", NAMES_OF_DUCKDB)
def test_a_name_of_duckdb_is_found(name: str) -> None:
    assert [found.split(":")[0] for found in names_of_duckdb(f"select {name}(a, b) as c from t")] == [name]


def test_a_cast_by_colons_is_found() -> None:
    assert names_of_duckdb("select a::integer as b from t") == ["::: write cast"]
    assert names_of_duckdb("select '::' as b from t") == []


def test_a_macro_of_the_same_name_is_no_name_of_duckdb() -> None:
    assert names_of_duckdb("select {{ dbt.datediff('a', 'b', 'day') }} as days from t -- strpos(a, b)") == []
