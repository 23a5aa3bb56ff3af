"""A child calls for another toy: "I want Bear", "can I talk to Bear?", where a parent allows that in the device.

The toy that was spoken to answers; the other one moves in once that turn has ended, see `hub.core.toys.called`.
"""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from hub.activities.activity import Part
from hub.activities.calling.grammar import CallGrammar
from hub.activities.words import one_of, plain_words
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Toy
from hub.safety.guard import Line
from hub.storage.store import Store

log = structlog.get_logger()

NAME: Final = "calling"
MAX_WAITING: Final = 100
"""Calls whose turns have ended; each waits for one write to the disk."""


@dataclass(frozen=True, slots=True)
class Call:
    satellite_key: str
    """Where it was heard."""
    by_toy_id: str
    """Who lived there then."""
    toy_id: str
    """Who is called."""


class CallingToys:
    def __init__(self, store: Store) -> None:
        self._toys = store.toys
        self._satellites = store.satellites
        self._grammar = CallGrammar.load()
        self._answered: dict[str, Call] = {}
        """By the ids of turns that go on."""
        self.ended: asyncio.Queue[Call] = asyncio.Queue(MAX_WAITING)
        """Calls that were answered, and whose turns are over."""

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        names = self._grammar.read(turn.heard, toy.language, toy.name)
        if not names or turn.satellite_key is None:
            return None
        called = [one for one in await self._toys.list() if plain_words(one.name) in names]
        if not called:
            return None
        return Part(NAME, partial(self._answer, called[0], turn, toy), Line.STORAGE_FAILED)

    async def _answer(self, called: Toy, turn: Turn, toy: Toy) -> AsyncGenerator[str]:
        """A friend who visits calls no toy: the stricter age holds for the one that is visited alone."""
        say, key = self._grammar.say(toy.language), turn.satellite_key or ""
        satellite = await self._satellites.get(key)
        if called.id == toy.id:
            lines = say.here
        elif toy.visit or satellite is None or called.id not in satellite.callable_toys:
            lines = say.not_allowed
        elif called.paused:
            lines = say.resting
        else:
            lines = say.coming
            self._answered[turn.id] = Call(key, toy.id, called.id)
        yield one_of(lines, turn.id).format(name=called.name)

    def turn_ended(self, turn: Turn) -> None:
        """Of each turn, also one that was no call. What the guard refused or a fault broke calls nobody."""
        call = self._answered.pop(turn.id, None)
        if call is None or turn.state not in (TurnState.DONE, TurnState.CUT):
            return
        if self.ended.full():
            log.error("a toy that was called does not come", toy=call.toy_id)
            return
        self.ended.put_nowait(call)
