"""The hub as others see it: what the pages, the command line and the integrations may ask for."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing
from importlib.metadata import version
from typing import Any

import structlog

from hub.cloning import Cloning
from hub.domain.api import ToyUse
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.consent import Consent
from hub.domain.household import Household, LedgerEntry
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.talk import Transcript, Turn
from hub.domain.toys import Child, Satellite, SatelliteSettings, SatelliteState, Toy
from hub.events import Bus, SatellitesChanged
from hub.family import Family
from hub.house_services import HouseServices
from hub.metrics import Metrics
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.services import Ask
from hub.pipeline.turn import RunningTurn
from hub.providers.pool import Providers
from hub.providers.voices import VoiceInfo
from hub.safety.guard import Guard, Line
from hub.safety.layers import GuardHealth
from hub.storage.api_tokens import ApiTokenRepository
from hub.storage.guardian import GuardianRepository
from hub.storage.store import Store
from hub.voice.fleet import Fleet
from hub.voice.live import TALKS
from hub.voice.watch import Watch

log = structlog.get_logger()

UP = {"closed": 1.0, "half-open": 0.5, "open": 0.0}
"""A circuit breaker's state as a number."""


class Hub:
    """Errors are `PommaiError`s with one line for a person."""

    def __init__(
        self,
        *,
        bus: Bus,
        store: Store,
        guard: Guard,
        providers: Providers,
        pipeline: Pipeline,
        fleet: Fleet,
        family: Family,
        house_services: HouseServices,
        house_problem: str,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self.bus = bus
        self.family = family
        self.house_services = house_services
        self.house_problem = house_problem
        self._store = store
        self._guard = guard
        self._providers = providers
        self._pipeline = pipeline
        self._fleet = fleet
        self._metrics = metrics
        self._clock = clock
        self._cloning = Cloning(store, providers, clock)
        self._stopping = asyncio.Lock()

    @property
    def guardian(self) -> GuardianRepository:
        """The parents' password and their signed-in browsers."""
        return self._store.guardian

    @property
    def api_tokens(self) -> ApiTokenRepository:
        """Who may use `/api/v1`."""
        return self._store.api_tokens

    async def hub_id(self) -> str:
        """What tells this hub from others on the network."""
        return await self._store.meta.hub_id()

    async def toys(self) -> Sequence[Toy]:
        return await self._store.toys.list()

    async def toy_named(self, name: str) -> Toy:
        """Raises NotFoundError."""
        return await self._store.toys.by_name(name)

    async def save_toy(self, toy: Toy) -> Toy:
        """What it is called, how careful the guard is with it, its blocked topics and thresholds …"""
        return await self._store.toys.save(toy)

    async def pause(self, toy_id: str, paused: bool) -> Toy:
        """What it says is finished; then it answers nobody, and says so, until it may again."""
        return await self._store.toys.pause(toy_id, paused)

    async def use_today(self) -> Mapping[str, ToyUse]:
        """How much each toy, by its id, was talked with."""
        household = await self._store.household.get()
        return await self._store.turns.use_since(household.start_of_day(self._clock.now()))

    async def children(self) -> Sequence[Child]:
        return await self._store.children.list()

    async def save_child(self, child: Child) -> Child:
        return await self._store.children.save(child)

    async def satellites(self) -> Sequence[Satellite]:
        """Those that the family adopted and those that are seen on the network."""
        return self._fleet.satellites()

    async def adopt(self, name: str, toy: str | None = None) -> Satellite:
        """`name` is an announced name or host:port; `toy` names the character that moves in."""
        chosen = await self._store.toys.by_name(toy) if toy else None
        return await self._fleet.adopt(name, chosen)

    async def pair(self, name: str, code: str, toy: str | None = None) -> Satellite:
        """With a toy of ours, by the code that it says; `name` and `toy` as for `adopt`."""
        chosen = await self._store.toys.by_name(toy) if toy else None
        return await self._fleet.pair(name, code, chosen)

    async def release(self, name: str) -> Satellite:
        return await self._fleet.release(name)

    async def settle(
        self, name: str, change: Callable[[SatelliteSettings], SatelliteSettings]
    ) -> Satellite:
        """Change what holds for good on a paired satellite; `name` as for `watch`."""
        return self._fleet.live(await self._fleet.care.settle(await self._home_of(name), change))

    async def order(self, name: str, do: str) -> Satellite:
        """Make a linked satellite do one of `hub.voice.care.ORDERS`; `name` as for `watch`."""
        return await self._fleet.care.order(await self._home_of(name), do)

    async def update(self, name: str) -> Satellite:
        """Begin to bring a linked satellite this hub's version of its software; `name` as for `watch`."""
        key = await self._home_of(name)
        satellite = self._fleet.find(key)
        self._fleet.updates.begin(satellite.key)
        return self._fleet.live(satellite)

    async def announce(self, name: str, text: str) -> Satellite:
        """A satellite begins to say a parent's own words, if the guard lets it; `name` as for `watch`."""
        self._pipeline.check()
        satellite = self._fleet.find(await self._home_of(name))
        toy = await self._fleet.toy_of(satellite.key)
        return self._fleet.care.say(satellite.key, await self._pipeline.checked(toy, text))

    async def move(self, name: str, toy: str) -> Satellite:
        """Another toy lives in a satellite from now on; `name` as for `watch`."""
        chosen = await self._store.toys.by_name(toy)
        return await self._fleet.care.move(await self._home_of(name), chosen)

    async def hear_room(self, name: str, by: str) -> Satellite:
        """Who listens to a plain satellite that sends its room's sound all the time, as
        `Satellite.room_heard_by`; `name` as for `watch`."""
        chosen = await self._fleet.rooms.choose(await self._home_of(name), by)
        return self._fleet.live(chosen)

    async def watch(self, name: str) -> AbstractContextManager[Watch]:
        """What passes between the hub and a satellite; `name` as for `release`, or the toy's in it."""
        return self._fleet.watch(await self._home_of(name))

    async def _home_of(self, name: str) -> str:
        """The key of the one satellite that the toy of that name lives in; else `name` itself."""
        named = {toy.id for toy in await self.toys() if toy.name.casefold() == name.casefold()}
        homes = [s.key for s in self._fleet.satellites() if s.adopted and s.toy_id in named]
        return homes[0] if len(homes) == 1 else name

    async def say(self, toy: str, text: str, source: str = "say") -> RunningTurn:
        """A whole turn from typed text; enter it and read its events."""
        return self.begin_turn(Ask(await self._store.toys.by_name(toy), source, text=text))

    def begin_turn(self, ask: Ask) -> RunningTurn:
        """A whole turn, from sound or from text. Raises StoppedError while the emergency stop is on."""
        return self._pipeline.turn(ask)

    async def transcribe(self, toy: Toy, audio: AsyncIterable[PcmChunk]) -> Transcript:
        """Recognise speech at 16 kHz, without a turn; parents are told of what they must know."""
        return await self._pipeline.transcribe(toy, audio)

    def read_aloud(self, toy: Toy, pieces: AsyncIterable[str]) -> AsyncGenerator[PcmChunk]:
        """Speak a text that may still be growing, as far as the guard lets the toy; at 16 kHz."""
        return self._pipeline.read_aloud(toy, pieces)

    async def voices(self, toy: Toy) -> Sequence[VoiceInfo]:
        """Those that it could have; empty where its provider doesn't tell."""
        return await self._providers.voices(toy)

    async def voice_cloner(self, toy: Toy) -> str:
        """The provider that could copy a person's voice for it; "" where there is none."""
        return await self._cloning.by(toy)

    async def clone_voice(
        self, toy_id: str, name: str, recordings: Sequence[bytes], consent: Consent
    ) -> Toy:
        """The toy speaks with a copy of that person's voice from now on; the consent is kept."""
        return await self._cloning.clone(toy_id, name, recordings, consent)

    async def sample(self, toy: Toy) -> AsyncGenerator[PcmChunk]:
        """How the toy sounds: one of its fixed sentences, at 16 kHz."""
        lines = await self._guard.lines(Line.THINKING, self._guard.policy_for(toy), toy.language)

        async def pieces() -> AsyncGenerator[str]:
            yield lines[0].text

        async with aclosing(self.read_aloud(toy, pieces())) as sound:
            async for chunk in sound:
                yield chunk

    async def stop_all(self, reason: str = "") -> Household:
        """Silence every toy at once; no turn begins until `resume`, also after a restart.

        When the disk can't keep that, the toys are silent all the same and DataError says so.
        """
        fresh = not self._pipeline.stopped
        self._pipeline.stop()
        self._fleet.pass_on_stop()
        self.bus.publish(SatellitesChanged())
        async with self._stopping:
            self._pipeline.stop()  # a `resume` that was under way lifted it
            household = await self._store.household.stop(reason)
        if fresh:
            log.warning("all toys were stopped")
            await self._note("All toys were stopped", reason)
        return household

    async def emergency(self, satellite: Satellite, late: bool) -> None:
        """Somebody at a satellite called the emergency stop: as `stop_all`, and the parents are told.

        `late` where it was away then. Raises DataError when that is not on the disk.
        """
        away = "That was while it was away; it told so when it was back. " if late else ""
        await self.stop_all(f"called at {satellite.name}")
        await self._store.alerts.add(
            Alert(
                id=uuid.uuid4().hex,
                level=AlertLevel.URGENT,
                category=Category.NONE,
                title=f"Somebody called the emergency stop at {satellite.name}",
                at=self._clock.now(),
                toy_id=satellite.toy_id,
                details={
                    "reason": f"Its button was pressed five times in three seconds. {away}No toy talks "
                    "until you let them, on these pages or with pommai-hub resume."
                },
            )
        )

    async def resume(self) -> Household:
        """Lift the emergency stop."""
        async with self._stopping:
            household = await self._store.household.resume()
            lifted = self._pipeline.stopped
            self._pipeline.resume()
            self._fleet.pass_on_stop()
        if lifted:
            self.bus.publish(SatellitesChanged())
            log.warning("the toys may talk again")
            await self._note("The toys may talk again", "")
        return household

    async def set_quiet(self, quiet: bool) -> Household:
        """Begin quiet time, in which each toy finishes what it says and then answers nobody; or end it."""
        return await self._store.household.set_quiet(quiet)

    async def _note(self, title: str, reason: str) -> None:
        """For the parent, on the pages alone; nobody has to acknowledge what a grown-up did."""
        now = self._clock.now()
        await self._store.alerts.add(
            Alert(
                id=uuid.uuid4().hex,
                level=AlertLevel.INFO,
                category=Category.NONE,
                title=title,
                at=now,
                acknowledged_at=now,
                details={"reason": reason} if reason else {},
            )
        )

    def guard_health(self) -> GuardHealth:
        """Which layers of the guard work."""
        return self._guard.health

    async def turn(self, turn_id: str) -> Turn | None:
        """None where nothing was heard, so that nothing is stored."""
        return await self._store.turns.get(turn_id)

    async def turn_named(self, text: str) -> Turn:
        """The "last" turn, or the one whose id begins so. Raises NotFoundError, or RefusedError for two."""
        return await self._store.turns.named(text)

    async def recent_turns(
        self, limit: int, toy_id: str | None = None, before: str | None = None
    ) -> Sequence[Turn]:
        """The newest first; of one toy alone, or from before a turn."""
        return await self._store.turns.recent(limit, toy_id, before)

    async def conversation(self, conversation_id: str, limit: int) -> Sequence[Turn]:
        """The last turns of one conversation, the oldest first."""
        return await self._store.turns.of_conversation(conversation_id, limit)

    async def turns_since(self, revision: int, limit: int) -> Sequence[Turn]:
        """Turns changed after `revision`, in the order of their changes."""
        return await self._store.turns.since(revision, limit)

    async def ledger(self, limit: int) -> Sequence[LedgerEntry]:
        """What left the house, the newest first."""
        return await self._store.ledger.recent(limit)

    async def revision(self) -> int:
        """Of the last change to any turn or alert."""
        return await self._store.revision()

    def metrics(self, pages: int) -> bytes:
        """Counts and times over all turns, in Prometheus's text format; `pages` are open now."""
        linked = {*TALKS, SatelliteState.STOPPED}
        toys = sum(satellite.state in linked for satellite in self._fleet.satellites())
        for (kind, name), state in self._providers.states().items():
            self._metrics.circuit(kind.value, name, UP[state])
        return self._metrics.text(toy=toys, page=pages)

    async def health(self) -> dict[str, Any]:
        """What works; `status` is "ok", or "impaired" when a guard layer or a provider fails."""
        guard = self._guard.health
        problems = self._providers.problems()
        satellites = self._fleet.satellites()
        return {
            "status": "ok" if guard.ok and not problems else "impaired",
            "version": version("pommai"),
            "stopped": self._pipeline.stopped,
            "guard": {
                "ok": guard.ok,
                "rules_version": self._guard.rules_version,
                "impaired": sorted(layer.layer for layer in guard.impaired),
            },
            "providers": {
                "problems": problems,
                "circuits": {
                    f"{kind.value} {name}": state
                    for (kind, name), state in self._providers.states().items()
                },
            },
            "satellites": {
                "adopted": sum(satellite.adopted for satellite in satellites),
                "found": len(satellites),
            },
        }
