"""`par ui`: Dagster in the browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from orchestration import paths
from orchestration.cli.console import out, warn
from orchestration.reading import inbox
from orchestration.sentence import Sentence

_HERE = "127.0.0.1"


@click.command()
@click.option("--port", default=3000, show_default=True)
@click.option("--host", default=_HERE, show_default=True)
def ui(port: int, host: str) -> None:
    """Open Dagster: webserver and daemon, so that the sensor and the schedule can be switched on."""
    if host not in (_HERE, "localhost", "::1"):
        warn(
            Sentence(
                f"Địa chỉ {host} mở ra mạng và không hỏi mật khẩu: ai vào được mạng đều chạy được mọi việc. Trên máy "
                "chủ, hãy dùng deploy/ (docs/operate_it.md).",
                "It opens to the network without a password: on a server use deploy/ (docs/operate_it.md).",
            )
        )
    # Dagster takes seconds to load.
    from orchestration import run  # noqa: PLC0415

    with run.instance(warn) as instance:
        run.register(instance, inbox.periods(paths.inbox()))
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    dagster = Path(sys.executable).parent / "dagster"
    workspace = paths.PROJECT / "workspace.yaml"
    out.print(f"Dagster: http://{host}:{port}  (Ctrl+C để dừng / to stop)", highlight=False)
    os.chdir(paths.PROJECT)
    os.execve(dagster, [str(dagster), "dev", "-w", str(workspace), "-h", host, "-p", str(port)], environment)
