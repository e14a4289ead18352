"""How much a process and everything it started have computed, and whether they stand still.

In: a process id. Out: seconds of processor time of the whole tree, ended processes included, and whether a limit is
passed. The clock on the wall says nothing on a busy machine: a reader that waits for its turn is not slow.
Not here: ending a process (`sandbox.py`, `office.py`).
"""

from __future__ import annotations

import os
import time
from pathlib import Path

POLL_SECONDS = 0.2
"""How often a limit is looked at."""

STILL_SECONDS = 60.0
"""A tree of processes that sleeps this long, all of it and without computing, waits for something that never comes."""

_TICKS = os.sysconf("SC_CLK_TCK")
# A sleeper that wakes now and then only to look at its watch computes less than this share of the time.
_SHARE_OF_A_SLEEPER = 0.01
_LONGEST_STEP = 5 * POLL_SECONDS


def descendants(process: int) -> list[int]:
    """Processes started by a process and by those, the youngest first, as far as the system tells."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [*descendants(child), child]
    return found


def seconds_of(process: int) -> float:
    """Processor seconds of a process and all it started, of those that ended and were waited for as well."""
    return sum(_ticks(pid) for pid in [process, *descendants(process)]) / _TICKS


def _ticks(process: int) -> int:
    fields = _fields(Path(f"/proc/{process}/stat"))
    return sum(map(int, fields[11:15])) if fields else 0


def is_asleep(process: int) -> bool:
    """Whether no thread of a process or of what it started runs, waits for its turn, or waits for a disk."""
    for pid in [process, *descendants(process)]:
        for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
            fields = _fields(stat)
            if fields and fields[0] in "RD":
                return False
    return True


def _fields(stat: Path) -> list[str]:
    """The fields of /proc/…/stat after the name, which may hold anything; none where the process is gone."""
    try:
        return stat.read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


class Watch:
    """Watches a tree of processes from now on, against a limit of processor seconds and one of standing still."""

    def __init__(self, process: int, seconds: float, still_seconds: float | None = None) -> None:
        self._process = process
        self._seconds = seconds
        self._still_limit = STILL_SECONDS if still_seconds is None else still_seconds
        self._start = self._most = seconds_of(process)
        self._looked = time.monotonic()
        self._still, self._at_rest = 0.0, self._most

    @property
    def used(self) -> float:
        """Processor seconds since the watch began, as of the last look."""
        return self._most - self._start

    def look(self) -> None:
        """See what was done since the last look."""
        now = time.monotonic()
        # A step is never long: if we ourselves were stopped, the others had no chance either.
        step, self._looked = min(now - self._looked, _LONGEST_STEP), now
        # What a process used is seen a moment late when it ends, so the sum may go back for that moment.
        self._most = max(self._most, seconds_of(self._process))
        if is_asleep(self._process) and self._most - self._at_rest <= _SHARE_OF_A_SLEEPER * (self._still + step) + 0.05:
            self._still += step
        else:
            self.stir()

    def stir(self) -> None:
        """It was seen to do something."""
        self._still, self._at_rest = 0.0, self._most

    def is_over(self) -> bool:
        return self.used > self._seconds

    def is_still(self) -> bool:
        return self._still > self._still_limit
