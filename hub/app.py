"""The composition root: builds every part of the hub, joins them, and runs them.

`async with App(config, environ) as app:` opens the household; `app.hub` answers at once, and
`await app.serve(...)` keeps links and pages up until it is cancelled.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Protocol, Self

import structlog
from yarl import URL

from guardian_web.api.app import answering_owner
from guardian_web.api.lan import LanListener
from guardian_web.keys import ApiEndpoint
from guardian_web.languages import LOCALE
from guardian_web.phone.listener import PhonesWelcome
from guardian_web.sign_in.accounts import SetupCode
from guardian_web.site import Site
from hub.alerts.dispatcher import Dispatcher
from hub.alerts.outages import DiskNotices, OutageNotices
from hub.alerts.post import Post
from hub.config import Config
from hub.core.access import ApiTokens
from hub.core.alerts.adults import Adults
from hub.core.alerts.digests import Digests
from hub.core.alerts.insight import Figures
from hub.core.backups.backups import Backups
from hub.core.devices import Devices
from hub.core.emergency_stop import HouseholdStop
from hub.core.family.children import Children
from hub.core.family.memories import Memories
from hub.core.family.next_child import NextChildren
from hub.core.family.play import Play
from hub.core.family.visits import Visits
from hub.core.family.voice_hints import VoiceHintChoices
from hub.core.first_hour import FirstHour
from hub.core.health import Health
from hub.core.home_assistant import HomeAssistantAccess
from hub.core.hub import Hub, HubServices
from hub.core.judges import Judges
from hub.core.knowledge import Knowledge
from hub.core.models import Models
from hub.core.moving.toy_moves import ToyMoves
from hub.core.network_services import NetworkServices
from hub.core.people.passkeys import Passkeys
from hub.core.people.people import People
from hub.core.people.second_factor import SecondFactors
from hub.core.people.sign_ins import SignIns
from hub.core.privacy.erase import finish_erasing
from hub.core.privacy.privacy import Privacy
from hub.core.ratings import Ratings
from hub.core.talks.removals import Removals
from hub.core.talks.retention import Retention
from hub.core.talks.talks import Talks
from hub.core.timers import TimersThatEnd
from hub.core.toys.called import CalledToys
from hub.core.toys.characters import Characters
from hub.core.toys.languages import Languages
from hub.core.toys.personas import Personas
from hub.core.toys.provider_options import ProviderOptions
from hub.core.toys.toy_checks import ToyChecks
from hub.core.toys.voices import Voices
from hub.core.warm_up import read_with_first_toy, warm_up
from hub.devices.device import DeviceServices
from hub.devices.fleet import Fleet
from hub.devices.pairing.credentials import Credentials
from hub.devices.phrases import PhraseMaker
from hub.domain.clock import Clock, SystemClock
from hub.domain.talks.talk import Turn
from hub.egress.web_page import WebPages
from hub.events import Bus
from hub.knowledge.documents.library import DocumentLibrary
from hub.knowledge.memories.by_model import TalkReader
from hub.knowledge.memories.keeper import MemoryKeeper
from hub.lan.offered import Offered
from hub.metrics import Metrics
from hub.pipeline.build import build_turn_parts
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.speak.fixed_lines import FixedLineSounds
from hub.providers.base import ProviderSetup
from hub.providers.clouds import CloudSwitch
from hub.providers.home_assistant import NO_URL
from hub.providers.registry import REGISTRY
from hub.rating.rate import Rater
from hub.storage.database import Database
from hub.storage.folder import household_lock
from hub.storage.restore import settle
from hub.storage.store import Store
from hub.traces import TurnTraces
from hub.translation import Catalogues
from integrations.wyoming_services.server import WyomingListener
from satellite.wire.watchdog import Watchdog

log = structlog.get_logger()


class _EndedError(Exception):
    """Everything is to be deleted, or a backup takes its place: ends all that the hub does."""


class _Runs(Protocol):
    async def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Ready:
    """What a person wants to know when the hub is up."""

    providers: str
    """One line: what was taken, and why."""
    guardian_url: str = ""
    setup_code: str = ""
    """The one-time code for the first password; "" when there is one."""


class App:
    """One household's hub. Raises AlreadyRunningError when another one holds the data folder."""

    def __init__(
        self, config: Config, environ: Mapping[str, str], clock: Clock | None = None
    ) -> None:
        self._config = config
        self._environ = environ
        self._clock = clock or SystemClock()
        self._setup = ProviderSetup(config, environ, self._clock, clouds=CloudSwitch())

    async def __aenter__(self) -> Self:
        config, clock = self._config, self._clock
        async with AsyncExitStack() as stack:
            stack.enter_context(household_lock(config.hub.data))
            await asyncio.to_thread(finish_erasing, config.hub.data)
            await asyncio.to_thread(settle, config.hub.data, clock.now())
            database = await Database.open(config.hub.data, clock)
            stack.push_async_callback(database.aclose)
            bus = Bus()
            store = Store(database, bus, clock)
            if cut := await store.turns.cut_unfinished():
                log.warning("turns were cut when the hub last stopped", turns=cut)
            catalogues = Catalogues()
            await asyncio.to_thread(catalogues.read, LOCALE)
            metrics = Metrics({name for names in REGISTRY.values() for name in names})
            observers: list[Callable[[Turn], None]] = [metrics.observe]
            if traces := TurnTraces.create(config, clock):
                observers.append(traces.observe)
                stack.push_async_callback(asyncio.to_thread, traces.close)

            def on_end(turn: Turn) -> None:
                for observe in observers:
                    observe(turn)

            parts = await build_turn_parts(self._setup, store, bus, on_end, stack)
            observers.append(parts.calling.turn_ended)
            services, house = parts.services, parts.home_assistant
            guard, providers, passages = services.guard, services.providers, services.passages
            alert_maker, self._detector = services.alerts, parts.detector
            self._remote_layers = parts.remote_layers
            self.documents = DocumentLibrary(store, bus, clock, passages, parts.embedder)
            self._pipeline = pipeline = Pipeline(services)
            self._summaries, self._passages = services.summaries, passages
            self._voice_hints = services.voice_hints
            self._fixed_lines = FixedLineSounds(services)
            if (await store.household.get()).emergency_stopped_at:
                log.info("the toys are stopped; `pommai-hub resume` lifts it")
                pipeline.emergency_stop.call()
            credentials = await asyncio.to_thread(Credentials.load, config.hub.data)
            emergency_stop = HouseholdStop(store, pipeline.emergency_stop, bus, alert_maker)
            self.fleet = Fleet(
                DeviceServices(
                    store, pipeline, bus, clock, credentials, emergency_stop.called_at, config.link
                ),
                interfaces=config.hub.interfaces,
                configured=config.hub.satellites,
                phrases=PhraseMaker(pipeline),
            )
            self._timers = TimersThatEnd(parts.timers, self.fleet, pipeline, store, clock)
            self._next_children = NextChildren(self.fleet, pipeline, guard, store, bus, clock)
            self._called_toys = CalledToys(parts.calling, self.fleet, store)
            post = Post(clock)
            self.dispatcher = Dispatcher(store, bus, post, clock, catalogues)
            talk_reader = TalkReader(store, guard, providers, clock)
            self.memory_keeper = MemoryKeeper(store, guard, bus, talk_reader)
            self._digests = Digests(store, Figures(store, clock), self.dispatcher, clock)
            self._outages = OutageNotices(providers.outages, alert_maker, clock)
            self._disk_notices = DiskNotices(store, alert_maker, clock)
            network_services = NetworkServices(
                store, self.fleet.strangers, [providers.take_in, self.fleet.take_in], clock
            )
            await network_services.load()
            voices = Voices(store, guard, providers, pipeline, clock)
            memories = Memories(store, guard, clock)
            devices = Devices(self.fleet, pipeline, store, parts.lulling)
            privacy = Privacy.create(
                store, self._setup, providers, self._remote_layers, devices, clock, parts.embedder
            )
            await privacy.clouds.load()
            people = People(store, clock)
            play = Play(store, clock)
            talks = Talks(pipeline, store, clock)
            models = Models(config, store, providers, clock)
            stack.callback(people.close)
            health = Health(guard, providers, pipeline, self.fleet, metrics, store)
            self.hub = Hub(
                store,
                bus,
                HubServices(
                    api_tokens=ApiTokens(store.api_tokens, clock),
                    backups=Backups(store, config.backup, alert_maker, clock, self._setup.clouds),
                    adults=Adults(store, self.dispatcher, post),
                    catalogues=catalogues,
                    children=Children(store, clock),
                    characters=Characters(voices),
                    devices=devices,
                    emergency_stop=emergency_stop,
                    figures=Figures(store, clock),
                    first_hour=FirstHour(store, devices),
                    health=health,
                    home_assistant=HomeAssistantAccess(house.problem() if house else NO_URL),
                    judges=Judges(config, store, self._remote_layers),
                    knowledge=Knowledge(
                        store,
                        passages,
                        self.documents,
                        talks,
                        WebPages(store, self._setup.clouds, clock),
                        clock,
                        parts.embedder,
                    ),
                    languages=Languages(guard, providers),
                    memories=memories,
                    models=models,
                    network_services=network_services,
                    privacy=privacy,
                    play=play,
                    people=people,
                    personas=Personas(store, guard),
                    passkeys=Passkeys(store, clock),
                    second_factors=SecondFactors(store, clock),
                    sign_ins=SignIns(store, clock),
                    provider_options=ProviderOptions(self._setup),
                    ratings=Ratings(Rater(services, self._setup, parts.spending)),
                    removals=Removals(store, bus, clock),
                    retention=Retention(store, alert_maker, config.talks.keep_days, clock),
                    talks=talks,
                    toy_checks=ToyChecks(store, devices, health, providers, play),
                    toy_moves=ToyMoves(store, guard, voices, memories, clock),
                    visits=Visits(store, clock),
                    voices=voices,
                    voice_hints=VoiceHintChoices(store, models, config.hub.data, clock),
                ),
            )
            await self._offer_to_other_machines(credentials)
            self._providers = providers
            self._stack = stack.pop_all()
        return self

    async def _offer_to_other_machines(self, credentials: Credentials) -> None:
        """The API and the Wyoming services, once a parent opens them."""
        hub, clock = self.hub, self._clock
        hub_id = await hub.hub_id()
        self._api_endpoint = ApiEndpoint(self._config.api.port, credentials.fingerprint)
        lan = LanListener(hub, hub_id, credentials.for_anybody(), self._api_endpoint, clock)
        wyoming = WyomingListener(hub, hub_id, self._config.wyoming.port, clock)
        self._lan_api = Offered("the API", hub.lan_api.get, lan.listening, hub.bus, clock)
        self._wyoming = Offered(
            "the Wyoming services", hub.wyoming_services.get, wyoming.listening, hub.bus, clock
        )

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def warm_up(self) -> str:
        """Make what the household chose ready; gives one line on what was taken, why, and what leaves."""
        toys = await self.hub.toys.list()
        return await warm_up(toys, self._providers, self._remote_layers, self._setup)

    def answering_owner(self) -> AbstractAsyncContextManager[None]:
        """Commands on this machine are answered while within."""
        return answering_owner(self.hub, self._config.hub.data, self._clock)

    async def _end_after(self, wait: Callable[[], Awaitable[None]]) -> None:
        await wait()
        raise _EndedError

    def _parts(self) -> list[_Runs]:
        """What goes on as long as the hub serves, besides the pages."""
        hub = self.hub
        own: list[_Runs] = [self.fleet, self.dispatcher, self._outages, self._disk_notices]
        own += [hub.backups, self._digests, self._wyoming, self._lan_api]
        own += [
            self.memory_keeper,
            self._summaries,
            self.documents,
            self._passages,
            self._timers,
            self._called_toys,
            self._next_children,
            self._voice_hints,
        ]
        return [*own, hub.models, hub.ratings, hub.removals, hub.retention, hub.visits]

    async def serve(
        self,
        on_ready: Callable[[Ready], None],
        new_code: Callable[[str], None],
        on_phones: Callable[[PhonesWelcome], None] = lambda welcome: None,
        pages: bool = True,
    ) -> None:
        """Find toys, keep their links, and show the Guardian pages; until cancelled, or everything is to be deleted.

        `on_phones` is called whenever the pages are opened to phones.
        """
        hub = self.hub
        code = None if await hub.people.everybody() else SetupCode(new_code)
        parts = self._parts()
        url = ""
        async with AsyncExitStack() as stack:
            if pages:
                site = Site(hub, self._config, self._api_endpoint, self._clock)
                url, phones = await stack.enter_async_context(site.shown(code, on_phones))
                parts.append(phones)
                own = URL(url)
                parts.append(Watchdog(self._environ, (own.host or "", own.port or 0), self._clock))
            await stack.enter_async_context(self.answering_owner())
            try:
                async with asyncio.TaskGroup() as tasks:
                    for wait in (hub.privacy.eraser.wait, hub.backups.wait):
                        tasks.create_task(self._end_after(wait))
                    tasks.create_task(read_with_first_toy(self._detector, hub.devices, hub.bus))
                    for part in parts:
                        tasks.create_task(part.run())
                    ready = partial(Ready, guardian_url=url, setup_code=code.text if code else "")
                    on_ready(ready(await self.warm_up()))
                    tasks.create_task(self._pipeline.judge_cut_turns())
                    tasks.create_task(self._fixed_lines.run())
            except* _EndedError:
                log.info("the hub ends, and starts anew")
