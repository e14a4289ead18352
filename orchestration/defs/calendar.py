"""The reporting calendar as Dagster asks for it: cron lines of the mornings after a deadline, from the seed `periods`.

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


def _due_dates() -> dict[date, str]:
    return {period.due: period.key for period in catalogue.periods().values()}
