"""The project built once by dbt, and its models run again on other rows by the same statements, without dbt.

In: raw/ or an inbox, and seeds. Out: a DuckDB file with seeds, staging, intermediate and marts, whose constraints held
and whose data tests passed, and a release of it. Not here: whether that is what dbt makes of them (`test_dbt_models.py`
compares the two), and Dagster (`test_pipeline.py`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import document_factory as factory
import duckdb

from orchestration.analysis import tables
from orchestration.publishing.release import write_release
from orchestration.reading import batch, raw, reader

PROJECT = Path(__file__).parents[1] / "dbt_project"
AS_OF = "2022-01-10"
"""The day of what dbt builds."""
RAW = "/raw/of/nobody"
"""Stands in a query where raw/ would."""


def annex(seed: int, **values: str) -> list[factory.AnnexLine]:
    """A whole annex of form 6459 in which `_3_1_3="1.921"` sets row 3.1.3 and `_3_1_3__2` its second part."""
    lines = factory.sample_annex(seed)
    for name, value in values.items():
        code, _, ordinal = name.strip("_").partition("__")
        place = code.replace("_", "."), int(ordinal or 0)
        lines = [replace(line, value=value) if (line.code, line.ordinal) == place else line for line in lines]
    return lines


PLAIN = annex(1, _3_1_3="1.921", _3_1_3__1="1.500", _3_1_3__2="400", _3_1_3__3="021", _3_6_1="", _7_6_2__1="92%")
FIRST, SECOND = annex(2, _1_1_1="35"), annex(3, _1_1_1="36 nhiệm vụ")
TROUBLED = [
    line
    for line in annex(
        4,
        _7_1="5",
        _3_1_3="1.921",
        _3_1_3__1="1.500",
        _3_1_3__2="400",
        _3_1_3__3="20",
        _1_1_1="1,921",
        _1_1_2="đang rà soát",
    )
    if line.code != "2.1"
] + [factory.AnnexLine("9.9", 0, "Số sáng kiến cải cách hành chính", "Sáng kiến", "3")]


def reports_of_2021() -> Iterator[tuple[str, bytes, int]]:
    """Name, bytes and day of December 2021 of every file that dbt's own build is made from."""
    yield "ha_nam.txt", factory.make_txt(PLAIN, "Hà Nam"), 17
    yield "nam_dinh_1.txt", factory.make_txt(FIRST, "Nam Định"), 17
    yield "nam_dinh_2.txt", factory.make_txt(SECOND, "Nam Định"), 18
    yield "thai_binh.txt", factory.make_txt(TROUBLED, "Thái Bình"), 22
    yield "tinh_Lai_Chau.txt", b"", 17


def dbt(home: Path, *words: str) -> None:
    """Run dbt on `home`: raw/ in, par.duckdb and target/ out."""
    command = [sys.executable, "-m", "dbt.cli.main", *words, "--project-dir", PROJECT, "--profiles-dir", PROJECT]
    command += ["--target-path", home / "target", "--log-path", home / "logs"]
    paths = {
        "PAR_RAW": str(home / "raw"),
        "PAR_BUILD_DATABASE": str(home / "par.duckdb"),
        "PAR_AS_OF_DATE": AS_OF,
    }
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, **paths}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]


@dataclass(frozen=True)
class ModelSet:
    """A home that dbt built: raw/, par.duckdb, and in target/ every statement that it ran or would run."""

    home: Path

    @staticmethod
    def make(home: Path) -> None:
        """Read the reports of 2021 into `home` and let dbt build it, the unit tests of the models included."""
        raw.prepare(home / "raw")
        for name, data, day in reports_of_2021():
            reading = reader.read_bytes(data, Path("2021-FY") / name)
            raw.write(home / "raw", "2021-FY", [reading], seen_at=datetime(2021, 12, day, tzinfo=UTC))
        dbt(home, "build")

    @property
    def manifest(self) -> Path:
        """What dbt knows of the project."""
        return self.home / "target" / "manifest.json"

    @cached_property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """Seeds, models and tests by dbt's own names of them."""
        return json.loads(self.manifest.read_text(encoding="utf-8"))["nodes"]

    def of_kind(self, kind: str) -> dict[str, dict[str, Any]]:
        """The seeds, models or tests, each after those that it is made from."""
        found = {key: node for key, node in self.nodes.items() if node["resource_type"] == kind}
        parents = {key: found.keys() & set(node["depends_on"].get("nodes", ())) for key, node in found.items()}
        return {key: found[key] for key in TopologicalSorter(parents).static_order()}

    def sql(self, folder: str, node: dict[str, Any]) -> str:
        """What dbt ran (`run`) for a node, or its query alone (`compiled`)."""
        path = Path(node["original_file_path"])
        path = path if path.suffix == ".sql" else path / node["path"]
        return (self.home / "target" / folder / "par_warehouse" / path).read_text(encoding="utf-8")

    def queries(self, kind: str) -> dict[str, str]:
        """The query of every model or test by its name; in it the database is called par, and raw/ is at RAW."""
        here = str(self.home / "raw")
        return {node["name"]: self.sql("compiled", node).replace(here, RAW) for node in self.of_kind(kind).values()}

    def build(self, home: Path, as_of: str = AS_OF, seeds: Path = PROJECT / "seeds") -> Path:
        """Everything anew in home/par.duckdb, from home/raw as of that day; fails where dbt's build would."""
        database = home / "par.duckdb"
        with duckdb.connect(str(database)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            for schema in ("seeds", "staging", "intermediate", "marts"):
                connection.execute(f"create schema {schema}")
            for node in self.of_kind("seed").values():
                columns, file = node["config"]["column_types"], str(seeds / node["path"])
                connection.execute(
                    f"create table {node['relation_name']} as from read_csv(?, header = true, columns = {columns})",
                    [file],
                )
            for node in self.of_kind("model").values():
                # dbt makes a table aside and then renames it.
                made = self.sql("run", node).replace('__dbt_tmp"', '"')
                made = made.replace(f"'{self.home / 'raw'}/", f"'{home / 'raw'}/")
                connection.execute(made.replace(f"cast('{AS_OF}' as date)", f"cast('{as_of}' as date)"))
            failed = [
                node["name"]
                for node in self.of_kind("test").values()
                if node["config"]["severity"] == "error"
                and connection.execute(self.sql("compiled", node)).fetchone() is not None
            ]
        assert failed == []
        return database

    def run(self, home: Path, as_of: str = AS_OF) -> Path:
        """What `par run` does of home/raw/inbox, by the same functions: raw, warehouse, release; the last is told."""
        inbox = home / "raw" / "inbox"
        raw.prepare(home / "raw")
        for period in batch.periods_to_run(inbox, home / "raw"):
            batch.read_period(inbox, home / "raw", period)
        database = home / "warehouse" / "par.duckdb"
        database.parent.mkdir(exist_ok=True)
        self.build(home, as_of).rename(database)
        with duckdb.connect(str(database)) as connection:
            tables.fill(connection)
        return write_release(database, self.manifest, database.with_name("exports"), "r1").folder
