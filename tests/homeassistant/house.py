"""A home with a hub whose Wyoming services are on, and a Home Assistant that was just set up, on loopback."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from hub.domain.clock import SystemClock
from hub.domain.wyoming_services import WyomingServices
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.homeassistant.client import Client
from tests.homeassistant.running import HomeAssistant
from tests.voice.processes import PATIENCE_S, Hub, free_port

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class House:
    folder: Path
    hub: Hub
    services_port: int
    home_assistant: HomeAssistant
    owner: Client
    """Its owner, signed in."""

    async def make_assistant(self, agent: str = "homeassistant") -> str:
        """The services added by host and port, and the pipeline of an assistant that hears and speaks with them."""
        added = await self.owner.add("wyoming", host=LOOPBACK, port=self.services_port)
        assert (added["type"], added["title"]) == ("create_entry", "Pommai")
        return await self.owner.make_assistant("stt.pommai", agent, "tts.pommai")

    async def restart(self) -> None:
        """Both, as after the house lost its power."""
        for process in (self.hub, self.home_assistant):
            await process.kill()
            await process.start()
        await self.home_assistant.answers(self.owner)
        await listens(self.services_port)

    def kept(self) -> list[dict[str, Any]]:
        """The turns in the hub's database, oldest first."""
        return turns_in(self.folder / "data")


@asynccontextmanager
async def at_home(folder: Path) -> AsyncIterator[House]:
    port = free_port()
    await turn_services_on(folder / "data", WyomingServices(True, ("lo",), ()))
    hub = Hub(folder, LOOPBACK, ("env", f"POMMAI_WYOMING__PORT={port}"))
    home_assistant = HomeAssistant(folder, free_port())
    async with hub, home_assistant, aiohttp.ClientSession() as session:
        owner = await home_assistant.set_up(session)
        await listens(port)
        yield House(folder, hub, port, home_assistant, owner)


async def turn_services_on(data: Path, settings: WyomingServices) -> None:
    """As a parent does on the pages, before the hub starts."""
    clock = SystemClock()
    database = await Database.open(data, clock)
    await Store(database, Bus(), clock).wyoming_services.save(settings)
    await database.aclose()


async def listens(port: int) -> None:
    """Somebody does at that port, from now on."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                return
            await asyncio.sleep(0.1)


def turns_in(data: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(f"file:{data / 'pommai.db'}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM turns ORDER BY started_at")]
