"""What reading costs, counted in calls: a busy machine changes the seconds, not the count.

In: a function and its arguments. Out: how many calls Python made, into its own functions and into C.
Not here: the seconds, which are the benchmarks' matter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(function: Callable[..., object], *arguments: object) -> int:
    """How many calls `function(*arguments)` makes, itself included."""
    count = 0

    def tick(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return count
