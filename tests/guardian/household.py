"""A household for the pages: the real store on a real disk, and satellites that a test moves."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.maker import AlertMaker
from hub.alerts.post import Post
from hub.config import Config
from hub.core.access import ApiTokens
from hub.core.alerts.adults import Adults
from hub.core.alerts.insight import Figures
from hub.core.devices import Devices
from hub.core.emergency_stop import HouseholdStop
from hub.core.family.children import Children
from hub.core.family.memories import Memories
from hub.core.family.play import Play
from hub.core.first_hour import FirstHour
from hub.core.health import GuardHealth, Health
from hub.core.home_assistant import HomeAssistantAccess
from hub.core.hub import Hub, HubServices
from hub.core.judges import Judges
from hub.core.models import Models
from hub.core.network_services import NetworkServices
from hub.core.people.people import People
from hub.core.people.second_factor import SecondFactors
from hub.core.people.sign_ins import SignIns
from hub.core.privacy.privacy import Privacy
from hub.core.ratings import RatingPlan, Ratings, ReportCard
from hub.core.talks.removals import Removals
from hub.core.talks.retention import Retention
from hub.core.talks.talks import Talks
from hub.core.toys.characters import Characters
from hub.core.toys.provider_options import ProviderOptions
from hub.core.toys.toy_checks import ToyChecks
from hub.core.toys.voices import VoiceInfo, VoiceOffer, Voices
from hub.devices.commands import checked
from hub.domain.audio import PcmChunk, silence
from hub.domain.clock import Clock, SystemClock
from hub.domain.consent import Consent
from hub.domain.household import Household as Settings
from hub.domain.kept import DEFAULT_KEEP_DAYS
from hub.domain.network_services import NetworkService
from hub.domain.safety import Alert, AlertLevel, Category, Verdict
from hub.domain.talk import Turn, TurnState
from hub.domain.toys import (
    Pairing,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    Toy,
    UpdateStep,
)
from hub.egress.remote_checks import RemoteLayer
from hub.errors import LinkError, NotFoundError, PommaiError, RefusedError
from hub.events import Bus, SatellitesChanged
from hub.metrics import Metrics
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import ProviderSetup
from hub.providers.pool import Providers
from hub.safety.guard import Guard
from hub.safety.rules.rules import RulesCheck
from hub.storage.store import Store
from tests.guardian.pretend_providers import PretendProviders
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
        self._store = store
        self._bus = bus

    def see(self, satellite: Satellite) -> Satellite:
        self.by_key[satellite.key] = satellite
        self._bus.publish(SatellitesChanged())
        return satellite

    def list(self) -> Sequence[Satellite]:
        return list(self.by_key.values())

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

    def languages(self) -> Sequence[str]:
        return ("de", "en", "es", "fr", "ta")

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


class Household(Hub):
    """The hub as the pages know it, without radios and models; talks only where there is a `pipeline`."""

    def __init__(
        self, bus: Bus, store: Store, clock: Clock, pipeline: Pipeline | None = None
    ) -> None:
        self.store = store
        post = Post(clock)
        self.dispatcher = Dispatcher(store, bus, post, clock)
        """Sends nothing until a test runs it."""
        self.services_announced: list[tuple[tuple[str, int], ...]] = []
        self.taken_in: list[NetworkService] = []
        self.judge_layers: list[RemoteLayer] = []
        self.pretend_rater = PretendRater()
        self.satellites = PretendDevices(store, bus)
        self.pretend_health = PretendHealth(self.satellites)
        self.pretend_voices = PretendVoices()
        self.pretend_providers = PretendProviders()
        self._clock = clock
        super().__init__(
            store,
            bus,
            HubServices(
                api_tokens=ApiTokens(store.api_tokens, clock),
                adults=Adults(store, self.dispatcher, post),
                children=Children(store, clock),
                characters=Characters(self.pretend_voices),
                devices=self.satellites,
                emergency_stop=PretendStop(store, pipeline),
                figures=Figures(store, clock),
                first_hour=FirstHour(store, self.satellites),
                health=self.pretend_health,
                home_assistant=HomeAssistantAccess(""),
                judges=Judges(Config(), store, self.judge_layers),
                memories=Memories(store, Guard([RulesCheck.load()], clock, 10.0), clock),
                privacy=self._privacy(store, clock),
                play=Play(store, clock),
                provider_options=ProviderOptions(ProviderSetup(Config(), {}, clock)),
                ratings=Ratings(self.pretend_rater),  # type: ignore[arg-type]  # it asks no model
                models=Models(Config(), store, self.pretend_providers, clock),
                network_services=NetworkServices(
                    store, lambda: self.services_announced, [self._take_in], SystemClock()
                ),
                removals=Removals(store, bus, clock),
                retention=Retention(store, AlertMaker(store, clock), DEFAULT_KEEP_DAYS, clock),
                people=People(store, clock),
                second_factors=SecondFactors(store, clock),
                sign_ins=SignIns(store, clock),
                talks=Talks(pipeline, store, clock),  # type: ignore[arg-type]  # none talks then
                toy_checks=ToyChecks(
                    store,
                    self.satellites,
                    self.pretend_health,
                    self.pretend_providers,
                    Play(store, clock),
                ),
                voices=self.pretend_voices,
            ),
        )

    def _privacy(self, store: Store, clock: Clock) -> Privacy:
        config = Config.model_validate({"hub": {"data": store.database.folder}})
        setup = ProviderSetup(config, {}, clock)
        return Privacy.create(
            store, setup, Providers(setup), self.judge_layers, self.satellites, clock
        )

    async def _take_in(self, services: Iterable[NetworkService]) -> None:
        self.taken_in = list(services)

    def see(self, satellite: Satellite) -> Satellite:
        """A satellite appears, or changes."""
        return self.satellites.see(satellite)

    def forget(self, satellite: Satellite) -> None:
        """It went, and nobody was told yet."""
        del self.satellites.by_key[satellite.key]

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
        home = Household(bus, Store(database, bus, clock), clock)
        yield home
        home.people.close()
    finally:
        await database.aclose()
