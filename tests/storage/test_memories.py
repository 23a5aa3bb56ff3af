"""Lines that toys remember, as they are on the disk, and how they go with the turns they came from."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.family.children import Child
from hub.domain.family.memories import MAX_MEMORIES, Memory, MemoryChoice, MemorySource
from hub.domain.talks.kept import RemovalScope
from hub.domain.talks.talk import TurnState
from hub.domain.toys import Toy
from hub.errors import NotFoundError, RefusedError
from hub.events import Bus
from hub.knowledge.memories.wording import mark
from hub.storage.database import DATABASE_NAME, Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn

LUCY = Child("lucy", "Lucy")


def line(
    clock: FakeClock, text: str, number: int = 0, *, about: str = "", turn_id: str = ""
) -> Memory:
    key, source = f"m{number}{text[:20]}", MemorySource.RULES
    return Memory(key, LUCY.id, text, source, clock.now(), about, turn_id=turn_id)


async def add(store: Store, memory: Memory) -> bool:
    return await store.memories.add(memory, mark(memory.text, LUCY.name))


@pytest.fixture(autouse=True)
async def lucy(store: Store) -> None:
    await store.children.save(LUCY)


async def test_lines_and_choices_outlive_the_hub(folder: Path, clock: FakeClock) -> None:
    database = await Database.open(folder, clock)
    store = Store(database, Bus(), clock)
    dog = line(clock, "Lucy's dog is called Bruno", about="name dog", turn_id="t1")
    assert await add(store, dog)
    await store.memories.choose(LUCY.id, MemoryChoice(is_on=True, cloud=True))
    await database.aclose()

    database = await Database.open(folder, clock)
    [known] = await Store(database, Bus(), clock).memories.known([LUCY.id])
    await database.aclose()
    assert known.lines == (dog,)
    assert (known.name, known.choice) == ("Lucy", MemoryChoice(is_on=True, cloud=True))


async def test_the_same_is_kept_once(store: Store, clock: FakeClock) -> None:
    assert await add(store, line(clock, "Lucy's dog is called Bruno"))
    assert not await add(store, line(clock, "Lucy has a dog called bruno"))
    assert await add(store, line(clock, "Lucy likes soup"))
    assert await add(store, line(clock, "Lucy doesn't like soup"))


async def test_a_full_memory_drops_what_was_replaced_first(store: Store, clock: FakeClock) -> None:
    for number in range(MAX_MEMORIES):
        await add(store, line(clock, f"Lucy likes thing{number}", number, about=f"likes {number}"))
    with pytest.raises(RefusedError, match="erase some first"):
        await add(store, line(clock, "Lucy likes soup"))
    await store.memories.erase(LUCY.id, ["m5Lucy likes thing5"])
    await add(store, line(clock, "Lucy likes cake", about="likes 7"))
    assert await add(store, line(clock, "Lucy likes soup"))
    texts = {each.text for each in await store.memories.list(LUCY.id)}
    assert "Lucy likes thing7" not in texts
    assert {"Lucy likes thing6", "Lucy likes soup"} <= texts


async def test_what_was_erased_is_not_on_the_disk(
    store: Store, database: Database, folder: Path, clock: FakeClock
) -> None:
    memory = line(clock, "Lucy's dog is called Xylofant")
    await add(store, memory)
    await store.memories.erase(LUCY.id, [memory.id])
    assert not await add(store, memory), "nothing proposes it again"
    assert await database.empty_log()
    for file in folder.glob(f"{DATABASE_NAME}*"):
        assert b"xylofant" not in file.read_bytes().lower()
    with pytest.raises(NotFoundError):
        await store.memories.get(memory.id)


async def test_a_line_goes_with_a_turn_that_a_parent_deletes(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    said = await store.turns.begin(turn(toy.id, clock.now(), state=TurnState.DONE))
    memory = line(clock, "Lucy's dog is called Bruno", turn_id=said.id)
    await add(store, memory)
    due = clock.now() + timedelta(minutes=1)
    removal = await store.removals.hide(RemovalScope.TURN, said.id, due)
    assert await store.memories.list(LUCY.id) == []
    assert (await store.memories.known([LUCY.id]))[0].lines == ()
    await store.removals.undo(removal.id)
    assert await store.memories.list(LUCY.id) == [memory]

    removal = await store.removals.hide(RemovalScope.TURN, said.id, due)
    while await store.removals.erase_some(removal):
        pass
    await store.removals.finish(removal)
    assert await store.memories.list(LUCY.id) == []


async def test_a_line_stays_when_the_family_keeps_its_turn_no_longer(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    said = await store.turns.begin(turn(toy.id, clock.now(), state=TurnState.DONE))
    memory = line(clock, "Lucy's dog is called Bruno", turn_id=said.id)
    await add(store, memory)
    await clock.advance(3600)
    removal = await store.removals.hide(
        RemovalScope.OLDER, "2026-05-05", clock.now(), (None, clock.now())
    )
    assert await store.memories.list(LUCY.id) == [memory]
    while await store.removals.erase_some(removal):
        pass
    assert await store.turns.get(said.id) is None
    assert await store.memories.list(LUCY.id) == [memory]
