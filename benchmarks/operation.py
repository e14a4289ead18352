"""Readers while the warehouse is replaced, and what many runs leave on the disk.

    python benchmarks/operation.py                                              small numbers, minutes
    python benchmarks/operation.py --readers 50 --publishes 200 --runs 200      all of it, hours

Peer of publishing: writing the same tables into the file that is being read. Exit status 1 where a reader failed, saw
two publications at once, or tidying left more than it should. Not here: how long a run takes (`pipeline.py`).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT)]

from orchestration import paths, writer  # noqa: E402
from orchestration.simulation.nation import Order, write_nation  # noqa: E402

BIN = Path(sys.executable).parent
ROWS = 50_000
READER = """
import duckdb, sys
print("ready", flush=True)
while True:
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as connection:
            seen = {connection.execute(f"select min(number), max(number), count(*) from {table}").fetchone()
                    for table in ("marts.one", "marts.other")}
        print("whole" if len(seen) == 1 and len({*next(iter(seen))[:2]}) == 1 else "torn", flush=True)
    except duckdb.Error as error:
        print("locked" if "lock" in str(error) else "failed", flush=True)
"""


def fill(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    """Two tables that are of one publication where every row of both bears its number."""
    connection.execute("create schema if not exists marts")
    for table in ("one", "other"):
        connection.execute(f"create or replace table marts.{table} as select {number} as number from range({ROWS})")


def publish(number: int) -> bool:
    """As a run does."""
    build = paths.build_database(str(number))
    build.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(build)) as connection:
        fill(connection, number)
    return bool(writer.publish(build, {"marts.one", "marts.other"}))


def write_in_place(number: int) -> bool:
    """The peer; whether it was let in beside the readers."""
    paths.database().chmod(0o644)
    try:
        with duckdb.connect(str(paths.database())) as connection:
            fill(connection, number)
    except duckdb.IOException:
        return False
    return True


def read_while(change: Callable[[int], bool], readers: int, times: int) -> Counter[str]:
    """What the readers met while the warehouse was changed so many times."""
    publish(0)
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder) / str(number) for number in range(readers)]
        processes = [
            subprocess.Popen([sys.executable, "-c", READER, str(paths.database())], stdout=log.open("w"))
            for log in logs
        ]
        try:
            while not all(log.read_text() for log in logs):
                pass
            refused = sum(not change(number) for number in range(1, times + 1))
        finally:
            for process in processes:
                process.kill()
                process.wait()
        met = Counter(line for log in logs for line in log.read_text().splitlines() if line != "ready")
        return met + Counter(writer_refused=refused)


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def growth(runs: int, keep: int) -> bool:
    """So many runs, each with a report more; then the job `tidy`, a year and more later."""
    home = paths.home()
    with tempfile.TemporaryDirectory() as nation:
        periods = ("2021-FY", "2022-FY", "2023-FY", "2024-FY")
        files = write_nation(Order(1, periods, formats=("txt",), faults="none"), Path(nation), Path(nation) / "t").files
        folders = {"Dagster's home": paths.dagster_home(), "exports": paths.exports(), "history": paths.history()}
        before = dict.fromkeys(folders, 0.0)
        for number in range(runs):
            target = paths.inbox() / files[number].parent.name / files[number].name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(files[number], target)
            subprocess.run([BIN / "par", "run"], check=True, capture_output=True)
            now = {name: megabytes(folder) for name, folder in folders.items()}
            if number in {0, runs // 2, runs - 1}:
                told = ", ".join(f"{name} {size:.1f} MB (+{size - before[name]:.1f})" for name, size in now.items())
                print(f"run {number + 1:4d}: {told}")
            before = now
    config = home / "tidy.yaml"
    config.write_text(f"ops: {{remove_what_is_old: {{config: {{releases: {keep}, run_days: 400}}}}}}\n")
    job = ["job", "execute", "-m", "orchestration.definitions", "-j", "tidy", "-c", str(config)]
    later = os.environ | {"PAR_NOW": "2099-01-01T00:00:00+07:00", "DAGSTER_HOME": str(paths.dagster_home())}
    subprocess.run([BIN / "dagster", *job], check=True, env=later, capture_output=True)
    left = [path for path in paths.exports().iterdir() if path.is_dir() and not path.is_symlink()]
    print("tidied:   " + ", ".join(f"{name} {megabytes(folder):.1f} MB" for name, folder in folders.items()))
    return len(left) <= keep


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("readers", 10), ("publishes", 20), ("runs", 4), ("keep", 2)):
        words.add_argument(f"--{name}", type=int, default=default)
    chosen = words.parse_args()
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for change in (publish, write_in_place):
            os.environ["PAR_HOME"] = f"{folder}/{change.__name__}"
            met = read_while(change, chosen.readers, chosen.publishes)
            print(f"{chosen.readers} readers × {chosen.publishes}, {change.__name__:14s}: {dict(met)}", flush=True)
            good &= change is write_in_place or met.keys() == {"whole"}
        os.environ["PAR_HOME"] = f"{folder}/home"
        good &= growth(chosen.runs, chosen.keep)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
