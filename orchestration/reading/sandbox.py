"""Run a reader on a file it cannot harm: in a child process with limits of time and memory and without network.

In: an importable top-level function and one picklable argument. Out: its result, or Refused (too_slow, stuck,
too_hungry, crashed) when the child broke a limit or died; the child is then replaced. `read_many` does so for many
files at a time. Time is processor time of the child and of all it started (`processor_time.py`), so that a busy machine
refuses nothing. A function that works for long says `still_working` now and then; one that computes and stays quiet is
taken to go round in circles.
Not here: limits known before opening, such as unpacked size and pages (the readers check those).

Network: the child enters a network name space of its own where the kernel lets it; everywhere Python's sockets are
disabled in it. Children of the child (LibreOffice) are killed with it, and the child ends when its parent does.
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
from typing import Any, NamedTuple, TypeVar

from orchestration.reading import processor_time
from orchestration.reading.processor_time import POLL_SECONDS, Watch, descendants
from orchestration.reading.refusal import Refused

Argument = TypeVar("Argument")
Result = TypeVar("Result")

SECONDS = 600.0
"""Processor time for one file unless told otherwise: a scan of 150 pages takes about that, on two cores."""

QUIET_SECONDS = 60.0
"""Processor time without a finished page: a reader that goes round in circles is stopped long before a long scan is."""

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

    seconds: of processor time.  format: names the reader in the sentence of a refusal. Raises Refused as `function`
    does, or too_slow, stuck, too_hungry, crashed. Safe to call from several threads: each has a child of its own.
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
    running: dict[Future[Result | Refused], Argument] = {}
    with ThreadPoolExecutor(workers) as pool:
        while True:
            for argument in remaining:
                task = pool.submit(_outcome, function, argument, seconds, memory_bytes)
                running[task] = argument
                if len(running) > workers:
                    break
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for task in done:
                yield running.pop(task), task.result()


def _outcome(
    function: Callable[[Argument], Result], argument: Argument, seconds: float, memory_bytes: int
) -> Result | Refused:
    try:
        return run_limited(function, argument, seconds=seconds, memory_bytes=memory_bytes)
    except Refused as refusal:
        return refusal


# The parent's side


class _Running(NamedTuple):
    """A child process, the channel to it, and the end of a pipe that tells it that we are alive."""

    process: subprocess.Popen[bytes]
    channel: Connection[Any, Any]
    alive: int


class _Child:
    """A process that runs one function at a time and is started again when it is gone."""

    def __init__(self) -> None:
        self._running: _Running | None = None
        self._runs = 0

    def run(
        self,
        function: Callable[[Argument], Result],
        argument: Argument,
        seconds: float,
        memory_bytes: int,
        format: str,
    ) -> Result:
        message = pickle.dumps((function, argument, seconds, memory_bytes))
        if self._runs >= _FILES_A_CHILD:
            self.close()
        running = self._started()
        self._runs += 1
        try:
            running.channel.send_bytes(message)
            outcome, value = self._answer(running, seconds)
        except (EOFError, OSError):
            raise self._why_it_died(running, seconds, format) from None
        if outcome == "result":
            result: Result = value
            return result
        if outcome == "refused":
            refusal: Refused = value
            raise refusal
        if outcome == "memory":
            self.close()
            raise Refused("too_hungry")
        raise Refused("crashed", format=format, detail=value)

    def _answer(self, running: _Running, seconds: float) -> tuple[str, Any]:
        watch, page_began = Watch(running.process.pid, seconds), 0.0
        while True:
            if running.channel.poll(POLL_SECONDS):
                message = running.channel.recv_bytes()
                if message != _WORKING:
                    outcome, value = pickle.loads(message)
                    return outcome, value
                watch.look()
                watch.stir()
                page_began = watch.used
            watch.look()
            if watch.is_over() or watch.used - page_began > QUIET_SECONDS:
                self.close()
                raise Refused("too_slow", limit=round(seconds if watch.is_over() else QUIET_SECONDS))
            if watch.is_still():
                self.close()
                raise Refused("stuck", limit=round(processor_time.STILL_SECONDS))

    def close(self) -> None:
        if self._running is not None:
            _kill_with_descendants(self._running.process.pid)
            self._running.process.wait()
            self._running.channel.close()
            os.close(self._running.alive)
        self._running, self._runs = None, 0

    def _started(self) -> _Running:
        if self._running is not None and self._running.process.poll() is None:
            return self._running
        self.close()
        ours, theirs = socket.socketpair()
        alive, our_end = os.pipe()
        # The child finds our modules where we found them, whatever started us.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                f"from orchestration.reading.sandbox import serve; serve({theirs.fileno()}, {alive})",
            ],
            pass_fds=[theirs.fileno(), alive],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        theirs.close()
        os.close(alive)
        self._running = _Running(process, Connection(ours.detach()), our_end)
        return self._running

    def _why_it_died(self, running: _Running, seconds: float, format: str) -> Refused:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(timeout=5)
        status = running.process.returncode
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
    for pid in [*descendants(process), process]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


# The child's side

_WORKING = b"working"
_to_parent: Connection | None = None


def still_working() -> None:
    """Tell the parent that a page is done; nothing where there is no parent."""
    if _to_parent is not None:
        with contextlib.suppress(OSError):
            _to_parent.send_bytes(_WORKING)


def serve(descriptor: int, alive: int) -> None:
    """Answer requests until the parent is gone, which closes its end of `alive`. Runs in the child."""
    global _to_parent  # noqa: PLW0603 - a process has one parent
    _to_parent = channel = Connection(descriptor)
    os.set_inheritable(descriptor, False)
    os.set_inheritable(alive, False)
    _adopt_orphans()
    threading.Thread(target=_end_with_parent, args=(alive,), daemon=True).start()
    _leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            message = channel.recv_bytes()
        except (EOFError, OSError):
            os._exit(0)
        answer = _answer(message)
        _bury_orphans()
        try:
            channel.send_bytes(answer)
        except OSError:
            os._exit(0)


def _end_with_parent(alive: int) -> None:
    """Wait until the parent is gone, however it went, and end everything that was started for it."""
    os.read(alive, 1)
    _kill_with_descendants(os.getpid())


_PR_SET_CHILD_SUBREAPER = 36


def _adopt_orphans() -> None:
    """What a child of ours leaves behind when it ends becomes ours, so that it is counted and ended with us."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _bury_orphans() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


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
    """Soft limits, renewed for each file. The parent counts the time; that the system does so too is for a child whose
    parent is gone or held up. It counts from the child's start and over all its threads."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 2, hard))


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
