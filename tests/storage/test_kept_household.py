"""What a household of form 0010 kept, in `household_0010.sql`, is all there for the hub of today."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from hub.core.people.sign_ins import IDLE_LIFE, LONGEST_LIFE
from hub.domain.api import ApiToken, LanAccess, Scope, WyomingServerSettings
from hub.domain.consent import Consent, VoiceConsent
from hub.domain.family.children import Child
from hub.domain.family.people import Role
from hub.domain.household import (
    Adult,
    ContentKind,
    Delivery,
    DeliveryState,
    Household,
    LedgerEntry,
    LedgerKind,
)
from hub.domain.network_services import NetworkService, ServiceKind
from hub.domain.persona import Persona
from hub.domain.safety import Alert, AlertLevel, Category, SafetyLevel, Verdict
from hub.domain.talks.kept import Facet, TalkSearch
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import SoundCheck, Span, Work
from hub.domain.toys import (
    Absence,
    HomeAssistantRights,
    HomeAssistantTask,
    Pairing,
    Patience,
    ProviderChoice,
    Satellite,
    SatelliteSettings,
    SatelliteState,
    Toy,
    Voice,
    Wake,
)
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.migrations import differences

KEPT = Path(__file__).with_name("household_0010.sql")
AT = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)


@pytest.fixture
async def database(folder: Path, clock: FakeClock) -> AsyncIterator[Database]:
    folder.mkdir()
    with closing(sqlite3.connect(folder / "pommai.db")) as kept:
        kept.executescript(KEPT.read_text("utf-8"))
    database = await Database.open(folder, clock)
    yield database
    await database.aclose()


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, Bus(), clock)


async def test_its_tables_become_those_that_the_code_expects(database: Database) -> None:
    """Where this fails, a change of `hub/storage/schema/` has no step in `migrations/versions`."""
    assert await database.read(differences) == []


async def test_toys_and_children(store: Store) -> None:
    bear = Toy(
        "toy",
        "Bear Brown",
        persona=Persona(backstory="You are {toy}."),
        language="de",
        voice=Voice("thorsten", {"speed": 0.9}),
        providers=ProviderChoice(stt=("house:whisper", "auto"), tts=("piper",)),
        model="gemma",
        temperature=0.5,
        max_tokens=120,
        safety_level=SafetyLevel.MODERATE,
        blocked_topics=frozenset({"ghosts", "the war"}),
        thresholds={Category.SCARY: 1},
        patience=Patience.PATIENT,
        home_assistant_rights=HomeAssistantRights(
            frozenset({HomeAssistantTask.LIGHTS, HomeAssistantTask.MUSIC}), ("Kitchen",), ("Radio",)
        ),
        child_ids=frozenset({"child"}),
        paused=True,
    )
    assert await store.toys.list() == [bear, Toy("first", "Pommai")]
    assert await store.children.list() == [Child("child", "Mia", 2019)]


async def test_satellites(store: Store) -> None:
    assert await store.satellites.list() == [
        Satellite(
            "id:1",
            "Bear's body",
            addresses=(("192.168.1.5", 10700),),
            hardware="Zero 2 W",
            firmware="0.1.0",
            boot_id="b",
            state=SatelliteState.AWAY,
            state_detail="no answer",
            adopted=True,
            toy_id="toy",
            last_seen=AT,
            pairing=Pairing.PAIRED,
            certificate=b"\x30\x82",
            settings=SatelliteSettings(volume=40, volume_cap=100, mute=True, wake=Wake.WORD),
            absences=(Absence(AT, AT + timedelta(minutes=5), 3, "7"),),
            room_heard_by="voice",
        )
    ]


async def test_turns(store: Store) -> None:
    verdict = Verdict(
        allowed=False,
        category=Category.SCARY,
        severity=3,
        reason="r: ghost",
        layer="rules",
        rules_version="1",
        matched=("ghost",),
        alert=AlertLevel.INFO,
    )
    assert await store.turns.recent(10) == [
        Turn(
            "turn",
            "toy",
            "satellite",
            AT,
            conversation_id="talk",
            child_id="child",
            satellite_key="id:1",
            state=TurnState.REFUSED,
            heard="Are you a robot? ❤",
            confidence=0.75,
            said=["Let us sing."],
            refused=["Boo."],
            verdicts=[verdict],
            providers={"stt": "sphinx"},
            timings_ms={"endpoint": 300.5},
            spans=[Span(Work.STT, -500.0, "sphinx", 1, None, 12.5, failed=True)],
            sound=SoundCheck(1200.0, -30.0, -60.0, 0.001, 1, 20.0),
            tokens_in=5,
            tokens_out=7,
            audio_in_ms=1200.0,
            audio_out_ms=900.0,
            error="slow",
            revision=1,
        )
    ]


async def test_alerts_and_who_is_told(store: Store) -> None:
    alert = Alert(
        "alert",
        AlertLevel.URGENT,
        Category.SELF_HARM,
        "Please look",
        AT,
        "toy",
        "turn",
        acknowledged_at=AT,
        acknowledged_by="Ana",
        done_at=AT,
        done_by="Ana",
        note="we talked",
        revision=4,
        details={"reason": "grave"},
    )
    assert await store.alerts.list(10) == [alert]
    assert await store.alerts.unaddressed() == []
    assert await store.deliveries.of("alert") == [
        Delivery(
            "delivery", "alert", "Ana", AT, AT, "adult", DeliveryState.UNDELIVERED, 4, "refused", AT
        )
    ]
    # Its address is locked with a key that this folder has not.
    assert await store.adults.list() == [Adult("adult", "Ana", "", AlertLevel.URGENT, False)]


async def test_the_household_and_what_it_allows(store: Store) -> None:
    assert await store.household.get() == Household(
        country="DE",
        time_zone="Europe/Berlin",
        quiet_from=time(21),
        quiet_until=time(6, 30),
        break_after_minutes=20,
        monthly_cap_cents=750,
        emergency_stopped_at=AT,
        stop_reason="bedtime",
        quiet=True,
    )
    token = ApiToken("token", "Home Assistant", frozenset({Scope.STATE, Scope.ALERTS}), AT)
    assert await store.api_tokens.by_hash("a" * 64) == token
    assert await store.lan_api.get() == LanAccess(True, ("eth0",))
    allowed = WyomingServerSettings(True, ("eth0",), ("192.168.1.20",))
    assert await store.wyoming_services.get() == allowed
    assert await store.network_services.list() == [
        NetworkService(
            ServiceKind.STT,
            "whisper",
            "192.168.1.9",
            10300,
            "2.0",
            ("de", "en"),
            ("small",),
            "house:whisper",
        )
    ]


async def test_what_left_and_who_agreed(store: Store) -> None:
    left = LedgerEntry(AT, LedgerKind.LLM, "openai", ContentKind.TEXT, 321, "turn", True, 42)
    assert await store.ledger.recent(10) == [left]
    consent = Consent("Ana", AT, "I agree.")
    assert await store.voice_consents.list() == [
        VoiceConsent(consent, "elevenlabs", "Ana's", 2, "v1")
    ]


async def test_what_was_said_is_found(store: Store) -> None:
    (found,) = await store.talks.search(TalkSearch("robot", facets=frozenset({Facet.REFUSED})), 10)
    assert found.id == "turn"


async def test_its_one_password_and_who_was_signed_in(store: Store, clock: FakeClock) -> None:
    [owner] = await store.guardians.list()
    assert (owner.name, owner.role, owner.created_at) == ("Guardian", Role.OWNER, AT)
    assert await store.guardians.password_hash(owner.id) == "$argon2id$kept"
    [sign_in] = await store.sign_ins.of(owner.id)
    assert (sign_in.created_at, sign_in.seen_at) == (AT, AT)
    assert sign_in.expires_at == AT + IDLE_LIFE
    assert sign_in.ends_at == AT + LONGEST_LIFE
    assert await store.sign_ins.get("b" * 64) == (sign_in, owner)
