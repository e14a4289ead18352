"""A server as docs/operate_it.md sets it up, on this machine: PostgreSQL, code server, daemon, web servers.

The commands are those of the unit files in deploy/, the proxy is that of deploy/nginx.conf, with the folders and ports
of the test in their places. Not here: systemd.
"""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from configparser import RawConfigParser
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
SERVICES = ("par-code", "par-daemon", "par-web", "par-viewers")
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
POSTGRES = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda path: int(path.parent.name))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Hook(ThreadingHTTPServer):
    """A web hook of this machine that keeps title and text of what is posted to it; answers 500 while it is down."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, str]] = []
        self.is_down = False

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if not self.server.is_down:
                    self.server.posts.append((body["title"], body["message"]))
                self.send_response(500 if self.server.is_down else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """As PAR_ALERTS names it."""
        return f"json://127.0.0.1:{self.server_port}/par"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Postgres:
    """A cluster of its own, as a user who is not root, on a port of this machine alone."""

    def __init__(self) -> None:
        # Not in pytest's folder, which every pytest that starts closes to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="par-postgres-"))
        self.port, self.data, self.log = free_port(), self.folder / "cluster", self.folder / "postgres.log"
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._do("initdb", "-D", self.data, "-U", "par", "--auth=trust", "--encoding=UTF8")
        options = f"-p {self.port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
        self._do("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-o", options, "start")

    def create(self, name: str) -> str:
        """A database, as SQLAlchemy names it."""
        self._do("createdb", "-h", "127.0.0.1", "-p", self.port, "-U", "par", name)
        return f"postgresql+psycopg2://par@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self._do("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder)

    def _do(self, program: str, *words: object) -> None:
        command = [str(POSTGRES / program), *map(str, words)]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


class Server:
    """The four services of a home; each can be killed and, as systemd does, is started again by `start`."""

    def __init__(self, home: Path, database: str, **environment: str) -> None:
        self.home, self.inbox = home, home / "raw" / "inbox"
        self.ports = {"4000": free_port(), "3000": free_port(), "3001": free_port()}
        self.workspace = home.with_name(f"{home.name}_workspace.yaml")
        dagster_home = home / ".dagster"
        dagster_home.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "deploy" / "dagster.yaml", dagster_home / "dagster.yaml")
        self.workspace.write_text(
            (ROOT / "deploy" / "workspace.yaml").read_text().replace("4000", str(self.ports["4000"]))
        )
        self.environment = {
            **os.environ,
            "PAR_HOME": str(home),
            "DAGSTER_HOME": str(dagster_home),
            "PAR_POSTGRES_URL": database,
            "PYTHONWARNINGS": "ignore",
            "PATH": f"{BIN}:{POSTGRES}:{os.environ['PATH']}",
            **environment,
        }
        self.processes: dict[str, subprocess.Popen] = {}

    def command(self, service: str) -> list[str]:
        unit = RawConfigParser(strict=False)
        unit.optionxform = str
        unit.read(ROOT / "deploy" / f"{service}.service")
        words = shlex.split(unit["Service"]["ExecStart"].replace("/opt/par/.venv/bin", str(BIN)))
        return [str(self.ports.get(word, word)).replace("deploy/workspace.yaml", str(self.workspace)) for word in words]

    def start(self, *services: str) -> None:
        for service in services or SERVICES:
            self.processes[service] = subprocess.Popen(
                self.command(service),
                cwd=ROOT,
                env=self.environment,
                stdout=(self.home / f"{service}.log").open("a"),
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, service: str) -> None:
        """The whole service, as the machine would."""
        process = self.processes.pop(service)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_the_run(self) -> None:
        """The run that is building, in the middle of it."""
        warehouse = self.home / "warehouse"
        holder = warehouse / ".writer.json"
        self.wait_for(lambda: list(warehouse.glob(".build/*.duckdb")) and holder.exists(), "a build")
        os.kill(json.loads(holder.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)

    def stop(self, *services: str) -> None:
        for service in services or reversed(list(self.processes)):
            process = self.processes.pop(service)
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if not self.processes:
            self.wait_for(lambda: not self.processes_left(), "the end of everything that was started")

    def processes_left(self) -> list[int]:
        """Of this home, whoever started them: a killed run leaves dbt and readers, which end by themselves."""
        mark, found = f"PAR_HOME={self.home}".encode(), []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        found.append(int(entry.name))
        return found

    def ask(self, query: str, port: str = "3000", **variables: Any) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[port]}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            said = json.load(answer)
        assert "errors" not in said, said
        [value] = said["data"].values()
        return value

    def wait_until_up(self, port: str = "3000") -> None:
        self.wait_for(lambda: self._knows_jobs(port), "the web server to know the code")

    def _knows_jobs(self, port: str) -> bool:
        try:
            found = self.ask("{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }", port)
            return bool(found.get("nodes"))
        except OSError:
            return False

    def wait_for(self, condition: Callable[[], object], what: str, seconds: float = 1800) -> None:
        """Not a measure: only so that a test ends that would wait for ever."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                logs = "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in self.home.glob("*.log"))
                raise AssertionError(f"waited for {what}\n{logs}")
            time.sleep(0.5)

    def switch_on(self, sensor: str) -> None:
        said = self.ask(
            "mutation($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { __typename } }",
            selector=self._selector(sensorName=sensor),
        )
        assert said["__typename"] == "Sensor", said

    def cursor(self, sensor: str) -> str | None:
        """What a sensor remembers; nothing before its first tick."""
        found = self.ask(
            "query($selector: SensorSelector!) { sensorOrError(sensorSelector: $selector) { ... on Sensor {"
            " sensorState { typeSpecificData { ... on SensorData { lastCursor } } } } } }",
            selector=self._selector(sensorName=sensor),
        )
        return (found["sensorState"]["typeSpecificData"] or {}).get("lastCursor")

    def set_cursor(self, sensor: str, cursor: str) -> None:
        said = self.ask(
            "mutation($selector: SensorSelector!, $cursor: String) {"
            " setSensorCursor(sensorSelector: $selector, cursor: $cursor) { __typename } }",
            selector=self._selector(sensorName=sensor),
            cursor=cursor,
        )
        assert said["__typename"] == "Sensor", said

    def launch(self, job: str, config: dict | None = None, port: str = "3000", partition: str | None = None) -> dict:
        return self.ask(
            "mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) { __typename"
            " ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }"
            " ... on UnauthorizedError { message } } }",
            port,
            params={
                "selector": self._selector(pipelineName=job),
                "mode": "default",
                "runConfigData": config or {},
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}] if partition else []},
            },
        )

    def runs(self) -> list[dict]:
        found = self.ask("{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }")
        return found["results"]

    def wait_until_idle(self) -> None:
        self.wait_for(lambda: {run["status"] for run in self.runs()} <= ENDED, "the end of every run")

    def end_of(self, run_id: str) -> str:
        def status() -> str:
            return next(run["status"] for run in self.runs() if run["runId"] == run_id)

        self.wait_for(lambda: status() in ENDED, f"run {run_id}")
        return status()

    @staticmethod
    def _selector(**names: str) -> dict[str, str]:
        return {"repositoryLocationName": "par_warehouse", "repositoryName": "__repository__", **names}


class Proxy:
    """nginx in front of a server, with a certificate of its own.  passwords: port of deploy/nginx.conf → who may in."""

    def __init__(self, folder: Path, server: Server, passwords: dict[str, tuple[str, str]]) -> None:
        folder.mkdir()
        self.folder, self.ports = folder, {port: free_port() for port in passwords}
        self.certificate = folder / "par.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
        names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "par.key", "-out", self.certificate]
        subprocess.run([*made, *names], check=True, capture_output=True)
        for kind, (name, password) in zip(("operators", "viewers"), passwords.values(), strict=True):
            hashed = subprocess.run(
                ["openssl", "passwd", "-apr1", password], check=True, capture_output=True, text=True
            )
            (folder / f"par-{kind}").write_text(f"{name}:{hashed.stdout.strip()}\n")
        deployed = (ROOT / "deploy" / "nginx.conf").read_text()
        for place in ("/etc/nginx", "/etc/ssl/certs", "/etc/ssl/private"):
            deployed = deployed.replace(place, str(folder))
        for port, free in self.ports.items():
            deployed = deployed.replace(f"listen {port} ssl", f"listen 127.0.0.1:{free} ssl")
        for port, free in server.ports.items():
            deployed = deployed.replace(f"127.0.0.1:{port};", f"127.0.0.1:{free};")
        kept = "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        settings = folder / "nginx.conf"
        settings.write_text(
            f"user root; daemon off; pid {folder}/pid; error_log {folder}/log; events {{}}\n"
            f"http {{ access_log off;\n{kept}{deployed}}}\n"
        )
        self._process = subprocess.Popen([str(NGINX), "-p", folder, "-c", settings], stderr=subprocess.DEVNULL)
        server.wait_for(lambda: self.status("443") == 401, "the proxy to answer")

    def status(self, port: str, who: tuple[str, str] | None = None, path: str = "/server_info") -> int:
        """The number that answers a request; 0 where nobody answers."""
        headers = {"Authorization": _basic(who)} if who else {}
        request = urllib.request.Request(f"https://127.0.0.1:{self.ports[port]}{path}", headers=headers)
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        try:
            with urllib.request.urlopen(request, timeout=120, context=trusted) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0

    def socket(self, port: str, who: tuple[str, str]) -> str:
        """The first line of the answer to who asks for a web socket of the UI."""
        with (
            socket.create_connection(("127.0.0.1", self.ports[port]), timeout=120) as plain,
            ssl.create_default_context(cafile=str(self.certificate)).wrap_socket(
                plain, server_hostname="127.0.0.1"
            ) as secure,
        ):
            secure.sendall(
                (
                    f"GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {_basic(who)}\r\n"
                    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    "Sec-WebSocket-Key: cGFyLXdhcmVob3VzZS0xIQ==\r\nSec-WebSocket-Protocol: graphql-ws\r\n\r\n"
                ).encode()
            )
            return secure.recv(4096).decode().splitlines()[0]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def _basic(who: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(who).encode()).decode()
