"""A family that talked with its toys for two years: so many turns, made up and written straight into its database."""

import random
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from hub.domain.clock import SystemClock
from hub.domain.safety import AlertLevel, Category, Verdict
from hub.domain.talks.kept import Retention
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.talks.trace import Span, Work
from hub.domain.toys import Toy
from hub.events import Bus
from hub.storage.database import BUSY_MS, DATABASE_NAME, Database, make_engine
from hub.storage.rows import REVISION, to_row, upsert
from hub.storage.schema import alerts, conversations, counters, ledger, toys, turns
from hub.storage.store import Store
from hub.storage.talks.index import index_all

TURNS_A_TALK = 8
YEARS_DAYS = 730
AT_ONCE = 5_000
WORDS = (
    "why what how can you tell me a story about the dog cat dragon moon star sea rain snow tree school friend "
    "mother father brother sister play sing draw run jump sleep dream blue red green big small happy sad funny "
    "and is are do does not very my your we they it this that once upon time little bear fox owl fish bird"
)
SAID = (
    "Oh, that is a lovely question! Let me think about it for a moment.",
    "A long time ago a small fox lived beside the sea, and every night it counted the stars.",
    "Dogs bark to tell each other things: that they are glad, or that somebody is coming.",
    "What would you do, if you were the moon and could look into every window?",
)
FINE = Verdict(allowed=True, layer="rules", rules_version="rules-12 classifier-9 talk-4")
REFUSED = Verdict(
    allowed=False,
    category=Category.VIOLENCE,
    severity=5,
    reason="violence.how: speaks of hurting somebody",
    layer="rules",
    rules_version="rules-12 classifier-9 talk-4",
    matched=("hit somebody",),
    alert=AlertLevel.WARNING,
)


async def make(folder: Path, count: int, *, seed: int = 1) -> None:
    """A new household in `folder` with so many turns, all before now, which it keeps for ever."""
    clock = SystemClock()
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    await store.toys.save(Toy("second", "Zebra"))
    await store.retention.save(Retention(0, clock.now(), clock.now()))
    await database.aclose()
    engine = make_engine(folder / DATABASE_NAME, begin="BEGIN IMMEDIATE", busy_ms=BUSY_MS)
    chance = random.Random(seed)
    with engine.begin() as connection:
        ids = list(connection.scalars(select(toys.c.id)))
        said = _turns(chance, count, ids)
        while rows := [row for row, _ in zip(said, range(AT_ONCE), strict=False)]:
            talks = {row["conversation_id"]: row for row in reversed(rows)}
            known = {
                row[0]
                for row in connection.execute(
                    select(conversations.c.id).where(conversations.c.id.in_(talks))
                )
            }
            opened = [
                {"id": key, "toy_id": row["toy_id"], "started_at": row["started_at"]}
                for key, row in talks.items()
                if key not in known
            ]
            if opened:
                connection.execute(insert(conversations), opened)
            connection.execute(insert(turns), rows)
            connection.execute(insert(ledger), [_sent(row) for row in rows[::2]])
            told = [_alert(row, chance) for row in rows[::400]]
            connection.execute(insert(alerts), told)
        index_all(connection)
        newest = {"name": REVISION, "value": 10 * count}
        upsert(connection, counters.c.name, newest)
    engine.dispose()


async def plant(folder: Path, strings: Sequence[str]) -> None:
    """In a turn of each talk that begins today, one string in each of what was heard, said and held back."""
    clock = SystemClock()
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    toy = (await store.toys.list())[0]
    for number, string in enumerate(strings):
        verdict = Verdict(allowed=False, category=Category.SCARY, matched=(string,), layer="rules")
        turn = Turn(
            uuid.uuid4().hex,
            toy.id,
            "satellite",
            clock.now() + timedelta(milliseconds=number),
            state=TurnState.REFUSED,
            heard=f"do you know {string}",
            said=[f"{string} is nothing that I know.", SAID[number % len(SAID)]],
            refused=[f"I know {string}"],
            verdicts=[verdict],
            spans=_spans(random.Random(number)),
        )
        await store.turns.begin(turn)
    await database.aclose()


def _turns(chance: random.Random, count: int, toy_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    began = datetime.now(UTC) - timedelta(days=YEARS_DAYS)
    step = timedelta(days=YEARS_DAYS - 1) / max(1, count // TURNS_A_TALK)
    talk, words = "", WORDS.split()
    for number in range(count):
        place = number % TURNS_A_TALK
        if place == 0:
            talk, toy = uuid.uuid4().hex, chance.choice(toy_ids)
            at = began + step * (number // TURNS_A_TALK)
        refused = chance.random() < 0.03
        turn = Turn(
            uuid.uuid4().hex,
            toy,
            "satellite",
            at + timedelta(seconds=25 * place),
            conversation_id=talk,
            state=TurnState.REFUSED if refused else TurnState.DONE,
            heard=" ".join(chance.choices(words, k=chance.randint(3, 14))),
            confidence=0.9,
            said=chance.sample(SAID, k=2),
            refused=["You make a fist."] if refused else [],
            verdicts=[REFUSED if refused else FINE],
            providers={"stt": "whisper", "llm": "openai", "tts": "piper"},
            timings_ms={
                "endpoint": 310.0,
                "transcript": 240.0,
                "check": 12.0,
                "first_audio": 920.0,
            },
            spans=_spans(chance),
            audio_in_ms=1500.0,
            audio_out_ms=4000.0,
            revision=number + 1,
        )
        yield to_row(turn, turns) | {"number": number + 1}


def _spans(chance: random.Random) -> list[Span]:
    kinds = [(Work.STT, "whisper"), (Work.CHECK, ""), (Work.LLM, "openai")]
    kinds += [(Work.CHECK, ""), (Work.TTS, "piper"), (Work.SEND, "")] * 2
    return [
        Span(work, chance.random() * 900, name, 1, None, chance.random() * 4000)
        for work, name in kinds
    ]


def _sent(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": row["started_at"],
        "kind": "llm",
        "provider": "openai",
        "what": "text",
        "amount": 400,
        "turn_id": row["id"],
        "discarded": False,
        "cost_micro_usd": 90,
    }


def _alert(row: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "revision": 5_000_000 + row["number"],
        "level": "warning",
        "category": "violence",
        "title": "Talk of hurting someone",
        "at": row["started_at"],
        "toy_id": row["toy_id"],
        "turn_id": row["id"],
        "acknowledged_at": row["started_at"] if chance.random() < 0.9 else None,
        "note": "",
        "details": {"reason": REFUSED.reason},
    }
