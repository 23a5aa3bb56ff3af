"""What the limits mean, written apart from the hub and as plainly as can be: a walk over minutes and seconds.

All moments are whole seconds since 1970. Nothing here shares a line with `hub.domain.play` but its values.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from hub.domain.play.limits import Grant, GrantKind, Kind, PlayLimits, Window

MINUTE = 60
HOUR = 3600
DAY_MINUTES = 24 * 60


def wall(second: int, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromtimestamp(second, zone).replace(tzinfo=None)


@lru_cache(maxsize=16)  # a megabyte each
def minutes_around(day: date, zone: ZoneInfo) -> list[tuple[int, datetime]]:
    """Each minute from well before that day to well after the next one, and what the clock on the wall shows."""
    noon_before = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    first = int(noon_before.timestamp())
    seconds = range(first, first + 4 * DAY_MINUTES * MINUTE, MINUTE)
    return [(second, wall(second, zone)) for second in seconds]


@cache
def first_second(day: date, zone: ZoneInfo) -> int:
    return next(second for second, shown in minutes_around(day, zone) if shown.date() == day)


@cache
def closing(window: Window, day: date, zone: ZoneInfo) -> tuple[int, int]:
    begins = datetime.combine(day, window.begins)
    last_day = day if window.begins < window.ends else day + timedelta(days=1)
    ends = datetime.combine(last_day, window.ends)
    shown = minutes_around(day, zone)
    first = next(second for second, clock in shown if clock >= begins)
    last = max(second for second, clock in shown if clock < ends)
    return first, last + MINUTE


class PlainSubject:
    """One child or toy, with a mark for each second of each day on which it played."""

    def __init__(self, limits: PlayLimits, zone: ZoneInfo) -> None:
        self.limits = limits
        self.zone = zone
        self.grants: list[Grant] = []
        self._played: dict[date, bytearray] = defaultdict(lambda: bytearray(26 * HOUR))
        self._last: dict[date, int] = {}

    def plays(self, seconds: range) -> None:
        """Marks them, and the pause before them where that was short."""
        if not seconds:
            return
        day = wall(seconds[0], self.zone).date()
        if day != wall(seconds[-1], self.zone).date():  # over midnight: each by itself
            for each in seconds:
                self.plays(range(each, each + 1))
            return
        at, end = (second - first_second(day, self.zone) for second in (seconds[0], seconds.stop))
        last = self._last.get(day, -HOUR)
        begin = last if 0 <= at - last - 1 <= 2 * MINUTE else at
        self._played[day][begin:end] = b"\1" * (end - begin)
        self._last[day] = max(last, end - 1)

    def played(self, second: int) -> int:
        """Seconds of that day, up to that one."""
        day = wall(second, self.zone).date()
        at = second - first_second(day, self.zone)
        seconds = self._played[day].count(1, 0, at)
        marked = self._played[day].rfind(1, 0, at)
        since = at - 1 - marked
        return seconds + (since if marked >= 0 and since <= 2 * MINUTE else 0)

    def allows(self, kind: Kind, second: int) -> bool:
        """Whatever may go on in spite of it as one more story aside."""
        return not self._closed(kind, second) and not self._used_up(second)

    def _used_up(self, second: int) -> bool:
        day = wall(second, self.zone).date()
        limits = self.limits.weekend if day.isoweekday() in (6, 7) else self.limits.weekday
        if limits.minutes is None:
            return False
        given = limits.minutes
        for grant in self.grants:
            if grant.kind is GrantKind.MORE_MINUTES:
                at = int(grant.at.timestamp())
                given += grant.minutes if wall(at, self.zone).date() == day else 0
        return self.played(second) >= given * MINUTE

    def _closed(self, kind: Kind, second: int) -> bool:
        today = wall(second, self.zone).date()
        for day in (today - timedelta(days=1), today):
            bedtime = (
                self.limits.weekend if day.isoweekday() in (5, 6) else self.limits.weekday
            ).bedtime
            if (
                bedtime
                and kind not in self.limits.at_bedtime
                and self._in_night(bedtime, day, second)
            ):
                return True
            rest = (self.limits.weekend if day.isoweekday() in (6, 7) else self.limits.weekday).rest
            if rest and kind not in self.limits.at_rest:
                begins, ends = closing(rest, day, self.zone)
                if self._put_off(begins, begins, ends) <= second < ends:
                    return True
        return False

    def _in_night(self, bedtime: Window, day: date, second: int) -> bool:
        begins, ends = closing(bedtime, day, self.zone)
        tonight = None
        for grant in sorted(self.grants, key=lambda each: each.at):
            at = wall(int(grant.at.timestamp()), self.zone)
            if grant.kind is GrantKind.ONLY_TONIGHT and (at - timedelta(hours=6)).date() == day:
                tonight = grant.minutes
        if tonight == 0:
            return False
        later = begins + (tonight or 0) * MINUTE
        return self._put_off(later, later, ends) <= second < ends

    def _put_off(self, closes: int, begins: int, ends: int) -> int:
        for grant in sorted(self.grants, key=lambda each: each.at):
            at = int(grant.at.timestamp())
            if grant.kind is GrantKind.MORE_MINUTES and begins - HOUR <= at < ends:
                closes = max(closes, at) + grant.minutes * MINUTE
        return closes
