"""The announcement, as a real browser on loopback sees it."""

import asyncio
from collections.abc import Sequence

import pytest
from zeroconf import ServiceInfo
from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

from satellite import announcer as announcing
from satellite.announcer import PLAIN_SERVICE, POLL_S, Announcer, own_addresses, service_info
from satellite.errors import SetupError
from satellite.identity import SatelliteIdentity
from tests.clock import FakeClock, settle

LOOPBACK = "127.0.0.1"


class Browser:
    """What is on loopback's network."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self.zeroconf = zeroconf
        self._events: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def add_service(self, _zeroconf: object, _type: str, name: str) -> None:
        self._events.put_nowait(("added", name))

    def update_service(self, _zeroconf: object, _type: str, name: str) -> None: ...

    def remove_service(self, _zeroconf: object, _type: str, name: str) -> None:
        self._events.put_nowait(("removed", name))

    async def until(self, what: str, device_id: str) -> str:
        while True:
            happened, name = await self._events.get()
            if happened == what and device_id in name:
                return name


async def test_it_is_found_with_its_records_and_says_goodbye() -> None:
    who = SatelliteIdentity("feedfacefeedface", "Mia's rabbit", "b00710", "0.1", "a test")
    async with AsyncZeroconf(interfaces=[LOOPBACK]) as zeroconf:
        browser = Browser(zeroconf)
        async with AsyncServiceBrowser(zeroconf.zeroconf, PLAIN_SERVICE, listener=browser):  # type: ignore[arg-type]  # a duck-typed listener
            task = asyncio.create_task(Announcer(who, 10755, [LOOPBACK], FakeClock()).run())
            name = await browser.until("added", who.device_id)
            found = ServiceInfo(PLAIN_SERVICE, name)
            assert await found.async_request(zeroconf.zeroconf, 3000)
            assert name == f"Mia's rabbit-feedfacefeedface.{PLAIN_SERVICE}"
            assert found.port == 10755
            assert found.parsed_addresses() == [LOOPBACK]
            assert found.decoded_properties == {
                "id": "feedfacefeedface",
                "boot": "b00710",
                "fw": "0.1",
                "hw": "a test",
            }
            task.cancel()
            await browser.until("removed", who.device_id)
            await asyncio.wait([task])


async def test_a_changed_address_is_announced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses: tuple[str, ...] = ()
    announced: list[Sequence[str]] = []

    def recording(identity: SatelliteIdentity, port: int, addresses: Sequence[str]) -> ServiceInfo:
        announced.append(addresses)
        return service_info(identity, port, addresses)

    monkeypatch.setattr(announcing, "own_addresses", lambda: addresses)
    monkeypatch.setattr(announcing, "service_info", recording)
    clock = FakeClock()
    announcer = Announcer(SatelliteIdentity("beefbeefbeefbeef"), 10755, [], clock)
    task = asyncio.create_task(announcer.run())
    try:
        for now, so_far in (
            ((), []),
            ((LOOPBACK,), [(LOOPBACK,)]),
            ((LOOPBACK,), [(LOOPBACK,)]),
            ((LOOPBACK, "127.0.0.2"), [(LOOPBACK,), (LOOPBACK, "127.0.0.2")]),
        ):
            addresses = now
            for _ in range(20):  # each a poll; broadcasting takes its own time in between
                await clock.advance(POLL_S)
                await asyncio.sleep(0.05)
                await settle()
                if announced == so_far:
                    break
            assert announced == so_far
    finally:
        task.cancel()
        await asyncio.wait([task])


def test_a_long_name_with_dots_fits_a_label() -> None:
    who = SatelliteIdentity("feedfacefeedface", "Großmutters Bär Nr. 1 " * 5)
    name = service_info(who, 10700, [LOOPBACK]).name
    label = name.removesuffix(f".{PLAIN_SERVICE}")
    assert len(label.encode()) <= 63
    assert "." not in label
    assert label.endswith("-feedfacefeedface")


def test_loopback_is_not_announced_unasked() -> None:
    assert not [a for a in own_addresses() if a.startswith("127.")]


def test_an_interface_is_an_address() -> None:
    with pytest.raises(SetupError, match="eth0"):
        Announcer(SatelliteIdentity("feedfacefeedface"), 1, ["eth0"], FakeClock())
