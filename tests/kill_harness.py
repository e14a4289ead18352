"""Disturb the main job at random and show that it ends as an undisturbed one does: row by row and byte by byte.

    python tests/kill_harness.py --kills 200 --pairs 10 --seed 1

In: a made-up nation, its files dropped one after another. Disturbed by: `kill -9` of a run or of its whole group at a
random moment; two runs at once; a client that writes into the published file and is killed; a clock a year ahead; a
disk that is full (root only). After each: the published file is whole. At the end: every table and every file of the
release equals the undisturbed one's, and nothing is left behind. Exit status 1 and a sentence where that is not so.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.publishing.release import point_latest_at, write_release
from orchestration.simulation.nation import Order, write_nation

PAR = Path(sys.executable).with_name("par")
MANIFEST = Path(__file__).parents[1] / "dbt_project" / "target" / "manifest.json"
NOW, A_YEAR_LATER = "2023-03-01T08:00:00+07:00", "2024-03-01T08:00:00+07:00"
PUBLIC = ("fct_indicator_value", "dim_report", "mart_national_ranking", "mart_report_coverage", "dim_indicator")
ORDER = Order(
    3, ("2021-FY", "2022-Q1", "2022-FY"), ("Hà Nội", "Hà Nam", "Nam Định", "An Giang"), ("docx", "txt"), "typical"
)


ENDED_FIRST = "ended first"


class BrokenError(Exception):
    """What was seen is not what must be; the message says where."""


class Home:
    """A folder with an inbox, and the ways to run and to look at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder.with_name(f"{folder.name}_tmp")
        for path in (self.inbox, self.temporary):
            path.mkdir(parents=True, exist_ok=True)

    @property
    def inbox(self) -> Path:
        return self.folder / "raw" / "inbox"

    @property
    def database(self) -> Path:
        return self.folder / "warehouse" / "par.duckdb"

    def environment(self, now: str = NOW) -> dict[str, str]:
        return {**os.environ, "PAR_HOME": str(self.folder), "PAR_NOW": now, "TMPDIR": str(self.temporary)}

    def start(self, now: str = NOW) -> subprocess.Popen:
        return subprocess.Popen(
            [PAR, "run"],
            env=self.environment(now),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, now: str = NOW) -> subprocess.CompletedProcess:
        return subprocess.run([PAR, "run"], env=self.environment(now), capture_output=True, text=True, check=False)

    def must_run(self, now: str = NOW) -> None:
        done = self.run(now)
        if done.returncode:
            raise BrokenError(f"a plain run failed: {done.stderr[-3000:]}")

    def receive(self, files: list[tuple[str, Path]]) -> None:
        for name, source in files:
            target = self.inbox / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)

    def check_whole(self) -> None:
        """Whoever opens the published file now finds every public table, and those that hold figures hold some."""
        if not self.database.exists():
            return
        with duckdb.connect(str(self.database), read_only=True) as connection:
            for table in PUBLIC:
                [(rows,)] = connection.execute(f"select count(*) from marts.{table}").fetchall()
                if rows == 0 and table != "mart_national_ranking":
                    raise BrokenError(f"marts.{table} is published empty")

    def tables(self) -> dict[str, list[tuple]]:
        """Every table with its rows in a fixed order."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            names = connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables() where not internal"
            ).fetchall()
            return {name: connection.execute(f"select * from {name} order by all").fetchall() for (name,) in names}

    def release(self) -> dict[str, str]:
        latest = (self.folder / "warehouse" / "exports" / "latest").resolve()
        return {
            str(path.relative_to(latest)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(latest.rglob("*"))
            if path.is_file()
        }

    def releases(self) -> list[Path]:
        exports = self.folder / "warehouse" / "exports"
        return [path for path in exports.iterdir() if path.is_dir() and not path.is_symlink() and path.name[0] != "."]

    def processes(self) -> list[int]:
        """Processes of this home that are still there, whoever started them."""
        mark, found = f"PAR_HOME={self.folder}".encode(), []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def leavings(self) -> list[str]:
        """What should not be there once all is done."""
        warehouse = self.folder / "warehouse"
        found = [
            *warehouse.glob(".build/*"),
            *warehouse.glob("exports/.*"),
            *warehouse.glob("*.wal"),
            *warehouse.glob(".par.duckdb.*"),
            *warehouse.glob(".writer.json*"),
            *self.folder.glob("raw/*/period=*/.*"),
            *self.temporary.glob("*"),
        ]
        return [str(path.relative_to(self.folder.parent)) for path in found]


# Disturbances


def kill_at_random(home: Home, draw: random.Random, seconds: float) -> str:
    """Kill a run, or its whole group, somewhere between its start and a little after its usual end."""
    running, after, whole_group = home.start(), draw.uniform(0, 1.1 * seconds), draw.random() < 0.5
    try:
        if running.wait(timeout=after):
            raise BrokenError(f"a run after a kill failed: {running.stderr.read()[-3000:]}")
        return ENDED_FIRST
    except subprocess.TimeoutExpired:
        (os.killpg if whole_group else os.kill)(running.pid, signal.SIGKILL)
        running.wait()
        return f"killed {'group' if whole_group else 'alone'} after {after:.1f} s"


def two_at_once(home: Home, draw: random.Random, seconds: float) -> str:
    """Two runs, the second at a random moment of the first; both must end well."""
    first, offset = home.start(), draw.uniform(0, seconds)
    time.sleep(offset)
    second = home.start()
    while first.poll() is None or second.poll() is None:
        home.check_whole()
        time.sleep(0.2)
    for running in (first, second):
        if running.wait():
            raise BrokenError(f"one of two runs failed: {running.stderr.read()[-3000:]}")
    return f"two at once, {offset:.1f} s apart"


def client_that_writes(home: Home) -> str:
    """A client that may write (root, or who gave themselves the right) changes figures, commits, and is killed."""
    if not home.database.exists():
        return "no warehouse to write into yet"
    code = f"""
        import duckdb, sys, time
        connection = duckdb.connect({str(home.database)!r})
        connection.execute("set checkpoint_threshold = '1TB'")
        connection.execute("update marts.fct_indicator_value set value = 999999 where not is_missing")
        print("committed", flush=True)
        time.sleep(600)
    """
    home.database.chmod(0o644)
    client = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    if client.stdout.readline() != "committed\n":
        raise BrokenError("the client that writes could not write, so it shows nothing")
    running = home.start()
    running.wait()
    client.kill()
    client.wait()
    if running.returncode:
        raise BrokenError(f"a run beside a client failed: {running.stderr.read()[-3000:]}")
    with duckdb.connect(str(home.database), read_only=True) as connection:
        [(changed,)] = connection.execute(
            "select count(*) from marts.fct_indicator_value where value = 999999"
        ).fetchall()
    if changed:
        raise BrokenError(f"{changed} figures of a client are in the published file")
    return "a client's figures are gone"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of its own at `folder`; the function given changes its size."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
    try:
        yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}m", folder], check=True) and None
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def full_disk(folder: Path, files: list[tuple[str, Path]], truth: Home) -> str:
    """A disk without room ends a run in a sentence; once there is room the same home ends as the undisturbed one."""
    refused = 0
    with small_disk(folder / "disk", 4) as resize:
        home = Home(folder / "disk" / "home")
        home.receive(files)
        for size in (4, 24):
            resize(size)
            done = home.run()
            if done.returncode:
                refused += 1
                if "Traceback" in done.stderr:
                    raise BrokenError(f"a full disk ends in a traceback: {done.stderr[-3000:]}")
            home.check_whole()
        resize(2000)
        home.must_run()
        compare(home, truth)
    return f"a full disk stopped {refused} of 2 runs"


def expected_release(home: Home, truth: Home) -> dict[str, str]:
    """What the undisturbed warehouse publishes after the same release as `home` did: a release tells what changed."""
    latest = (home.folder / "warehouse" / "exports" / "latest").resolve()
    since = json.loads((latest / "release.json").read_text(encoding="utf-8"))["changes_since"]
    if since is None:
        return truth.release()
    for release in home.releases():
        index = json.loads((release / "release.json").read_text(encoding="utf-8"))
        if release != latest and index["contents"] == since:
            again = Home(home.folder.with_name(f"{home.folder.name}_again"))
            exports = again.folder / "warehouse" / "exports"
            shutil.copytree(release, exports / release.name)
            point_latest_at(exports, release.name)
            write_release(truth.database, MANIFEST, exports, "again")
            return again.release()
    raise BrokenError(f"the release tells what changed since {since}, which is no release of this home")


def compare(home: Home, truth: Home) -> None:
    """Raise BrokenError where a table, a file of the release or a leaving tells the two apart."""
    ours, theirs = home.tables(), truth.tables()
    if ours.keys() != theirs.keys():
        raise BrokenError(f"tables differ: {ours.keys() ^ theirs.keys()}")
    different = [name for name in ours if ours[name] != theirs[name]]
    if different:
        raise BrokenError(f"rows differ in {different}")
    ours, theirs = home.release(), expected_release(home, truth)
    if ours != theirs:
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        raise BrokenError(f"files of the release differ: {differing}")


def wait_for_orphans(home: Home) -> None:
    """What a killed run started ends by itself: a reader after its file, dbt after its project."""
    deadline = time.monotonic() + 300
    while (left := home.processes()) and time.monotonic() < deadline:
        time.sleep(0.5)
    if left:
        raise BrokenError(f"processes are left: {left}")


def disturb(folder: Path, kills: int, pairs: int, seed: int, tell: Callable[[str], None]) -> None:
    """The whole trial in `folder`; raises BrokenError at the first thing that is not as it must be."""
    draw = random.Random(seed)
    written = write_nation(ORDER, folder / "nation", folder / "truth")
    files = sorted((path.relative_to(folder / "nation").as_posix(), path) for path in written.files)
    truth, home = Home(folder / "undisturbed"), Home(folder / "disturbed")
    truth.receive(files)
    start = time.monotonic()
    truth.must_run()
    seconds = time.monotonic() - start
    tell(f"undisturbed: {len(files)} files, a run takes {seconds:.1f} s")
    waiting, done = list(files), 0
    share = max(1, len(files) // max(1, kills))
    home.receive(waiting[:share])
    del waiting[:share]
    tell(f"first start: {two_at_once(home, draw, 0)}")
    while done < kills:
        home.receive(waiting[:share])
        del waiting[:share]
        start = time.monotonic()
        outcome = kill_at_random(home, draw, seconds)
        if outcome == ENDED_FIRST:
            # The machine is less busy than it was: kills are drawn within what a run takes now.
            seconds = min(seconds, time.monotonic() - start)
        done += outcome.startswith("killed")
        home.check_whole()
        tell(f"{done:4d} of {kills}: {outcome}")
    home.receive(waiting)
    for number in range(pairs):
        tell(f"pair {number + 1}: {two_at_once(home, draw, seconds)}")
    home.must_run()
    tell(client_that_writes(home))
    home.must_run(A_YEAR_LATER)
    home.must_run()
    wait_for_orphans(home)
    compare(home, truth)
    if leavings := home.leavings():
        raise BrokenError(f"left behind: {leavings}")
    if os.geteuid() == 0 and shutil.which("mount"):
        try:
            tell(full_disk(folder, files, truth))
        except subprocess.CalledProcessError:
            tell("a full disk was not tried: this machine mounts nothing")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--kills", type=int, default=12)
    words.add_argument("--pairs", type=int, default=2)
    words.add_argument("--seed", type=int, default=1)
    chosen = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="par-kills-") as folder:
        try:
            disturb(Path(folder), chosen.kills, chosen.pairs, chosen.seed, lambda line: print(line, flush=True))
        except BrokenError as problem:
            sys.exit(f"BROKEN: {problem}")
    print(f"{chosen.kills} kills, {chosen.pairs} pairs: equal to the undisturbed run, nothing left behind")


if __name__ == "__main__":
    main()
