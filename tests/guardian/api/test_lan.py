"""The API for other machines: off at first, encrypted, pinned, bounded, announced, and alone."""

import asyncio
import contextlib
import hashlib
import socket
import ssl
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import (
    ClientError,
    ClientSession,
    Fingerprint,
    ServerFingerprintMismatch,
    TCPConnector,
)
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from guardian_web import listening
from guardian_web.api import lan
from guardian_web.keys import ApiEndpoint
from hub.devices.pairing.credentials import Credentials
from hub.domain.api import LanAccess
from hub.domain.clock import SystemClock
from hub.lan.offered import Offered
from tests.guardian.api.calling import Program, token_for
from tests.guardian.household import Household, at_home

LOOPBACK = "127.0.0.1"
ON = LanAccess(on=True, interfaces=("lo",))


@dataclass
class Machine:
    """One hub's machine; `offering` runs what a hub runs, on the port that it had before."""

    home: Household
    credentials: Credentials
    clock: SystemClock
    port: int = 0
    hub_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    opened: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    @asynccontextmanager
    async def offering(self) -> AsyncIterator[None]:
        endpoint = ApiEndpoint(self.port, self.credentials.fingerprint)
        listener = lan.LanListener(
            self.home, self.hub_id, self.credentials.for_anybody(), endpoint, self.clock
        )
        store, bus = self.home.store, self.home.bus
        offered = Offered(
            "the API",
            store.lan_api.get,
            listener.listening,
            bus,
            self.clock,
            self.opened.put_nowait,
        )
        task = asyncio.create_task(offered.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def next_port(self) -> int:
        async with asyncio.timeout(60):
            self.port = await self.opened.get()
        return self.port

    @asynccontextmanager
    async def program(self, fingerprint: str | None = None) -> AsyncIterator[Program]:
        """One that trusts nothing but this certificate."""
        pinned = Fingerprint(bytes.fromhex(fingerprint or self.credentials.fingerprint))
        async with ClientSession(connector=TCPConnector(ssl=pinned)) as session:
            token = await token_for(self.home, self.clock)
            yield Program(session, f"https://{LOOPBACK}:{self.port}", token)


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    clock = SystemClock()
    async with at_home(tmp_path, clock) as home:
        yield Machine(home, Credentials.load(tmp_path), clock)


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """As one who looks at no certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return await asyncio.open_connection(LOOPBACK, port, ssl=context)


async def is_closed(port: int) -> None:
    """Returns when it comes to be so."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, port)
            except ConnectionRefusedError:
                return
            writer.close()
            await asyncio.sleep(0.01)


async def test_it_is_off_until_a_parent_turns_it_on_and_off_at_once_again(
    machine: Machine,
) -> None:
    assert await machine.home.lan_api.get() == LanAccess()
    async with machine.offering():
        await machine.home.lan_api.save(ON)
        await machine.next_port()
        async with machine.program() as program:
            assert (await program.get("/hub"))["name"] == "Pommai"
            async with program.listening() as events:
                await events.next("toys")
                await machine.home.lan_api.save(LanAccess())
                with contextlib.suppress(ClientError):  # cut off, or ended
                    assert await events.next("alert") is None
        await is_closed(machine.port)


async def test_only_the_hubs_own_certificate_is_shown_and_it_lasts(
    machine: Machine, tmp_path: Path
) -> None:
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        await machine.next_port()
        async with machine.program("00" * 32) as program:
            with pytest.raises(ServerFingerprintMismatch):
                await program.get("/hub")
        _, writer = await connect(machine.port)
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        assert hashlib.sha256(shown).hexdigest() == machine.credentials.fingerprint
    assert Credentials.load(tmp_path).fingerprint == machine.credentials.fingerprint
    for secret in (tmp_path / "certs").iterdir():
        assert secret.stat().st_mode & 0o077 == 0


async def test_a_restart_is_survived(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        await machine.next_port()
        async with machine.program() as before:
            await before.get("/toys")
    async with machine.offering():
        assert await machine.next_port() == machine.port
        async with machine.program() as after:
            after.token = before.token
            await after.get("/toys")


async def test_nothing_else_is_there(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        await machine.next_port()
        async with machine.program() as program:
            for path in ("/", "/sign-in", "/setup", "/health", "/metrics", "/static/style.css"):
                async with program.session.get(program.origin + path) as answer:
                    assert answer.status == 404
                    assert (await answer.json())["error"]["code"] == "not_found"
                    assert answer.headers["Server"] == "Pommai"


async def test_it_may_be_asked_for_by_any_name(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        await machine.next_port()
        async with machine.program() as program:
            await program.call("GET", "/hub", Host="pommai.local:8771")


async def test_without_encryption_nothing_is_told(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        reader, writer = await asyncio.open_connection(LOOPBACK, await machine.next_port())
        writer.write(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(60):
            answer = b""
            with contextlib.suppress(ConnectionError):
                answer = await reader.read()
        assert b"HTTP" not in answer
        writer.close()


async def test_one_machine_can_not_take_every_connection(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        port = await machine.next_port()
        held = [await connect(port) for _ in range(lan.MAX_PER_ADDRESS + 1)]
        async with asyncio.timeout(60):
            with contextlib.suppress(ConnectionError):
                assert await held[0][0].read() == b""
        for _, writer in held:
            writer.close()


async def test_who_came_with_a_token_keeps_its_connection(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lan, "MAX_CONNECTIONS", 4)
    await machine.home.lan_api.save(ON)
    token = await token_for(machine.home, SystemClock())
    async with machine.offering():
        port = await machine.next_port()
        reader, writer = await connect(port)
        ask = f"GET /api/v1/hub HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(ask.encode())
        assert b"200 OK" in await reader.readline()
        for _ in range(2 * 4):
            await connect(port)
        writer.write(ask.encode())
        async with asyncio.timeout(60):
            while b"200 OK" not in await reader.readline():
                assert not reader.at_eof()
        writer.close()


async def test_who_never_finishes_a_handshake_or_a_request_is_closed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "HANDSHAKE_S", 0.2)
    monkeypatch.setattr(listening, "IDLE_S", 0.2)
    await machine.home.lan_api.save(ON)
    async with machine.offering():
        port = await machine.next_port()
        mute, _ = await asyncio.open_connection(LOOPBACK, port)
        slow, writer = await connect(port)
        writer.write(b"GET /api/v1/hub HTTP/1.1\r\nHost:")
        async with asyncio.timeout(60):
            for reader in (mute, slow):
                with contextlib.suppress(ConnectionError):
                    assert b"HTTP" not in await reader.read()
        writer.close()


async def test_it_is_announced_with_what_a_program_needs_to_trust_it(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    zeroconf = AsyncZeroconf(interfaces=[LOOPBACK])
    try:
        async with machine.offering():
            port = await machine.next_port()
            found = AsyncServiceInfo(lan.KIND, f"pommai-{machine.hub_id}.{lan.KIND}")
            assert await found.async_request(zeroconf.zeroconf, 10_000)
        assert (found.port, found.parsed_addresses()) == (port, [LOOPBACK])
        told = {str(k, "ascii"): str(v, "ascii") for k, v in found.properties.items() if v}
        assert told.pop("version")
        fingerprint = machine.credentials.fingerprint
        assert told == {"id": machine.hub_id, "fp": fingerprint, "api": "1", "name": "Pommai"}
    finally:
        await zeroconf.async_close()


async def test_a_port_that_is_taken_is_tried_again(machine: Machine) -> None:
    await machine.home.lan_api.save(ON)
    with socket.create_server((LOOPBACK, 0)) as other:
        machine.port = other.getsockname()[1]
        async with machine.offering():
            other.close()
            async with asyncio.timeout(60):
                while machine.opened.empty():
                    await machine.home.lan_api.save(ON)  # so that it looks again at once
                    await asyncio.sleep(0.02)
            assert await machine.next_port() == machine.port
