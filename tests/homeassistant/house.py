"""A home with a hub that is open to a Home Assistant, which was just set up; both on loopback."""

import asyncio
import contextlib
import io
import math
import re
import sqlite3
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import av
from wyoming.audio import AudioChunk
from wyoming.tts import Synthesize

from hub.core.access import ApiTokens
from hub.domain.api import TOKEN_SCOPES, LanAccess, WyomingServerSettings
from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from tests.devices.processes import PATIENCE_S, Hub, Process, free_port
from tests.homeassistant.client import Client, Run
from tests.homeassistant.running import HomeAssistant
from tests.integrations.serving import ask
from tests.recordings import ours

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class House:
    folder: Path
    hub: Hub
    services_port: int
    api_port: int
    token: str
    """Good for all of the hub's API."""
    home_assistant: HomeAssistant
    owner: Client
    """Its owner, signed in."""

    async def make_assistant(self, agent: str = "homeassistant") -> str:
        """The services added by host and port, and the pipeline of an assistant that hears and speaks with them."""
        added = await self.owner.add("wyoming", host=LOOPBACK, port=self.services_port)
        assert (added["type"], added["title"]) == ("create_entry", "Pommai")
        return await self.owner.make_assistant("Pommai", "stt.pommai", agent, "tts.pommai")

    async def talk(self, recording: str, pipeline: str) -> Run:
        with wave.open(str(ours(recording))) as file:
            pcm = file.readframes(file.getnframes())
        return await self.owner.talk(pcm, pipeline)

    async def sounds_like(self, run: Run, text: str) -> bool:
        """Whether the answer's sound is as long as the hub speaks at `text`, asked for it itself."""
        answers = await ask(self.services_port, Synthesize(text), until="audio-stop")
        chunks = [AudioChunk.from_event(it) for it in answers if AudioChunk.is_type(it.type)]
        expected_s = sum(len(chunk.audio) / chunk.width / chunk.rate for chunk in chunks)
        return abs(_seconds(await self.owner.read(run.sound_path)) - expected_s) < 0.15 * expected_s

    async def restart(self) -> None:
        """Both: the hub as after it lost its power; Home Assistant, which keeps some things late, as it is told to."""
        await self.hub.kill()
        await self.home_assistant.stop()
        for process in (self.hub, self.home_assistant):
            await process.start()
        await self.home_assistant.answers(self.owner)
        for port in (self.services_port, self.api_port):
            await listens(port)

    def kept(self) -> list[dict[str, Any]]:
        """The turns in the hub's database, oldest first."""
        database = f"file:{self.folder / 'data' / 'pommai.db'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM turns ORDER BY started_at")
            return [dict(row) for row in rows]


@asynccontextmanager
async def at_home(folder: Path, settings: Sequence[str] = ()) -> AsyncIterator[House]:
    """`settings` are more of the hub's, as NAME=value."""
    services_port, api_port = free_port(), free_port()
    token = await open_up(folder / "data", WyomingServerSettings(True, ("lo",), ()))
    ports = (f"POMMAI_WYOMING__PORT={services_port}", f"POMMAI_API__PORT={api_port}")
    hub = Hub(folder, LOOPBACK, ("env", *ports, *settings))
    home_assistant = HomeAssistant(folder, free_port())
    async with hub, home_assistant, aiohttp.ClientSession() as session:
        owner = await home_assistant.set_up(session)
        for port in (services_port, api_port):
            await listens(port)
        yield House(folder, hub, services_port, api_port, token, home_assistant, owner)


async def open_up(data: Path, services: WyomingServerSettings) -> str:
    """As a parent does on the pages, before the hub starts: the API where the services are; its token."""
    clock = SystemClock()
    database = await Database.open(data, clock)
    store = Store(database, Bus(), clock)
    await store.wyoming_services.save(services)
    await store.lan_api.save(LanAccess(True, services.interfaces))
    token = await ApiTokens(store.api_tokens, clock).make("Home Assistant", TOKEN_SCOPES)
    await database.aclose()
    return token


async def pair(hub: Hub, toy: Process, name: str) -> None:
    """By the code that it says."""
    await toy.logs("pairing code")
    [code] = re.findall(r"pairing code ([0-9 ]+)\n", toy.log.read_text())
    await hub.finds(name)
    assert await hub.toys("pair", name, code=code)


async def listens(port: int) -> None:
    """Somebody does at that port, from now on."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
                return
            await asyncio.sleep(0.1)


def _seconds(sound: bytes) -> float:
    with av.open(io.BytesIO(sound), "r") as file:
        lengths = [
            frame.samples / frame.sample_rate for frame in file.decode(file.streams.audio[0])
        ]
    return math.fsum(lengths)
