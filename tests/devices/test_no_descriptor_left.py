"""A hub with no file descriptor to spare: whoever calls the emergency stop is heard, and the guard judges on."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hub.cli.client import running_hub
from hub.domain.api import LanAccess, WyomingServerSettings
from hub.domain.clock import SystemClock
from hub.events import Bus
from hub.storage.database import Database
from hub.storage.store import Store
from satellite.wake.turn_start import WakeMode
from tests.devices.processes import PATIENCE_S, Hub, free_port
from tests.devices.scripted import until
from tests.guardian.conftest import Browser
from tests.guardian.live import Stream, listening
from tests.satellite.secure_toy import SecureToy, secure_toy

LOOPBACK = "127.0.0.1"
LIMIT = 160
"""Below what all strangers together may take, with some 40 that the hub itself needs."""
STRANGERS = [f"127.0.0.{number}" for number in range(2, 7)]
HELD_BY_EACH = 40
PORTS = ("POMMAI_API__PORT", "POMMAI_WYOMING__PORT", "POMMAI_GUARDIAN__LAN_PORT")
"""Settings of those that a parent opened to the network."""


@dataclass
class House:
    """A hub, its toy, and a parent's open page."""

    hub: Hub
    data: Path
    toy: SecureToy
    browser: Browser
    page: Stream
    ports: list[int]
    """All that the hub listens on."""

    @property
    def toy_is_stopped(self) -> bool:
        assert self.toy.home.away is not None
        return self.toy.home.away.stop.on

    async def health(self) -> dict[str, Any]:
        async with running_hub(self.data) as remote:
            assert remote is not None
            return await remote.call("GET", "/health")

    async def turn(self, text: str) -> dict[str, Any]:
        """The last event of each kind."""
        async with running_hub(self.data) as remote:
            assert remote is not None
            events = remote.lines("POST", "/turns", toy="Pommai", text=text, audio=False)
            return {event["event"]: event async for event in events}

    async def is_stopped(self) -> None:
        """The hub, its toy and the page know it; then the toys may talk again."""
        await until(lambda: self.toy_is_stopped, PATIENCE_S)
        while "All toys are stopped." not in (await self.page.next_frame()).data:
            pass
        assert (await self.health())["stopped"] is True
        assert await self.hub.ask("DELETE", "/household/stop") is not None
        await until(lambda: not self.toy_is_stopped, PATIENCE_S)

    def descriptors(self) -> set[int]:
        return {int(entry.name) for entry in Path(f"/proc/{self.hub.pid}/fd").iterdir()}


async def open_to_the_network(data: Path) -> None:
    """As a parent sets it on the Household page."""
    database = await Database.open(data, SystemClock())
    store = Store(database, Bus(), SystemClock())
    await store.lan_api.save(LanAccess(True, ("lo",)))
    await store.lan_pages.save(LanAccess(True, ("lo",)))
    await store.wyoming_services.save(WyomingServerSettings(True, ("lo",)))
    await database.aclose()


@asynccontextmanager
async def house(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """The hub may have `LIMIT` files open, and has everything open to the network that there is."""
    data, ports = folder / "data", [free_port() for _ in PORTS]
    await open_to_the_network(data)
    for name, port in zip(PORTS, ports, strict=True):
        monkeypatch.setenv(name, str(port))
    async with AsyncExitStack() as stack:
        toy = await stack.enter_async_context(secure_toy(folder / "toy", wake=WakeMode.MANUAL))
        monkeypatch.setenv("POMMAI_HUB__SATELLITES", f"{LOOPBACK}:{toy.port}")
        limited = ("sh", "-c", f'ulimit -n {LIMIT} && exec "$@"', "sh")
        hub = await stack.enter_async_context(Hub(folder, LOOPBACK, limited))
        await hub.logs("listening for other machines", len(PORTS))
        assert await hub.toys("pair", f"{LOOPBACK}:{toy.port}", code=await toy.code())
        await hub.is_linked(1)
        await hub.logs("One-time code to choose a password there: ")
        origin = hub.told("Guardian pages: ").rstrip("/")
        browser = await Browser.new(stack, origin)
        answer = await browser.set_up(hub.told("One-time code to choose a password there: "))
        assert answer.status == 303
        page = await stack.enter_async_context(listening(browser, with_frame=True))
        ports.append(int(origin.rpartition(":")[2]))
        yield House(hub, data, toy, browser, page, ports)


@contextmanager
def strangers(ports: list[int], each: int) -> Iterator[None]:
    """They connect to every port as often as they can, and say nothing."""
    with ExitStack() as held:
        for _ in range(each):
            for address in STRANGERS:
                for port in ports:
                    with suppress(OSError):
                        held.enter_context(
                            socket.create_connection((LOOPBACK, port), 5, (address, 0))
                        )
        yield


async def every_way_stops_the_toys(home: House) -> None:
    answer = await home.browser.send("/", "/stop")
    assert answer.status == 303
    await home.is_stopped()
    home.toy.satellite.emergency()
    await home.is_stopped()
    assert await home.hub.ask("POST", "/household/stop") is not None
    await home.is_stopped()
    assert any("called the emergency stop" in title for title in home.hub.alerts())


async def the_guard_judges(home: House) -> None:
    events = await home.turn("tell me a joke")
    assert "said" in events
    assert "refused" not in events
    events = await home.turn("my uncle touches me")
    assert events["refused"]["direction"] == "child"
    assert events["refused"]["category"] == "child_disclosure"
    assert home.hub.turns()[-2:] == [("done", "tell me a joke"), ("refused", "my uncle touches me")]
    assert (await home.health())["guard"]["ok"] is True


async def test_strangers_on_every_port_leave_enough_for_the_stop_and_for_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path, monkeypatch) as home:
        with strangers(home.ports, HELD_BY_EACH):
            await asyncio.sleep(1)
            assert len(home.descriptors()) < LIMIT - 40
            await every_way_stops_the_toys(home)
            await the_guard_judges(home)


async def test_where_none_is_left_at_all_every_stop_works_and_the_guard_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path, monkeypatch) as home:
        await home.browser.see("/")  # its connection stays
        lowest = min(set(range(LIMIT)) - home.descriptors())
        resource.prlimit(home.hub.pid, resource.RLIMIT_NOFILE, (lowest, lowest))
        await every_way_stops_the_toys(home)
        with strangers(home.ports, 1):
            await home.hub.logs("connections can't be taken")
            await the_guard_judges(home)
