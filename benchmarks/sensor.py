"""From a file that is closed in the inbox to the ranking that knows it, on a server with PostgreSQL.

    make server && python benchmarks/sensor.py [TIMES]

Peer: `par run` of as many files in a home of its own, which has no daemon, no queue and no two looks at a file. The
warehouse holds the made-up sample. Not a test: nothing here can fail. Needs Debian's postgresql.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

import document_factory as factory  # noqa: E402
from server import BIN, Postgres, Server  # noqa: E402


def receive(home: Path, number: int) -> str:
    """One report more, of a year in which the sample has few; its name."""
    name = f"tinh_Ha_Giang_{number}.docx"
    data = factory.make_docx(factory.sample_annex(seed=100 + number), "Hà Giang", 2021)
    folder = home / "raw" / "inbox" / "2021-FY"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return name


def knows(home: Path, name: str) -> bool:
    with duckdb.connect(str(home / "warehouse" / "par.duckdb"), read_only=True) as connection:
        query = "select count(*) from marts.dim_report where file_name = ?"
        return connection.execute(query, [name]).fetchone() != (0,)


def par(home: Path, *words: str) -> None:
    subprocess.run([BIN / "par", *words], env=os.environ | {"PAR_HOME": str(home)}, check=True, capture_output=True)


def told(what: str, seconds: list[float]) -> None:
    print(f"{what:34s} median {statistics.median(seconds):6.1f} s, {min(seconds):.1f}–{max(seconds):.1f}", flush=True)


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {times} times")
    with tempfile.TemporaryDirectory() as folder:
        home, alone = Path(folder) / "srv", Path(folder) / "alone"
        for each in (home, alone):
            par(each, "sample")
            par(each, "run")
        plain, watched = [], []
        for number in range(times):
            start = time.perf_counter()
            receive(alone, number)
            par(alone, "run", "--allow-mixed")
            plain.append(time.perf_counter() - start)
        told("par run", plain)
        database = Postgres()
        try:
            server = Server(home, database.create("par"), PAR_SENSOR_SECONDS="5", PAR_ALLOW_MIXED="1")
            server.start()
            server.wait_until_up()
            server.switch_on("inbox_sensor")
            time.sleep(15)
            for number in range(times):
                server.wait_until_idle()
                name, start = receive(home, number), time.perf_counter()
                server.wait_for(lambda name=name: knows(home, name), name)
                watched.append(time.perf_counter() - start)
            server.stop()
        finally:
            database.stop()
    told("closed to published, looks of 5 s", watched)


if __name__ == "__main__":
    main()
