"""A real database on disk for each test, with what tests of the store say over and over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.domain.toys import Toy
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.clock import FakeClock
from tests.new_household import open_household


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def database(folder: Path, clock: FakeClock) -> AsyncIterator[Database]:
    database = await open_household(folder, clock, busy_ms=200)
    yield database
    await database.aclose()


@pytest.fixture
def store(database: Database, bus: Bus, clock: FakeClock) -> Store:
    return Store(database, bus, clock)


@pytest.fixture
async def toy(store: Store) -> Toy:
    return await store.toys.by_name("Pommai")
