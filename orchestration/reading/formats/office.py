"""Old and open office formats into the two that are read: .doc, .rtf, .odt to docx; .xls, .ods to xlsx.

In: bytes and their format. Out: bytes of the new file and its format. LibreOffice does it, without a window, in a
profile of its own that is thrown away, with macros off, cut off from the network where the system allows it, and with
a limit of processor time. It ends with the process that started it.
Not here: whether the conversion lost the tables (`annex.py` refuses a text that has codes but no table).
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from orchestration.reading.kinds import CONVERTED
from orchestration.reading.processor_time import POLL_SECONDS, Watch, descendants
from orchestration.reading.refusal import Refused
from orchestration.reading.version import office_program

TIME_LIMIT = 40
"""Processor seconds for one file: fewer than the sandbox allows a page, so that the reason names the conversion."""

STILL_SECONDS = 45.0
"""Seconds without computing: fewer than the sandbox waits, for the same reason."""

_MEMORY_LIMIT = 4 * 1024**3

_FILTERS = {"docx": "docx:MS Word 2007 XML", "xlsx": "xlsx:Calc MS Excel 2007 XML"}
_MODULES = {"docx": ("writer", "libreoffice-writer-nogui"), "xlsx": ("calc", "libreoffice-calc-nogui")}

_NOT_LOADED = "could not be loaded"
"""What LibreOffice says of a file that it does not understand; anything else is its own trouble."""

_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "2"),
    ("Office.Calc/Formula/Load", "OOXMLRecalcMode", "0"),
    ("Office.Calc/Formula/Load", "ODFRecalcMode", "0"),
    ("Office.Common/Misc", "FirstRun", "false"),
)
"""What is set in the profile: no macros, and no link in a file is followed."""


def convert(data: bytes, format: str) -> tuple[bytes, str]:
    """The same document as docx or xlsx, and which of the two; formulas of a workbook are computed anew.

    Raises Refused: missing_package, too_slow, stuck, crashed (LibreOffice), password, truncated (LibreOffice made
    nothing of it).
    """
    target = CONVERTED.get(format, "xlsx")
    module, package = _MODULES[target]
    program = office_program()
    if program is None:
        raise Refused("missing_package", format=format, package=package)
    with tempfile.TemporaryDirectory(prefix="par-office-") as folder:
        work = Path(folder)
        source = work / f"report.{format}"
        source.write_bytes(data)
        _write_profile(work / "profile")
        made = work / "made"
        arguments = ["--convert-to", _FILTERS[target], "--outdir", str(made), str(source)]
        message = _run(program, work / "profile", arguments)
        result = made / f"report.{target}"
        if not result.exists():
            if not _has_module(program, module):
                raise Refused("missing_package", format=format, package=package)
            if "password" in message.lower():
                raise Refused("password")
            if _NOT_LOADED in message:
                raise Refused("truncated", format=f".{format}")
            last = (message.strip().splitlines() or ["LibreOffice"])[-1]
            raise Refused("crashed", format=f".{format}", detail=last[:120])
        return result.read_bytes(), target


def is_available(format: str) -> bool:
    """Whether this machine can convert a format."""
    program = office_program()
    return program is not None and _has_module(program, _MODULES[CONVERTED[format]][0])


def _has_module(program: str, module: str) -> bool:
    """LibreOffice is installed in parts: a machine with Writer may have no Calc."""
    home = Path(program).resolve().parent
    library = {"writer": "libswlo.so", "calc": "libsclo.so"}[module]
    return (home / library).exists()


def _run(program: str, profile: Path, arguments: list[str]) -> str:
    """What LibreOffice says. The whole process group ends with the time limit."""
    command = [
        *_bound(),
        program,
        "--headless",
        "--invisible",
        "--norestore",
        "--nolockcheck",
        "--nodefault",
        "--nologo",
        f"-env:UserInstallation={profile.as_uri()}",
        *arguments,
    ]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(profile),
        )
        _limit_memory(process.pid)
        try:
            _wait(process)
        finally:
            _end_group(process)
        output.seek(0)
        return output.read().decode("utf-8", errors="replace")


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Until the program has ended. Raises Refused too_slow or stuck."""
    watch = Watch(process.pid, TIME_LIMIT, STILL_SECONDS)
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=POLL_SECONDS)
            return
        watch.look()
        if watch.is_over():
            raise Refused("too_slow", limit=TIME_LIMIT)
        if watch.is_still():
            raise Refused("stuck", limit=round(STILL_SECONDS))


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """soffice is a script that starts the program proper: what is left of the group must go too."""
    for pid in descendants(process.pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _limit_memory(process: int) -> None:
    """Set from outside, before the program has come to read the file."""
    try:
        resource.prlimit(process, resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
        resource.prlimit(process, resource.RLIMIT_CORE, (0, 0))
    except (ProcessLookupError, PermissionError):
        pass


def _environment(profile: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(profile), "SAL_USE_VCLPLUGIN": "svp"}


_DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")
_NO_NETWORK = ("unshare", "--user", "--map-current-user", "--net")
_ENDED_AS_ONE = ("--pid", "--fork", "--kill-child")


@lru_cache(maxsize=1)
def _bound() -> tuple[str, ...]:
    """A prefix that runs a command as bound as the system lets an ordinary user do: without network, and so that it and
    all it starts end when we do."""
    for prefix in (
        (*_DIES_WITH_US, *_NO_NETWORK, *_ENDED_AS_ONE, "--"),
        (*_DIES_WITH_US, *_NO_NETWORK, "--"),
        (*_NO_NETWORK, "--"),
        _DIES_WITH_US,
    ):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run([*prefix, "true"], capture_output=True, timeout=30, check=False).returncode == 0:
                return prefix
    return ()


def _write_profile(profile: Path) -> None:
    """A new profile with our settings; one that has been started before saves less time than its copy costs."""
    (profile / "user").mkdir(parents=True)
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}">'
        f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    registry = f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>'
    (profile / "user" / "registrymodifications.xcu").write_text(registry, encoding="utf-8")
