"""A family for the pictures: a toy in a bear, an afternoon's talk, and grown-ups who are told."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from hub.domain.clock import SystemClock
from hub.domain.family.children import Child
from hub.domain.household import (
    Adult,
    ContentKind,
    Delivery,
    DeliveryState,
    LedgerEntry,
    LedgerKind,
)
from hub.domain.household import Household as Settings
from hub.domain.safety import Alert, AlertLevel, Category, Verdict
from hub.domain.talks.talk import TurnState
from hub.domain.talks.trace import Span, Work
from hub.domain.toys import Satellite, SatelliteState
from tests.guardian.household import Household


class Afternoon(SystemClock):
    """Today at four unless told otherwise, so that the pictures don't change with the hour."""

    def __init__(self, time: datetime | None = None) -> None:
        self.time = time or datetime.now().astimezone().replace(hour=15, minute=58, second=0)

    def now(self) -> datetime:
        return self.time


async def furnish(home: Household, clock: Afternoon) -> None:
    """Toys and talk as a family might have them."""
    toy = (await home.store.toys.list())[0]
    await home.store.toys.save(replace(toy, name="Pommai"))
    home.see(
        Satellite(
            "id:a1",
            "teddy-in-the-nursery",
            state=SatelliteState.ONLINE,
            adopted=True,
            toy_id=toy.id,
            hardware="Raspberry Pi Zero 2 W",
            last_seen=clock.now(),
        )
    )
    home.see(Satellite("name:kitchen", "kitchen-satellite", hardware="wyoming-satellite 1.0.0"))

    hello = await home.hear("t1", "hello Pommai can you tell me a story about a dragon")
    hello.providers = {"stt": "whisper", "llm": "openai", "tts": "piper"}
    hello.timings_ms = {
        "transcript": 240,
        "endpoint": 1210,
        "check": 1214,
        "first_token": 1480,
        "first_clause": 1570,
        "first_audio": 1720,
        "finished": 14300,
    }
    await home.answer(
        hello,
        "Once upon a time a small dragon called Pip could not breathe fire, only soap bubbles. "
        "All the other dragons came to watch, and soon nobody wanted fire any more! "
        "What would you do with a bubble dragon?",
    )
    clock.time += timedelta(minutes=1)

    cut = await home.hear("t4", "sing me a song")
    cut.said = ["Twinkle, twinkle, little"]
    cut.state = TurnState.CUT
    await home.store.turns.save(cut)
    clock.time += timedelta(minutes=1)

    await home.answer(
        await home.hear("t5", "why is the sky blue"),
        "Sunlight has all colours in it, and the air throws the blue about the most. "
        "What is your favourite colour?",
    )
    clock.time += timedelta(minutes=1)

    held = await home.hear("t3", "what lives under my bed at night")
    held.confidence = 0.62
    held.verdicts.append(
        Verdict(
            allowed=False,
            category=Category.SCARY,
            severity=3,
            reason="scary.night: too frightening at this age",
            layer="rules",
        )
    )
    held.refused = ["A monster with long claws waits there until you sleep."]
    held.said = ["Dust bunnies, and perhaps a lost sock! Shall we count sheep?"]
    held.state = TurnState.REFUSED
    await home.store.turns.save(held)
    clock.time += timedelta(minutes=1)

    rough = await home.hear("t2", "how do i hit my brother so it hurts")
    rough.verdicts = [
        Verdict(
            allowed=False,
            category=Category.VIOLENCE,
            severity=4,
            reason="violence.how: asks how to kill or hurt somebody",
            layer="rules",
            alert=AlertLevel.WARNING,
        )
    ]
    rough.said = [
        "It sounds like you are cross with him. Shall we tell a grown-up about it together?"
    ]
    rough.state = TurnState.REFUSED
    rough.spans = [
        Span(Work.STT, -1900, "whisper", end_ms=240),
        Span(Work.CHECK, 241, end_ms=245),
        Span(Work.TTS, 300, "elevenlabs", clause=1, end_ms=900, failed=True),
        Span(Work.TTS, 900, "piper", clause=1, first_ms=1020, end_ms=1180),
        Span(Work.SEND, 1025, clause=1, first_ms=1030, end_ms=6200),
    ]
    await home.store.turns.save(rough)
    clock.time += timedelta(minutes=1)

    await home.hear("t6", "green like a frog")


async def tell(home: Household, clock: Afternoon) -> None:
    """The grown-ups, what they are told of, and what left the home for it."""
    store = home.store
    await store.household.save(
        Settings(
            country="IN",
            time_zone="Asia/Kolkata",
            quiet_from=time(22),
            quiet_until=time(6, 30),
        )
    )
    await store.adults.save(Adult("a1", "Anna", "mailtos://anna:secret@example.org"))
    await store.adults.save(
        Adult("a2", "Grandma Devi", "ntfys://devi-7f3a", least_level=None, gets_disclosures=True)
    )
    mia = await store.children.save(Child("mia", "Mia", clock.now().year - 6))
    toy = (await store.toys.list())[0]
    await store.toys.save(
        replace(
            toy,
            child_ids=frozenset({mia.id}),
            blocked_topics=frozenset({"santa", "grandpa's illness"}),
            thresholds={Category.VIOLENCE: 1},
        )
    )
    await store.alerts.add(
        Alert(
            "n1",
            AlertLevel.INFO,
            Category.JAILBREAK,
            "An attempt to get around the rules",
            clock.now() - timedelta(hours=3),
            toy.id,
            details={"reason": "asks to forget the rules"},
        )
    )
    await store.deliveries.address("n1", [])
    await store.alerts.add(
        Alert(
            "n2",
            AlertLevel.WARNING,
            Category.VIOLENCE,
            "Talk of hurting someone",
            clock.now() - timedelta(minutes=2),
            toy.id,
            "t2",
        )
    )
    await store.alerts.add(
        Alert(
            "n2b",
            AlertLevel.WARNING,
            Category.VIOLENCE,
            "Talk of hurting someone",
            clock.now() - timedelta(minutes=1),
            toy.id,
            "t2",
        )
    )
    await store.deliveries.address("n2", [_delivery(clock, "n2", "Anna", "a1")])
    [sent] = await store.deliveries.of("n2")
    await store.deliveries.save(
        replace(sent, attempts=2, last_error="the service can't be reached")
    )
    told = await home.hear("t7", "my cousin hits me when nobody looks")
    told.verdicts = [
        Verdict(
            allowed=False,
            category=Category.CHILD_DISCLOSURE,
            severity=6,
            reason="disclosure.hit: tells of being hit",
            layer="rules",
            matched=("hits me", "nobody looks"),
            rules_version="rules-2026.11.2",
            alert=AlertLevel.URGENT,
        )
    ]
    told.said = [
        "Thank you for telling me. That is not your fault. "
        "Please tell a grown-up whom you trust, as soon as you can."
    ]
    told.state = TurnState.REFUSED
    await store.turns.save(told)
    await store.alerts.add(
        Alert(
            "n3",
            AlertLevel.URGENT,
            Category.CHILD_DISCLOSURE,
            "Your child may have spoken of being hurt or frightened",
            clock.now(),
            toy.id,
            "t7",
            details={"helpline": "Childline India, 1098, free, day and night"},
        )
    )
    deliveries = [
        _delivery(clock, "n3", "Anna", "a1"),
        _delivery(clock, "n3", "Grandma Devi", "a2"),
    ]
    await store.deliveries.address("n3", deliveries)
    for delivery in deliveries:
        done = replace(delivery, state=DeliveryState.DELIVERED, ended_at=clock.now())
        await store.deliveries.save(done)
    await store.ledger.add(
        LedgerEntry(clock.now(), LedgerKind.ALERT, "mailtos", ContentKind.TEXT, 214, "t7"),
        LedgerEntry(clock.now(), LedgerKind.ALERT, "ntfys", ContentKind.TEXT, 214, "t7"),
        _bill(clock, LedgerKind.LLM, "openai", 412_000, "t6"),
        _bill(clock, LedgerKind.TTS, "elevenlabs", 3_120_000, "t6"),
        _bill(clock, LedgerKind.STT, "deepgram", 96_000, "t6"),
    )
    clock.time += timedelta(minutes=1)


def _bill(
    clock: Afternoon, kind: LedgerKind, provider: str, micro_usd: int, turn: str
) -> LedgerEntry:
    what = ContentKind.AUDIO if kind is LedgerKind.STT else ContentKind.TEXT
    return LedgerEntry(clock.now(), kind, provider, what, 1630, turn, cost_micro_usd=micro_usd)


def _delivery(clock: Afternoon, alert: str, name: str, adult: str) -> Delivery:
    next_try = clock.now() + timedelta(minutes=2)
    return Delivery(f"{alert}-{adult}", alert, name, clock.now(), next_try, adult)
