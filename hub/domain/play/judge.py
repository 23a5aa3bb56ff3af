"""Whether a child may play now, and until when: the one place where the limits are reckoned.

    permission(subject, Kind.STORY, now, zone)
    strictest([...])

Used time is the union of what was said and heard, pauses of up to PAUSE included, so two toys at once count once.
A talk lasts from its first words on, shorter pauses than BREAK included; what is tried in the break after it is none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from hub.domain.play import calendar
from hub.domain.play.limits import (
    BREAK,
    DayLimits,
    Grant,
    GrantKind,
    Kind,
    Permission,
    PlayLimits,
    Reason,
    Use,
)

PAUSE: Final = timedelta(minutes=2)
"""A child who is silent for so long is playing still."""
AHEAD: Final = timedelta(hours=1)
"""More minutes that are given so shortly before bedtime put it off."""
STORY_WITHIN: Final = timedelta(hours=2)
"""One more story must be begun so soon …"""
STORY_LASTS: Final = timedelta(minutes=15)
"""… and is over after so long."""
LONGEST_DAY: Final = timedelta(hours=27)
"""With the clock set back in it, and the pause before it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A child or a toy: its limits, what was given beyond them, and when it was played with."""

    limits: PlayLimits
    grants: Sequence[Grant] = ()
    uses: Sequence[Use] = ()
    """Of today at least, in any order."""
    child_id: str | None = None
    """Of a child."""


def permission(
    subject: Subject, kind: Kind, now: datetime, zone: tzinfo | None, *, begins: bool = True
) -> Permission:
    """Whether `kind` may go on at `now`. `begins`: it is a new story, not the next part of one."""
    ordinary = _ordinary(subject, kind, now, zone)
    if kind is not Kind.STORY:
        return ordinary
    for grant in subject.grants:
        if ends_at := _story_ends(grant, now, begins=begins):
            if ordinary.refused is None and (not ordinary.ends_at or ordinary.ends_at >= ends_at):
                return ordinary
            end = ordinary.ends_for or ordinary.refused
            return Permission(ends_at=ends_at, ends_for=end, story=grant.id)
    return ordinary


def strictest(permissions: Iterable[Permission]) -> Permission:
    """What all of them allow: a refusal where one refuses, else until the first one ends."""
    found = Permission()
    for each in permissions:
        if each.refused:
            return each
        if each.ends_at and (found.ends_at is None or each.ends_at < found.ends_at):
            found = replace(each, story=found.story or each.story)
        elif each.story:
            found = replace(found, story=each.story)
    return found


def minutes_left(subject: Subject, now: datetime, zone: tzinfo | None) -> timedelta | None:
    """Of today's minutes; None where they are not limited."""
    today = calendar.day_of(now, zone)
    allowed = _allowed(subject, today, zone)
    if allowed is None:
        return None
    return max(
        allowed - time_used(subject.uses, calendar.day_begins(today, zone), now), timedelta()
    )


def closes(
    subject: Subject, kind: Kind, now: datetime, zone: tzinfo | None
) -> tuple[datetime, Reason] | None:
    """When bedtime or rest next stops `kind`, and which; None where neither does before the day after tomorrow."""
    coming = _closed(subject, kind, now, zone)
    return min(((each.began, reason) for reason, each in coming if each.began > now), default=None)


def story_waits(subject: Subject, now: datetime) -> bool:
    """Whether one more story was given, and can still be begun."""
    return any(not each.used_at and _story_ends(each, now, begins=True) for each in subject.grants)


def time_used(uses: Iterable[Use], since: datetime, now: datetime) -> timedelta:
    """From `since` to `now`, pauses up to PAUSE included."""
    total, until = timedelta(), None
    for use in sorted(uses, key=lambda use: use.began):
        began, ended = max(use.began, since), min(use.ended, now)
        if ended <= since or began > now:  # what ended at midnight is the day before
            continue
        if until is not None and began - until <= PAUSE:
            began = until
        if ended > began:
            total += ended - began
        until = ended if until is None else max(until, ended)
    if until is not None and now - until <= PAUSE:
        total += now - until
    return total


def _ordinary(subject: Subject, kind: Kind, now: datetime, zone: tzinfo | None) -> Permission:
    """Without one more story."""
    ends: list[tuple[datetime, Reason]] = []
    for reason, closed in _closed(subject, kind, now, zone):
        if closed.began <= now < closed.ended:
            return Permission(refused=reason)
        if closed.began > now:
            ends.append((closed.began, reason))
    left = minutes_left(subject, now, zone)
    if left == timedelta():
        return Permission(refused=Reason.MINUTES)
    if until := _used_up_at(subject, now, left, zone):
        ends.append((until, Reason.MINUTES))
    if talk := _talk_ends(subject, now):
        if talk <= now:
            return Permission(refused=Reason.TALK)
        ends.append((talk, Reason.TALK))
    at, reason_of_end = min(ends, default=(None, None))
    return Permission(ends_at=at, ends_for=reason_of_end)


def _used_up_at(
    subject: Subject, now: datetime, left: timedelta | None, zone: tzinfo | None
) -> datetime | None:
    """When who plays on has used up the minutes that are `left`, or after midnight the next day's."""
    tomorrow = calendar.day_of(now, zone) + calendar.ONE_DAY
    midnight = calendar.day_begins(tomorrow, zone)
    if left is not None and now + left < midnight:
        return now + left
    allowed = _allowed(subject, tomorrow, zone)
    return None if allowed is None else midnight + allowed


def _talk_ends(subject: Subject, now: datetime) -> datetime | None:
    """When the talk that goes on at `now`, or begins, has lasted as long as it may; less than BREAK ago."""
    if subject.limits.talk_minutes is None:
        return None
    most = timedelta(minutes=subject.limits.talk_minutes)
    given = [grant for grant in subject.grants if grant.kind is GrantKind.MORE_MINUTES]
    before = [use for use in subject.uses if use.began <= now]
    ended = ends = now - LONGEST_DAY
    for use in sorted([*before, Use(now, now)], key=lambda use: use.began):
        if use.began >= min(ended, ends) + BREAK:
            more = [g for g in given if use.began <= g.at < use.began + most + BREAK]
            ends = use.began + most + sum(map(_minutes, more), timedelta())
        ended = max(ended, use.ended)
    return ends


def _closed(
    subject: Subject, kind: Kind, now: datetime, zone: tzinfo | None
) -> Iterator[tuple[Reason, Use]]:
    """When bedtime and rest stop `kind`: the windows that begin from yesterday to tomorrow, as they were put off."""
    limits, today = subject.limits, calendar.day_of(now, zone)
    for day in (today - calendar.ONE_DAY, today, today + calendar.ONE_DAY):
        bedtime = _of(limits, weekend=calendar.is_weekend_night(day)).bedtime
        if bedtime and kind not in limits.at_bedtime:
            night = _tonight(calendar.occurrence(bedtime, day, zone), subject.grants, day, zone)
            if night:
                yield Reason.BEDTIME, _put_off(night, subject.grants)
        rest = _of(limits, weekend=calendar.is_weekend(day)).rest
        if rest and kind not in limits.at_rest:
            yield Reason.REST, _put_off(calendar.occurrence(rest, day, zone), subject.grants)


def _of(limits: PlayLimits, *, weekend: bool) -> DayLimits:
    return limits.weekend if weekend else limits.weekday


def _tonight(night: Use, grants: Iterable[Grant], day: date, zone: tzinfo | None) -> Use | None:
    """With what was said of this night alone, the last word counting; None where it has no bedtime."""
    said = [
        grant
        for grant in grants
        if grant.kind is GrantKind.ONLY_TONIGHT and calendar.night_of(grant.at, zone) == day
    ]
    if not said:
        return night
    last = max(said, key=lambda grant: grant.at)
    return replace(night, began=night.began + _minutes(last)) if last.minutes else None


def _put_off(closed: Use, grants: Iterable[Grant]) -> Use:
    """By the minutes that were given shortly before, or meanwhile."""
    began = closed.began
    for grant in sorted(grants, key=lambda grant: grant.at):
        if grant.kind is GrantKind.MORE_MINUTES and closed.began - AHEAD <= grant.at < closed.ended:
            began = max(began, grant.at) + _minutes(grant)
    return replace(closed, began=began)


def _allowed(subject: Subject, day: date, zone: tzinfo | None) -> timedelta | None:
    minutes = _of(subject.limits, weekend=calendar.is_weekend(day)).minutes
    if minutes is None:
        return None
    given = [
        _minutes(grant)
        for grant in subject.grants
        if grant.kind is GrantKind.MORE_MINUTES and calendar.day_of(grant.at, zone) == day
    ]
    return sum(given, timedelta(minutes=minutes))


def _story_ends(grant: Grant, now: datetime, *, begins: bool) -> datetime | None:
    """When the one more story must be over; None where the grant allows none now."""
    if grant.kind is not GrantKind.ONE_MORE_STORY or now < grant.at:
        return None
    if grant.used_at is None:
        return now + STORY_LASTS if now < grant.at + STORY_WITHIN else None
    ends_at = grant.used_at + STORY_LASTS
    return ends_at if not begins and grant.used_at <= now < ends_at else None


def _minutes(grant: Grant) -> timedelta:
    return timedelta(minutes=grant.minutes)
