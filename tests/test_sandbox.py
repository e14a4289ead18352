"""A bad file costs its own reading and nothing else: limits hold, the reason is given, the next file is read."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from orchestration.reading import sandbox
from orchestration.reading.refusal import Refused
from orchestration.reading.sandbox import read_many, run_limited, still_working

MEGABYTE = 1024**2


def _double(number: int) -> int:
    return 2 * number


def _sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "awake"


def _sleep_and_tell(times: int) -> str:
    for _ in range(times):
        time.sleep(0.5)
        still_working()
    return "awake"


def _spin(_: object) -> None:
    while True:
        pass


def _fill_memory(size: int) -> int:
    return len(bytearray(size))


def _die(number: int) -> None:
    os.kill(os.getpid(), number)


def _refuse(_: object) -> None:
    raise Refused("too_large", found="9", limit="3")


def _stumble(_: object) -> None:
    raise ValueError("no such cell")


def _call_out(address: tuple[str, int]) -> str:
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError as error:
        return type(error).__name__
    return "connected"


def _import_what_derives_sockets(_: object) -> str:
    return importlib.import_module("ssl").SSLSocket.__name__


def _call_out_by_program(port: int) -> int:
    command = f"exec 3<>/dev/tcp/127.0.0.1/{port}"
    return subprocess.run(["bash", "-c", command], stderr=subprocess.DEVNULL, check=False).returncode


def _start_a_sleeper(folder: str) -> None:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    Path(folder, "sleeper").write_text(str(process.pid))
    time.sleep(60)


def _process(_: object) -> int:
    return os.getpid()


def _code(function, argument, **limits) -> str:
    with pytest.raises(Refused) as refused:
        run_limited(function, argument, **limits)
    return refused.value.code


def test_a_result_comes_back():
    assert run_limited(_double, 21) == 42


def test_the_child_is_kept_for_the_next_file():
    assert run_limited(_process, None) == run_limited(_process, None) != os.getpid()


def test_a_reader_that_sleeps_is_stopped_in_time():
    started = time.monotonic()
    assert _code(_sleep, 30, seconds=0.5) == "too_slow"
    assert time.monotonic() - started < 3


def test_a_reader_that_stays_quiet_is_stopped_long_before_its_time_is_up(monkeypatch):
    monkeypatch.setattr(sandbox, "QUIET_SECONDS", 0.6)
    started = time.monotonic()
    assert _code(_sleep, 30) == "too_slow"
    assert time.monotonic() - started < 5


def test_a_reader_that_says_what_it_does_may_take_longer(monkeypatch):
    run_limited(_double, 1)  # the start of a child is no part of it
    monkeypatch.setattr(sandbox, "QUIET_SECONDS", 2)
    assert run_limited(_sleep_and_tell, 6) == "awake"
    assert _code(_sleep_and_tell, 30, seconds=1) == "too_slow"


def test_a_reader_that_computes_for_ever_is_stopped():
    assert _code(_spin, None, seconds=1) == "too_slow"


def test_a_reader_that_wants_too_much_memory_is_refused():
    assert _code(_fill_memory, 900 * MEGABYTE, memory_bytes=700 * MEGABYTE) == "too_hungry"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_reader_that_crashes_is_named_in_the_reason(number):
    with pytest.raises(Refused) as refused:
        run_limited(_die, number, format="PDF")
    assert refused.value.code == "crashed"
    assert "PDF" in refused.value.vi and signal.Signals(number).name in refused.value.en


def test_an_unexpected_error_is_a_refusal_with_its_detail():
    with pytest.raises(Refused) as refused:
        run_limited(_stumble, None)
    assert refused.value.code == "crashed" and "no such cell" in refused.value.en


def test_a_refusal_keeps_its_facts_on_the_way_out_of_the_child():
    with pytest.raises(Refused) as refused:
        run_limited(_refuse, None)
    assert (refused.value.code, refused.value.facts["limit"]) == ("too_large", "3")


def test_after_a_crash_the_next_file_is_read():
    assert _code(_die, signal.SIGSEGV) == "crashed"
    assert run_limited(_double, 4) == 8


def test_a_reader_cannot_reach_the_network():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert run_limited(_call_out, server.getsockname()) == "PermissionError"


def test_libraries_that_know_sockets_can_still_be_imported():
    assert run_limited(_import_what_derives_sockets, None) == "SSLSocket"


def test_a_program_started_by_a_reader_cannot_reach_the_network_where_the_kernel_allows_it():
    if subprocess.run(["unshare", "--user", "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let users make name spaces")
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert run_limited(_call_out_by_program, server.getsockname()[1]) != 0


def test_programs_started_by_a_reader_end_with_it(tmp_path):
    assert _code(_start_a_sleeper, str(tmp_path), seconds=1) == "too_slow"
    sleeper = Path("/proc", (tmp_path / "sleeper").read_text())
    deadline = time.monotonic() + 5
    while sleeper.exists() and (sleeper / "stat").read_text().split()[2] != "Z":
        assert time.monotonic() < deadline, "the program is still running"
        time.sleep(0.05)


def test_many_files_come_back_as_they_are_done_and_a_bad_one_does_not_stop_them():
    outcomes = dict(read_many(_sleep, [0.8, 0.0, 30, 0.1], workers=2, seconds=2))
    assert isinstance(outcomes.pop(30), Refused)
    assert outcomes == {0.8: "awake", 0.0: "awake", 0.1: "awake"}


def test_a_file_costs_little_more_in_the_sandbox():
    run_limited(_double, 1)
    started = time.monotonic()
    for _ in range(50):
        run_limited(_double, 1)
    assert (time.monotonic() - started) / 50 < 1
