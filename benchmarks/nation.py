"""How a made-up nation scales: writing it, inbox to marts and release by stage, one report more, and years on years.

    python benchmarks/nation.py                 63 provinces × 4 periods × 3 years, digital formats
    python benchmarks/nation.py --small         the sample instead
    python benchmarks/nation.py --scale         15 years, then 3,321 communes × 4 periods: raw made from a read sample

Peers, measured in the same run: writing beside merely reading the bytes of the same files; dbt beside one DuckDB scan
of the raw rows. Prints the machine, the load, wall seconds by stage and peak memory. Not a test: nothing can fail.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

import duckdb  # noqa: E402

from orchestration.reading.knowledge import catalogue  # noqa: E402
from orchestration.simulation import truth  # noqa: E402
from orchestration.simulation.nation import Order, periods_of, write_nation  # noqa: E402

DIGITAL = ("docx", "xlsx", "html", "txt")
COMMUNES = 3_321


@dataclass
class Stage:
    name: str
    seconds: float
    note: str = ""


@dataclass
class Report:
    title: str
    stages: list[Stage] = field(default_factory=list)
    peak_bytes: int = 0

    def show(self) -> None:
        print(f"\n{self.title}   (load {os.getloadavg()[0]:.1f})")
        for stage in self.stages:
            print(f"  {stage.name:44s} {stage.seconds:8.1f} s  {stage.note}")
        if self.peak_bytes:
            print(f"  {'peak memory, all processes':44s} {self.peak_bytes / 1e6:8.0f} MB")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


# --- inbox to release -----------------------------------------------------------------------------------------------


def run_job(home: Path, title: str) -> Report:
    """The job in a process of its own, which tells when each stage began."""
    environment = {**os.environ, "PAR_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    child = subprocess.Popen(
        [sys.executable, __file__, "--job"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak, watching = [0], threading.Event()
    watcher = threading.Thread(target=_watch, args=(child.pid, peak, watching), daemon=True)
    watcher.start()
    start = time.perf_counter()
    marks = [("start-up", start)]
    for line in child.stdout:
        if line.startswith("stage "):
            marks.append((line.split()[1], time.perf_counter()))
    errors = child.stderr.read()
    child.wait()
    end = time.perf_counter()
    watching.set()
    if child.returncode:
        sys.exit(f"the job failed\n{errors[-2000:]}")
    ends = [at for _, at in marks[1:]] + [end]
    stages = [
        # dbt tells nothing before it has built its first table.
        Stage(name, until - at, "with the first of dbt" if name == "read" else "")
        for (name, at), until in zip(marks, ends, strict=True)
    ]
    return Report(title, [*stages, Stage("all", end - start)], peak[0])


def _job() -> None:
    """The main job; prints `stage …` when a stage begins."""
    from orchestration import run  # noqa: PLC0415
    from orchestration.cli.console import warn  # noqa: PLC0415
    from orchestration.reading import batch  # noqa: PLC0415

    seen: set[str] = set()

    def listen(stage: str, *_: int) -> None:
        if stage not in seen:
            seen.add(stage)
            print(f"stage {stage}", flush=True)

    batch.progress.set(listen)
    from orchestration import paths  # noqa: PLC0415

    periods = batch.periods_to_run(paths.inbox(), paths.raw())
    instance = run.instance(warn)
    results = run.execute(instance, periods, periods)
    instance.dispose()
    sys.exit(0 if all(result.success for result in results) else 1)


def _watch(root: int, peak: list[int], done: threading.Event) -> None:
    """The largest sum of resident memory of a process and its descendants."""
    while not done.wait(1):
        family, total = {root}, 0
        for entry in sorted(
            (path for path in Path("/proc").iterdir() if path.name.isdigit()), key=lambda p: int(p.name)
        ):
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if int(entry.name) in family or parent in family:
                    family.add(int(entry.name))
                    total += int((entry / "statm").read_text().split()[1]) * resource.getpagesize()
            except (OSError, ValueError, IndexError):
                continue
        peak[0] = max(peak[0], total)


def nation(order: Order, folder: Path) -> None:
    home = folder / "home"
    written = None

    def write() -> None:
        nonlocal written
        written = write_nation(order, home / "raw" / "inbox", folder / "truth")

    seconds = timed(write)
    simulated = Report(f"{written.reports} reports of {len(order.periods)} periods")
    files = list(written.files)
    simulated.stages = [
        Stage("simulate", seconds, f"{len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.0f} MB"),
        Stage("peer: read the bytes of the same files", timed(lambda: [path.read_bytes() for path in files])),
    ]
    simulated.show()
    run_job(home, "inbox to release, everything new").show()
    _show_peer(home)
    write_nation(
        Order(order.seed + 1, order.periods[-1:], ("An Giang",), ("docx",), "none"),
        folder / "more",
        folder / "more_truth",
    )
    [more] = (folder / "more").rglob("*.docx")
    shutil.copy2(more, home / "raw" / "inbox" / order.periods[-1] / more.name.replace(".docx", "_gui_lai.docx"))
    run_job(home, "one report more").show()


def _show_peer(home: Path) -> None:
    pattern = str(home / "raw" / "annex_rows" / "*" / "*.parquet")
    seconds = timed(
        lambda: duckdb.execute(
            "select count(*), count(distinct value_raw) from read_parquet(?, hive_partitioning = true)", [pattern]
        ).fetchall()
    )
    print(f"  {'peer: one DuckDB scan of the raw rows':44s} {seconds:8.1f} s")


# --- growth ---------------------------------------------------------------------------------------------------------


def grow(folder: Path) -> None:
    """dbt alone on more and more raw rows: the files of one read year, copied under other names and dates."""
    home = folder / "grown"
    order = Order(7, periods_of((2023,)), (), DIGITAL, "typical")
    write_nation(order, home / "raw" / "inbox", folder / "grown_truth")
    run_job(home, "one year, read once, as the sample to grow from").show()
    print("\nyears of 63 provinces × 4 periods: raw rows, files, dbt build, database")
    for years in (1, 3, 6, 10, 15):
        raw = folder / f"raw_{years}"
        rows, files = _copied_years(home / "raw", raw, years)
        _show_build(folder, PROJECT / "dbt_project", raw, title=f"{years} years", rows=rows, files=files)
        shutil.rmtree(raw)
    project = _project_with_communes(folder)
    print(f"\n{COMMUNES:,} communes × 4 periods of one year, as raw rows of the same provinces' reports")
    for communes in (332, 1_000, COMMUNES):
        raw = folder / f"communes_{communes}"
        rows, files = _copied_communes(home / "raw", raw, communes)
        _show_build(folder, project, raw, title=f"{communes:,} communes", rows=rows, files=files)
        shutil.rmtree(raw)


def _copied_years(source: Path, target: Path, years: int) -> tuple[int, int]:
    """Raw tables whose year 2023 is copied to other years of the calendar; returns (annex rows, files)."""
    others = [*range(2024, 2010, -1), 2025]
    return _copied(source, target, [Copy(f"{at:02d}", year) for at, year in enumerate(others[:years])])


def _copied_communes(source: Path, target: Path, communes: int) -> tuple[int, int]:
    """Raw tables in which the 63 provinces' reports are copied for one commune after another."""
    return _copied(source, target, [Copy(f"{n:02d}", 2023, 63 * n) for n in range(-(-communes // 63))])


def _project_with_communes(folder: Path) -> Path:
    """The dbt project with a row of the provinces seed for each commune: more units are more data, no other SQL."""
    project = folder / "dbt_project"
    shutil.copytree(PROJECT / "dbt_project", project, ignore=shutil.ignore_patterns("target", "logs"))
    seed = project / "seeds" / "provinces.csv"
    with seed.open(encoding="utf-8", newline="") as stream:
        columns = csv.DictReader(stream).fieldnames or []
    with seed.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n", restval="")
        for number in range(COMMUNES + 63):
            writer.writerow(
                {
                    "province_key": f"x{number:04d}.1",
                    "province_code": f"x{number:04d}",
                    "province_name": f"Xã mô phỏng {number}",
                    "province_name_en": f"Simulated commune {number}",
                    "province_type": "tỉnh",
                    "region_name": "Tây Nguyên",
                    "valid_from": "2011-01-01",
                    "source": "mô phỏng",
                }
            )
    return project


@dataclass(frozen=True)
class Copy:
    """mark: how the copies' digests begin.  first_unit: number of the first commune, None for provinces."""

    mark: str
    year: int
    first_unit: int | None = None


def _copied(source: Path, target: Path, copies: list[Copy]) -> tuple[int, int]:
    """One Parquet file a table, period and copy; returns (annex rows, files)."""
    units = [unit.key for unit in truth.units_at(catalogue.periods()["2023-FY"])]
    rows = files = 0
    for table in (path.name for path in source.iterdir() if (path / "period=none").is_dir()):
        shutil.copytree(source / table / "period=none", target / table / "period=none")
        for copy in copies:
            for kind in ("Q1", "H1", "Q3", "FY"):
                old, new = f"2023-{kind}", f"{copy.year}-{kind}"
                picked = source / table / f"period={old}"
                if not list(picked.glob("*.parquet")):
                    continue
                read = f"read_parquet('{picked}/*.parquet', hive_partitioning = false)"
                columns = [row[0] for row in duckdb.execute(f"describe select * from {read}").fetchall()]
                shown = ", ".join(_shifted(column, old, new, copy, units) for column in columns)
                path = target / table / f"period={new}" / f"copy{copy.mark}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                duckdb.execute(f"copy (select {shown} from {read}) to '{path}' (format parquet, compression zstd)")
                files += 1
                if table == "annex_rows":
                    rows += duckdb.execute(f"select count(*) from read_parquet('{path}')").fetchone()[0]
    return rows, files


def _shifted(column: str, old: str, new: str, copy: Copy, units: list[str]) -> str:
    """A column of the copy, as SQL."""
    name = f'"{column}"'
    if column == "file_sha256":
        return f"'{copy.mark}' || substr({name}, 3) as {name}"
    if column in ("period_claimed", "period_found"):
        return f"case when {name} = '{old}' then '{new}' else {name} end as {name}"
    if column == "report_date":
        return f"replace({name}, '2023-', '{copy.year}-') as {name}"
    if column == "province_found" and copy.first_unit is not None:
        place = f"list_position({units!r}, {name}) - 1 + {copy.first_unit}"
        return f"'x' || lpad(cast({place} as varchar), 4, '0') || '.1' as {name}"
    return name


def _show_build(folder: Path, project: Path, raw: Path, *, title: str, rows: int, files: int) -> None:
    database = folder / "build.duckdb"
    database.unlink(missing_ok=True)
    binary = Path(sys.executable).parent / "dbt"
    command = [str(binary), "build", "--profiles-dir", ".", "--target-path", str(folder / "target")]
    environment = {**os.environ, "PAR_RAW": str(raw), "PAR_BUILD_DATABASE": str(database)}
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--exclude-resource-type", "unit_test"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    size = database.stat().st_size / 1e6 if database.exists() else 0
    summary = next((line for line in reversed(done.stdout.splitlines()) if "PASS=" in line), "").strip()
    print(
        f"  {title:16s} {rows:10,} rows {files:6,} files {seconds:7.1f} s  {size:7.0f} MB database  "
        f"largest process so far {peak:6.0f} MB  {summary.split('Done. ')[-1]}",
        flush=True,
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--small", "--scale", "--job"):
        words.add_argument(name, action="store_true")
    chosen = words.parse_args()
    if chosen.job:
        _job()
    print(
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as folder:
        if chosen.scale:
            grow(Path(folder))
        elif chosen.small:
            from orchestration.simulation.sample import ORDER  # noqa: PLC0415

            nation(ORDER, Path(folder))
        else:
            nation(Order(7, periods_of((2023, 2024, 2025)), (), DIGITAL, "typical"), Path(folder))


if __name__ == "__main__":
    main()
