"""The engine that builds the models: DuckDB, or one that works on many machines and whose tables DuckDB then serves.

In: PAR_ENGINE and the environment of requirements-spark.lock. Out: a server for dbt to build on, and its tables as rows
of the file that is published. Not here: the calls of dbt (`defs/warehouse.py`) and publishing (`writer.py`).
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration import paths
from orchestration.sentence import ToldError

DUCKDB = "duckdb"
ENGINES = (DUCKDB, "sail", "spark")
_MOST_SECONDS_TO_START = 60


class EngineError(ToldError):
    """The engine that was asked for is not known, not installed, or does not start."""


def chosen() -> str:
    """The engine that PAR_ENGINE names; DuckDB where it names none. Raises EngineError for a name that is none."""
    name = os.environ.get("PAR_ENGINE") or DUCKDB
    if name not in ENGINES:
        raise EngineError(
            f"PAR_ENGINE={name}: không có máy tính toán này; chọn một trong: {', '.join(ENGINES)}.",
            "There is no such engine; choose one of those.",
        )
    return name


def dbt_program(engine: str) -> Path:
    """The dbt of an engine's own environment. Raises EngineError where that is not installed."""
    folder = paths.engine_programs(engine)
    if not (folder / "dbt").exists():
        raise EngineError(
            f"Chưa cài môi trường của {engine}; hãy chạy `make {folder.parent.name}/.installed`.",
            f"The environment of {engine} is not installed: run that command.",
        )
    return folder / "dbt"


@contextmanager
def serving(engine: str, folder: Path) -> Iterator[dict[str, str]]:
    """What dbt's profile asks for while the engine runs; its tables are written below folder/tables.

    Sail is started for this build alone, on loopback, and ended with it. Spark starts inside dbt, or stands on other
    machines, as spark-defaults.conf says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"PAR_RAW": str(paths.raw()), "PAR_SPARK_TABLES": str(folder / "tables")}
    if engine != "sail":
        yield settings
        return
    port = _free_port()
    command = [str(dbt_program(engine).with_name("sail")), "spark", "server", "--port", str(port)]
    with (folder / "sail.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(server, port)
        yield settings | {"PAR_SPARK_REMOTE": f"sc://127.0.0.1:{port}/;session_id={uuid.uuid4()}"}
    finally:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(_MOST_SECONDS_TO_START * 10):
        if server.poll() is not None:
            break
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise EngineError("Máy chủ Sail không khởi động được.", "The server of Sail does not start.")


def load(database: Path, tables: Path, schemas: tuple[str, ...]) -> None:
    """Fill every table of `schemas` with the rows that the engine wrote into the folder of its name below `tables`.

    The tables stand in `database` already, with the types and constraints of their contracts: DuckDB refuses a row that
    breaks one. A table without rows has no folder. Raises EngineError where the engine wrote nothing at all.
    """
    if not tables.is_dir():
        raise EngineError("Máy tính toán không ghi bảng nào.", "The engine wrote no table.")
    with duckdb.connect(str(database)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = connection.execute(
            "select schema_name, table_name from duckdb_tables() where list_contains(?, schema_name) order by all",
            [list(schemas)],
        ).fetchall()
        for schema, table in found:
            connection.execute(f'delete from "{schema}"."{table}"')
            if files := sorted(map(str, (tables / table).glob("*.parquet"))):
                connection.execute(f'insert into "{schema}"."{table}" by name from read_parquet(?)', [files])
