"""A server as docs/operate_it.md sets it up: services on PostgreSQL, alerts, verbs, kills, backup and restore."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

import document_factory as factory
import duckdb
import pytest
from server import BIN, NGINX, POSTGRES, ROOT, SERVICES, Hook, Postgres, Proxy, Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        POSTGRES is None or importlib.util.find_spec("dagster_postgres") is None,
        reason="needs postgresql and `make server`",
    ),
]


@pytest.fixture(scope="module")
def postgres():
    cluster = Postgres()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def hook():
    server = Hook()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory, postgres, hook):
    home = tmp_path_factory.mktemp("srv")
    running = Server(home, postgres.create("par"), PAR_ALERTS=hook.url)
    receive(running, "2021-FY", "ha_nam.docx", "Hà Nam", 1)
    running.start()
    running.wait_until_up()
    yield running
    running.stop()


def receive(server, period, name, province, seed, *, year=None):
    folder = server.inbox / period
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(factory.make_docx(factory.sample_annex(seed=seed), province, year or int(period[:4])))


def current_reports(server):
    """Province and period of each report that counts, of the published warehouse."""
    path = server.home / "warehouse" / "par.duckdb"
    if not path.exists():
        return set()
    with duckdb.connect(str(path), read_only=True) as connection:
        return set(
            connection.execute(
                "select file_name, period_key from marts.dim_report where is_current and not is_withdrawn"
            ).fetchall()
        )


def test_the_services_start_from_the_workspace_that_is_deployed(server):
    [location] = server.ask(
        "{ workspaceOrError { ... on Workspace { locationEntries { name locationOrLoadError { __typename } } } } }"
    )["locationEntries"]
    assert location == {"name": "par_warehouse", "locationOrLoadError": {"__typename": "RepositoryLocation"}}

    def unwell():
        health = server.ask("{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }")
        daemons = health["daemonHealth"]["allDaemonStatuses"]
        return [one for one in daemons if one["required"] and not one["healthy"]] or not daemons

    server.wait_for(lambda: not unwell(), "every daemon to be well")


def test_switched_on_the_sensor_reads_what_lies_there_and_publishes(server):
    server.switch_on("inbox_sensor")
    server.wait_for(lambda: current_reports(server) == {("ha_nam.docx", "2021-FY")}, "the first report")


def test_a_file_in_the_root_of_the_inbox_finds_its_period(server):
    receive(server, ".", "nam_dinh.docx", "Nam Định", 2, year=2022)
    wanted = {("ha_nam.docx", "2021-FY"), ("nam_dinh.docx", "2022-FY")}
    server.wait_for(lambda: current_reports(server) == wanted, "the stray")
    assert not (server.inbox / "nam_dinh.docx").exists()


def test_viewers_see_and_cannot_start_anything(server):
    server.wait_until_up("3001")
    assert server.launch("rebuild", port="3001")["__typename"] != "LaunchRunSuccess"


@pytest.mark.skipif(NGINX is None or shutil.which("openssl") is None, reason="needs nginx and openssl")
def test_the_proxy_lets_nobody_in_without_a_password_and_viewers_not_where_operators_are(server, tmp_path):
    operator, viewer = ("ba", "một mật khẩu"), ("tư", "mật khẩu khác")
    proxy = Proxy(tmp_path / "proxy", server, {"443": operator, "8443": viewer})
    try:
        for port in ("443", "8443"):
            assert proxy.status(port) == 401
            assert proxy.status(port, (operator[0], viewer[1])) == 401
            assert proxy.status(port, None, "/graphql") == 401
        assert (proxy.status("443", operator), proxy.status("443", viewer)) == (200, 401)
        assert (proxy.status("8443", viewer), proxy.status("8443", operator)) == (200, 401)
        # The UI is told of a run's events through a socket that stays open.
        answer = proxy.socket("8443", viewer)
        assert answer.startswith("HTTP/1.1 101 "), answer
    finally:
        proxy.stop()


def test_a_run_and_the_daemon_killed_in_the_middle_lose_nothing(server):
    server.wait_until_idle()
    receive(server, "2023-FY", "thai_binh.docx", "Thái Bình", 3)
    server.kill_the_run()
    server.kill("par-daemon")
    server.start("par-daemon")
    server.wait_for(lambda: ("thai_binh.docx", "2023-FY") in current_reports(server), "the report")


def test_the_killed_run_was_told_once(server, hook):
    server.wait_for(lambda: hook.posts, "an alert")
    failures = [text for title, text in hook.posts if "Lỗi" in title]
    assert len(failures) == 1
    assert "2023-FY" in failures[0] and "Tiến trình của lần chạy này đã mất" in failures[0]


def test_a_failed_tick_is_told_once(server, hook):
    server.wait_until_idle()
    good = server.cursor("inbox_sensor")

    def told():
        # A tick that was under way writes its own cursor over the broken one.
        if server.cursor("inbox_sensor") != "{":
            server.set_cursor("inbox_sensor", "{")
        return [text for _, text in hook.posts if "inbox_sensor" in text]

    server.wait_for(told, "an alert")
    assert len(told()) == 1
    server.set_cursor("inbox_sensor", good)


def test_a_withdrawn_report_goes_by_a_form_in_the_ui_and_a_wrong_one_is_a_sentence(server):
    config = {"file": "nam_dinh.docx", "reason": "gửi nhầm", "decided_by": "Nguyễn Thị Ba"}
    said = server.launch("withdraw_report", {"ops": {"write_withdraw": {"config": config}}})
    assert server.end_of(said["run"]["runId"]) == "SUCCESS"
    server.wait_for(lambda: ("nam_dinh.docx", "2022-FY") not in current_reports(server), "the withdrawal")
    said = server.launch("dismiss_file", {"ops": {"write_dismiss": {"config": config}}})
    assert server.end_of(said["run"]["runId"]) == "FAILURE"


@pytest.mark.parametrize("job", ["rebuild", "release_again", "verify_release", "tidy"])
def test_every_verb_works_from_the_ui(server, job):
    said = server.launch(job)
    assert said["__typename"] == "LaunchRunSuccess", said
    assert server.end_of(said["run"]["runId"]) == "SUCCESS"


def test_a_period_is_read_again_from_the_ui(server):
    config = {"ops": {"raw_reports": {"config": {"again": "ha_nam.docx"}}}}
    said = server.launch("read_again", config, partition="2021-FY")
    assert said["__typename"] == "LaunchRunSuccess", said
    assert server.end_of(said["run"]["runId"]) == "SUCCESS"


def test_restored_elsewhere_from_a_backup_it_is_the_same_release_to_the_byte(server, postgres, tmp_path):
    backup = subprocess.run(
        ["sh", ROOT / "deploy" / "backup.sh", tmp_path / "backup"],
        env=server.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    home = tmp_path / "fresh"
    environment = server.environment | {
        "PAR_HOME": str(home),
        "DAGSTER_HOME": str(home / ".dagster"),
        "PAR_POSTGRES_URL": postgres.create("fresh"),
    }

    def par(*words):
        done = subprocess.run([BIN / "par", *words], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    restore = ["sh", ROOT / "deploy" / "restore.sh", backup.stdout.strip()]
    subprocess.run(restore, env=environment, check=True)
    exports = [folder / "warehouse" / "exports" for folder in (server.home, home)]
    sums = [(folder / "latest" / "SHA256SUMS").read_text() for folder in exports]
    assert sums[0] == sums[1]
    par("verify")
    par("run")
    assert (exports[1] / "latest").resolve().name == (exports[0] / "latest").resolve().name, "built again: the same"
    assert subprocess.run(restore, env=environment, check=False, capture_output=True).returncode == 1, "not over it"


def test_a_backup_that_was_changed_is_refused(server, tmp_path):
    done = subprocess.run(
        ["sh", ROOT / "deploy" / "backup.sh", tmp_path],
        env=server.environment,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = Path(done.stdout.strip())
    archive.write_bytes(archive.read_bytes()[:-10] + b"0123456789")
    environment = server.environment | {"PAR_HOME": str(tmp_path / "fresh")}
    assert subprocess.run(["sh", ROOT / "deploy" / "restore.sh", archive], env=environment, check=False).returncode


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
@pytest.mark.parametrize("service", SERVICES)
def test_a_unit_is_understood_and_may_do_little(service, tmp_path):
    text = (ROOT / "deploy" / f"{service}.service").read_text().replace("/opt/par/.venv/bin", str(BIN))
    unit = tmp_path / f"{service}.service"
    unit.write_text(text)
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert service not in verified.stderr, verified.stderr
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=40", unit]
    assert subprocess.run(security, capture_output=True, check=False).returncode == 0


def test_no_secret_and_no_wide_address_is_in_what_is_deployed():
    for path in (ROOT / "deploy").iterdir():
        text = path.read_text()
        if path.name != "Containerfile":
            assert "0.0.0.0" not in text, path
        assert not re.search(r"://\w+:(?!CHANGE_ME|password)\w+@", text), path
