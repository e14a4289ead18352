"""A bad file costs its own reading and nothing else: limits hold, the reason is given, the next file is read."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.reading import processor_time, sandbox
from orchestration.reading.refusal import Refused
from orchestration.reading.sandbox import read_many, run_limited, still_working

pytestmark = pytest.mark.slow

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


def _look_at_the_watch(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.05)


def _wait_for_a_program(seconds: str) -> None:
    subprocess.run(["sh", "-c", f"sleep {seconds}; true"], check=False)


def _spin(_: object) -> None:
    while True:
        pass


def _compute(seconds: float) -> str:
    ends = time.process_time() + seconds
    while time.process_time() < ends:
        pass
    return "done"


def _compute_on(asked: tuple[int, float]) -> str:
    processor, seconds = asked
    os.sched_setaffinity(0, [processor])
    os.nice(5)
    return _compute(seconds)


def _compute_and_tell(times: int) -> str:
    for _ in range(times):
        _compute(0.2)
        still_working()
    return "done"


_SPINNER = [sys.executable, "-c", "while True: pass"]
_SHORT_WORK = [sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"]


def _compute_in_a_program(_: object) -> None:
    subprocess.run(_SPINNER, check=False)


def _compute_in_many_programs(_: object) -> None:
    for _ in range(1000):
        subprocess.run(_SHORT_WORK, check=False)


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
    """Start a program in a session of its own that starts another and leaves it, and say who there is."""
    orphan = "sleep 600 >/dev/null & echo $!"
    left = subprocess.run(["setsid", "sh", "-c", orphan], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)
    aside = Path(folder, "aside")
    aside.write_text(f"{os.getpid()} {process.pid} {left.stdout.strip()}")
    aside.rename(Path(folder, "sleeper"))


def _start_a_sleeper_and_wait(folder: str) -> None:
    _start_a_sleeper(folder)
    time.sleep(600)


def _start_a_sleeper_and_spin(folder: str) -> None:
    _start_a_sleeper(folder)
    _spin(None)


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(is_so, otherwise: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def _process(_: object) -> int:
    return os.getpid()


def _code(function, argument, **limits) -> str:
    with pytest.raises(Refused) as refused:
        run_limited(function, argument, **limits)
    return refused.value.code


def test_a_result_comes_back():
    assert run_limited(_double, 21) == 42


def test_the_child_is_kept_for_the_next_files_and_replaced_after_fifty():
    sandbox.close_all()
    first = [run_limited(_process, None) for _ in range(50)]
    assert set(first) == {first[0]} and first[0] != os.getpid()
    assert run_limited(_process, None) != first[0]


def test_a_reader_that_waits_for_something_that_never_comes_is_stopped(monkeypatch):
    monkeypatch.setattr(processor_time, "STILL_SECONDS", 1)
    with pytest.raises(Refused) as refused:
        run_limited(_sleep, 600)
    assert refused.value.code == "stuck" and not refused.value.is_final


def test_a_reader_that_only_looks_at_its_watch_stands_still(monkeypatch):
    monkeypatch.setattr(processor_time, "STILL_SECONDS", 1)
    assert _code(_look_at_the_watch, 600) == "stuck"


def test_a_reader_whose_programs_all_wait_stands_still(monkeypatch):
    monkeypatch.setattr(processor_time, "STILL_SECONDS", 1)
    assert _code(_wait_for_a_program, "600") == "stuck"


def test_a_reader_that_says_what_it_does_may_wait(monkeypatch):
    monkeypatch.setattr(processor_time, "STILL_SECONDS", 2)
    assert run_limited(_sleep_and_tell, 8) == "awake"


def test_a_reader_that_computes_for_ever_is_stopped():
    assert _code(_spin, None, seconds=1) == "too_slow"


def test_a_reader_that_finishes_no_page_is_stopped_long_before_its_time_is_up(monkeypatch):
    monkeypatch.setattr(sandbox, "QUIET_SECONDS", 0.5)
    with pytest.raises(Refused) as refused:
        run_limited(_spin, None, seconds=3600)
    assert refused.value.code == "too_slow"
    assert run_limited(_compute_and_tell, 6) == "done"


def test_what_a_program_started_by_a_reader_computes_counts():
    assert _code(_compute_in_a_program, None, seconds=1) == "too_slow"


def test_what_programs_computed_that_have_ended_counts():
    assert _code(_compute_in_many_programs, None, seconds=2) == "too_slow"


def test_each_file_has_its_whole_time():
    for _ in range(3):
        assert run_limited(_compute, 0.6, seconds=1.2) == "done"


@pytest.mark.slow
def test_a_reader_that_waits_for_its_turn_on_a_busy_machine_is_neither_slow_nor_stuck(monkeypatch):
    """Half a second of work, on a processor that four others want more."""
    monkeypatch.setattr(processor_time, "STILL_SECONDS", 1)
    processor = min(os.sched_getaffinity(0))
    spin = f"import os\nos.sched_setaffinity(0, [{processor}])\nprint(flush=True)\nwhile True: pass"
    busy = [subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE) for _ in range(4)]
    for process in busy:
        process.stdout.readline()
    try:
        started = time.monotonic()
        assert run_limited(_compute_on, (processor, 0.5), seconds=1.5) == "done"
        assert time.monotonic() - started > 1.5, "the machine was not busy enough to show anything"
    finally:
        for process in busy:
            process.kill()
            process.communicate()
        sandbox.close_all()


def test_a_reader_that_wants_too_much_memory_is_refused():
    assert _code(_fill_memory, 900 * MEGABYTE, memory_bytes=700 * MEGABYTE) == "too_hungry"


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT])
def test_a_reader_that_crashes_is_named_in_the_reason(number):
    with pytest.raises(Refused) as refused:
        run_limited(_die, number, format="PDF")
    assert refused.value.code == "crashed"
    assert "PDF" in refused.value.sentence.vi and signal.Signals(number).name in refused.value.sentence.en


def test_an_unexpected_error_is_a_refusal_with_its_detail():
    with pytest.raises(Refused) as refused:
        run_limited(_stumble, None)
    assert refused.value.code == "crashed" and "no such cell" in refused.value.sentence.en


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
    assert _code(_start_a_sleeper_and_spin, str(tmp_path), seconds=1) == "too_slow"
    pids = [int(pid) for pid in (tmp_path / "sleeper").read_text().split()]
    _until(lambda: not any(map(_runs, pids)), "a program is still running")


def test_many_files_come_back_as_they_are_done_and_a_bad_one_does_not_stop_them():
    outcomes = dict(read_many(_compute, [0.2, 0.0, 3600, 0.1], workers=2, seconds=2))
    assert isinstance(outcomes.pop(3600), Refused)
    assert outcomes == {0.2: "done", 0.0: "done", 0.1: "done"}


_KILLED_WHILE_READING = """
import sys
from orchestration.reading.sandbox import run_limited
from tests.test_sandbox import _start_a_sleeper_and_{what}
run_limited(_start_a_sleeper_and_{what}, sys.argv[1])
"""


@pytest.mark.parametrize("what", ["wait", "spin"])
def test_nothing_is_left_when_the_one_who_reads_is_killed(tmp_path, what):
    parent = subprocess.Popen(
        [sys.executable, "-c", _KILLED_WHILE_READING.format(what=what), str(tmp_path)], cwd=Path(__file__).parents[1]
    )
    _until((tmp_path / "sleeper").exists, "the reader did not start")
    pids = [int(pid) for pid in (tmp_path / "sleeper").read_text().split()]
    parent.kill()
    parent.wait()
    _until(lambda: not any(map(_runs, pids)), "a process outlived the one it worked for")
