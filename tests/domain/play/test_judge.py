"""The limits, one by one, in Berlin: Wednesday is 6 May 2026."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.domain.play.judge import Subject, minutes_left, permission, strictest, time_used
from hub.domain.play.limits import (
    DayLimits,
    Grant,
    GrantKind,
    Kind,
    Permission,
    PlayLimits,
    Reason,
    Use,
    Window,
    suggested,
)

BERLIN = ZoneInfo("Europe/Berlin")
SCHOOL = DayLimits(minutes=60, bedtime=Window(time(20), time(6, 30)))
WEEKEND = DayLimits(minutes=90, bedtime=Window(time(21), time(8)))
LIMITS = PlayLimits(SCHOOL, WEEKEND, at_bedtime=frozenset({Kind.STORY}))


def at(day: int, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 5, day, int(hour), int(minute), tzinfo=BERLIN)


def may(subject: Subject, now: datetime, kind: Kind = Kind.CHAT, *, begins: bool = True) -> str:
    found = permission(subject, kind, now, BERLIN, begins=begins)
    return found.refused or (f"{found.ends_at.astimezone(BERLIN):%H:%M}" if found.ends_at else "")


def played(day: int, clock: str, minutes: int) -> Use:
    began = at(day, clock)
    return Use(began, began + timedelta(minutes=minutes))


def test_nothing_is_limited_until_a_parent_says_so() -> None:
    assert may(Subject(PlayLimits()), at(6, "03:00")) == ""
    assert minutes_left(Subject(PlayLimits()), at(6, "03:00"), BERLIN) is None


@pytest.mark.parametrize(
    ("day", "clock", "answer"),
    [
        (6, "06:29", "bedtime"),
        (6, "06:30", "07:30"),
        (6, "19:30", "20:00"),
        (6, "20:00", "bedtime"),
        (8, "20:30", "21:00"),  # Friday's evening is the weekend's
        (9, "07:59", "bedtime"),
        (9, "08:00", "09:30"),
        (10, "20:00", "bedtime"),  # and Sunday's is not
        (11, "06:30", "07:30"),
    ],
)
def test_bedtime_is_of_the_night_and_minutes_are_of_the_day(
    day: int, clock: str, answer: str
) -> None:
    assert may(Subject(LIMITS), at(day, clock)) == answer


def test_a_story_may_go_on_where_talk_may_not() -> None:
    assert may(Subject(LIMITS), at(6, "20:30"), Kind.STORY) == "21:30"
    assert may(Subject(LIMITS), at(6, "20:30"), Kind.GAME) == "bedtime"


def test_the_minutes_of_all_toys_count_together_and_those_of_two_at_once_only_once() -> None:
    uses = [played(6, "15:00", 20), played(6, "15:10", 20), played(6, "16:00", 25)]
    assert time_used(uses, at(6, "00:00"), at(6, "18:00")) == timedelta(minutes=55)
    assert may(Subject(LIMITS, uses=uses), at(6, "18:00")) == "18:05"
    uses.append(played(6, "18:00", 5))
    assert may(Subject(LIMITS, uses=uses), at(6, "19:00")) == "minutes"
    assert may(Subject(LIMITS, uses=uses), at(7, "07:00")) == "08:00"


def test_a_short_pause_is_play_and_a_long_one_is_not() -> None:
    uses = [played(6, "15:00", 10), played(6, "15:12", 10), played(6, "15:25", 10)]
    assert time_used(uses, at(6, "00:00"), at(6, "15:36")) == timedelta(minutes=33)


def test_a_pause_after_what_ended_at_midnight_is_not_of_the_new_day() -> None:
    uses = [played(5, "23:58", 2), played(6, "00:01", 3)]
    assert time_used(uses, at(6, "00:00"), at(6, "15:00")) == timedelta(minutes=3)
    assert time_used(uses[:1], at(6, "00:00"), at(6, "00:01")) == timedelta()


def test_ten_more_minutes_are_of_this_day_and_put_off_a_bedtime_that_is_near() -> None:
    more = Grant("g", GrantKind.MORE_MINUTES, at(6, "19:30"), 10)
    subject = Subject(LIMITS, [more], [played(6, "15:00", 60)])
    assert may(subject, at(6, "19:30")) == "19:40"
    idle = Subject(LIMITS, [more])
    assert may(idle, at(6, "19:50")) == "20:10"
    assert may(idle, at(6, "20:10")) == "bedtime"
    assert may(idle, at(7, "20:00")) == "bedtime"
    late = Subject(LIMITS, [Grant("g", GrantKind.MORE_MINUTES, at(6, "21:00"), 10)])
    assert may(late, at(6, "21:05")) == "21:10"


def test_only_tonight_is_only_tonight() -> None:
    tonight = Grant("g", GrantKind.ONLY_TONIGHT, at(6, "08:00"), 60)
    subject = Subject(LIMITS, [tonight])
    assert may(subject, at(6, "20:30")) == "21:00"
    assert may(subject, at(6, "21:00")) == "bedtime"
    assert may(subject, at(7, "20:00")) == "bedtime"
    none = Grant("h", GrantKind.ONLY_TONIGHT, at(6, "20:10"))
    assert may(Subject(LIMITS, [tonight, none]), at(6, "23:30")) == "01:00"


def test_one_more_story_is_one_story() -> None:
    uses = [played(6, "15:00", 60)]
    given = Grant("g", GrantKind.ONE_MORE_STORY, at(6, "19:00"))
    subject = Subject(LIMITS, [given], uses)
    assert may(subject, at(6, "19:05"), Kind.CHAT) == "minutes"
    assert may(subject, at(6, "19:05"), Kind.STORY) == "19:20"
    assert permission(subject, Kind.STORY, at(6, "19:05"), BERLIN).story == "g"
    assert may(subject, at(6, "21:00"), Kind.STORY) == "minutes"
    begun = Grant("g", GrantKind.ONE_MORE_STORY, at(6, "19:00"), used_at=at(6, "19:05"))
    subject = Subject(LIMITS, [begun], uses)
    assert may(subject, at(6, "19:07"), Kind.STORY) == "minutes"
    assert may(subject, at(6, "19:07"), Kind.STORY, begins=False) == "19:20"
    assert may(subject, at(6, "19:20"), Kind.STORY, begins=False) == "minutes"


def test_where_it_is_not_known_who_speaks_the_strictest_counts() -> None:
    free, soon = Permission(), Permission(ends_at=at(6, "19:00"), ends_for=Reason.REST)
    later = Permission(ends_at=at(6, "20:00"), ends_for=Reason.BEDTIME)
    assert strictest([free, later, soon]) == soon
    assert strictest([later, Permission(refused=Reason.MINUTES), soon]).refused is Reason.MINUTES
    assert strictest([]) == free


def test_a_bedtime_at_an_hour_that_the_clock_skips_or_repeats_is_the_longer_one() -> None:
    """In Berlin 02:30 is skipped on 29 March 2026, and there twice on 25 October."""
    early = PlayLimits(DayLimits(rest=Window(time(1, 15), time(2, 30))))
    weekend = PlayLimits(weekend=early.weekday)
    for moment, refused in (
        (datetime(2026, 3, 29, 0, 20, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2026, 3, 29, 1, 29, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("UTC")), False),
        (datetime(2026, 10, 25, 1, 29, tzinfo=ZoneInfo("UTC")), True),
        (datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("UTC")), False),
    ):
        found = permission(Subject(weekend), Kind.CHAT, moment, BERLIN)
        assert (found.refused is Reason.REST) is refused


@pytest.mark.parametrize(
    ("age", "bedtime", "weekend"),
    [(None, time(20), time(20, 30)), (3, time(19), time(19, 30)), (13, time(21, 30), time(22))],
)
def test_an_hour_and_a_bedtime_are_suggested_by_age(
    age: int | None, bedtime: time, weekend: time
) -> None:
    limits = suggested(age)
    assert limits.weekday == DayLimits(60, Window(bedtime, time(6, 30)))
    assert limits.weekend == DayLimits(60, Window(weekend, time(6, 30)))


def test_one_talk_lasts_as_long_as_it_may_and_then_comes_a_break() -> None:
    twenty = PlayLimits(talk_minutes=20)
    talk = [played(6, "15:00", 1), played(6, "15:09", 1), played(6, "15:15", 1)]
    assert may(Subject(twenty), at(6, "15:00")) == "15:20", "it begins now"
    assert may(Subject(twenty, uses=talk), at(6, "15:19")) == "15:20"
    assert may(Subject(twenty, uses=talk), at(6, "15:20")) == "talk"
    tried = [*talk, played(6, "15:25", 1)]
    assert may(Subject(twenty, uses=tried), at(6, "15:29")) == "talk"
    assert may(Subject(twenty, uses=tried), at(6, "15:30")) == "15:50", "to ask is no talk"
    again = [*tried, played(6, "15:31", 1)]
    assert may(Subject(twenty, uses=again), at(6, "15:32")) == "15:51"
    paused = [played(6, "15:00", 1), played(6, "15:11", 1)]
    assert may(Subject(twenty, uses=paused), at(6, "15:22")) == "15:42", "ten minutes part talks"
    more = [Grant("g", GrantKind.MORE_MINUTES, at(6, "15:22"), 10)]
    assert may(Subject(twenty, more, talk), at(6, "15:23")) == "15:30"
    story = [Grant("s", GrantKind.ONE_MORE_STORY, at(6, "15:22"))]
    assert may(Subject(twenty, story, talk), at(6, "15:23"), Kind.STORY) == "15:38"
