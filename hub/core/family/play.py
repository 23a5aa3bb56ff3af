"""How long and when children may talk with their toys: what parents set, and how it stands now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.domain.clock import Clock
from hub.domain.play.judge import (
    LONGEST_DAY,
    Subject,
    closes,
    minutes_left,
    permission,
    story_waits,
    strictest,
)
from hub.domain.play.limits import (
    LATER_MINUTES,
    MORE_MINUTES,
    Grant,
    GrantKind,
    Kind,
    PlayLimits,
    Reason,
    Whose,
)
from hub.domain.toys import Toy
from hub.storage.store import Store

MINUTES_OF: Final = {
    GrantKind.MORE_MINUTES: MORE_MINUTES,
    GrantKind.ONE_MORE_STORY: 0,
    GrantKind.ONLY_TONIGHT: LATER_MINUTES,
}
"""What one tap gives."""
SHOWN_AHEAD: Final = timedelta(hours=12)
"""A bedtime that is further away is tomorrow's to a parent."""


@dataclass(frozen=True, slots=True)
class PlayToday:
    """How it stands with a toy or a child at one moment; for a chat, the strictest counting."""

    limited: bool
    """Whether a parent set anything."""
    minutes_left: int | None
    """Of the day's minutes, whole ones; None: they are not limited."""
    refused: Reason | None
    closes_at: datetime | None
    """By the household's clock: when bedtime or rest comes, within SHOWN_AHEAD."""
    closes_for: Reason | None
    story_waits: bool
    """A parent gave one more story, and it is not told yet."""


class Play:
    """The limits of one household."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def limits(self, whose: Whose) -> PlayLimits:
        return await self._store.play.limits(whose)

    async def save(self, whose: Whose, limits: PlayLimits) -> PlayLimits:
        """It counts from the next turn on. Raises DataError."""
        return await self._store.play.save(whose, limits)

    async def give(self, whose: Whose, kind: GrantKind, minutes: int | None = None) -> Grant:
        """For once: to a child on every toy, or to whoever talks with a toy. `minutes`: other than one tap gives.

        Raises DataError where there is no such toy or child, RefusedError where it was given all too often.
        """
        given = MINUTES_OF[kind] if minutes is None else minutes
        grant = Grant(uuid.uuid4().hex, kind, self._clock.now(), given)
        return await self._store.play.give(whose, grant)

    async def of_toy(self, toy: Toy) -> PlayToday:
        return await self._today(await self._store.play.subjects(toy, self._since()))

    async def of_child(self, child_id: str) -> PlayToday:
        """Whichever toy they take, whose own limits may be stricter."""
        return await self._today([await self._store.play.child(child_id, self._since())])

    def _since(self) -> datetime:
        return self._clock.now() - LONGEST_DAY

    async def _today(self, subjects: Sequence[Subject]) -> PlayToday:
        household, now = await self._store.household.get(), self._clock.now()
        zone: ZoneInfo | None = household.zone
        found = strictest(permission(each, Kind.CHAT, now, zone) for each in subjects)
        left = [minutes_left(each, now, zone) for each in subjects]
        known = [each for each in left if each is not None]
        coming = [end for each in subjects if (end := closes(each, Kind.CHAT, now, zone))]
        closes_at, closes_for = min(coming, default=(None, None))
        if closes_at and closes_at - now > SHOWN_AHEAD:
            closes_at = closes_for = None
        return PlayToday(
            limited=any(each.limits.any for each in subjects),
            minutes_left=min(known) // timedelta(minutes=1) if known else None,
            refused=found.refused,
            closes_at=household.local(closes_at) if closes_at else None,
            closes_for=closes_for,
            story_waits=any(story_waits(each, now) for each in subjects),
        )
