"""What is deleted is out of sight at once, comes back if a parent thinks better of it, and is gone from the disk."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from hub.core.talks.removals import UNDO, Removals
from hub.domain.family.children import Child
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.safety import Alert, AlertLevel, Category, Verdict
from hub.domain.talks.kept import RemovalScope, RemovalState, TalkSearch, TurnNote
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.errors import NotFoundError, RefusedError
from hub.events import Bus
from hub.knowledge.history import messages
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn
from tests.storage.talks.conftest import Talked


@pytest.fixture
def removals(store: Store, bus: Bus, clock: FakeClock) -> Removals:
    return Removals(store, bus, clock)


async def heard(store: Store) -> set[str]:
    return {one.heard for one in await store.turns.recent(100)}


async def erase(removals: Removals, store: Store) -> None:
    for removal in await store.removals.unfinished():
        assert await removals.erase(removal)


@asynccontextmanager
async def running(removals: Removals) -> AsyncIterator[None]:
    task = asyncio.create_task(removals.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_turn_is_out_of_sight_everywhere_until_that_is_undone(
    store: Store, talked: Talked, removals: Removals, toy: Toy, clock: FakeClock
) -> None:
    kept, gone = await talked("a cat"), await talked("a dog")
    before = await store.revision()
    removal = await removals.ask(RemovalScope.TURN, gone.id)

    assert removal.turns == 1
    assert await heard(store) == {"a cat"}
    assert await store.turns.get(gone.id) is None
    assert await store.talks.search(TalkSearch("dog"), 10) == []
    assert [one.turns for one in await store.talks.list(10)] == [1]
    assert [one.text for one in messages(await store.turns.for_model(toy.id))] == ["a cat", ""]
    assert [one.id for one in await store.turns.conversation(toy.id)] == [kept.id]
    assert await store.turns.since(0, 10) == [kept]
    assert await store.talks.count() == 1
    assert await removals.last_revision() > before
    with pytest.raises(NotFoundError):
        await store.turn_notes.save(TurnNote(gone.id, bookmarked=True))

    await removals.undo(removal.id)
    assert await heard(store) == {"a cat", "a dog"}
    assert len(await store.talks.search(TalkSearch("dog"), 10)) == 1
    assert await removals.list() == []
    with pytest.raises(NotFoundError):
        await removals.undo(removal.id)
    assert await removals.last_revision() == await store.revision()


async def test_a_talk_a_day_a_toys_a_childs_and_everything(
    store: Store, talked: Talked, removals: Removals
) -> None:
    await store.toys.save(Toy("z", "Zebra"))
    await store.children.save(Child("mia", "Mia"))
    first = await talked("first")
    await talked("second")
    await talked("next day", minutes=24 * 60)
    await talked("zebra", minutes=24 * 60, toy_id="z")
    await talked("mia", minutes=24 * 60 * 2, child_id="mia")
    await talked("last", minutes=24 * 60 * 3)
    everyone = await heard(store)

    for scope, which, left_out in (
        (RemovalScope.TALK, first.conversation_id, {"first", "second"}),
        (RemovalScope.DAY, "2026-05-05", {"next day", "zebra"}),
        (RemovalScope.TOY, "z", {"zebra"}),
        (RemovalScope.CHILD, "mia", {"mia"}),
        (RemovalScope.EVERYTHING, "", everyone),
    ):
        removal = await removals.ask(scope, which)
        assert everyone - await heard(store) == left_out, scope
        assert removal.turns == len(left_out)
        await removals.undo(removal.id)
    for scope, which in ((RemovalScope.TURN, "nobody"), (RemovalScope.DAY, "2020-01-01")):
        with pytest.raises(NotFoundError, match="nothing to delete"):
            await removals.ask(scope, which)
    assert await removals.list() == []
    with pytest.raises(RefusedError, match="no day"):
        await removals.ask(RemovalScope.DAY, "yesterday")


async def test_a_turn_that_goes_on_is_left_out(
    store: Store, talked: Talked, removals: Removals, toy: Toy, clock: FakeClock
) -> None:
    await talked("over")
    await store.turns.begin(turn(toy.id, clock.now(), "goes on"))
    assert (await removals.ask(RemovalScope.EVERYTHING)).turns == 1
    assert await heard(store) == {"goes on"}


async def test_after_a_minute_it_is_erased_also_when_the_hub_was_restarted(
    store: Store, talked: Talked, removals: Removals, bus: Bus, clock: FakeClock
) -> None:
    talk = await talked("a dog")
    async with running(removals):
        removal = await removals.ask(RemovalScope.TALK, talk.conversation_id)
        await clock.advance(UNDO.total_seconds() - 1)
    assert [one.state for one in await removals.list()] == [RemovalState.WAITING]

    again = Removals(store, bus, clock)
    async with running(again):
        await clock.advance(2)
        (record,) = await again.list()
        while record.state is not RemovalState.DONE:
            await clock.advance(0)
            (record,) = await again.list()
    assert (record.turns, record.which, record.ended_at) == (1, "", clock.now())
    assert await store.talks.list(10) == []
    with pytest.raises(RefusedError, match="can't be undone"):
        await again.undo(removal.id)


async def test_an_alert_stays_without_words(
    store: Store, talked: Talked, removals: Removals, clock: FakeClock
) -> None:
    await talked("before")
    told = await talked("my uncle hurts me")
    alert = Alert(
        "a",
        AlertLevel.URGENT,
        Category.CHILD_DISCLOSURE,
        "Please look",
        clock.now(),
        told.toy_id,
        told.id,
        details={"reason": "uncle", "helpline": "116 111"},
    )
    await store.alerts.add(alert)
    await store.alerts.acknowledge("a", "we spoke of the uncle", "Ana")
    sent = LedgerEntry(clock.now(), LedgerKind.LLM, "openai", ContentKind.TEXT, 5, told.id)
    await store.ledger.add(sent)

    await removals.ask(RemovalScope.TURN, told.id)
    await erase(removals, store)

    left = await store.alerts.get("a")
    assert (left.category, left.acknowledged_by, left.note) == (alert.category, "Ana", "")
    assert left.details == {"helpline": "116 111", "words_erased": "yes"}
    assert left.turn_id is None
    (entry,) = await store.ledger.recent(10)
    assert (entry.amount, entry.turn_id) == (5, None)
    assert await heard(store) == {"before"}


async def test_nothing_of_what_is_erased_can_be_read_from_the_disk(
    store: Store, talked: Talked, removals: Removals, folder: Path, clock: FakeClock
) -> None:
    chance = random.Random(1)

    def planted() -> str:
        return "".join(chance.choices("bcdfghjklmnpqrstvwxz", k=14))

    strings: list[str] = []
    for number in range(60):
        is_to_go = number % 3 == 0
        own = [planted() for _ in range(5)] if is_to_go else [f"harmless{number}"] * 5
        words, said, held_back, matched, note = own
        verdict = Verdict(allowed=False, category=Category.SCARY, matched=(matched,))
        kept = await talked(
            f"{words} and more",
            f"{said}. " * 40,
            refused=[held_back],
            verdicts=[verdict],
            error=said,
        )
        await store.turn_notes.save(TurnNote(kept.id, text=note))
        if is_to_go:
            strings += own
            await removals.ask(RemovalScope.TURN, kept.id)

    assert all(string[3:] in _raw(folder) for string in strings), "they are there until then"
    await erase(removals, store)
    raw = _raw(folder)
    # The index shortens words by what the one before begins with, so their ends are looked for.
    assert [string for string in strings if string[3:] in raw] == []
    assert "harmless1" in raw
    assert len(await heard(store)) == 40


def _raw(folder: Path) -> str:
    return "".join(
        file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()
    )


async def test_what_is_too_old_goes_but_for_what_a_parent_needs(
    store: Store, talked: Talked, toy: Toy, clock: FakeClock
) -> None:
    async def told(kept: Turn, number: str) -> None:
        alert = Alert(
            number, AlertLevel.URGENT, Category.SCARY, number, clock.now(), toy.id, kept.id
        )
        await store.alerts.add(alert)

    await talked("old")
    bookmarked = await talked("bookmarked")
    await store.turn_notes.save(TurnNote(bookmarked.id, bookmarked=True))
    await told(await talked("alert that nobody saw"), "open")
    await told(await talked("alert that was seen"), "seen")
    await store.alerts.acknowledge("seen")
    await talked("new", minutes=60)

    until = clock.now() + timedelta(minutes=30)
    removal = await store.removals.hide(RemovalScope.OLDER, "", clock.now(), (None, until))
    assert removal.turns == 2
    assert await heard(store) == {"bookmarked", "alert that nobody saw", "new"}
