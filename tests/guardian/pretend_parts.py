"""Parts of a hub without radios, models and far sides, which a test moves."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Any

from hub.core.devices import Devices
from hub.core.emergency_stop import HouseholdStop
from hub.core.health import GuardHealth, Health
from hub.core.ratings import RatingPlan, ReportCard
from hub.core.toys.voices import VoiceInfo, VoiceOffer, Voices
from hub.devices.commands import checked
from hub.domain.audio import PcmChunk, silence
from hub.domain.clock import Clock
from hub.domain.consent import Consent
from hub.domain.household import Household as Settings
from hub.domain.toys import (
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    Toy,
    UpdateStep,
)
from hub.errors import LinkError, NotFoundError, PommaiError, RefusedError
from hub.events import Bus, SatellitesChanged
from hub.metrics import Metrics
from hub.pipeline.pipeline import Pipeline
from hub.providers.pool import Providers
from hub.storage.store import Store

CODE = "123456"
"""What every toy says that waits to be paired."""


class PretendRater:
    """Has the report cards that a test gives it; is itself where they are kept."""

    def __init__(self) -> None:
        self.kept: list[ReportCard] = []
        self.rated: list[str] = []
        self.cards = self

    async def all(self) -> list[ReportCard]:
        return self.kept

    async def plan(self, name: str, *, judge: str = "", fresh: bool = False) -> RatingPlan:
        if name == "nobody":
            raise RefusedError("name a provider")
        return RatingPlan(name, "openai", name, False, 134, 536, 130_000)

    async def rate(
        self, name: str, *, judge: str = "", fresh: bool = False
    ) -> AsyncGenerator[ReportCard]:
        self.rated.append(name)
        for card in self.kept:
            yield card


class PretendDevices(Devices):
    """Satellites without radios, which a test moves."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self.by_key: dict[str, Satellite] = {}
        self.ordered: list[str] = []
        self.announced: list[str] = []
        self.put_to_bed: list[str] = []
        self._store = store
        self._bus = bus

    def see(self, satellite: Satellite) -> Satellite:
        self.by_key[satellite.key] = satellite
        self._bus.publish(SatellitesChanged())
        return satellite

    def list(self) -> Sequence[Satellite]:
        return list(self.by_key.values())

    async def toy_named(self, name: str) -> Toy:
        return await self._store.toys.by_name(name)

    async def adopt(self, name: str, toy: str | None = None) -> Satellite:
        toys = await self._store.toys.list()
        chosen = next((t for t in toys if t.name == toy), toys[0])
        return self.see(
            replace(self._seen(name), adopted=True, toy_id=chosen.id, state=SatelliteState.ONLINE)
        )

    async def pair(self, name: str, code: str, toy: str | None = None) -> Satellite:
        if code.replace(" ", "") != CODE:
            raise RefusedError("that is not its code: wait for the new one that it says")
        paired = await self.adopt(name, toy)
        return self.see(replace(paired, pairing=Pairing.PAIRED, certificate=b"its certificate"))

    async def release(self, name: str) -> Satellite:
        return self.see(
            replace(self._seen(name), adopted=False, toy_id=None, state=SatelliteState.FOUND)
        )

    async def settle(
        self, name: str, change: Callable[[SatelliteSettings], SatelliteSettings]
    ) -> Satellite:
        satellite = self.by_key[name]
        checked(settings := change(satellite.settings))
        return self.see(replace(satellite, settings=settings))

    async def begin_bedtime(self, toy: Toy) -> Satellite:
        home = next((each for each in self.list() if each.toy_id == toy.id), None)
        if home is None:
            raise LinkError(f"{toy.name} lives in no device: adopt one for it")
        self.put_to_bed.append(toy.name)
        return home

    async def command(self, name: str, do: str) -> Satellite:
        if self.by_key[name].state is SatelliteState.AWAY:
            raise LinkError(f"{self.by_key[name].name} is away")
        self.ordered.append(do)
        return self.by_key[name]

    async def update(self, name: str) -> Satellite:
        satellite = self.by_key[name]
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
        return self.by_key[name]

    async def move(self, name: str, toy: str) -> Satellite:
        chosen = await self._store.toys.by_name(toy)
        return self.see(replace(self.by_key[name], toy_id=chosen.id))

    async def let_call(self, name: str, toys: Sequence[str]) -> Satellite:
        chosen = [await self._store.toys.by_name(toy) for toy in toys]
        called = tuple(toy.id for toy in chosen)
        return self.see(replace(self.by_key[name], callable_toys=called))

    async def hear_room(self, name: str, by: str) -> Satellite:
        return self.see(replace(self.by_key[name], room_heard_by=by))

    def _seen(self, name: str) -> Satellite:
        if name not in self.by_key:
            raise NotFoundError(f"no toy called {name} is seen; is it switched on?")
        return self.by_key[name]


class PretendVoices(Voices):
    """Voices without providers, until a test gives some for copies."""

    def __init__(self) -> None:
        self.known: Sequence[VoiceInfo] | PommaiError = ()
        self.sampled: list[Toy] = []
        self.copies: Voices | None = None

    async def of(self, toy: Toy) -> Sequence[VoiceInfo]:
        if isinstance(self.known, Exception):
            raise self.known
        return self.known

    async def offered(self, provider: str) -> VoiceOffer:
        if self.copies:
            return await self.copies.offered(provider)
        if isinstance(self.known, Exception):
            raise self.known
        return VoiceOffer(self.known)

    async def preview(self, provider: str, voice_id: str) -> bytes:
        return await self.copies.preview(provider, voice_id) if self.copies else b""

    async def cloner(self, toy: Toy) -> str:
        return await self.copies.cloner(toy) if self.copies else ""

    async def clone(
        self, toy_id: str, name: str, recordings: Sequence[bytes], consent: Consent
    ) -> Toy:
        assert self.copies, "this household has no voices"
        return await self.copies.clone(toy_id, name, recordings, consent)

    async def at_hand(self) -> Sequence[str]:
        return await self.copies.at_hand() if self.copies else ("espeak",)

    async def speaker(self, toy: Toy) -> str:
        if self.copies:
            return await self.copies.speaker(toy)
        return toy.providers.tts[0] if toy.providers.tts else "espeak"

    async def sample(self, toy: Toy, text: str = "", by: str = "") -> AsyncGenerator[PcmChunk]:
        self.sampled.append(toy)
        yield silence(100)


def voices_of(store: Store, providers: Providers, clock: Clock) -> Voices:
    """Real ones, which copy voices and have no sentence to sound."""
    return Voices(store, None, providers, None, clock)  # type: ignore[arg-type]  # only for samples


class PretendHealth(Health):
    """As a test says."""

    def __init__(self, devices: Devices) -> None:
        self.guard_is = GuardHealth(
            (), ("rules", "classifier", "talk"), "rules-1 classifier-2 talk-3"
        )
        self.counted = Metrics({"storyteller"})
        self.disk_full = False
        self._devices = devices

    @property
    def guard(self) -> GuardHealth:
        return self.guard_is

    @property
    def disk_is_full(self) -> bool:
        return self.disk_full

    def metrics(self, pages: int) -> bytes:
        return self.counted.text(page=pages)

    def report(self) -> dict[str, Any]:
        return {
            "status": "ok",
            "version": "1.2",
            "providers": {"problems": {}},
            "satellites": {"found": len(self._devices.list())},
        }


class PretendStop(HouseholdStop):
    """Kept on the disk; of the rest only the pipeline, where there is one, is stopped."""

    def __init__(self, store: Store, pipeline: Pipeline | None) -> None:
        self._store = store
        self._talking = pipeline

    async def call(self, reason: str = "") -> Settings:
        if self._talking:
            self._talking.emergency_stop.call()
        return await self._store.household.keep_stop(reason)

    async def lift(self) -> Settings:
        return await self._store.household.forget_stop()
