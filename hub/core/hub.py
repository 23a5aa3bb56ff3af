"""The hub as others see it: small services by noun, which pages, API, commands and integrations use.

    await hub.toys.by_name("Bear")
    await hub.devices.adopt("living room")
    async with hub.talks.begin(Ask(toy, "page", text="Hello")) as turn: ...

What a household keeps is read and changed through its repositories (`toys`, `turns`, `alerts` …);
what works on it are the services of this folder (`talks`, `devices`, `voices` …).
Errors are `PommaiError`s with one line for a person.
"""

from dataclasses import dataclass

from hub.core.access import ApiTokens
from hub.core.alerts.adults import Adults
from hub.core.alerts.insight import Figures
from hub.core.backups.backups import Backups
from hub.core.devices import Devices
from hub.core.emergency_stop import HouseholdStop
from hub.core.family.children import Children
from hub.core.family.memories import Memories
from hub.core.family.play import Play
from hub.core.family.visits import Visits
from hub.core.family.voice_hints import VoiceHintChoices
from hub.core.first_hour import FirstHour
from hub.core.health import Health
from hub.core.home_assistant import HomeAssistantAccess
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
from hub.core.toys.voices import Voices
from hub.events import Bus
from hub.lan.strangers import Strangers
from hub.storage.store import Store
from hub.translation import Catalogues


@dataclass(frozen=True, slots=True, kw_only=True)
class HubServices:
    """What works on the household's data, as `hub.app` builds it."""

    adults: Adults
    api_tokens: ApiTokens
    backups: Backups
    catalogues: Catalogues
    children: Children
    characters: Characters
    devices: Devices
    emergency_stop: HouseholdStop
    figures: Figures
    first_hour: FirstHour
    health: Health
    home_assistant: HomeAssistantAccess
    judges: Judges
    knowledge: Knowledge
    languages: Languages
    memories: Memories
    models: Models
    network_services: NetworkServices
    privacy: Privacy
    play: Play
    passkeys: Passkeys
    people: People
    personas: Personas
    provider_options: ProviderOptions
    ratings: Ratings
    removals: Removals
    retention: Retention
    second_factors: SecondFactors
    sign_ins: SignIns
    talks: Talks
    toy_checks: ToyChecks
    toy_moves: ToyMoves
    visits: Visits
    voices: Voices
    voice_hints: VoiceHintChoices


class Hub:
    """One household's hub."""

    def __init__(self, store: Store, bus: Bus, services: HubServices) -> None:
        self.bus = bus
        """Tells of changes as they happen."""

        self.strangers = Strangers()
        """Lets those who have not shown that they belong here have their turn, on every port."""

        self.toys = store.toys
        self.turns = store.turns
        """What was said and heard."""
        self.kept_talks = store.talks
        """The same by talks, in a list and by a search."""
        self.turn_notes = store.turn_notes
        """What parents keep beside a turn."""
        self.alerts = store.alerts
        self.deliveries = store.deliveries
        """How far each alert is on its way to each adult."""
        self.household = store.household
        """Its settings and quiet time. Call and lift the emergency stop through `emergency_stop` alone."""
        self.ledger = store.ledger
        """What left the home, and what it cost."""
        self.audit = store.audit
        """Who did what; `guardian_web.audit` notes it."""
        self.lan_api = store.lan_api
        """Whether and where other machines can reach `/api/v1`."""
        self.lan_pages = store.lan_pages
        """The same of the Guardian pages."""
        self.wyoming_services = store.wyoming_services
        """Whether, where and to whom the hub offers itself to Home Assistant and its like."""

        self.adults = services.adults
        self.api_tokens = services.api_tokens
        """Who may use `/api/v1`."""
        self.backups = services.backups
        """Keeps the whole household in encrypted files, and brings one back."""
        self.catalogues = services.catalogues
        """The languages that people can read."""
        self.children = services.children
        self.characters = services.characters
        self.devices = services.devices
        self.emergency_stop = services.emergency_stop
        self.figures = services.figures
        """What was said, in figures."""
        self.first_hour = services.first_hour
        self.health = services.health
        self.home_assistant = services.home_assistant
        self.judges = services.judges
        self.knowledge = services.knowledge
        """What the family gave its toys to know."""
        self.languages = services.languages
        """What each toy could speak."""
        self.memories = services.memories
        """What toys remember of the children."""
        self.models = services.models
        self.network_services = services.network_services
        self.privacy = services.privacy
        self.play = services.play
        """How long and when children may talk with their toys."""
        self.people = services.people
        """Who may sign in to the pages, and what each may do."""
        self.personas = services.personas
        """Who each toy is."""
        self.passkeys = services.passkeys
        """With which some of them sign in without a password."""
        self.second_factors = services.second_factors
        """Codes that some of them type beside the password."""
        self.sign_ins = services.sign_ins
        """In which browsers they are signed in."""
        self.provider_options = services.provider_options
        self.ratings = services.ratings
        self.removals = services.removals
        """Deletes what was said."""
        self.retention = services.retention
        """How long what was said is kept."""
        self.talks = services.talks
        self.toy_checks = services.toy_checks
        self.toy_moves = services.toy_moves
        """Takes toys to other households and back, as files."""
        self.visits = services.visits
        """Friends who play with a toy for a day or some."""
        self.voices = services.voices
        self.voice_hints = services.voice_hints
        """By whose voice a toy may guess who speaks."""

        self.revision = store.revision
        """Gives the number of the last change to any turn or alert."""
        self.hub_id = store.meta.hub_id
        """Gives what tells this hub from others on the network."""
