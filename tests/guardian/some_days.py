"""A few days of talk to count, in a household whose day is not UTC's."""

from datetime import datetime, timedelta

from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.household import Household as Settings
from hub.domain.talks.talk import PAGE, Turn, TurnState
from hub.domain.talks.trace import Span, Work
from tests.guardian.household import Household

THINKING = [
    Span(Work.STT, -800, "whisper", end_ms=240),
    Span(Work.CHECK, 0, first_ms=4, end_ms=4),
    Span(Work.LLM, 100, "openai", first_ms=600, end_ms=900),
    Span(Work.LLM, 100, "openai", first_ms=1600, end_ms=1900),
    Span(Work.LLM, 100, "openai", failed=True),
    Span(Work.LLM, 100, "openai", first_ms=9000, discarded=True),
]


async def some_days(home: Household, now: datetime) -> None:
    """`now` is 15:00 UTC, so it is three in the night of the next day in Auckland."""
    await home.store.household.save(Settings(time_zone="Pacific/Auckland"))
    [toy] = await home.toys.list()
    turns = [
        ("Two dogs and the moon", now, TurnState.DONE),
        ("my dog", now - timedelta(hours=2), TurnState.REFUSED),
        ("hello", now - timedelta(hours=4), TurnState.FAILED),
        ("a cat", now - timedelta(days=40), TurnState.DONE),
    ]
    for heard, at, state in turns:
        turn = Turn(heard, toy.id, "satellite", at, state=state, heard=heard)
        if at == now:
            turn.spans, turn.audio_in_ms, turn.audio_out_ms = THINKING, 60_000, 30_000
        await home.store.turns.begin(turn)
    tried = Turn("tried", toy.id, PAGE, now, state=TurnState.DONE, heard="a cat")
    await home.store.turns.begin(tried)
    paid = LedgerEntry(now, LedgerKind.LLM, "openai", ContentKind.TEXT, 100, cost_micro_usd=20_000)
    await home.store.ledger.add(paid)
