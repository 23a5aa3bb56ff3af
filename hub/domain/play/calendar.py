"""Days and times of day as moments, by a family's clock: `zone` is its time zone, None the machine's own."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from hub.domain.play.limits import Use, Window

ONE_DAY: Final = timedelta(days=1)
NIGHT_ENDS: Final = timedelta(hours=6)
"""What a parent says of tonight before six in the morning is of the night that is still on."""
_SATURDAY: Final = 5
_FRIDAY: Final = 4


def day_of(moment: datetime, zone: tzinfo | None) -> date:
    return moment.astimezone(zone).date()


def night_of(moment: datetime, zone: tzinfo | None) -> date:
    """The day in whose evening the night begins that is meant by "tonight"."""
    return (moment.astimezone(zone) - NIGHT_ENDS).date()


def day_begins(day: date, zone: tzinfo | None) -> datetime:
    return _readings(day, time(), zone)[0]


def is_weekend(day: date) -> bool:
    return day.weekday() >= _SATURDAY


def is_weekend_night(day: date) -> bool:
    """Whether the night that begins on `day` is followed by a day off."""
    return day.weekday() in (_FRIDAY, _SATURDAY)


def occurrence(window: Window, day: date, zone: tzinfo | None) -> Use:
    """The window that begins on `day`. Where the clock is changed amid its first or last minute, the longer one."""
    last = day if window.ends > window.begins else day + ONE_DAY
    return Use(min(_readings(day, window.begins, zone)), max(_readings(last, window.ends, zone)))


def _readings(day: date, at: time, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """When a clock on the wall shows that time: twice, or in a way never, where the clock is changed just then."""
    wall = datetime.combine(day, at, zone)
    return wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
