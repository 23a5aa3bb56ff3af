"""Two siblings, their own toys and one that they share, in a hub whose days pass at will."""

import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from bench.memories.copier import Copier
from hub.app import App
from hub.config import Config
from hub.core.moving.archive import read
from hub.core.talks.talks import Ask, Finished
from hub.domain.clock import SystemClock
from hub.domain.family.children import Child
from hub.domain.family.memories import MemoryChoice
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.knowledge.memories.wording import plain
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.turn import RunningTurn

NAMES = ("Lucy", "Max")


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence of a child, see `family.txt`."""

    day: int
    child: str
    heard: str
    about: str
    value: str
    """A word that gives it away; "" where it says nothing to remember."""
    wanted: bool


@cache
def family() -> Sequence[Told]:
    text = resources.files(__package__).joinpath("family.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    told = []
    for line in lines:
        day, child, heard, about, value = (part.strip() for part in line.split("|"))
        wanted = bool(value) and not value.startswith("-")
        told.append(Told(int(day), child, heard, about, value.removeprefix("-"), wanted))
    return told


def facts(child: str) -> list[Told]:
    """What must be remembered of a child at the end: the newest of each."""
    last = {
        (told.about if told.about.startswith("my") else told.value): told
        for told in family()
        if told.child == child and told.wanted
    }
    return list(last.values())


class PassingDays(SystemClock):
    """The machine's clock, put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Siblings:
    app: App
    copier: Copier
    clock: PassingDays
    children: dict[str, Child]
    own: dict[str, Toy]
    """By the child's name."""
    shared: Toy

    async def say(self, toy: Toy, heard: str, *, by_model: bool = False) -> Turn:
        """A whole turn in writing, after which the toy has learned what there is to learn.

        With `by_model` nothing answers in the model's place.
        """
        found = await self.app.hub.toys.get(toy.id)
        assert found is not None
        self.copier.told = ""
        ask = Ask(found, "say", text=heard, aloud=False)
        async with self._model_alone(ask) if by_model else self.app.hub.talks.begin(ask) as turn:
            async for event in turn:
                if isinstance(event, Finished):
                    assert event.turn is not None
                    record = event.turn
        await self.app.memory_keeper.read()
        return record

    def _model_alone(self, ask: Ask) -> RunningTurn:
        services = self.app._pipeline._services  # noqa: SLF001 - all that a turn has, but for activities
        return Pipeline(replace(services, activities=())).turn(ask)

    async def tell(self, days: int) -> None:
        """The talks of the first days: each child with its own toy one day, and the shared one the next."""
        for day in range(1, days + 1):
            for name in NAMES:
                self.clock.ahead += timedelta(hours=6)
                toy = self.shared if (day + NAMES.index(name)) % 2 else self.own[name]
                if toy is self.shared:
                    await self.say(toy, f"it's {name}")
                for told in family():
                    if (told.day, told.child) == (day, name):
                        await self.say(toy, told.heard)
            self.clock.ahead += timedelta(hours=12)

    async def lines(self, name: str) -> list[str]:
        """What is remembered now of a child."""
        known = await self.app.hub.memories.list(self.children[name].id)
        return [line.text for line in known if line.replaced_at is None]

    async def copies(self, name: str) -> set[str]:
        """The words of a child's memories in what a parent can save: the child's copy, all there is, its toy's file."""
        hub, child = self.app.hub, self.children[name]
        rows = [
            row
            async for part, some in hub.privacy.of_child(child.id)
            if part == "memories"
            for row in some
        ]
        saved = BytesIO(b"".join([piece async for piece in hub.privacy.export()]))
        with ZipFile(saved) as file:
            [memories] = [each for each in file.namelist() if each.endswith("/memories.json")]
            rows += [row for row in json.loads(file.read(memories)) if row["child_id"] == child.id]
        moving = read(await hub.toy_moves.pack(self.own[name], child.id)).memories
        lines = moving.lines if moving else []
        texts = (*(row["text"] for row in rows), *(line.text for line in lines))
        return set(plain(" ".join(texts)))

    def leaks(self, turn: Turn, value: str) -> bool:
        """Whether `value` was said in a turn, or a model was told of it; not where the child said it itself."""
        words = {*plain(" ".join(turn.said)), *plain(self.copier.told)}
        return value in words and value not in plain(turn.heard)


@asynccontextmanager
async def siblings() -> AsyncIterator[Siblings]:
    copier, clock = Copier(), PassingDays()
    with tempfile.TemporaryDirectory(prefix="pommai-bench-") as folder:
        async with copier.served() as url:
            llm = {"use": ["openai"], "openai": {"base_url": url, "model": "copier"}}
            config = Config.model_validate({"hub": {"data": Path(folder)}, "llm": llm})
            async with App(config, {}, clock) as app:
                hub = app.hub
                await app.memory_keeper.read()
                children = {name: await hub.children.save(Child("", name)) for name in NAMES}
                for child in children.values():
                    await hub.memories.choose(child.id, MemoryChoice(is_on=True))
                shared, *_ = await hub.toys.list()
                own = {
                    name: await hub.toys.save(Toy(f"toy-{name}", f"Toy {name}")) for name in NAMES
                }
                for name, toy in own.items():
                    own[name] = await hub.children.give(toy.id, [children[name].id])
                shared = await hub.children.give(shared.id, [each.id for each in children.values()])
                yield Siblings(app, copier, clock, children, own, shared)
