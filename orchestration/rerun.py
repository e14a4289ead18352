"""The models run again on changed rows, aside and without dbt: what another figure or a decision would do.

In: the published warehouse, which holds the query of each of its models (`warehouse.model_query`), and changed tables.
Out: a database in memory in which what depends on them was made again. Not here: what to change, and what to compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from orchestration.sentence import ToldError

PUBLISHED = "published"
_SCHEMAS = ("seeds", "staging", "intermediate", "marts", "warehouse")
_REFERENCE = re.compile(r'"(\w+)"\."(\w+)"')


class NoQueriesError(ToldError):
    """The warehouse was built before it kept the queries of its models."""


def as_known_on(database: Path, day: date, sql: str) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    """The tables that a query asks for as they would have been on a day: from what was first seen until its end.

    A file that was taken away since then counts, for its rows are still there. Raises NoQueriesError.
    """
    seen = f"(file_sha256, period_key) in (select (file_sha256, period_key) from {PUBLISHED}.staging.stg_documents"
    seen += f" where cast(first_seen_at + interval '7' hour as date) <= date '{day}')"
    with duckdb.connect(str(database), read_only=True) as connection:
        staging = connection.execute("select table_name from duckdb_tables() where schema_name = 'staging'").fetchall()
        tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    changes = {f"staging.{table}": f"from {PUBLISHED}.staging.{table} where {seen}" for (table,) in staging}
    changes["warehouse.build"] = f"select date '{day}' as as_of"
    asked = [f"{schema}.{table}" for schema, table in tables if re.search(rf"\b{table}\b", sql)]
    return changed(database, changes, asked)


@contextmanager
def changed(database: Path, changes: Mapping[str, str], wanted: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables `wanted` as they would be if the tables of `changes` were what their queries say.

    changes: `schema.table` → query that may read the table as it was as `published.schema.table`.  wanted: marts, as
    `schema.table`. In the connection every other table is the published one. Raises NoQueriesError.
    """
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{str(database).replace(chr(39), chr(39) * 2)}' as {PUBLISHED} (read_only)")
        queries = _queries(connection)
        parents = {table: _references(query) & (queries.keys() | changes.keys()) for table, query in queries.items()}
        again = _ancestors(parents, wanted) & _descendants(parents, changes)
        for schema in _SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        tables = connection.execute(
            f"select schema_name || '.' || table_name from duckdb_tables() where database_name = '{PUBLISHED}'"
            f" and schema_name in {_SCHEMAS}"
        ).fetchall()
        for (table,) in tables:
            if table not in again and table not in changes:
                connection.execute(f"create view {table} as from {PUBLISHED}.{table}")
        for table, query in changes.items():
            connection.execute(f"create table {table} as {query}")
        for table in TopologicalSorter({name: parents[name] for name in again}).static_order():
            if table in again:
                connection.execute(f"create table {table} as {queries[table]}")
        yield connection


def _queries(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    try:
        found = connection.execute(
            f"select schema_name || '.' || table_name, query from {PUBLISHED}.warehouse.model_query"
        ).fetchall()
    except duckdb.CatalogException as error:
        raise NoQueriesError(
            "Kho dữ liệu được dựng trước khi lưu câu truy vấn của các bảng; hãy chạy `par run`.",
            "The warehouse was built before it kept its queries: run `par run`.",
        ) from error
    return dict(found)


def _references(query: str) -> set[str]:
    return {f"{schema}.{table}" for schema, table in _REFERENCE.findall(query)}


def _ancestors(parents: Mapping[str, set[str]], tables: Sequence[str]) -> set[str]:
    """The tables and all that they are made from."""
    found, open_ = set(), list(tables)
    while open_:
        table = open_.pop()
        if table not in found:
            found.add(table)
            open_.extend(parents.get(table, ()))
    return found


def _descendants(parents: Mapping[str, set[str]], tables: Mapping[str, str]) -> set[str]:
    """All that is made from the tables, without them."""
    found: set[str] = set()
    for table in TopologicalSorter(parents).static_order():
        if table not in tables and parents.get(table, set()) & (found | tables.keys()):
            found.add(table)
    return found
