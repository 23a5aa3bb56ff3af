"""A household on disk, for tests that keep satellites."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.store import Store
from tests.new_household import open_household


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def store(tmp_path: Path, bus: Bus) -> AsyncIterator[Store]:
    database = await open_household(tmp_path, SystemClock())
    yield Store(database, bus, SystemClock())
    await database.aclose()
