"""When a child has talked so long that a break is due."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.domain.talks.talk import Turn
from hub.storage.store import Store

DAY_FACTOR: Final = 3
"""A day's talks together may last so many times as long as one."""
MAX_TURNS_READ: Final = 1000
"""The newest, where the hub has just started: more than an hour of talking without a pause."""


@dataclass(slots=True)
class TalkTime:
    """How long one toy was talked with today since its child was reminded of a break.

    Time passes between turns of one talk; the pauses from talk to talk don't count.
    """

    talk: timedelta = timedelta()
    """Of the present talk."""
    day: timedelta = timedelta()
    """Of all talks of the day."""
    latest: Turn | None = None
    """The newest turn that is counted."""

    def add(self, turn: Turn, was_reminded: Callable[[Turn], bool]) -> None:
        """The turn that follows `latest`."""
        before, self.latest = self.latest, turn
        if before is None:
            return
        if was_reminded(before):
            self.talk = self.day = timedelta()
        if before.conversation_id == turn.conversation_id:
            passed = max(turn.started_at - before.started_at, timedelta())
            self.talk, self.day = self.talk + passed, self.day + passed
        else:
            self.talk = timedelta()

    def is_long(self, after: timedelta) -> bool:
        """Whether the child was not reminded for `after` of one talk, or thrice that of today's talks."""
        return self.talk >= after or self.day >= DAY_FACTOR * after


class Breaks:
    """Counts each toy's talks of the day, reading each turn once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._time: dict[str, TalkTime] = defaultdict(TalkTime)
        """By toy."""

    async def is_due(
        self,
        turn: Turn,
        start_of_day: datetime,
        after: timedelta,
        was_reminded: Callable[[Turn], bool],
    ) -> bool:
        """Whether a break is due after `turn`, a toy's newest. Raises DataError."""
        latest = self._time[turn.toy_id].latest
        if latest is None or latest.started_at < start_of_day:
            self._time[turn.toy_id], latest = TalkTime(), None
        since = latest.started_at if latest else start_of_day
        known = {turn.id, latest.id if latest else ""}
        time = self._time[turn.toy_id]
        for before in await self._store.turns.begun_since(turn.toy_id, since, MAX_TURNS_READ):
            if before.id not in known:
                time.add(before, was_reminded)
        time.add(turn, was_reminded)
        return time.is_long(after)
