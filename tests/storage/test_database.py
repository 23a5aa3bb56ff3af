import asyncio
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from hub.domain.toys import Toy
from hub.errors import DataError
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.schema import meta, turns
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.storage.talk import turn


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()


async def test_a_write_survives_a_loss_of_power_and_leaves_no_deleted_words(
    database: Database,
) -> None:
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    found = await database.write(lambda c: [pragma(c, name) for name in names])

    full = 2
    assert found == ["wal", full, 1, 1]


async def test_only_the_household_reads_its_files(
    store: Store, toy: Toy, clock: FakeClock, folder: Path
) -> None:
    await store.turns.begin(turn(toy.id, clock.now()))

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    database = {"pommai.db": 0o600, "pommai.db-wal": 0o600, "pommai.db-shm": 0o600}
    assert modes == database | {"reserve": 0o600}


async def test_files_that_others_could_read_are_closed_to_them(
    folder: Path, clock: FakeClock
) -> None:
    folder.mkdir(mode=0o755)
    (folder / "pommai.db").touch(mode=0o644)
    await (await Database.open(folder, clock)).aclose()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "pommai.db").stat().st_mode) == 0o600


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(DataError, match="can't write"):
        await database.read(lambda c: c.execute(insert(meta).values(key="k", value="v")).rowcount)


async def test_a_write_that_fails_half_way_leaves_nothing(database: Database) -> None:
    def half(connection: Connection) -> None:
        connection.execute(insert(meta).values(key="k", value="v"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(half)

    count = select(func.count()).select_from(meta)
    assert await database.read(lambda c: c.scalar(count)) == 0


async def test_sql_runs_in_threads_of_its_own_and_the_loop_goes_on(database: Database) -> None:
    """The work ends only if the event loop runs meanwhile."""
    released = threading.Event()
    threads = []

    def wait(_: Connection) -> bool:
        threads.append(threading.current_thread().name)
        return released.wait(30)

    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(database.write(wait))
        reading = tasks.create_task(database.read(wait))
        await asyncio.sleep(0)
        released.set()

    assert writing.result()
    assert reading.result()
    assert sorted(name.rpartition("_")[0] for name in threads) == [
        "storage-reader",
        "storage-writer",
    ]


async def test_readers_see_what_was_committed_while_a_write_goes_on(database: Database) -> None:
    inserted, released = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        connection.execute(insert(meta).values(key="k", value="v"))
        inserted.set()
        released.wait(30)

    count = select(func.count()).select_from(meta)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(database.write(slow))
        while not inserted.is_set():
            await asyncio.sleep(0)
        assert await database.read(lambda c: c.scalar(count)) == 0
        released.set()
    assert await database.read(lambda c: c.scalar(count)) == 1


async def test_many_writers_and_readers_at_once_lose_nothing(
    store: Store, toy: Toy, clock: FakeClock
) -> None:
    async def talk() -> None:
        begun = await store.turns.begin(turn(toy.id, clock.now()))
        for words in ("One.", "Two."):
            begun.said.append(words)
            await store.turns.save(begun)

    revisions: list[int] = []

    async def follow() -> None:
        while len(revisions) < 300:
            since = await store.turns.since(revisions[-1] if revisions else 0, 500)
            newest = [t.revision for t in since]
            assert newest == sorted(newest)
            revisions.extend(newest or [])
            if since and since[-1].revision == 300:
                return

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(follow())
        for _ in range(100):
            tasks.create_task(talk())

    kept = await store.turns.recent(500)
    assert len(kept) == 100
    assert all(t.said == ["One.", "Two."] for t in kept)
    assert len({t.revision for t in kept}) == 100
    assert max(t.revision for t in kept) == 300, "each change has one number, none is left out"


async def test_a_cancelled_caller_knows_whether_its_turn_is_on_disk(
    database: Database, store: Store, toy: Toy, clock: FakeClock, bus: Bus
) -> None:
    """One write has begun when the cancellation comes; the other waits behind it."""
    entered, released = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        entered.set()
        released.wait(30)

    begun, waiting = turn(toy.id, clock.now()), turn(toy.id, clock.now())

    def insert_slowly(connection: Connection) -> int:
        hold(connection)
        return 7

    after: list[int] = []
    writing = asyncio.create_task(database.write(insert_slowly, after.append))
    while not entered.is_set():
        await asyncio.sleep(0)
    queued = asyncio.create_task(store.turns.begin(waiting))
    await asyncio.sleep(0)
    writing.cancel()
    queued.cancel()
    await asyncio.wait([queued])
    assert not writing.done(), "it has begun, so its end is awaited"
    released.set()
    await asyncio.wait([writing])

    assert writing.cancelled()
    assert after == [7], "what is on disk is told of"
    await store.turns.begin(begun)
    assert waiting.revision == 0
    assert begun.revision == 1
    assert await store.turns.recent(5) == [begun]


async def test_closing_finishes_what_was_asked_for(
    folder: Path, clock: FakeClock, database: Database
) -> None:
    store = Store(database, Bus(), clock)
    async with asyncio.TaskGroup() as tasks:
        for n in range(20):
            tasks.create_task(store.meta.set(str(n), "v"))
        await asyncio.sleep(0)
        await database.aclose()
    with pytest.raises(DataError, match="the database is closed"):
        await database.write(lambda c: None)

    again = await Database.open(folder, clock)
    count = select(func.count()).select_from(meta)
    assert await again.read(lambda c: c.scalar(count)) == 20
    await again.aclose()
    assert not [t for t in threading.enumerate() if t.name.startswith("storage-")]


async def test_a_disk_that_never_answers_does_not_gather_requests_for_ever(
    database: Database,
) -> None:
    released = threading.Event()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(500):
            tasks.create_task(database.write(lambda _: released.wait(30)))
        await asyncio.sleep(0)
        with pytest.raises(DataError, match="too slow: 500 requests wait"):
            await database.write(lambda _: None)
        released.set()


async def test_what_is_asked_for_often_is_found_by_an_index(database: Database) -> None:
    queries = [
        select(turns).where(turns.c.toy_id == "t").order_by(turns.c.number.desc()).limit(1),
        select(turns).where(turns.c.conversation_id == "c").order_by(turns.c.number.desc()),
        select(turns).where(turns.c.revision > 5).order_by(turns.c.revision),
        select(turns).where(turns.c.id == "x"),
        select(turns.c.id).where(turns.c.state == "thinking"),
    ]

    def plans(connection: Connection) -> list[str]:
        explained = []
        for query in queries:
            sql = query.compile(connection, compile_kwargs={"literal_binds": True})
            steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").mappings()
            explained.append(" ".join(step["detail"] for step in steps))
        return explained

    for plan in await database.read(plans):
        assert "USING" in plan
        assert "INDEX" in plan
        assert "TEMP B-TREE" not in plan
