"""The data folder itself, for a command where no hub answers on it; imported only then, as it loads the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.house_requests import Json
from hub.storage.database import Database
from hub.storage.household import HouseholdRepository
from hub.storage.lock import household_lock
from hub.storage.store import Store
from hub.tracing import trace_of


@asynccontextmanager
async def locked_household(data: Path) -> AsyncIterator[HouseholdRepository]:
    """No hub runs on the folder meanwhile. Raises AlreadyRunningError."""
    with household_lock(data):
        async with household(data) as kept:
            yield kept


@asynccontextmanager
async def household(data: Path) -> AsyncIterator[HouseholdRepository]:
    """Also while somebody else holds the folder."""
    clock = SystemClock()
    database = await Database.open(data, clock)
    try:
        yield HouseholdRepository(database, Bus(), clock)
    finally:
        await database.aclose()


async def trace(turn: str, data: Path) -> Json:
    clock = SystemClock()
    with household_lock(data):
        database = await Database.open(data, clock)
        try:
            store = Store(database, Bus(), clock)
            found = await store.turns.named(turn)
            return trace_of(found, await store.toys.get(found.toy_id))
        finally:
            await database.aclose()
