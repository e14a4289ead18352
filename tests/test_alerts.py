"""Who is told of what, by a real mail server and a real web hook: failures at once, cases once a day, each once."""

import socket
from datetime import datetime
from email import message_from_bytes, policy
from uuid import uuid4
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest
from aiosmtpd.controller import Controller
from server import Hook

from orchestration import alerts, chase, paths
from orchestration.defs import alerts as told
from orchestration.defs import calendar
from orchestration.sentence import ToldError

pytestmark = pytest.mark.slow

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


class Mailbox:
    """What aiosmtpd hands over: subject and text of each letter."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((letter["Subject"], letter.get_body(("plain",)).get_content()))
        return "250 OK"


@pytest.fixture
def mailbox():
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def hook():
    server = Hook()
    yield server
    server.stop()


@pytest.fixture
def home(tmp_path, monkeypatch, mailbox, hook):
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    monkeypatch.setenv(
        "PAR_ALERTS",
        f"mailto://127.0.0.1:{mailbox.port}?from=kho@par.invalid&to=truc@par.invalid&mode=insecure {hook.url}",
    )
    at(monkeypatch, "2026-12-21T06:00:00+07:00")
    paths.warehouse().mkdir()
    return tmp_path


def at(monkeypatch, moment):
    monkeypatch.setenv("PAR_NOW", moment)


def warehouse(missing=(), refused=(), wrong=()):
    """A published warehouse as far as it is chased from."""
    paths.database().unlink(missing_ok=True)
    with duckdb.connect(str(paths.database())) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_province (province_key text, province_name text)")
        connection.execute(
            "insert into marts.dim_province values ('01', 'Hà Nội'), ('35', 'Hà Nam'), ('36', 'Nam Định')"
        )
        connection.execute(
            "create table marts.mart_report_coverage"
            " (province_key text, period_key text, status text, due_date date, sent_date date)"
        )
        connection.execute(
            "create table marts.mart_open_quarantine (period_key text, file_sha256 text, file_name text,"
            " province_name_claimed text, reason_vi text, reason_en text, is_simulated boolean)"
        )
        connection.execute(
            "create table marts.mart_quality_finding (finding_key text, severity text, period_key text,"
            " province_key text, source_file_name text, message_vi text, message_en text, is_simulated boolean)"
        )
        for key in missing:
            connection.execute(
                "insert into marts.mart_report_coverage values (?, '2026-FY', 'missing', '2026-12-20', null)", [key]
            )
        for name in refused:
            connection.execute(
                "insert into marts.mart_open_quarantine values ('2026-FY', ?, ?, null, 'Tệp hỏng.', 'Broken.', false)",
                [name, name],
            )
        for key in wrong:
            connection.execute(
                "insert into marts.mart_quality_finding values"
                " (?, 'error', '2026-FY', '35', 'ha_nam.docx', 'Vượt 100 %.', 'Over 100 %.', true)",
                [key],
            )


class Daemon:
    def __init__(self, instance):
        self.instance, self.cursor = instance, None

    def tick(self):
        result = told.alert_sensor(dg.build_sensor_context(self.instance, cursor=self.cursor))
        self.cursor = result.cursor
        assert not result.run_requests
        return result.skip_reason.skip_message

    def run(self, end, job="national_ranking", why="Đĩa đã đầy."):
        run = self.instance.add_run(
            dg.DagsterRun(job, str(uuid4()), tags={"dagster/partition": "2026-FY"}, status=dg.DagsterRunStatus.STARTED)
        )
        if end == "failure":
            self.instance.report_run_failed(run, why)
        else:
            self.instance.report_dagster_event(
                dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name=job), run.run_id
            )


@pytest.fixture
def daemon(home):
    with dg.instance_for_test() as instance:
        yield Daemon(instance)


def test_a_failed_run_is_told_at_once_by_mail_and_hook_and_only_once(daemon, mailbox, hook):
    daemon.tick()
    daemon.run("failure")
    for _ in range(3):
        daemon.tick()
    [(subject, text)] = mailbox.letters
    assert subject.startswith("[PAR] ") and "Lỗi" in subject
    assert "national_ranking 2026-FY" in text and "Đĩa đã đầy." in text
    [(title, message)] = hook.posts
    assert title == subject and "Đĩa đã đầy." in message


def test_the_same_failure_again_is_not_told_again_until_a_run_succeeded_between(daemon, hook):
    daemon.tick()
    for end, messages in (("failure", 1), ("failure", 1), ("success", 1), ("failure", 2)):
        daemon.run(end)
        daemon.tick()
        assert len(hook.posts) == messages


def test_a_failure_that_the_next_run_mended_before_anybody_looked_is_told_once(daemon, hook):
    daemon.tick()
    daemon.run("failure")
    daemon.run("success")
    daemon.tick(), daemon.tick()
    assert len(hook.posts) == 1


def test_another_cause_is_another_alert(daemon, hook):
    daemon.tick()
    daemon.run("failure")
    daemon.tick()
    daemon.run("failure", why="Mất điện.")
    daemon.tick()
    assert "Mất điện." in hook.posts[1][1]


def test_what_failed_before_there_was_a_channel_is_not_told(daemon, hook):
    daemon.run("failure")
    daemon.tick()
    assert hook.posts == []


def test_a_channel_that_is_down_is_told_when_it_is_back_and_the_other_hears_it_once(daemon, mailbox, hook):
    daemon.tick()
    hook.is_down = True
    daemon.run("failure")
    assert "not taken" in daemon.tick()
    hook.is_down = False
    daemon.tick(), daemon.tick()
    assert len(hook.posts) == len(mailbox.letters) == 1


def test_the_digest_comes_once_a_day_after_seven_and_tells_each_case_once(daemon, hook, monkeypatch):
    warehouse(missing=["36"], refused=["hong.docx"], wrong=["f1"])
    daemon.tick()
    assert hook.posts == []
    at(monkeypatch, "2026-12-21T07:10:00+07:00")
    daemon.tick(), daemon.tick()
    [(_, text)] = hook.posts
    assert "Nam Định" in text and "20/12/2026" in text
    assert "hong.docx: Tệp hỏng." in text
    assert "Hà Nam: ha_nam.docx (MÔ PHỎNG): Vượt 100 %." in text
    warehouse(missing=["36", "01"], wrong=["f1"])
    daemon.tick()
    assert len(hook.posts) == 1, "a digest a day"
    at(monkeypatch, "2026-12-22T07:10:00+07:00")
    daemon.tick()
    assert "Hà Nội" in hook.posts[1][1] and "Nam Định" not in hook.posts[1][1]
    at(monkeypatch, "2026-12-22T06:10:00+07:00")
    daemon.tick()
    at(monkeypatch, "2026-12-22T07:10:00+07:00")
    daemon.tick()
    assert len(hook.posts) == 2, "a clock that was set back tells nothing twice"


def test_a_channel_that_cannot_be_understood_is_named_without_its_password(home, monkeypatch):
    monkeypatch.setenv("PAR_ALERTS", "carrier-pigeon://user:secret@roof")
    with pytest.raises(ToldError) as refused:
        alerts.channels()
    assert "carrier-pigeon" in str(refused.value) and "secret" not in str(refused.value)


def test_a_reminder_names_who_has_not_sent(home, hook):
    warehouse(missing=["36", "01"])
    config = {"ops": {"tell_who_is_missing": {"config": {"period": "2026-FY"}}}}
    assert told.remind.execute_in_process(run_config=config).success
    [(title, text)] = hook.posts
    assert "2026-FY" in title and "20/12/2026" in title
    assert "Hà Nội\nNam Định" in text


def test_the_page_to_chase_from_has_a_row_a_case_and_no_cell_breaks_it(home):
    warehouse(refused=["a|b.docx"])
    page = chase.markdown(chase.open_cases(paths.database()))
    assert "a\\|b.docx: Tệp hỏng." in page


@pytest.mark.parametrize(
    ("day", "collected", "reminded"),
    [
        ((2026, 12, 13), None, "2026-FY"),
        ((2026, 12, 14), None, None),
        ((2026, 12, 15), "2026-FY", None),
        ((2026, 12, 20), "2026-FY", None),
        ((2026, 12, 27), "2026-FY", "2026-FY"),
        ((2027, 1, 17), "2026-FY", "2026-FY"),
        ((2027, 1, 20), None, None),
        ((2027, 2, 1), None, None),
    ],
)
def test_a_period_is_reminded_of_before_collected_until_and_chased_after_its_due_date(day, collected, reminded):
    morning = datetime(*day, tzinfo=LOCAL).date()
    assert (calendar.collected_on(morning), calendar.reminded_on(morning)) == (collected, reminded)
