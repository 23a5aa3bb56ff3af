"""A damaged database file is one clear line with what to do, at the start or when it is read."""

import random
import shutil
from pathlib import Path

import pytest

from hub.domain.safety import Alert, AlertLevel, Category
from hub.errors import DataError
from hub.events import Bus
from hub.storage import database as of_database
from hub.storage.database import DATABASE_NAME, Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household
from tests.storage.talk import turn

PLACES = 24
DAMAGES_BYTES = (1, 16, 64, 512, 4096)


@pytest.fixture
async def whole(tmp_path: Path, clock: FakeClock) -> Path:
    """A household in which much was said."""
    folder = tmp_path / "whole"
    database = await open_household(folder, clock)
    store = Store(database, Bus(), clock)
    toy = await store.toys.by_name("Pommai")
    for number in range(150):
        said = await store.turns.begin(turn(toy.id, clock.now(), f"wörds {number} " * 20))
        alert = Alert(f"a{number}", AlertLevel.INFO, Category.CRIME, f"{number}", clock.now())
        if number % 10 == 0:
            await store.alerts.add(alert)
            await store.turns.save(said)
    await database.aclose()
    return folder


async def use(folder: Path, clock: FakeClock) -> None:
    """What a hub does from its start on, each once."""
    database = await Database.open(folder, clock)
    try:
        store = Store(database, Bus(), clock)
        await store.turns.cut_unfinished()
        await store.household.get()
        await store.meta.hub_id()
        toys = await store.toys.list()
        await store.turns.recent(1000)
        await store.alerts.list(1000)
        await store.deliveries.pending()
        await store.turns.begin(turn(toys[0].id, clock.now()))
    finally:
        await database.aclose()


@pytest.mark.parametrize("seed", [1, 2])
async def test_damage_in_any_place_is_harmless_or_one_line_with_what_to_do(
    whole: Path, clock: FakeClock, seed: int
) -> None:
    places = random.Random(seed)
    lines = []
    for number in range(PLACES):
        folder = whole.with_name(f"damaged-{number}")
        shutil.copytree(whole, folder)
        with (folder / DATABASE_NAME).open("r+b") as file:
            at = places.randrange((folder / DATABASE_NAME).stat().st_size)
            file.seek(at)
            file.write(places.randbytes(places.choice(DAMAGES_BYTES)))
        try:
            await use(folder, clock)
        except DataError as error:
            lines.append(str(error))
        shutil.rmtree(folder)
    assert len(lines) >= PLACES // 4, "else nothing was tried: empty tables lie between"
    for line in lines:
        assert "\n" not in line
        assert "put a backup of yours in its place" in line or "is not a Pommai database" in line
        assert "wörds" not in line, "the words stay in the database"


async def test_a_value_that_cant_be_read_is_one_line(database: Database, store: Store) -> None:
    await database.write(
        lambda c: c.exec_driver_sql("UPDATE toys SET blocked_topics = '[' || char(7)").rowcount
    )
    with pytest.raises(DataError, match=r"is damaged .a value in it can't be read"):
        await store.toys.list()


async def test_a_request_that_goes_in_circles_ends(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_database, "MAX_TRANSACTION_S", 0.05)
    circles = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n FROM x) SELECT max(n) FROM x"
    for do in (database.read, database.write):
        with pytest.raises(DataError, match="did not come to an end"):
            await do(lambda connection: connection.exec_driver_sql(circles).scalar())
    assert await store.toys.list()
