"""A household on disk, for tests that keep satellites, and a toy to pair with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.store import Store
from satellite.pairing import window
from tests.new_household import open_household
from tests.satellite.secure_toy import SecureToy, secure_toy


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
async def store(tmp_path: Path, bus: Bus) -> AsyncIterator[Store]:
    database = await open_household(tmp_path, SystemClock())
    yield Store(database, bus, SystemClock())
    await database.aclose()


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "FIRST_PAUSE_S", 0.0)


@pytest.fixture
async def toy(tmp_path: Path) -> AsyncIterator[SecureToy]:
    async with secure_toy(tmp_path / "toy") as toy:
        yield toy
