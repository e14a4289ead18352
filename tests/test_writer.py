"""The one writer: its lock, the step to the published file, and what clients and killed processes leave beside it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import duckdb
import pytest

from orchestration import paths, writer

started: list[subprocess.Popen] = []


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    yield tmp_path
    while started:
        started.pop().kill()


def make_build(name: str, value: int) -> Path:
    build = paths.build_database(name)
    build.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(build)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.figures as select 'Hà Nam' as province, {value} as value")
        connection.execute("insert into marts.figures values ('Hà Giang', 20)")
    return build


def values() -> list[tuple]:
    with duckdb.connect(str(paths.database()), read_only=True) as connection:
        return connection.execute("select province, value from marts.figures order by province").fetchall()


def process(code: str) -> subprocess.Popen:
    started.append(
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    )
    return started[-1]


HOLD = """
    import sys, time
    from orchestration import writer
    with writer.writing("a test"):
        print("held", flush=True)
        time.sleep(600)
"""


def test_who_waits_is_told_who_holds_the_lock_and_goes_on_when_that_one_is_killed(home):
    holder = process(HOLD)
    assert holder.stdout.readline() == "held\n"
    told = []

    def tell(sentence: object) -> None:
        told.append(str(sentence))
        holder.kill()

    with writer.writing("another", tell):
        assert writer.current_holder().who == "another"
    holder.wait()
    [sentence] = told
    assert "a test" in sentence and str(holder.pid) in sentence
    assert writer.current_holder() is None


def test_two_writers_are_never_inside_at_once(home):
    count = """
        from orchestration import paths, writer
        for _ in range(20):
            with writer.writing("counting"):
                path = paths.home() / "count"
                number = int(path.read_text()) if path.exists() else 0
                path.write_text(str(number + 1))
    """
    for running in [process(count) for _ in range(3)]:
        assert running.wait() == 0
    assert (home / "count").read_text() == "60"


def test_what_a_killed_writer_left_is_removed_by_the_next(home):
    left = [
        paths.build_folder() / "run.duckdb",
        paths.build_folder() / "run" / "dbt.log",
        paths.exports() / ".2026.aside" / "x.csv",
        paths.raw() / "blocks" / "period=2021-FY" / ".rows.parquet.123",
    ]
    kept = [paths.raw() / "blocks" / "period=2021-FY" / "rows.parquet", paths.exports() / "2026" / "x.csv"]
    for path in [*left, *kept]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    left[2].parent.chmod(0o555)
    with writer.writing("the next"):
        assert not any(path.exists() for path in left)
    assert all(path.exists() for path in kept)


@pytest.mark.slow
def test_a_writer_begins_though_an_orphan_of_a_killed_one_still_writes_where_it_cleans(home):
    orphan = process("""
        import itertools
        from orchestration import paths
        for number in itertools.count():
            path = paths.build_folder() / "killed" / f"{number % 50}" / "file"
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.write_text("x")
            except OSError:
                pass
            if number == 0:
                print("writing", flush=True)
    """)
    assert orphan.stdout.readline() == "writing\n"
    for _ in range(200):
        with writer.writing("the next"):
            pass
    orphan.kill()
    orphan.wait()
    with writer.writing("the one after"):
        assert list(paths.build_folder().glob("*")) == []


def test_a_build_takes_the_place_of_the_published_file_whole_and_read_only(home):
    assert writer.publish(make_build("one", 1), {"marts.figures"}) == {"marts.figures": 2}
    assert writer.publish(make_build("two", 2), {"marts.figures"}) == {"marts.figures": 2}
    assert values() == [("Hà Giang", 20), ("Hà Nam", 2)]
    assert paths.database().stat().st_mode & 0o222 == 0
    assert writer.is_as_published(paths.database())
    checked = subprocess.run(["sha256sum", "-c", paths.database_digest().name], cwd=paths.warehouse(), check=False)
    assert checked.returncode == 0
    assert list(paths.build_folder().iterdir()) == []


def test_a_build_without_a_public_table_or_without_a_file_is_not_published(home):
    writer.publish(make_build("one", 1), {"marts.figures"})
    with pytest.raises(writer.NotWholeError, match=r"marts\.ranking"):
        writer.publish(make_build("two", 2), {"marts.figures", "marts.ranking"})
    with pytest.raises(writer.NotWholeError):
        writer.publish(paths.build_database("never"), {"marts.figures"})
    assert values() == [("Hà Giang", 20), ("Hà Nam", 1)]


CLIENT = """
    import sys, time
    import duckdb
    from orchestration import paths
    connection = duckdb.connect(str(paths.database()))
    connection.execute("set checkpoint_threshold = '1TB'")
    connection.execute("update marts.figures set value = 999999 where province = 'Hà Nam'")
    print("committed", flush=True)
    sys.stdin.readline()
    connection.execute("update marts.figures set value = 888888")
    print("committed again", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("is_killed_before", [True, False], ids=["killed before", "still open"])
def test_a_clients_log_of_changes_never_touches_the_next_file(home, is_killed_before):
    """A client opens the file to write (only a privileged one can), commits, and is killed with its log beside it."""
    writer.publish(make_build("one", 1), {"marts.figures"})
    paths.database().chmod(0o644)
    client = process(CLIENT)
    assert client.stdout.readline() == "committed\n"
    log = paths.database().with_name("par.duckdb.wal")
    assert log.exists()
    if is_killed_before:
        client.kill()
    writer.publish(make_build("two", 2), {"marts.figures"})
    assert values() == [("Hà Giang", 20), ("Hà Nam", 2)]
    if not is_killed_before:
        client.stdin.write("\n")
        client.stdin.flush()
        assert client.stdout.readline() == "committed again\n"
        client.kill()
    client.wait()
    assert values() == [("Hà Giang", 20), ("Hà Nam", 2)]
    assert not log.exists()


def test_a_release_is_never_made_of_a_file_that_somebody_wrote_into(home):
    writer.publish(make_build("one", 1), {"marts.figures"})
    copy = writer.private_copy(paths.build_database("copy"))
    assert writer.is_as_published(copy)
    copy.unlink()
    # A log beside the file does not reach the copy.
    paths.database().with_name("par.duckdb.wal").write_bytes(b"what a client left")
    assert writer.is_as_published(writer.private_copy(paths.build_database("copy")))
    paths.database().with_name("par.duckdb.wal").unlink()
    paths.database().chmod(0o644)
    with duckdb.connect(str(paths.database())) as connection:
        connection.execute("update marts.figures set value = 999999")
    with pytest.raises(writer.NotWholeError, match="par run"):
        writer.private_copy(paths.build_database("another"))
    assert not paths.build_database("another").exists()


def test_a_build_on_another_file_system_is_published_all_the_same(home):
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == home.stat().st_dev:
        pytest.skip("this machine has no second file system to write to")
    folder = other / f"par-test-{os.getpid()}"
    folder.mkdir()
    try:
        paths.warehouse().mkdir()
        paths.build_folder().symlink_to(folder, target_is_directory=True)
        writer.publish(make_build("one", 1), {"marts.figures"})
        assert values() == [("Hà Giang", 20), ("Hà Nam", 1)]
        assert list(folder.iterdir()) == []
        assert not list(paths.warehouse().glob(".par.duckdb.*"))
    finally:
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def test_a_process_is_gone_once_it_has_ended_whoever_has_its_number_now(home):
    running = process("""
        import time
        from orchestration import writer
        print(writer.this_process(), flush=True)
        time.sleep(600)
    """)
    name = running.stdout.readline().strip()
    assert not writer.is_gone(name)
    running.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 600
    while not writer.is_gone(name) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert writer.is_gone(name)
    running.wait()
    host, _, started = name.rsplit(":", 2)
    assert writer.is_gone(f"{host}:{os.getpid()}:{started}"), "the number was given to a later process"
    assert not writer.is_gone(f"another-{host}:1:1"), "nothing is known of another host"


def test_who_holds_the_lock_is_a_file_that_people_can_read(home):
    with writer.writing("par run"):
        said = json.loads(paths.writer_holder().read_text(encoding="utf-8"))
        assert (said["who"], said["pid"]) == ("par run", os.getpid())
    assert not paths.writer_holder().exists()
