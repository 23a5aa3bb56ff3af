"""A household on disk, for tests that keep satellites."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def store(tmp_path: Path, bus: Bus) -> AsyncIterator[Store]:
    database = await Database.open(tmp_path, SystemClock())
    yield Store(database, bus, SystemClock())
    await database.aclose()
