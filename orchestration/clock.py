"""What time it is, for everything that is written down: one place, so that a run can be repeated to the byte.

`PAR_NOW` (an ISO time with its zone, such as 2026-11-30T08:00:00+07:00) stands in for the clock of the machine.
Not here: measuring how long something takes.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from orchestration.sentence import ToldError

LOCAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")
"""A date of this project is a date in Việt Nam."""


def now() -> datetime:
    """The present moment in UTC. Raises ToldError for a `PAR_NOW` that is no time with a zone."""
    told = os.environ.get("PAR_NOW")
    if not told:
        return datetime.now(UTC)
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is None:
        raise ToldError(f"PAR_NOW={told} thiếu múi giờ.", "It has no time zone, e.g. 2026-11-30T08:00:00+07:00.")
    return moment.astimezone(UTC)


def today() -> date:
    """The present day in Việt Nam."""
    return now().astimezone(LOCAL_TIME).date()
