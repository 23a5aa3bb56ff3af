"""What strangers do on open connections, and to the owner's socket: each has its turn, and no more."""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from wyoming.event import Event

from guardian_web.api.app import MAX_OWNER_CONNECTIONS, answering_owner
from hub.core.owner_socket import socket_path
from hub.domain.clock import SystemClock
from hub.lan.strangers import Strangers
from integrations.wyoming_services.server import WyomingServer
from tests.guardian.household import Household, at_home
from tests.integrations.serving import LOOPBACK, served_household
from tests.pipeline.scripted import house
from tests.satellite.toy import Peer, running_toy

NOISE = b"GET / HTTP/1.1\r\nCookie\x01: the-secret\r\n\r\n"
ASKS = 20


class Counted(Strangers):
    """Counts those who had their turn."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0

    async def turn(self) -> None:
        self.turns += 1
        await super().turn()


@asynccontextmanager
async def owner_socket(tmp_path: Path) -> AsyncIterator[tuple[Household, Path]]:
    data = tmp_path / uuid.uuid4().hex
    data.mkdir()
    async with (
        at_home(tmp_path / "household", SystemClock()) as home,
        answering_owner(home, data, SystemClock()),
    ):
        yield home, socket_path(data)


async def answer(path: Path, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(sent)
    async with asyncio.timeout(60):
        received = await reader.read()
    writer.close()
    return received


async def test_nonsense_on_the_owners_socket_is_one_line_without_what_was_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with owner_socket(tmp_path) as (_, path):
        for _ in range(10):
            assert b"400" in await answer(path, NOISE)
        good = b"GET /api/v1/hub HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
        assert b"200 OK" in await answer(path, good)
    assert caplog.text.count("could not be read") == 1
    assert "the-secret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_the_owners_socket_has_so_many_connections_and_no_more(tmp_path: Path) -> None:
    async with owner_socket(tmp_path) as (_, path):
        held = [await asyncio.open_unix_connection(str(path)) for _ in range(MAX_OWNER_CONNECTIONS)]
        for _, writer in held:
            writer.write(b"GET")
        assert await answer(path, b"") == b""
        for _, writer in held:
            writer.close()


async def test_a_call_of_the_owner_and_an_unknown_path_have_their_turn(tmp_path: Path) -> None:
    async with owner_socket(tmp_path) as (home, path):
        home.strangers = counted = Counted()
        ask = b"GET /api/v1/%s HTTP/1.1\r\nHost: hub\r\n\r\n"
        closing = b"GET /api/v1/hub HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
        await answer(path, (ask % b"hub" + ask % b"nowhere") * ASKS + closing)
        assert counted.turns >= 2 * ASKS


async def test_who_only_asks_a_wyoming_server_who_it_is_has_its_turn(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        hub = served_household(home)
        hub.strangers = counted = Counted()
        async with WyomingServer(hub, SystemClock(), [LOOPBACK], []).listening(0) as port:
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(b'{"type": "describe"}\n{"type": "ping"}\n' * ASKS)
            writer.write(b'{"type": "ping", "data": {"text": "last"}}\n')
            async with asyncio.timeout(60):
                while b"last" not in await reader.read(65_536):
                    pass
            writer.close()
    assert counted.turns >= ASKS


async def test_odd_events_at_a_toy_are_one_line_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with running_toy() as toy:
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", toy.port)
            writer.write(b"[1, 2]\n")
            await writer.drain()
            writer.close()
        peer = await Peer.connect(toy.port)
        await peer.say(Event("describe"))
        assert json.dumps((await peer.until("info")).data)
    odd = [record for record in caplog.records if "closing" in record.getMessage()]
    assert len(odd) == 1
