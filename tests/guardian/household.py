"""A household for the pages: the real store on a real disk, and satellites that a test moves."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import Post
from hub.cloning import Cloning
from hub.domain.api import ToyUse
from hub.domain.audio import PcmChunk, silence
from hub.domain.clock import Clock, SystemClock
from hub.domain.consent import Consent
from hub.domain.house_services import HouseService
from hub.domain.household import Household as Settings
from hub.domain.safety import Alert, AlertLevel, Category, Verdict
from hub.domain.talk import Turn, TurnState
from hub.domain.toys import (
    Child,
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    Toy,
    UpdateStep,
)
from hub.errors import LinkError, NotFoundError, PommaiError, RefusedError
from hub.events import Bus, SatellitesChanged
from hub.family import Family
from hub.house_services import HouseServices
from hub.metrics import Metrics
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.services import Ask
from hub.pipeline.turn import RunningTurn
from hub.providers.voices import VoiceInfo
from hub.safety.layers import GuardHealth
from hub.storage.api_tokens import ApiTokenRepository
from hub.storage.guardian import GuardianRepository
from hub.storage.store import Store
from hub.voice.desk import checked
from tests.new_household import open_household

CODE = "123456"
"""What every toy says that waits to be paired."""

FINE = Verdict(allowed=True, layer="rules")
REFUSED = Verdict(
    allowed=False,
    category=Category.VIOLENCE,
    severity=5,
    reason="violence.how: speaks of hurting somebody",
    layer="rules",
    alert=AlertLevel.WARNING,
)


class Household:
    """What the pages ask of `hub.core.Hub`, without radios and models."""

    def __init__(
        self, bus: Bus, store: Store, clock: Clock, pipeline: Pipeline | None = None
    ) -> None:
        self.bus = bus
        self._pipeline = pipeline
        self.store = store
        post = Post(clock)
        self.dispatcher = Dispatcher(store, bus, post, clock)
        """Sends nothing until a test runs it."""
        self.family = Family(store, self.dispatcher, post)
        self.services_announced: list[tuple[tuple[str, int], ...]] = []
        self.house_problem = ""
        self.taken_in: list[HouseService] = []
        self.house_services = HouseServices(
            store, lambda: self.services_announced, [self._take_in], SystemClock()
        )
        self.guard_is = GuardHealth(
            (), ("rules", "classifier", "talk"), "rules-1 classifier-2 talk-3"
        )
        self.counted = Metrics({"storyteller"})
        self._clock = clock
        self._satellites: dict[str, Satellite] = {}
        self.ordered: list[str] = []
        self.announced: list[str] = []
        self.has_voices: Sequence[VoiceInfo] | PommaiError = ()
        self.sampled: list[Toy] = []
        self.cloning: Cloning | None = None

    async def _take_in(self, services: Iterable[HouseService]) -> None:
        self.taken_in = list(services)

    @property
    def guardian(self) -> GuardianRepository:
        return self.store.guardian

    async def toys(self) -> Sequence[Toy]:
        return await self.store.toys.list()

    async def satellites(self) -> Sequence[Satellite]:
        return list(self._satellites.values())

    async def adopt(self, name: str, toy: str | None = None) -> Satellite:
        if name not in self._satellites:
            raise NotFoundError(f"no toy called {name} is seen; is it switched on?")
        toys = await self.store.toys.list()
        chosen = next((t for t in toys if t.name == toy), toys[0])
        return self.see(
            replace(
                self._satellites[name],
                adopted=True,
                toy_id=chosen.id,
                state=SatelliteState.ONLINE,
            )
        )

    async def pair(self, name: str, code: str, toy: str | None = None) -> Satellite:
        if code.replace(" ", "") != CODE:
            raise RefusedError("that is not its code: wait for the new one that it says")
        paired = await self.adopt(name, toy)
        return self.see(replace(paired, pairing=Pairing.PAIRED, certificate=b"its certificate"))

    async def release(self, name: str) -> Satellite:
        if name not in self._satellites:
            raise NotFoundError(f"no toy called {name} is seen; is it switched on?")
        return self.see(
            replace(self._satellites[name], adopted=False, toy_id=None, state=SatelliteState.FOUND)
        )

    async def settle(
        self, name: str, change: Callable[[SatelliteSettings], SatelliteSettings]
    ) -> Satellite:
        satellite = self._satellites[name]
        checked(settings := change(satellite.settings))
        return self.see(replace(satellite, settings=settings))

    async def order(self, name: str, do: str) -> Satellite:
        if self._satellites[name].state is SatelliteState.AWAY:
            raise LinkError(f"{self._satellites[name].name} is away")
        self.ordered.append(do)
        return self._satellites[name]

    async def update(self, name: str) -> Satellite:
        satellite = self._satellites[name]
        if satellite.update is None:
            raise RefusedError(f"{satellite.name} has this hub's version")
        return self.see(
            replace(
                satellite, update=replace(satellite.update, step=UpdateStep.SENDING, percent=40)
            )
        )

    async def announce(self, name: str, text: str) -> Satellite:
        if "sword" in text:
            raise RefusedError("the guard does not let Bear say that: violence")
        self.announced.append(text)
        return self._satellites[name]

    async def move(self, name: str, toy: str) -> Satellite:
        chosen = await self.store.toys.by_name(toy)
        return self.see(replace(self._satellites[name], toy_id=chosen.id))

    async def hear_room(self, name: str, by: str) -> Satellite:
        return self.see(replace(self._satellites[name], room_heard_by=by))

    async def save_toy(self, toy: Toy) -> Toy:
        return await self.store.toys.save(toy)

    @property
    def api_tokens(self) -> ApiTokenRepository:
        return self.store.api_tokens

    async def hub_id(self) -> str:
        return await self.store.meta.hub_id()

    async def pause(self, toy_id: str, paused: bool) -> Toy:
        return await self.store.toys.pause(toy_id, paused)

    async def use_today(self) -> Mapping[str, ToyUse]:
        household = await self.store.household.get()
        return await self.store.turns.use_since(household.start_of_day(self._clock.now()))

    async def set_quiet(self, quiet: bool) -> Settings:
        return await self.store.household.set_quiet(quiet)

    async def children(self) -> Sequence[Child]:
        return await self.store.children.list()

    async def save_child(self, child: Child) -> Child:
        return await self.store.children.save(child)

    async def voices(self, toy: Toy) -> Sequence[VoiceInfo]:
        if isinstance(self.has_voices, Exception):
            raise self.has_voices
        return self.has_voices

    async def voice_cloner(self, toy: Toy) -> str:
        return await self.cloning.by(toy) if self.cloning else ""

    async def clone_voice(
        self, toy_id: str, name: str, recordings: Sequence[bytes], consent: Consent
    ) -> Toy:
        assert self.cloning, "this household has no voices"
        return await self.cloning.clone(toy_id, name, recordings, consent)

    async def sample(self, toy: Toy) -> AsyncGenerator[PcmChunk]:
        self.sampled.append(toy)
        yield silence(100)

    def begin_turn(self, ask: Ask) -> RunningTurn:
        assert self._pipeline, "this household has no pipeline"
        return self._pipeline.turn(ask)

    async def stop_all(self, reason: str = "") -> Settings:
        if self._pipeline:
            self._pipeline.stop()
        return await self.store.household.stop(reason)

    async def resume(self) -> Settings:
        return await self.store.household.resume()

    def guard_health(self) -> GuardHealth:
        return self.guard_is

    async def turn(self, turn_id: str) -> Turn | None:
        return await self.store.turns.get(turn_id)

    async def recent_turns(
        self, limit: int, toy_id: str | None = None, before: str | None = None
    ) -> Sequence[Turn]:
        return await self.store.turns.recent(limit, toy_id, before)

    async def conversation(self, conversation_id: str, limit: int) -> Sequence[Turn]:
        return await self.store.turns.of_conversation(conversation_id, limit)

    async def turns_since(self, revision: int, limit: int) -> Sequence[Turn]:
        return await self.store.turns.since(revision, limit)

    async def revision(self) -> int:
        return await self.store.revision()

    def metrics(self, pages: int) -> bytes:
        return self.counted.text(page=pages)

    async def health(self) -> dict[str, Any]:
        return {
            "status": "ok",
            "version": "1.2",
            "providers": {"problems": {}},
            "satellites": {"found": len(self._satellites)},
        }

    def see(self, satellite: Satellite) -> Satellite:
        """A satellite appears, or changes."""
        self._satellites[satellite.key] = satellite
        self.bus.publish(SatellitesChanged())
        return satellite

    def forget(self, satellite: Satellite) -> None:
        """It went, and nobody was told yet."""
        del self._satellites[satellite.key]

    async def hear(self, turn_id: str, heard: str) -> Turn:
        """A turn begins: the child's words are on the disk."""
        toy = (await self.store.toys.list())[0]
        turn = Turn(
            id=turn_id,
            toy_id=toy.id,
            source="satellite",
            started_at=self._clock.now(),
            heard=heard,
            confidence=0.91,
            verdicts=[FINE],
        )
        return await self.store.turns.begin(turn)

    async def warn(
        self,
        alert_id: str,
        turn: Turn | None = None,
        level: AlertLevel = AlertLevel.WARNING,
        category: Category = Category.VIOLENCE,
        **details: str,
    ) -> Alert:
        """The guard tells the parents of something."""
        alert = Alert(
            id=alert_id,
            level=level,
            category=category,
            title="Talk of hurting someone",
            at=self._clock.now(),
            toy_id=turn.toy_id if turn else None,
            turn_id=turn.id if turn else None,
            details=details,
        )
        return await self.store.alerts.add(alert)

    async def answer(self, turn: Turn, said: str) -> Turn:
        """The toy has spoken."""
        turn.said = [said]
        turn.state = TurnState.DONE
        return await self.store.turns.save(turn)


@asynccontextmanager
async def at_home(folder: Path, clock: Clock) -> AsyncIterator[Household]:
    """Open, or open again, what the family keeps in `folder`."""
    database = await open_household(folder, clock)
    try:
        bus = Bus()
        yield Household(bus, Store(database, bus, clock), clock)
    finally:
        await database.aclose()
