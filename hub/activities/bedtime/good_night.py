"""A good night in the evening begins bedtime, after the kind words that answer it; by day they are all."""

from dataclasses import replace
from datetime import time
from typing import Final

from hub.activities.activity import Part
from hub.activities.bedtime.activity import Lulling
from hub.domain.play.limits import Pastime, Window
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.safety.guard import Guard
from hub.safety.lines import HonestQuestion
from hub.storage.store import Store

EVENING: Final = Window(time(18), time(5))
"""By the household's clock."""
LATELY_TURNS: Final = 3
"""Who says it once more within so many turns is not told a second story."""


class GoodNight:
    """In every language in which the guard knows a good night."""

    def __init__(self, lulling: Lulling, store: Store, guard: Guard) -> None:
        self._lulling = lulling
        self._store = store
        self._guard = guard

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        if self._guard.asked(turn.heard) is not HonestQuestion.GOOD_NIGHT:
            return None
        household = await self._store.household.get()
        if not EVENING.holds(household.local(turn.started_at).time()):
            return None
        lately = await self._store.turns.of_conversation(turn.conversation_id, LATELY_TURNS + 1)
        if any(each.providers.get("activity") == Pastime.BEDTIME for each in lately):
            return None
        return replace(self._lulling.bedtime(toy, turn.id), after_goodbye=True)
