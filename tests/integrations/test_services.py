"""The services as a parent sets them: off at first, on at once, for whom and where it was chosen."""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from wyoming.info import Describe
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from hub.devices.discovery import read
from hub.domain.api import WyomingServerSettings
from hub.errors import DataError
from hub.lan.offered import POLL_S, Offered, own_interfaces
from integrations.wyoming_services.server import WyomingListener
from tests.clock import FakeClock
from tests.integrations.serving import LOOPBACK, ask, served_household
from tests.pipeline.scripted import House, house

ON = WyomingServerSettings(on=True, interfaces=("lo",))


class Running:
    """The services with a free port, and the ports that they opened."""

    def __init__(self, home: House, port: int = 0) -> None:
        self.clock = FakeClock()
        self.hub_id = uuid.uuid4().hex
        self.opened: asyncio.Queue[int] = asyncio.Queue()
        self._home = home
        listener = WyomingListener(served_household(home), self.hub_id, port, self.clock)
        self._services = Offered(
            "the Wyoming services",
            home.store.wyoming_services.get,
            listener.listening,
            home.bus,
            self.clock,
            self.opened.put_nowait,
        )

    async def next_port(self) -> int:
        async with asyncio.timeout(60):
            return await self.opened.get()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._services.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as home:
        yield home


async def is_closed(port: int) -> bool:
    """Whether that comes to be so."""
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, port)
                writer.close()
            except ConnectionRefusedError:
                return True
            except ConnectionResetError:  # it is just being closed
                continue
            await asyncio.sleep(0.01)


async def test_they_are_off_until_a_parent_turns_them_on_and_off_at_once_again(
    home: House,
) -> None:
    assert await home.store.wyoming_services.get() == WyomingServerSettings()
    running = Running(home)
    async with running():
        await running.clock.advance(10 * POLL_S)
        assert running.opened.empty()
        await home.store.wyoming_services.save(ON)
        port = await running.next_port()
        assert await ask(port, Describe(), until="info")
        await home.store.wyoming_services.save(WyomingServerSettings())
        assert await is_closed(port)


async def test_a_port_that_is_taken_is_tried_again_until_it_is_free(home: House) -> None:
    await home.store.wyoming_services.save(ON)
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
        running = Running(home, port)
        async with running():
            with capture_logs() as logs:
                async with asyncio.timeout(60):
                    while not logs:
                        await running.clock.advance(POLL_S)
            assert "can't listen" in logs[0]["event"]
            assert running.opened.empty()
            other.close()
            async with asyncio.timeout(60):
                while running.opened.empty():
                    await running.clock.advance(POLL_S)
            assert await running.next_port() == port


async def test_what_is_changed_holds_for_those_who_are_connected_too(home: House) -> None:
    await home.store.wyoming_services.save(ON)
    running = Running(home)
    async with running():
        reader, writer = await asyncio.open_connection(LOOPBACK, await running.next_port())
        writer.write(b'{"type": "ping"}\n')
        assert b"pong" in await reader.readline()
        await home.store.wyoming_services.save(
            WyomingServerSettings(on=True, interfaces=("lo",), allowed=("192.168.1.20",))
        )
        assert b"ping" not in await reader.read()  # to the end
        writer.close()
        assert await ask(await running.next_port(), Describe(), until="info")


async def test_they_are_announced_while_they_are_on_and_no_hub_takes_them_for_a_toy(
    home: House,
) -> None:
    await home.store.wyoming_services.save(ON)
    running = Running(home)
    zeroconf = AsyncZeroconf(interfaces=[LOOPBACK])
    kind = "_wyoming._tcp.local."
    try:
        async with running():
            port = await running.next_port()
            found = AsyncServiceInfo(kind, f"pommai-hub-{running.hub_id}.{kind}")
            assert await found.async_request(zeroconf.zeroconf, 10_000)
        assert (found.port, found.parsed_addresses()) == (port, [LOOPBACK])
        assert read(found) is None
    finally:
        await zeroconf.async_close()


async def test_settings_come_back_as_they_were_kept(home: House) -> None:
    kept = await home.store.wyoming_services.save(
        WyomingServerSettings(
            on=True, interfaces=("lo",), allowed=("192.168.1.20/32", "10.1.2.3/8")
        )
    )
    assert kept.allowed == ("192.168.1.20", "10.0.0.0/8")
    assert await home.store.wyoming_services.get() == kept


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (WyomingServerSettings(on=True), "at least one network"),
        (WyomingServerSettings(allowed=("my phone",)), "'my phone' is no address"),
        (WyomingServerSettings(allowed=("10.0.0.1",) * 33), "at most 32"),
        (WyomingServerSettings(interfaces=("x" * 500,)), "no list of this machine's"),
    ],
)
async def test_odd_settings_are_not_kept(home: House, odd: WyomingServerSettings, why: str) -> None:
    with pytest.raises(DataError, match=why):
        await home.store.wyoming_services.save(odd)
    assert await home.store.wyoming_services.get() == WyomingServerSettings()


def test_this_machines_networks_are_known_by_name() -> None:
    assert own_interfaces()["lo"] == LOOPBACK
