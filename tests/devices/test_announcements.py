"""Thousands of announcements: a real toy shows all the same, and neither log nor list grows with them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs
from zeroconf._dns import DNSAddress, DNSPointer, DNSRecord, DNSService, DNSText
from zeroconf.asyncio import AsyncZeroconf
from zeroconf.const import _CLASS_IN, _TYPE_A, _TYPE_PTR, _TYPE_SRV, _TYPE_TXT

from hub.devices.discovery import MAX_OF_ONE, MAX_SEEN, MAX_WAITING, SERVICE_TYPE, Discovery
from tests.clock import FakeClock

FAKES = 1000
OURS = "0123456789abcdef"


class Network:
    """What a hub heard on its network, and its list. Nothing of it is sent."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self.clock = FakeClock()
        self.adopted: set[str] = set()
        self.changes = 0
        self._zeroconf = zeroconf.zeroconf
        self.discovery = Discovery(("127.0.0.1",), self.clock, self._on_change, self.adopted)

    def announce(self, instance: str, address: str, device_id: str = "") -> None:
        """All of it at once, as a satellite does."""
        name, server = f"{instance}.{SERVICE_TYPE}", f"{instance}.local."
        octets = bytes(map(int, address.split(".")))
        text = f"id={device_id}".encode() if device_id else b""
        self._hear(
            DNSPointer(SERVICE_TYPE, _TYPE_PTR, _CLASS_IN, 4500, name),
            DNSService(name, _TYPE_SRV, _CLASS_IN, 4500, 0, 0, 10_700, server),
            DNSText(name, _TYPE_TXT, _CLASS_IN, 4500, bytes([len(text)]) + text),
            DNSAddress(server, _TYPE_A, _CLASS_IN, 4500, octets),
        )
        self.discovery.look_at(self._zeroconf, SERVICE_TYPE, name, is_new=True)

    def name_only(self, instance: str) -> None:
        """An announcement that never says where it is."""
        name = f"{instance}.{SERVICE_TYPE}"
        self._hear(DNSPointer(SERVICE_TYPE, _TYPE_PTR, _CLASS_IN, 4500, name))
        self.discovery.look_at(self._zeroconf, SERVICE_TYPE, name, is_new=True)

    def goes(self, instance: str) -> None:
        name = f"{instance}.{SERVICE_TYPE}"
        pointer = DNSPointer(SERVICE_TYPE, _TYPE_PTR, _CLASS_IN, 4500, name)
        self._zeroconf.cache.async_remove_records([pointer])
        self.discovery.forget(name)

    def rescan(self) -> None:
        self.discovery.try_again(self._zeroconf)

    def shows(self, instance: str) -> bool:
        return f"{instance}.{SERVICE_TYPE}" in self.discovery.seen

    def _hear(self, *records: DNSRecord) -> None:
        self._zeroconf.cache.async_add_records(records)

    def _on_change(self, key: str) -> None:
        self.changes += 1


@pytest.fixture
async def network() -> AsyncIterator[Network]:
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as zeroconf:
        yield Network(zeroconf)


@contextmanager
def few_lines() -> Iterator[None]:
    with capture_logs() as logs:
        yield
    assert len(logs) <= 2, logs[:5]
    assert all(str(value).isprintable() for entry in logs for value in entry.values())


async def test_a_new_toy_shows_although_one_address_announces_a_thousand(network: Network) -> None:
    with few_lines():
        for number in range(FAKES):
            network.announce(f"fake{number}", "10.0.0.66")
        network.announce("Bear", "10.0.0.7", OURS)
    assert network.shows("Bear")
    assert len(network.discovery.seen) == MAX_SEEN


async def test_a_new_toy_shows_although_a_thousand_addresses_announce_one_each(
    network: Network,
) -> None:
    with few_lines():
        for number in range(FAKES):
            network.announce(f"fake{number}", f"10.1.{number // 250}.{number % 250}")
        network.announce("Bear", "10.0.0.7", OURS)
    assert network.shows("Bear")


async def test_an_adopted_toy_keeps_its_place_whatever_else_is_announced(network: Network) -> None:
    network.adopted.add(f"id:{OURS}")
    network.announce("Bear", "10.0.0.7", OURS)
    for number in range(FAKES):
        network.announce(f"fake{number}", f"10.1.{number // 250}.{number % 250}")
        network.announce(f"clone{number}", "10.0.0.66", OURS)
    assert network.shows("Bear")
    clones = [seen for seen in network.discovery.seen.values() if seen.key == f"id:{OURS}"]
    assert MAX_OF_ONE <= len(clones) < MAX_SEEN // 4


async def test_an_adopted_toy_that_comes_late_has_its_room(network: Network) -> None:
    network.adopted.add(f"id:{OURS}")
    for number in range(FAKES):
        network.announce(f"fake{number}", "10.0.0.7")
    network.announce("Bear", "10.0.0.7", OURS)
    assert network.shows("Bear")


async def test_a_whole_announcement_waits_behind_no_half_ones(network: Network) -> None:
    with few_lines():
        for number in range(FAKES):
            network.name_only(f"fake{number}\x1b[2J")
            network.name_only(f"half{number}")
        network.announce("Bear", "10.0.0.7", OURS)
    assert FAKES > MAX_WAITING
    assert network.shows("Bear")


async def test_a_name_that_had_no_room_is_tried_again(network: Network) -> None:
    for number in range(MAX_SEEN):
        network.announce(f"other{number}", f"10.1.{number // 250}.{number % 250}")
    network.announce("late", "10.1.0.1")
    assert not network.shows("late")
    network.goes("other7")
    network.rescan()
    assert network.shows("late")


async def test_what_goes_on_being_wrong_is_logged_once_a_minute(network: Network) -> None:
    with capture_logs() as logs:
        for _ in range(5):
            for number in range(FAKES):
                network.announce(f"fake{number}", "10.0.0.66")
            await network.clock.advance(30)
    assert 2 <= len(logs) <= 3
    assert logs[1]["times"] > 1
