"""Everything that a household keeps, in one place: the repositories over one database.

    store = Store(await Database.open(folder, clock), bus, clock)
    turn = await store.turns.begin(turn)

What a call has written is on the disk when it returns, and the bus has told of it.
"""

from hub.domain.api import LanAccess, WyomingServerSettings
from hub.domain.clock import Clock
from hub.domain.family.first_hour import SetupProgress
from hub.domain.household import CloudAccess
from hub.domain.safety import SafeText
from hub.domain.talks.kept import Retention
from hub.domain.talks.talk import Turn
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.documents.passages import PassageRepository
from hub.storage.documents.repository import DocumentRepository
from hub.storage.family.children import ChildRepository
from hub.storage.family.games import GameRepository
from hub.storage.family.memories import MemoryRepository
from hub.storage.family.play import PlayRepository
from hub.storage.family.visits import VisitRepository
from hub.storage.family.voice_hints import VoiceHintRepository
from hub.storage.people.audit import AuditRepository
from hub.storage.people.guardians import GuardianRepository, InvitationRepository
from hub.storage.people.passkeys import PasskeyRepository
from hub.storage.people.second_factors import SecondFactorRepository
from hub.storage.people.sign_ins import SignInRepository
from hub.storage.repositories.access import ApiTokenRepository
from hub.storage.repositories.alerts import AlertRepository
from hub.storage.repositories.backup_server import BackupServerRepository
from hub.storage.repositories.deliveries import AdultRepository, DeliveryRepository
from hub.storage.repositories.gone import GoneRepository
from hub.storage.repositories.household import HouseholdRepository
from hub.storage.repositories.insight import InsightRepository
from hub.storage.repositories.ledger import LedgerRepository, VoiceConsentRepository
from hub.storage.repositories.network_services import NetworkServiceRepository
from hub.storage.repositories.satellites import SatelliteRepository
from hub.storage.repositories.settings import (
    MetaRepository,
    SettingsRepository,
    checked_clouds,
    checked_lan,
    checked_wyoming,
)
from hub.storage.repositories.toys import ToyRepository
from hub.storage.repositories.turns import TurnRepository
from hub.storage.rows import last_revision
from hub.storage.talks.notes import TurnNoteRepository
from hub.storage.talks.removals import RemovalRepository
from hub.storage.talks.talks import TalkRepository


class Store:
    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self.database = database
        self.toys = ToyRepository(database, bus, clock)
        self.children = ChildRepository(database, bus, clock)
        self.visits = VisitRepository(database, bus, clock)
        self.voice_hints = VoiceHintRepository(database, bus, clock)
        self.play = PlayRepository(database, bus, clock)
        self.games = GameRepository(database, bus, clock)
        self.satellites = SatelliteRepository(database, bus, clock)
        self.turns = TurnRepository(database, bus, clock)
        self.talks = TalkRepository(database, bus, clock)
        self.turn_notes = TurnNoteRepository(database, bus, clock)
        self.removals = RemovalRepository(database, bus, clock)
        self.insight = InsightRepository(database, bus, clock)
        self.alerts = AlertRepository(database, bus, clock)
        self.household = HouseholdRepository(database, bus, clock)
        self.adults = AdultRepository(database, bus, clock)
        self.deliveries = DeliveryRepository(database, bus, clock)
        self.ledger = LedgerRepository(database, bus, clock)
        self.voice_consents = VoiceConsentRepository(database, bus, clock)
        self.memories = MemoryRepository(database, bus, clock)
        self.documents = DocumentRepository(database, bus, clock)
        self.passages = PassageRepository(database, bus, clock)
        self.network_services = NetworkServiceRepository(database, bus, clock)
        self.guardians = GuardianRepository(database, bus, clock)
        self.invitations = InvitationRepository(database, bus, clock)
        self.passkeys = PasskeyRepository(database, bus, clock)
        self.second_factors = SecondFactorRepository(database, bus, clock)
        self.sign_ins = SignInRepository(database, bus, clock)
        self.audit = AuditRepository(database, bus, clock)
        self.api_tokens = ApiTokenRepository(database, bus, clock)
        self.backup_server = BackupServerRepository(database, bus, clock)
        self.gone = GoneRepository(database, bus, clock)
        self.meta = MetaRepository(database, bus, clock)
        self.lan_api = SettingsRepository(self.meta, bus, "lan_api", LanAccess(), checked_lan)
        self.lan_pages = SettingsRepository(self.meta, bus, "lan_pages", LanAccess(), checked_lan)
        self.first_hour = SettingsRepository(
            self.meta, bus, "first_hour", SetupProgress(), lambda progress: progress
        )
        self.clouds = SettingsRepository(self.meta, bus, "clouds", CloudAccess(), checked_clouds)
        self.retention = SettingsRepository(
            self.meta, bus, "retention", Retention(), lambda choice: choice
        )
        self.wyoming_services = SettingsRepository(
            self.meta, bus, "wyoming_services", WyomingServerSettings(), checked_wyoming
        )

    async def spoken(self, turn: Turn, line: SafeText) -> Turn:
        """Keep a line that the toy speaks: only words that passed the guard get in here."""
        turn.said.append(line.text)
        return await self.turns.save(turn)

    async def revision(self) -> int:
        """Of the last change to any turn or alert; see `Turn.revision`."""
        return await self.database.read(last_revision)
