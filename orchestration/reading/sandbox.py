"""Run a reader on a file it cannot harm: in a child process with limits of time and memory and without network.

In: an importable top-level function and one picklable argument. Out: its result, or Refused (too_slow, too_hungry,
crashed) when the child broke a limit or died; the child is then replaced. `read_many` does so for many files at a time.
A function that works for long says `still_working` now and then; one that stays quiet is taken to hang.
Not here: limits known before opening, such as unpacked size and pages (the readers check those).

Network: the child enters a network name space of its own where the kernel lets it; everywhere Python's sockets are
disabled in it. Children of the child (LibreOffice) are killed with it.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from orchestration.reading.refusal import Refused

Argument = TypeVar("Argument")
Result = TypeVar("Result")

SECONDS = 300.0
"""Wall clock for one file unless told otherwise: a scan of 150 pages takes about that."""

QUIET_SECONDS = 30.0
"""Wall clock without a finished page: a reader that hangs is stopped long before a long scan would be."""

MEMORY_BYTES = 3 * 1024**3
"""Address space of the child; libraries and their threads reserve about one gigabyte without using it."""

_FILES_A_CHILD = 50
"""A child is replaced after so many files, so that what a library leaks does not add up."""


def run_limited(
    function: Callable[[Argument], Result],
    argument: Argument,
    *,
    seconds: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
    format: str = "file",
) -> Result:
    """`function(argument)`, computed in a child process that is kept for the next call.

    format: names the reader in the sentence of a refusal. Raises Refused as `function` does, or too_slow, too_hungry,
    crashed. Safe to call from several threads: each has a child of its own.
    """
    child = _idle_child()
    try:
        return child.run(function, argument, seconds, memory_bytes, format)
    finally:
        _give_back(child)


def read_many(
    function: Callable[[Argument], Result],
    arguments: Iterable[Argument],
    workers: int = 2,
    *,
    seconds: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
) -> Iterator[tuple[Argument, Result | Refused]]:
    """Each argument with its result or refusal, in the order in which they are done.

    Only a few arguments are taken at a time, so an iterator of files' bytes does not fill the memory.
    """
    remaining = iter(arguments)
    running: dict[Future[Result], Argument] = {}
    with ThreadPoolExecutor(workers) as pool:
        while True:
            for argument in remaining:
                task = pool.submit(run_limited, function, argument, seconds=seconds, memory_bytes=memory_bytes)
                running[task] = argument
                if len(running) > workers:
                    break
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for task in done:
                yield running.pop(task), _outcome(task)


def _outcome(task: Future[Result]) -> Result | Refused:
    try:
        return task.result()
    except Refused as refusal:
        return refusal


# The parent's side


class _Child:
    """A process that runs one function at a time and is started again when it is gone."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Connection | None = None
        self._runs = 0

    def run(self, function: Callable, argument: object, seconds: float, memory_bytes: int, format: str) -> object:
        message = pickle.dumps((function, argument, seconds, memory_bytes))
        if self._runs >= _FILES_A_CHILD:
            self.close()
        self._start_if_needed()
        self._runs += 1
        try:
            self._channel.send_bytes(message)
            outcome, value = self._answer(seconds)
        except (EOFError, OSError):
            raise self._why_it_died(seconds, format) from None
        if outcome == "result":
            return value
        if outcome == "refused":
            raise value
        if outcome == "memory":
            self.close()
            raise Refused("too_hungry")
        raise Refused("crashed", format=format, detail=value)

    def _answer(self, seconds: float) -> tuple[str, object]:
        ends = time.monotonic() + seconds
        while True:
            limit = min(ends - time.monotonic(), QUIET_SECONDS)
            if limit <= 0 or not self._channel.poll(limit):
                self.close()
                raise Refused("too_slow", limit=round(min(seconds, QUIET_SECONDS) if limit > 0 else seconds))
            message = self._channel.recv_bytes()
            if message != _WORKING:
                return pickle.loads(message)

    def close(self) -> None:
        if self._process is not None:
            _kill_with_descendants(self._process.pid)
            self._process.wait()
            self._channel.close()
        self._process, self._channel, self._runs = None, None, 0

    def _start_if_needed(self) -> None:
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        ours, theirs = socket.socketpair()
        # The child finds our modules where we found them, whatever started us.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from orchestration.reading.sandbox import serve; serve({theirs.fileno()})"],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        theirs.close()
        self._channel = Connection(ours.detach())

    def _why_it_died(self, seconds: float, format: str) -> Refused:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=5)
        status = self._process.returncode
        self.close()
        if status == -signal.SIGXCPU:
            return Refused("too_slow", limit=round(seconds))
        if status == -signal.SIGKILL:
            return Refused("too_hungry")
        name = signal.Signals(-status).name if status is not None and status < 0 else f"status {status}"
        return Refused("crashed", format=format, detail=name)


_idle: list[_Child] = []
_lock = threading.Lock()


def _idle_child() -> _Child:
    with _lock:
        return _idle.pop() if _idle else _Child()


def _give_back(child: _Child) -> None:
    with _lock:
        _idle.append(child)


@atexit.register
def close_all() -> None:
    """End the idle children; they would also end by themselves when this process does."""
    with _lock:
        children, _idle[:] = list(_idle), []
    for child in children:
        child.close()


def _kill_with_descendants(process: int) -> None:
    for pid in [*_descendants(process), process]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _descendants(process: int) -> list[int]:
    """Processes started by a process and by those, as far as the system tells."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [*_descendants(child), child]
    return found


# The child's side

_WORKING = b"working"
_to_parent: Connection | None = None


def still_working() -> None:
    """Tell the parent that a page is done; nothing where there is no parent."""
    if _to_parent is not None:
        with contextlib.suppress(OSError):
            _to_parent.send_bytes(_WORKING)


def serve(descriptor: int) -> None:
    """Answer requests until the parent is gone. Runs in the child."""
    global _to_parent  # noqa: PLW0603 - a process has one parent
    _to_parent = channel = Connection(descriptor)
    _leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            message = channel.recv_bytes()
        except (EOFError, OSError):
            os._exit(0)
        answer = _answer(message)
        try:
            channel.send_bytes(answer)
        except OSError:
            os._exit(0)


def _answer(message: bytes) -> bytes:
    try:
        function, argument, seconds, memory_bytes = pickle.loads(message)
        _limit(seconds, memory_bytes)
        return pickle.dumps(("result", function(argument)))
    except Refused as refusal:
        return pickle.dumps(("refused", refusal))
    except MemoryError:
        return pickle.dumps(("memory", None))
    except RecursionError:
        return pickle.dumps(("error", "RecursionError"))
    except Exception as error:
        if "memory" in str(error).lower() and "nsufficient" in str(error):
            return pickle.dumps(("memory", None))
        return pickle.dumps(("error", f"{type(error).__name__}: {str(error)[:120]}"))


def _limit(seconds: float, memory_bytes: int) -> None:
    """Soft limits, renewed for each file. Processor time counts from the child's start and over all its threads."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, hard))
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds * (os.cpu_count() or 1)) + 2, hard))


_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


def _leave_network() -> None:
    user, group = os.getuid(), os.getgid()
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None, use_errno=True)
        if library.unshare(_NEW_NETWORK) != 0 and library.unshare(_NEW_USER | _NEW_NETWORK) == 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
            Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    socket.socket = _NoSocket  # type: ignore[misc]


class _NoSocket(socket.socket):
    """A class, because libraries that are imported later derive their own sockets from it."""

    def __init__(self, *_: object, **__: object) -> None:
        raise PermissionError("a reader has no network")
