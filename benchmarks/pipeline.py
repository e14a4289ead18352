"""How long the main job takes, each part beside a peer measured in the same run; ratios travel, seconds do not.

    python benchmarks/pipeline.py

Peers: reading a report against merely opening the same file; `dbt build` against a dbt project without models; one
report more on the sample against a bare `dbt build` of the same. Prints the machine, the load and the spread. Not a
test: nothing here can fail.
"""

from __future__ import annotations

import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from lxml import etree

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT), str(PROJECT / "tests")]

import document_factory as factory  # noqa: E402

from orchestration.reading.reader import read_bytes  # noqa: E402

BIN = Path(sys.executable).parent
SAMPLE = next((PROJECT / "tests" / "fixtures" / "sample").rglob("*.docx"))


def timed(work: Callable[[], object], repeats: int) -> tuple[float, float, float]:
    """(median, least, most) seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), min(seconds), max(seconds)


def line(what: str, ours: tuple[float, float, float], peer: str, theirs: tuple[float, float, float]) -> None:
    print(
        f"{what:34s} {ours[0]:7.3f} s ({ours[1]:.3f}–{ours[2]:.3f})   {peer:34s} {theirs[0]:7.3f} s   "
        f"ratio {ours[0] / theirs[0]:6.1f}"
    )


def bare_docx(data: bytes) -> None:
    with zipfile.ZipFile(BytesIO(data)) as package:
        for _ in etree.fromstring(package.read("word/document.xml")).iter():
            pass


def reading() -> None:
    lines = factory.sample_annex(seed=1)
    text, word = factory.make_txt(lines, "Hà Nam", 2021), SAMPLE.read_bytes()
    read_bytes(text, "warm.txt"), read_bytes(word, "warm.docx")
    line(
        "read a text report",
        timed(lambda: read_bytes(text, "a.txt"), 15),
        "decode it and split its lines",
        timed(lambda: [row.split("\t") for row in text.decode().splitlines()], 15),
    )
    line(
        "read a Word report",
        timed(lambda: read_bytes(word, "a.docx"), 15),
        "unzip it and walk its XML",
        timed(lambda: bare_docx(word), 15),
    )


def run(command: list[str], folder: Path, home: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PAR_HOME": str(home),
        "PAR_RAW": str(home / "raw"),
        "PAR_BUILD_DATABASE": str(home / "bench.duckdb"),
    }
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)


def one_report_more(home: Path, build: list[str]) -> None:
    """`par run` with one report more than before, beside a bare `dbt build` of what it then holds; and the parts of the
    rest that can be run alone."""
    number = itertools.count(1)

    def receive_and_run() -> None:
        data = factory.make_docx(factory.sample_annex(seed=100 + next(number)), "Hà Giang", 2021)
        (home / "raw" / "inbox" / "2021-FY" / f"tinh_Ha_Giang_{next(number)}.docx").write_bytes(data)
        run([str(BIN / "par"), "run", "--allow-mixed"], PROJECT, home)

    more = timed(receive_and_run, 3)
    line("one report more", more, "dbt build of the same", timed(lambda: run(build, PROJECT / "dbt_project", home), 3))
    for what, command in (
        ("  load the definitions", [sys.executable, "-c", "import orchestration.definitions"]),
        ("  dbt --version (dagster-dbt asks it)", [str(BIN / "dbt"), "--version"]),
        ("  import dbt (dagster-dbt's adapter)", [sys.executable, "-c", "import dbt.cli.main"]),
    ):
        median, least, most = timed(lambda command=command: run(command, PROJECT, home), 3)
        print(f"{what:42s} {median:7.3f} s ({least:.3f}–{most:.3f})")


def main() -> None:
    versions = subprocess.run([BIN / "dbt", "--version"], capture_output=True, text=True, check=False).stdout.split()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    print("dbt " + next((word for word in versions if word[0].isdigit()), "?"))
    reading()
    with tempfile.TemporaryDirectory() as folder:
        home, empty = Path(folder) / "home", Path(folder) / "empty"
        empty.mkdir()
        (empty / "dbt_project.yml").write_text("name: empty\nprofile: par_warehouse\n")
        run([str(BIN / "par"), "sample"], PROJECT, home)
        run([str(BIN / "par"), "run"], PROJECT, home)
        target = ["--target-path", str(Path(folder) / "target"), "--profiles-dir", str(PROJECT / "dbt_project")]
        build = [str(BIN / "dbt"), "build", *target, "--exclude-resource-type", "unit_test"]
        nothing = [str(BIN / "dbt"), "build", "--profiles-dir", str(PROJECT / "dbt_project")]
        run(build, PROJECT / "dbt_project", home)
        run(nothing, empty, home)
        line(
            "dbt build",
            timed(lambda: run(build, PROJECT / "dbt_project", home), 3),
            "dbt build of a project without models",
            timed(lambda: run(nothing, empty, home), 3),
        )
        one_report_more(home, build)


if __name__ == "__main__":
    main()
