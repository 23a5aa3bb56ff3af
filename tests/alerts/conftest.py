"""A household whose adults are reached through a local web hook."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.alerts.dispatcher import Dispatcher
from hub.alerts.post import Post
from hub.events import Bus
from hub.storage.store import Store
from hub.translation import Catalogues
from tests.alerts.far_side import WebHook, web_hook
from tests.alerts.home import Home
from tests.clock import FakeClock
from tests.new_household import open_household


@pytest.fixture
async def hook() -> AsyncIterator[WebHook]:
    async with web_hook() as hook:
        yield hook


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    clock, bus = FakeClock(), Bus()
    database = await open_household(tmp_path / "data", clock)
    store = Store(database, bus, clock)
    toy = await store.toys.by_name("Pommai")
    catalogues = Catalogues()
    dispatcher = Dispatcher(store, bus, Post(clock), clock, catalogues)
    home = Home(store, toy, clock, dispatcher, catalogues)
    yield home
    await home.end()
    await database.aclose()
