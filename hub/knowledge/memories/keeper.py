"""Learns from what children said, when a turn is over: proposed by rules, checked, and only where a parent chose it.

Nothing of it is in a turn's way. How far it has read is kept, so that a hub's end loses nothing.
"""

import asyncio
import uuid
from typing import Final

import structlog

from hub.domain.family.memories import Memory, MemorySource
from hub.domain.talks.talk import UNFINISHED, WITHOUT_CHILD, Turn
from hub.errors import DataError, RefusedError
from hub.events import Bus, Missed, TurnChanged
from hub.knowledge.memories.by_model import TalkReader
from hub.knowledge.memories.fitness import Fitness, passes
from hub.knowledge.memories.rules import MemoryRules
from hub.knowledge.memories.wording import mark
from hub.knowledge.so_far import CALM_TURNS, SoFar
from hub.safety.guard import Guard
from hub.storage.store import Store

log = structlog.get_logger()

READ_AT_ONCE: Final = 50
"""Turns."""
LEAST_SURE: Final = 0.4
"""What a recogniser was less sure of is not remembered."""
READ_UNTIL: Final = "memories_read_until"
"""The key under which the revision of the last turn that was read is kept."""


class MemoryKeeper:
    """`reader` reads whole talks as well."""

    def __init__(
        self, store: Store, guard: Guard, bus: Bus, reader: TalkReader | None = None
    ) -> None:
        self._reader = reader
        self._store = store
        self._guard = guard
        self._bus = bus
        self._fitness = Fitness.load()
        self._rules = MemoryRules.load(self._fitness)

    async def run(self) -> None:
        """Read each turn when it is over; until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            if self._reader is not None:
                tasks.create_task(self._reader.run())
            tasks.create_task(self._run())

    async def _run(self) -> None:
        with self._bus.subscribe() as changes:
            await self._try_to_read()
            async for change in changes:
                if isinstance(change, (TurnChanged, Missed)):
                    await self._try_to_read()

    async def _try_to_read(self) -> None:
        try:
            await self.read()
        except DataError as error:  # tried again at the next turn
            log.error("what was said is not read for memories", error=str(error))

    async def read(self) -> None:
        """Learn from all turns that ended since the last time. Raises DataError."""
        kept = await self._store.meta.get(READ_UNTIL)
        if kept is None:  # what was said before is not dug up
            await self._store.meta.set(READ_UNTIL, str(await self._store.revision()))
            return
        until = int(kept)
        while turns := await self._store.turns.since(until, READ_AT_ONCE):
            for turn in turns:
                if turn.state not in UNFINISHED:
                    await self._learn(turn)
            until = turns[-1].revision
            if any(turn.state not in UNFINISHED for turn in turns):
                await self._store.meta.set(READ_UNTIL, str(until))

    async def _learn(self, turn: Turn) -> None:
        if (
            turn.child_id is None
            or turn.visit_id
            or turn.source in WITHOUT_CHILD
            or not self._fitness.of_turn(turn)
        ):
            return
        known = await self._store.memories.known([turn.child_id])
        toy = await self._store.toys.get(turn.toy_id)
        if toy is None or not known or not known[0].choice.is_on:
            return
        if self._reader is not None:
            self._reader.note(turn)
        sure = 1.0 if turn.confidence is None else turn.confidence
        proposals = self._rules.propose(turn.heard, known[0].name, toy.language)
        if sure < LEAST_SURE or not proposals or await self._follows_something_serious(turn):
            return
        for proposal in proposals:
            if not await passes(self._guard, proposal.text, [self._guard.policy_for(toy)]):
                continue
            memory = Memory(
                uuid.uuid4().hex,
                turn.child_id,
                proposal.text,
                MemorySource.RULES,
                turn.started_at,
                proposal.about,
                min(sure, proposal.sure),
                turn.id,
            )
            try:
                await self._store.memories.add(memory, mark(memory.text, known[0].name))
            except RefusedError as error:
                log.info("not remembered", reason=str(error))

    async def _follows_something_serious(self, turn: Turn) -> bool:
        """While a toy is calm, it takes no notes either."""
        talk = await self._store.turns.of_conversation(turn.conversation_id, CALM_TURNS + 1)
        return SoFar(talk).calm
