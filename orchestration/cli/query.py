"""`par query`: SQL to the published warehouse, which is only read."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from datetime import datetime

import click
import duckdb
from rich.table import Table

from orchestration import paths, rerun
from orchestration.analysis import tables
from orchestration.cli.console import out, warn
from orchestration.sentence import Sentence, ToldError

SEARCH_PATH = "marts,intermediate,staging"
"""Where a name alone is looked for; docs/query_book.md tells other clients the same."""


@click.command()
@click.argument("sql")
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of a table.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="As it was known on this day: 2024-12-31.")
def query(sql: str, as_csv: bool, as_of: datetime | None) -> None:
    """Ask the published warehouse in SQL (read-only)."""
    if not paths.database().exists():
        raise ToldError("Chưa có kho dữ liệu; hãy chạy `par run` trước.", "There is no warehouse yet: run `par run`.")
    try:
        with _opened(sql, as_of) as connection:
            if as_of and (drawn := [name for name in tables.FILLED if name in sql]):
                tables.fill(connection, drawn)
            connection.execute(f"set search_path = '{SEARCH_PATH}'")
            relation = connection.sql(sql)
            if relation is None:
                return
            if as_csv:
                relation.df().to_csv(sys.stdout, index=False)
                return
            table = Table(*relation.columns)
            rows = relation.limit(1001).fetchall()
            for row in rows[:1000]:
                table.add_row(*("" if value is None else str(value) for value in row))
            out.print(table)
            if len(rows) > 1000:
                warn(Sentence("Chỉ hiện 1.000 dòng đầu; dùng --csv để lấy hết.", "First 1,000 rows; --csv gives all."))
    except duckdb.Error as problem:
        raise ToldError("Kho dữ liệu không chạy được câu truy vấn.", f"The warehouse says: {problem}") from problem


def _opened(sql: str, as_of: datetime | None) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
    if as_of:
        return rerun.as_known_on(paths.database(), as_of.date(), sql)
    return duckdb.connect(str(paths.database()), read_only=True)
