"""The reporting calendar as Dagster asks for it: what a day is to which period, from the seed `periods`.

Not here: deadlines themselves (the seed), and what happens on those mornings.
"""

from datetime import date, timedelta

from orchestration.reading.knowledge import catalogue

TIME_ZONE = "Asia/Ho_Chi_Minh"
_HOUR = 7


def mornings_after() -> list[str]:
    """A cron line for every day of a year on which some period was due the day before."""
    days = {due + timedelta(days=1) for due in _due_dates()}
    return sorted({f"0 {_HOUR} {day.day} {day.month} *" for day in days})


def due_before(morning: date) -> str | None:
    """The period that was due the day before; None where none was."""
    return _due_dates().get(morning - timedelta(days=1))


def deadline_cron() -> str:
    """One cron line for the noon of all mornings after; their days of the month must be equal, as they are by law."""
    mornings = [line.split() for line in mornings_after()]
    days, months = {line[2] for line in mornings}, {line[3] for line in mornings}
    return f"0 12 {','.join(sorted(days, key=int))} {','.join(sorted(months, key=int))} *"


REMINDED, CHASED = timedelta(days=7), timedelta(days=30)
"""How long before a deadline the provinces are reminded, and how long after it they are chased."""


def due_date(period: str) -> date | None:
    known = catalogue.periods().get(period)
    return known.due if known else None


def reminded_on(day: date) -> str | None:
    """The period whose deadline is a week away, or was passed one, two, three or four weeks ago."""
    dues = _due_dates()
    weeks = (timedelta(weeks=number) for number in range(CHASED.days // 7 + 1))
    return dues.get(day + REMINDED) or next((dues[day - ago] for ago in weeks if ago and day - ago in dues), None)


def collected_on(day: date) -> str | None:
    """The period that is being collected: its window has ended, and it is not a month since it was due."""
    found = [one for one in catalogue.periods().values() if one.window_end < day <= one.due + CHASED]
    return found[-1].key if found else None


def _due_dates() -> dict[date, str]:
    return {period.due: period.key for period in catalogue.periods().values()}
