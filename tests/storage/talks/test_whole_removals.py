"""A toy or a child that is removed: out of sight with all of theirs, back while a parent may think better of it, then
gone from the disk."""

from pathlib import Path

import pytest

from hub.core.talks.removals import UNDO, Removals
from hub.domain.family.children import Child
from hub.domain.family.memories import MemoryChoice
from hub.domain.household import ContentKind, LedgerEntry, LedgerKind
from hub.domain.play.limits import DayLimits, PlayLimits, Whose
from hub.domain.safety import Alert, AlertLevel, Category
from hub.domain.talks.kept import RemovalScope, RemovalState, TurnNote
from hub.domain.talks.talk import Turn, TurnState
from hub.domain.toys import Satellite, Toy
from hub.errors import NotFoundError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn

FOX = Toy("fox", "Fox")
MIA, TOM = Child("mia", "Mia", 2019), Child("tom", "Tom")
LIMITS = PlayLimits(weekday=DayLimits(minutes=20))


@pytest.fixture
def removals(store: Store, bus: Bus, clock: FakeClock) -> Removals:
    return Removals(store, bus, clock)


@pytest.fixture
async def foxs(store: Store, toy: Toy, clock: FakeClock) -> Turn:
    """Mia and Tom share a toy; the fox is Mia's alone, and this was said to it."""
    await store.children.save(MIA)
    await store.children.save(TOM)
    await store.toys.save(FOX)
    await store.toys.give(FOX.id, [MIA.id])
    await store.toys.give(toy.id, [MIA.id, TOM.id])
    said = [
        turn(FOX.id, clock.now(), "wombats dig", child_id=MIA.id),
        turn(toy.id, clock.now(), "okapis hide", child_id=MIA.id),
        turn(toy.id, clock.now(), "pandas chew", child_id=TOM.id),
        turn(toy.id, clock.now(), "lemurs leap"),
    ]
    for one in said:
        one.state = TurnState.DONE
        await store.turns.begin(one)
    await store.turn_notes.save(TurnNote(said[0].id, bookmarked=True, text="quokka"))
    await store.play.save(Whose(toy_id=FOX.id), LIMITS)
    await store.play.save(Whose(child_id=MIA.id), LIMITS)
    await store.memories.choose(MIA.id, MemoryChoice(is_on=True))
    await store.satellites.save(Satellite("id:1", "box", adopted=True, toy_id=FOX.id))
    return said[0]


async def heard(store: Store) -> set[str]:
    return {one.heard for one in await store.turns.recent(100)}


async def erase(removals: Removals, store: Store, clock: FakeClock) -> None:
    await clock.advance(UNDO.total_seconds())
    [removal] = await store.removals.unfinished()
    assert await removals.erase(removal)


async def test_a_removed_toy_is_out_of_sight_and_comes_back_as_it_was(
    store: Store, toy: Toy, foxs: Turn, removals: Removals, clock: FakeClock
) -> None:
    fox = await store.toys.get(FOX.id)
    removal = await removals.remove_toy(FOX.id)
    assert (removal.scope, removal.turns) == (RemovalScope.WHOLE_TOY, 1)
    assert [one.id for one in await store.toys.list(archived=True)] == [toy.id]
    assert await store.toys.get(FOX.id) is None
    assert await heard(store) == {"okapis hide", "pandas chew", "lemurs leap"}
    assert await removals.names() == {FOX.id: "Fox"}
    for change in (store.toys.pause, store.toys.archive):
        with pytest.raises(NotFoundError):
            await change(FOX.id, True)
    with pytest.raises(NotFoundError, match="removed meanwhile"):
        await removals.remove_toy(FOX.id)

    await removals.undo(removal.id)
    assert await store.toys.get(FOX.id) == fox
    assert await store.turns.get(foxs.id) is not None
    assert await store.play.limits(Whose(toy_id=FOX.id)) == LIMITS


async def test_after_a_minute_a_toy_is_gone_with_all_that_was_said_with_it(
    store: Store, toy: Toy, foxs: Turn, removals: Removals, folder: Path, clock: FakeClock
) -> None:
    alert = Alert("a", AlertLevel.WARNING, Category.SCARY, "Look", clock.now(), FOX.id, foxs.id)
    await store.alerts.add(alert)
    sent = LedgerEntry(clock.now(), LedgerKind.LLM, "openai", ContentKind.TEXT, 5, foxs.id)
    await store.ledger.add(sent)
    removal = await removals.remove_toy(FOX.id)
    await erase(removals, store, clock)

    with pytest.raises(RefusedError, match="can't be undone"):
        await removals.undo(removal.id)
    [kept] = await removals.list()
    assert (kept.state, kept.which, kept.turns) == (RemovalState.DONE, "", 1)
    assert await store.toys.list(archived=True) == [await store.toys.get(toy.id)]
    assert await store.play.limits(Whose(toy_id=FOX.id)) == PlayLimits()
    assert [one.toy_id for one in await store.satellites.list()] == [None]
    assert (await store.alerts.get("a")).toy_id is None
    assert [(one.amount, one.turn_id) for one in await store.ledger.recent(5)] == [(5, None)]
    assert await heard(store) == {"okapis hide", "pandas chew", "lemurs leap"}
    on_disk = b"".join(path.read_bytes() for path in folder.glob("pommai.db*"))
    assert b"pandas chew" in on_disk
    assert b"wombats" not in on_disk
    assert b"quokka" not in on_disk


async def test_what_is_said_while_a_toy_is_removed_goes_with_it(
    store: Store, foxs: Turn, removals: Removals, clock: FakeClock
) -> None:
    going_on = await store.turns.begin(turn(FOX.id, clock.now(), "wait for me"))
    removal = await removals.remove_toy(FOX.id)
    await clock.advance(UNDO.total_seconds())
    assert not await removals.erase(removal), "a turn goes on: it is looked at again later"
    going_on.state = TurnState.DONE
    await store.turns.save(going_on)
    assert await removals.erase(removal)
    assert await heard(store) == {"okapis hide", "pandas chew", "lemurs leap"}
    assert await removals.names() == {}


async def test_a_removed_child_is_no_toys_and_comes_back_as_they_were(
    store: Store, toy: Toy, foxs: Turn, removals: Removals
) -> None:
    removal = await removals.remove_child(MIA.id)
    assert removal.turns == 2
    assert await store.children.list(archived=True) == [TOM]
    assert await store.children.get(MIA.id) is None
    assert [one.child_ids for one in await store.toys.list()] == [frozenset(), {TOM.id}]
    assert await heard(store) == {"pandas chew", "lemurs leap"}

    await removals.undo(removal.id)
    assert await store.children.get(MIA.id) == MIA
    assert [one.child_ids for one in await store.toys.list()] == [{MIA.id}, {MIA.id, TOM.id}]
    assert (await store.memories.choices())[MIA.id].is_on


async def test_after_a_minute_a_child_is_gone_with_all_that_is_known_to_be_theirs(
    store: Store, foxs: Turn, removals: Removals, clock: FakeClock
) -> None:
    await removals.remove_child(MIA.id)
    await erase(removals, store, clock)
    assert await store.children.list(archived=True) == [TOM]
    assert await store.memories.choices() == {}
    assert await store.play.limits(Whose(child_id=MIA.id)) == PlayLimits()
    assert await heard(store) == {"pandas chew", "lemurs leap"}
    assert len(await store.toys.list()) == 2


async def test_the_last_toy_and_the_last_child_can_go(
    store: Store, toy: Toy, removals: Removals, clock: FakeClock
) -> None:
    await store.children.save(TOM)
    await removals.remove_child(TOM.id)
    await erase(removals, store, clock)
    await removals.remove_toy(toy.id)
    await erase(removals, store, clock)
    assert await store.toys.list(archived=True) == []
    assert await store.children.list(archived=True) == []


@pytest.mark.parametrize("scope", [RemovalScope.WHOLE_TOY, RemovalScope.WHOLE_CHILD])
async def test_nobody_removes_a_toy_as_if_it_were_words(
    removals: Removals, toy: Toy, scope: RemovalScope
) -> None:
    with pytest.raises(RefusedError, match="removed as such"):
        await removals.ask(scope, toy.id)


async def test_an_archived_toy_is_in_no_list_and_rests(store: Store, toy: Toy) -> None:
    archived = await store.toys.archive(toy.id, True)
    assert await store.toys.list() == []
    assert await store.toys.list(archived=True) == [archived]
    assert await store.toys.by_name(toy.name) == archived
    assert (await store.household.get()).silences(archived)
    assert (await store.toys.save(toy)).archived, "settings that are saved bring nothing back"
    assert not (await store.toys.archive(toy.id, False)).archived
