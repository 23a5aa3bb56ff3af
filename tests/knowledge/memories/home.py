"""A household whose toy remembers: real turns, real guard, real database; what a model writes is scripted."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hub.activities.remembering.activity import Remembering
from hub.core.family.memories import Memories
from hub.domain.family.children import Child
from hub.domain.family.memories import MemoryChoice
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.knowledge.memories.keeper import MemoryKeeper
from hub.pipeline.context import Ask
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import Llm
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.pipeline.scripted import House, ScriptedLlm, house
from tests.pipeline.turns import record

REMEMBERS = MemoryChoice(is_on=True)


@dataclass
class RememberingHome:
    """`say` is a whole turn, after which the toy has learned what there is to learn."""

    house: House
    llm: ScriptedLlm
    children: Sequence[Child]
    memories: Memories
    keeper: MemoryKeeper
    clock: FakeClock
    toy: Toy

    @property
    def store(self) -> Store:
        return self.house.store

    async def say(self, text: str, source: str = "say") -> Turn:
        toy = await self.store.toys.get(self.toy.id)
        assert toy is not None
        async with self.house.pipeline.turn(Ask(toy, source, text=text)) as turn:
            events = [event async for event in turn]
        await self.keeper.read()
        return record(events)

    async def answer(self, text: str) -> str:
        return " ".join((await self.say(text)).said)

    async def next_day(self) -> None:
        await self.clock.advance(24 * 3600)

    async def lines(self, child: int = 0) -> list[str]:
        """What is remembered now of a child, the newest first."""
        known = await self.memories.list(self.children[child].id)
        return [line.text for line in known if line.replaced_at is None]

    def told(self) -> str:
        """All that the model was given with the last request."""
        return "\n".join(message.text for message in self.llm.requests[-1].messages)


@asynccontextmanager
async def remembering_home(
    folder: Path,
    *,
    names: Sequence[str] = ("Lucy",),
    choice: MemoryChoice = REMEMBERS,
    llm: ScriptedLlm | None = None,
    llms: Sequence[Llm] = (),
) -> AsyncIterator[RememberingHome]:
    """The toy is that of all the children in `names`."""
    clock = FakeClock()
    model = llm or ScriptedLlm("All right.")
    async with house(folder, llms=llms or [model], clock=clock) as home:
        activities = [Remembering(home.store, home.guard)]
        home.services = replace(home.services, activities=activities)
        home.pipeline = Pipeline(home.services)
        children = [await home.store.children.save(Child(f"c-{name}", name)) for name in names]
        toy = await home.store.toys.give(home.toy.id, [child.id for child in children])
        memories = Memories(home.store, home.guard, clock)
        for child in children:
            await memories.choose(child.id, choice)
        keeper = MemoryKeeper(home.store, home.guard, home.bus)
        await keeper.read()
        yield RememberingHome(home, model, children, memories, keeper, clock, toy)
