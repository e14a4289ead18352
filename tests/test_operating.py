"""What docs/operate_it.md and docs/threats.md name exists, and what the operator is warned of."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.checks import machine
from orchestration.cli import main
from orchestration.definitions import defs

ROOT = Path(__file__).parents[1]
OPERATE = (ROOT / "docs" / "operate_it.md").read_text(encoding="utf-8")
THREATS = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")


def test_every_sensor_schedule_and_job_is_in_the_guide_and_nothing_else_is():
    named = set(re.findall(r"^\| (`[a-z_`, ]+`) \|", OPERATE, re.MULTILINE))
    told = {name for names in named for name in re.findall(r"[a-z_]+", names)}
    started = {"file_inbox", "read_reports", "national_ranking"}  # told of in words, or by the sensor
    exist = {one.name for one in (*defs.sensors, *defs.schedules, *defs.jobs)}
    assert told == exist - started


@pytest.mark.parametrize("text", [OPERATE, THREATS])
def test_every_file_that_is_named_exists(text):
    for name in re.findall(r"\b((?:deploy|tests|docs)/[\w.-]+\.\w+)", text):
        assert (ROOT / name).is_file(), name


def test_every_verb_and_target_that_is_named_exists():
    context = main.make_context("par", ["doctor"])
    for verb in re.findall(r"(?:^    |`)par (\w+)", OPERATE, re.MULTILINE):
        assert verb in main.list_commands(context)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("server", "system-packages", "ui"):
        assert f"\n{target}:" in makefile


def test_every_service_that_is_switched_on_is_deployed():
    [line] = re.findall(r"systemctl enable --now (.*)", OPERATE)
    for name in line.split():
        assert (ROOT / "deploy" / (name if "." in name else f"{name}.service")).is_file()


def test_the_ui_warns_where_it_is_opened_to_the_network(tmp_path):
    process = subprocess.Popen(
        [Path(sys.executable).with_name("par"), "ui", "--host", "192.0.2.1"],
        env={**os.environ, "PAR_HOME": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        warned = process.stderr.readline()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert "không hỏi mật khẩu" in warned and "without a password" in warned


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PAR_HOME", str(tmp_path))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path


def found(what):
    return next(one for one in machine.findings() if what in str(one.what))


def test_the_doctor_says_that_the_calendar_ends(home, monkeypatch):
    assert found("calendar").level == "ok"
    monkeypatch.setenv("PAR_NOW", "2034-03-01T08:00:00+07:00")
    assert found("calendar").level == "optional"


def test_the_doctor_sees_a_log_beside_the_warehouse_and_a_warehouse_that_was_changed(home):
    folder = home / "warehouse"
    folder.mkdir()
    (folder / "par.duckdb").write_bytes(b"not what was published")
    assert found("Kho dữ liệu").level == "error"
    (folder / "par.duckdb.wal").touch()
    assert "wal" in str(found("Kho dữ liệu").found)


def test_the_doctor_names_a_channel_that_is_none(home, monkeypatch):
    monkeypatch.setenv("PAR_ALERTS", "carrier-pigeon://user:secret@roof")
    assert "carrier-pigeon" in str(found("alerts").remedy)


@pytest.mark.slow
def test_the_doctor_says_that_no_daemon_runs(home):
    (home / ".dagster").mkdir()
    (home / ".dagster" / "dagster.yaml").write_bytes((ROOT / "dagster.yaml").read_bytes())
    assert found("daemon").level == "optional"
