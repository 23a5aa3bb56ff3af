"""What toys remember of the children: a parent chooses, reads, writes, puts right and erases."""

import uuid
from collections.abc import Iterable, Mapping, Sequence

from hub.domain.clock import Clock
from hub.domain.family.children import Child
from hub.domain.family.memories import MAX_MEMORY_CHARS, Memory, MemoryChoice, MemorySource
from hub.domain.safety import SafetyLevel, SafetyPolicy
from hub.domain.talks.talk import Turn
from hub.errors import DataError, NotFoundError, RefusedError
from hub.knowledge.memories.fitness import passes
from hub.knowledge.memories.forgetting import forget
from hub.knowledge.memories.wording import content, mark
from hub.safety.guard import Guard
from hub.storage.store import Store
from hub.translation import gettext as _


class Memories:
    """Those of one household's children."""

    def __init__(self, store: Store, guard: Guard, clock: Clock) -> None:
        self._store = store
        self._guard = guard
        self._clock = clock

    async def choices(self) -> Mapping[str, MemoryChoice]:
        """By the child's id; for who isn't in it nothing is remembered."""
        return await self._store.memories.choices()

    async def choose(self, child_id: str, choice: MemoryChoice) -> None:
        """Whether toys remember this child. What they know stays when it is switched off, and is used no more.

        Raises NotFoundError.
        """
        await self._child(child_id)
        await self._store.memories.choose(child_id, choice)

    async def list(self, child_id: str) -> Sequence[Memory]:
        """All lines of a child, those that were replaced too, the newest first."""
        return await self._store.memories.list(child_id)

    async def sources(self, lines: Iterable[Memory]) -> Mapping[str, Turn]:
        """The turns in which they were said, by id, as far as the family still has them."""
        return await self._store.turns.some({line.turn_id for line in lines if line.turn_id})

    async def get(self, memory_id: str) -> Memory:
        """Raises NotFoundError."""
        return await self._store.memories.get(memory_id)

    async def add(self, child_id: str, text: str) -> Memory:
        """A parent's own line.

        Raises NotFoundError, DataError for what is no line, RefusedError where the guard or the room says no.
        """
        child = await self._child(child_id)
        line = await self._checked(child, text)
        memory = Memory(uuid.uuid4().hex, child_id, line, MemorySource.PARENT, self._clock.now())
        if not await self._store.memories.add(memory, mark(line, child.name), again=True):
            raise RefusedError(_("%(name)s's toys know that already", name=child.name))
        return memory

    async def take_in(self, child_id: str, text: str, about: str, sure: float) -> None:
        """A line that came with a toy from elsewhere, unless it is known, or was erased once. Raises as `add`."""
        child = await self._child(child_id)
        line = await self._checked(child, text)
        now = self._clock.now()
        memory = Memory(
            uuid.uuid4().hex, child_id, line, MemorySource.PARENT, now, about=about, sure=sure
        )
        await self._store.memories.add(memory, mark(line, child.name))

    async def change(self, memory_id: str, text: str) -> Memory:
        """Put a line right. Raises as `add`."""
        memory = await self._store.memories.get(memory_id)
        child = await self._child(memory.child_id)
        line = await self._checked(child, text)
        return await self._store.memories.put_right(memory_id, line, mark(line, child.name))

    async def erase(self, memory_id: str) -> Memory:
        """Erase a line for good; gives what it was. Raises NotFoundError."""
        memory = await self._store.memories.get(memory_id)
        await forget(self._store, memory.child_id, [memory])
        return memory

    async def erase_all(self, child_id: str) -> int:
        """Erase all lines of a child; how many. Raises NotFoundError."""
        await self._child(child_id)
        return await forget(self._store, child_id, await self._store.memories.list(child_id))

    async def _child(self, child_id: str) -> Child:
        child = await self._store.children.get(child_id)
        if child is None:
            raise NotFoundError(_("there is no such child: they were removed meanwhile"))
        return child

    async def _checked(self, child: Child, text: str) -> str:
        """A line that the child's toys may say."""
        line = " ".join(text.split())
        if not content(line, child.name):
            raise DataError(_("there is nothing to remember in it: write a short sentence"))
        if len(line) > MAX_MEMORY_CHARS:
            raise DataError(
                _(
                    "the line has %(number)s characters; at most %(most)s fit",
                    number=len(line),
                    most=MAX_MEMORY_CHARS,
                )
            )
        if not await passes(self._guard, line, await self._policies(child.id)):
            raise RefusedError(_("the guard does not let a toy say that, so it is not remembered"))
        return line

    async def _policies(self, child_id: str) -> Sequence[SafetyPolicy]:
        toys = [
            toy for toy in await self._store.toys.list(archived=True) if child_id in toy.child_ids
        ]
        own = [self._guard.policy_for(toy) for toy in toys]
        return own or [self._guard.policy(SafetyLevel.STRICT)]
