"""The same models on DuckDB and on Sail, beside each other, by how many facts: seconds and memory of a `dbt build`.

    python benchmarks/engines.py HOME [FACTS …]

HOME has raw/ after `par sample && par run`; its reports of one year are given to as many made-up provinces as FACTS
asks for. Needs the environment of `make test-spark`. Not a test: nothing here can fail.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT)]

from orchestration import engine  # noqa: E402
from orchestration.reading import raw  # noqa: E402

PERIOD = "2024-FY"
ENGINES = ("duckdb", "sail")


def multiply(source: Path, folder: Path, facts: int) -> int:
    """raw/ and a dbt project in `folder` in which made-up provinces sent the reports of PERIOD; returns the facts."""
    shutil.copytree(PROJECT / "dbt_project", folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    raw.prepare(folder / "raw")
    places = {
        name: f"read_parquet('{raw.path_of(source, name, PERIOD)}', hive_partitioning = false)"
        for name in ("documents", "annex_rows")
    }
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        reports = f"(select * from {places['documents']} where document_kind = 'report' and status = 'accepted')"
        (count, rows) = connection.execute(
            f"select count(distinct file_sha256), count(value_raw) from {places['annex_rows']}"
            f" where file_sha256 in (select file_sha256 from {reports})"
        ).fetchone()
        copies = max(1, round(facts / rows))
        connection.execute(f"create table copies as select unnest(range({copies})) as copy")
        key = "'X' || md5(documents.file_sha256 || copy) || '.1'"
        for name, rows_of in places.items():
            target = raw.path_of(folder / "raw", name, PERIOD)
            target.parent.mkdir(parents=True, exist_ok=True)
            change = "sha256(documents.file_sha256 || copy) as file_sha256"
            if name == "documents":
                change += (
                    f", {key} as province_found, cast(null as varchar) as province_printed,"
                    " documents.file_name || copy as file_name"
                )
            rest = "documents.*" if name == "documents" else "inner_rows.*"
            joined = "" if name == "documents" else f"inner join {rows_of} as inner_rows using (file_sha256)"
            connection.execute(
                f"copy (select {rest} replace ({change}) from {reports} as documents {joined} cross join copies)"
                f" to '{target}' (format parquet, compression zstd)"
            )
        made_up = connection.execute(
            f"select distinct {key} from {reports} as documents cross join copies order by all"
        ).fetchall()
    with (folder / "dbt_project" / "seeds" / "provinces.csv").open("a", encoding="utf-8") as seed:
        for (province,) in made_up:
            seed.write(
                f"{province},{province[1:9]},{province},{province},tỉnh,Đồng bằng sông Hồng,2011-01-01,,,,made up,\n"
            )
    assert count
    return copies * rows


def build(name: str, folder: Path) -> tuple[float, float, float]:
    """Seconds in dbt, seconds in all, and the greatest memory in GB of dbt and its server."""
    target = folder / name
    target.mkdir()
    project = ["--project-dir", folder / "dbt_project", "--profiles-dir", folder / "dbt_project"]
    options = ["--target-path", target / "dbt", "--log-path", target / "logs", "--exclude-resource-type", "test"]
    settings = {"PAR_RAW": str(folder / "raw"), "PAR_BUILD_DATABASE": str(target / "par.duckdb")}
    start, server = time.perf_counter(), 0.0
    if name == "duckdb":
        program = Path(sys.executable).with_name("dbt")
        said = _dbt([program, "build", "--exclude-resource-type", "unit_test", *options, *project], settings)
    else:
        with engine.serving(name, target) as its:
            words = ["build", "--target", name, "--exclude-resource-type", "unit_test"]
            said = _dbt([engine.dbt_program(name), *words, *options, *project], its | settings)
            server = _peak_of_servers()
    spent = time.perf_counter() - start
    inside = float(re.findall(r"\(([0-9.]+)s\)", said)[-1])
    return inside, spent, server + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def _dbt(command: list[object], settings: dict[str, str]) -> str:
    done = subprocess.run(
        [str(word) for word in command], env=os.environ | settings, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    return done.stdout


def _peak_of_servers() -> float:
    """GB of the greatest memory of the Sail processes of this one."""
    found = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        text = status.read_text(encoding="utf-8", errors="replace") if status.exists() else ""
        if re.search(r"^Name:\s+sail", text, re.MULTILINE) and (peak := re.search(r"VmHWM:\s+(\d+)", text)):
            found += int(peak[1]) / 1e6
    return found


def main() -> None:
    home, *wanted = sys.argv[1:]
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, DuckDB {duckdb.__version__}")
    print("facts        engine   in dbt (s)   in all (s)   memory (GB)")
    for facts in map(int, wanted or ("100000", "1000000")):
        with tempfile.TemporaryDirectory() as folder:
            made = multiply(Path(home) / "raw", Path(folder), facts)
            for name in ENGINES:
                # In a process of its own, so that its greatest memory is its own.
                child = os.fork()
                if not child:
                    inside, spent, memory = build(name, Path(folder))
                    print(f"{made:<12d} {name:8s} {inside:10.1f}   {spent:10.1f}   {memory:10.2f}", flush=True)
                    os._exit(0)
                os.waitpid(child, 0)


if __name__ == "__main__":
    main()
