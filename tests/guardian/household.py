"""A household for the pages: the real store on a real disk, and satellites that a test moves."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.maker import AlertMaker
from hub.alerts.post import Post
from hub.config import BackupSection, Config
from hub.core.access import ApiTokens
from hub.core.alerts.adults import Adults
from hub.core.alerts.insight import Figures
from hub.core.backups.backups import Backups
from hub.core.family.children import Children
from hub.core.family.memories import Memories
from hub.core.family.play import Play
from hub.core.family.visits import Visits
from hub.core.family.voice_hints import VoiceHintChoices
from hub.core.first_hour import FirstHour
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
from hub.core.privacy.privacy import Privacy
from hub.core.ratings import Ratings
from hub.core.talks.removals import Removals
from hub.core.talks.retention import Retention
from hub.core.talks.talks import Talks
from hub.core.toys.characters import Characters
from hub.core.toys.languages import Languages
from hub.core.toys.personas import Personas
from hub.core.toys.provider_options import ProviderOptions
from hub.core.toys.toy_checks import ToyChecks
from hub.domain.clock import Clock, SystemClock
from hub.domain.network_services import NetworkService
from hub.domain.safety import Alert, AlertLevel, Category, Verdict
from hub.domain.talks.kept import DEFAULT_KEEP_DAYS
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import (
    Satellite,
)
from hub.egress.remote_checks import RemoteLayer
from hub.egress.web_page import WebPages
from hub.events import Bus
from hub.knowledge.documents.library import DocumentLibrary
from hub.knowledge.documents.search import PassageSearch
from hub.pipeline.pipeline import Pipeline
from hub.providers.base import ProviderSetup
from hub.providers.clouds import CloudSwitch
from hub.providers.pool import Providers
from hub.safety.guard import Guard
from hub.storage.store import Store
from hub.translation import Catalogues
from tests.guardian.pretend_parts import (
    PretendDevices,
    PretendHealth,
    PretendRater,
    PretendStop,
    PretendVoices,
)
from tests.guardian.pretend_providers import PretendProviders
from tests.new_household import open_household
from tests.safety.shipped import PHRASES, RULES

FINE = Verdict(allowed=True, layer="rules")
REFUSED = Verdict(
    allowed=False,
    category=Category.VIOLENCE,
    severity=5,
    reason="violence.how: speaks of hurting somebody",
    layer="rules",
    alert=AlertLevel.WARNING,
)


class Household(Hub):
    """The hub as the pages know it, without radios and models; talks only where there is a `pipeline`."""

    def __init__(
        self, bus: Bus, store: Store, clock: Clock, pipeline: Pipeline | None = None
    ) -> None:
        self.store = store
        post, catalogues = Post(clock), Catalogues()
        self.dispatcher = Dispatcher(store, bus, post, clock, catalogues)
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
        guard = Guard([RULES], clock, 10.0, PHRASES)
        memories = Memories(store, guard, clock)
        self.pages = WebPages(store, CloudSwitch(off=False), clock)
        talks = Talks(pipeline, store, clock)  # type: ignore[arg-type]  # none talks then
        search = PassageSearch(store, clock)
        models = Models(Config(), store, self.pretend_providers, clock)
        self.documents = DocumentLibrary(store, bus, clock, search)
        """Reads nothing until a test lets it."""
        super().__init__(
            store,
            bus,
            HubServices(
                api_tokens=ApiTokens(store.api_tokens, clock),
                adults=Adults(store, self.dispatcher, post),
                catalogues=catalogues,
                backups=Backups(store, BackupSection(), AlertMaker(store, clock), clock),
                children=Children(store, clock),
                characters=Characters(self.pretend_voices),
                devices=self.satellites,
                emergency_stop=PretendStop(store, pipeline),
                figures=Figures(store, clock),
                first_hour=FirstHour(store, self.satellites),
                health=self.pretend_health,
                home_assistant=HomeAssistantAccess(""),
                languages=Languages(guard, self.pretend_providers),
                judges=Judges(Config(), store, self.judge_layers),
                knowledge=Knowledge(store, search, self.documents, talks, self.pages, clock),
                memories=memories,
                privacy=self._privacy(store, clock),
                play=Play(store, clock),
                provider_options=ProviderOptions(ProviderSetup(Config(), {}, clock)),
                ratings=Ratings(self.pretend_rater),  # type: ignore[arg-type]  # it asks no model
                models=models,
                network_services=NetworkServices(
                    store, lambda: self.services_announced, [self._take_in], SystemClock()
                ),
                removals=Removals(store, bus, clock),
                retention=Retention(store, AlertMaker(store, clock), DEFAULT_KEEP_DAYS, clock),
                people=People(store, clock),
                personas=Personas(store, guard),
                passkeys=Passkeys(store, clock),
                second_factors=SecondFactors(store, clock),
                sign_ins=SignIns(store, clock),
                talks=talks,
                toy_checks=ToyChecks(
                    store,
                    self.satellites,
                    self.pretend_health,
                    self.pretend_providers,
                    Play(store, clock),
                ),
                toy_moves=ToyMoves(store, guard, self.pretend_voices, memories, clock),
                visits=Visits(store, clock),
                voice_hints=VoiceHintChoices(store, models, store.database.folder, clock),
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
