"""A quarter of 63 provinces on a server, disturbed: the end is the truth, no reader fails, each alert comes once.

    make quarter

In: a made-up nation: 5 reports late, 3 broken (2 sent again), 2 revised, 1 outside every period's folder, 1 withdrawn.
Disturbed by: the daemon and a run killed twice each, a restart a simulated day, a clock an hour wrong, a file of the
future, an analyst who reads all the time, a client that opens the warehouse to write.
Not here: `make test` does not collect this; it builds and publishes 63 provinces six times.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from server import Hook, Postgres, Server

from orchestration.reading.knowledge import catalogue
from orchestration.simulation.faults import Habits
from orchestration.simulation.report import TRUNCATED, Report, reports
from orchestration.simulation.truth import Nation, units_at

PERIOD = catalogue.periods()["2022-FY"]


def sent_by(units, **habits) -> list[Report]:
    return list(reports(Nation(17), units, PERIOD, Habits(**habits), ("txt",)))


class Quarter:
    """Who sends what, and so what must be known in the end."""

    def __init__(self):
        units = units_at(PERIOD)
        self.late = sent_by(units[:5], late=1.0)
        self.broken = sent_by(units[5:8])
        pairs = sent_by(units[8:10], revised=1.0)
        self.first, self.second = pairs[::2], pairs[1::2]
        [self.stray], [self.withdrawn] = sent_by(units[10:11]), sent_by(units[11:12])
        self.plain = sent_by(units[12:])
        assert len(self.plain) == 63 - 12
        # The first of the broken ones is never sent whole.
        self.counting = [*self.late, *self.broken[1:], *self.second, self.stray, *self.plain]

    def facts(self) -> dict:
        return {
            (report.unit.key, entry.indicator_key): (entry.value, entry.text, entry.is_missing)
            for report in self.counting
            for entry in report.entries
            if not entry.is_heading and not entry.left_out
        }

    def coverage(self) -> dict:
        kinds = {"late": self.late, "quarantined": self.broken[:1], "missing": [self.withdrawn]}
        odd = {report.unit.key: kind for kind, found in kinds.items() for report in found}
        return {report.unit.key: "on_time" for report in self.counting} | odd


class Analyst(threading.Thread):
    """Opens what is published again and again and asks for the same fact by two tables; a torn state would differ."""

    def __init__(self, warehouse: Path) -> None:
        super().__init__(daemon=True)
        self.warehouse, self.is_done = warehouse, threading.Event()
        self.errors, self.states, self.reads = [], set(), 0

    def run(self) -> None:
        while not self.is_done.wait(0.2):
            if self.warehouse.exists():
                try:
                    with duckdb.connect(str(self.warehouse), read_only=True) as connection:
                        [(listed, told)] = connection.execute(
                            "select (select count(*) from marts.dim_report where is_current and not is_withdrawn),"
                            " (select count(distinct report_key) from marts.fct_indicator_value)"
                        ).fetchall()
                    self.reads += 1
                    self.states.add(listed)
                    if listed != told:
                        self.errors.append(f"torn: {listed} reports, figures of {told}")
                except duckdb.Error as error:
                    self.errors.append(str(error))


WRITER = """
import duckdb, os, pwd, sys, time
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(pwd.getpwnam("nobody").pw_gid)
    os.setuid(pwd.getpwnam("nobody").pw_uid)
while True:
    try:
        duckdb.connect(sys.argv[1]).execute("update marts.fct_indicator_value set value = 999999")
        print("written", flush=True)
    except duckdb.IOException:
        print("refused", flush=True)
    time.sleep(1)
"""


@pytest.fixture
def folder():
    """One that another user may look into, as they may into a warehouse."""
    made = Path(tempfile.mkdtemp(prefix="par-quarter-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def hook():
    server = Hook()
    yield server
    server.stop()


@pytest.fixture
def server(folder, hook):
    cluster = Postgres()
    running = Server(folder / "home", cluster.create("par"), PAR_ALERTS=hook.url)
    yield running
    running.stop()
    cluster.stop()


@pytest.fixture
def analyst(server):
    reader = Analyst(server.home / "warehouse" / "par.duckdb")
    reader.start()
    yield reader
    reader.is_done.set()
    reader.join()


@pytest.fixture
def writer(server, folder):
    """A client without rights of its own that opens the warehouse to write; what it is told is in a file."""
    said = folder / "writer.log"
    client = subprocess.Popen(
        [sys.executable, "-c", WRITER, server.home / "warehouse" / "par.duckdb"],
        stdout=said.open("w"),
        cwd="/",
    )
    yield lambda: Counter(said.read_text(encoding="utf-8").split())
    assert client.poll() is None, "it tried to the end"
    client.kill()
    client.wait()


def receive(server, found, place=PERIOD.key, data=None):
    for report in found:
        path = server.inbox / place / report.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data or report.data())


def broken(report: Report) -> bytes:
    return replace(report, format="docx", refusal=TRUNCATED).data()


def morning(server, moment):
    """The server as it is started on another day."""
    server.wait_until_idle()
    server.stop()
    server.environment["PAR_NOW"] = moment
    server.start()
    server.wait_until_up()


def ask(server, query):
    """Of the published warehouse; nothing before there is one."""
    path = server.home / "warehouse" / "par.duckdb"
    if not path.exists():
        return []
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def wait_for_reports(server, found):
    wanted = {(report.file_name,) for report in found}
    counting = "select file_name from marts.dim_report where is_current and not is_withdrawn"
    server.wait_for(lambda: set(ask(server, counting)) == wanted, f"{len(wanted)} reports")


def restart_the_daemon(server):
    server.kill("par-daemon")
    server.start("par-daemon")


def test_a_quarter(server, hook, analyst, writer):
    quarter = Quarter()
    never, *resent = quarter.broken

    server.environment["PAR_NOW"] = "2022-12-16T06:00:00+07:00"
    server.start()
    server.wait_until_up()
    server.switch_on("inbox_sensor")
    server.wait_for(lambda: server.cursor("alerts"), "the first tick of the alerts")
    receive(server, [*quarter.first, quarter.withdrawn, *quarter.plain])
    for report in quarter.broken:
        receive(server, [report], data=broken(report))
    receive(server, [quarter.stray], place="Báo cáo mới nhận")
    server.kill_the_run()
    restart_the_daemon(server)
    on_time = [*quarter.first, quarter.withdrawn, quarter.stray, *quarter.plain]
    wait_for_reports(server, on_time)

    morning(server, "2022-12-19T08:00:00+07:00")
    server.wait_for(lambda: told(hook, never.file_name), "the digest of what was refused")
    for report in resent:
        receive(server, [report])
    receive(server, quarter.second)
    ahead = server.inbox / PERIOD.key / quarter.second[0].file_name
    os.utime(ahead, (ahead.stat().st_mtime + 3600,) * 2)
    server.kill_the_run()
    on_time = [*resent, *quarter.second, quarter.withdrawn, quarter.stray, *quarter.plain]
    wait_for_reports(server, on_time)

    # The day after the due date, by a clock that is an hour slow; then by the right one.
    morning(server, "2022-12-21T05:00:00+07:00")
    said = server.launch("national_ranking", partition=PERIOD.key)
    assert server.end_of(said["run"]["runId"]) == "SUCCESS"
    morning(server, "2022-12-21T08:00:00+07:00")
    server.wait_for(lambda: all(told(hook, f"{one.unit.name}: chưa gửi") for one in quarter.late), "who is late")

    morning(server, "2023-01-10T06:00:00+07:00")
    decision = {"file": quarter.withdrawn.file_name, "reason": "gửi nhầm", "decided_by": "Nguyễn Thị Ba"}
    said = server.launch("withdraw_report", {"ops": {"write_withdraw": {"config": decision}}})
    assert server.end_of(said["run"]["runId"]) == "SUCCESS"
    receive(server, quarter.late)
    restart_the_daemon(server)
    wait_for_reports(server, quarter.counting)

    morning(server, "2023-01-11T08:00:00+07:00")
    server.wait_for(lambda: told(hook, f"{quarter.withdrawn.unit.name}: chưa gửi"), "the last digest")
    said = server.launch("verify_release")
    assert server.end_of(said["run"]["runId"]) == "SUCCESS"

    the_end_is_the_truth(server, quarter)
    assert (analyst.errors, len(analyst.states) >= 3) == ([], True), analyst.states
    assert writer().keys() == {"refused"}
    each_alert_came_once(hook)
    assert [*server.home.glob("warehouse/.build/*"), *server.home.glob("warehouse/*.wal")] == []


def the_end_is_the_truth(server, quarter):
    facts = ask(
        server, "select province_key, indicator_key, value, value_text, is_missing from marts.fct_indicator_value"
    )
    assert {(province, key): tuple(rest) for province, key, *rest in facts} == quarter.facts()
    statuses = ask(
        server, f"select province_key, status from marts.mart_report_coverage where period_key = '{PERIOD.key}'"
    )
    assert dict(statuses) == quarter.coverage()


def each_alert_came_once(hook):
    """Two killed runs; three broken files, five late reports, one withdrawn."""
    failures = [text for title, text in hook.posts if "Lỗi" in title]
    assert len(failures) == 2 and all("Tiến trình của lần chạy này đã mất" in text for text in failures), failures
    cases = Counter(line for _, text in hook.posts for line in text.splitlines() if line.startswith("- "))
    assert set(cases.values()) == {1} and len(cases) == 3 + 5 + 1, cases


def told(hook, words):
    return any(words in text for _, text in hook.posts)
