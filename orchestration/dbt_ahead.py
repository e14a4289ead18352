"""dbt started ahead of need: loaded, and the project parsed, by the time that a run asks it to build.

dbt needs as long to start as to build what one report changes, and a run first starts Dagster and reads. So `par run`
starts `waiting()` first; what Dagster then calls as dbt (`par-dbt`) hands its arguments, environment and output over
to that process and ends as it ends. Where none waits – a run from the UI, one that died – `par-dbt` is dbt itself.
Not here: what dbt is asked to build (`defs/warehouse.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import Any

from orchestration import paths

# Where the waiting process listens; known to the programs that the run starts.
_SOCKET = "PAR_DBT_AHEAD"
_MOST = 1_000_000
_FAILED = 2


def environment() -> dict[str, str]:
    """What dbt finds in its environment in this project, however it is started."""
    return {
        "PAR_RAW": str(paths.raw()),
        "PAR_BUILD_DATABASE": str(paths.build_database()),
        "DO_NOT_TRACK": os.environ.get("DO_NOT_TRACK", "1"),
        # Dagster keeps what dbt says; writing it to a file as well is work that nobody reads.
        "DBT_LOG_LEVEL_FILE": os.environ.get("DBT_LOG_LEVEL_FILE", "none"),
        # dbt is called as a program: that of this Python environment, whether or not the environment is activated.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    }


def target() -> Path:
    """Where dbt writes when it builds: always the same folder, for a new one a run would fill the disk."""
    return paths.build_database().parent / "dbt"


def project_files() -> list[Path]:
    """Every file that decides what dbt builds, in a fixed order."""
    found = [path for path in paths.DBT_PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".csv"}]
    return sorted(path for path in found if "target" not in path.relative_to(paths.DBT_PROJECT).parts)


def newest_change() -> int:
    """When a file of the project was last written, in nanoseconds."""
    return max(path.stat().st_mtime_ns for path in project_files())


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """A dbt process that loads and parses while the caller does other things; gone at the end, used or not."""
    with tempfile.TemporaryDirectory(prefix="par-dbt-") as folder:
        place = str(Path(folder) / "socket")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(place)
            listening.listen(1)
            process = subprocess.Popen(
                [sys.executable, "-m", "orchestration.dbt_ahead", str(listening.fileno())],
                pass_fds=[listening.fileno()],
                # Its end tells the process that nobody will ask any more, however this one ended.
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={
                    **os.environ,
                    **environment(),
                    "PYTHONUNBUFFERED": "1",
                    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                    "DBT_TARGET_PATH": str(target()),
                    "DBT_LOG_PATH": str(target()),
                    "DBT_PROFILES_DIR": str(paths.DBT_PROJECT),
                    "DBT_PROJECT_DIR": str(paths.DBT_PROJECT),
                },
                cwd=paths.DBT_PROJECT,
            )
        os.environ[_SOCKET] = place
        try:
            yield
        finally:
            del os.environ[_SOCKET]
            process.stdin.close()
            process.terminate()
            process.wait()


def command() -> None:
    """The program `par-dbt`: dbt, by the process that waits or else by a new one."""
    arguments = sys.argv[1:]
    if answers := _asked(arguments):
        process = int(next(answers))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda received, _: os.kill(process, received))
        # Without a last answer the process died.
        sys.exit(int(next(answers, _FAILED)))
    os.execvp("dbt", ["dbt", *arguments])


def _asked(arguments: list[str]) -> Iterator[str] | None:
    """Ask the waiting process; its answers are its number and then its exit status. None where no process answers."""
    try:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(os.environ[_SOCKET])
        asked = {"arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())}
        socket.send_fds(connection, [json.dumps(asked).encode()], [1, 2])
        connection.shutdown(socket.SHUT_WR)
        answers = connection.makefile()
        number = answers.readline()
    except (KeyError, OSError):
        return None
    return chain([number], answers) if number else None


def _serve(listening: socket.socket) -> None:
    """Load dbt and parse; then do once what is asked, and say how it ended."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - this is what takes the time
    from dbt_common.clients.jinja import template_cache  # noqa: PLC0415

    parsed_of = _world(os.environ)
    parsed = dbtRunner().invoke(["parse"])
    # A project that cannot be parsed is parsed again when it is built, which then says what is wrong.
    manifest = parsed.result if parsed.success else None
    for macro in manifest.macros.values() if manifest else ():
        if select.select([listening, sys.stdin], [], [], 0)[0]:
            break
        # Every macro that is used is a template to be compiled: seconds that are free while nobody asks.
        template_cache.get_node_template(macro)
    if listening not in select.select([listening, sys.stdin], [], [])[0]:
        return
    connection, _ = listening.accept()
    connection.sendall(f"{os.getpid()}\n".encode())
    text, files, _, _ = socket.recv_fds(connection, _MOST, 2)
    while more := connection.recv(_MOST):
        text += more
    asked = json.loads(text)
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    if _world(asked["environment"]) != parsed_of:
        manifest = None
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    callbacks = []
    if os.environ.get("DBT_LOG_FORMAT") == "json":
        # dbt's own logger writes a line of JSON for what it then does not say, which is most of what happens.
        os.environ["DBT_LOG_LEVEL"] = "none"
        callbacks.append(_say)
    done = dbtRunner(manifest=manifest, callbacks=callbacks).invoke(asked["arguments"])
    if done.exception:
        print(done.exception, file=sys.stderr)
    sys.stdout.flush()
    connection.sendall(f"{0 if done.success else _FAILED if done.exception else 1}\n".encode())


_speaking = Lock()


def _say(message: Any) -> None:
    """A line of JSON on standard output, as dbt's logger of that format and the level `info` writes it."""
    from dbt_common.events.functions import msg_to_dict  # noqa: PLC0415

    if message.info.level != "debug":
        with _speaking:
            sys.stdout.write(json.dumps(msg_to_dict(message), sort_keys=True, default=str) + "\n")


def _world(environment: Mapping[str, str]) -> tuple[object, ...]:
    """What a parsed project depends on."""
    return environment["PAR_RAW"], environment["PAR_BUILD_DATABASE"], newest_change()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        _serve(socket.socket(fileno=int(sys.argv[1])))
