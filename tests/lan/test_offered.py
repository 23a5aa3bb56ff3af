"""What is offered on the LAN follows what a parent chose, and where the machine is now."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import ifaddr
import pytest
from structlog.testing import capture_logs

from hub.domain.api import LanAccess
from hub.errors import DataError
from hub.events import Bus, HouseholdChanged
from hub.lan import offered
from hub.lan.offered import POLL_S, Offered
from tests.clock import FakeClock, settle

ON = LanAccess(on=True, interfaces=("eth0",))


class Machine:
    """One whose addresses and settings a test changes; `at` is where something listens now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.address = "192.168.1.5"
        self.settings: LanAccess | DataError = ON
        self.at: tuple[str, ...] = ()
        self.times = 0
        self.clock = FakeClock()
        self.bus = Bus()
        monkeypatch.setattr(offered, "addresses_of", self.addresses_of)

    def addresses_of(self, _: object) -> tuple[str, ...]:
        if not self.address:
            raise OSError(errno.EMFILE, "Too many open files")
        return (self.address,)

    async def read(self) -> LanAccess:
        if isinstance(self.settings, DataError):
            raise self.settings
        return self.settings

    @asynccontextmanager
    async def listening(self, _: LanAccess, addresses: tuple[str, ...]) -> AsyncIterator[int]:
        self.at = addresses
        self.times += 1
        try:
            yield 8771
        finally:
            self.at = ()

    async def change(self, settings: LanAccess | DataError) -> None:
        self.settings = settings
        self.bus.publish(HouseholdChanged())
        await settle()


@pytest.fixture
async def machine(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machine]:
    machine = Machine(monkeypatch)
    it = Offered("it", machine.read, machine.listening, machine.bus, machine.clock)
    task = asyncio.create_task(it.run())
    await settle()
    yield machine
    task.cancel()
    await asyncio.wait([task])
    assert not machine.at


async def test_it_moves_along_with_the_machines_address(machine: Machine) -> None:
    assert machine.at == ("192.168.1.5",)
    machine.address = "10.0.0.7"
    await machine.clock.advance(POLL_S)
    assert machine.at == ("10.0.0.7",)


async def test_what_has_not_changed_goes_on(machine: Machine) -> None:
    await machine.clock.advance(10 * POLL_S)
    await machine.change(ON)
    assert machine.times == 1


async def test_where_no_chosen_network_is_there_it_says_so_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "addresses_of", lambda _: ())
    with capture_logs() as lines:
        await machine.clock.advance(2 * POLL_S)
    assert not machine.at
    assert [line["error"] for line in lines] == [
        "this machine is on none of the chosen networks at home"
    ]


async def test_turning_it_off_holds_at_once(machine: Machine) -> None:
    await machine.change(LanAccess())
    assert not machine.at
    await machine.change(ON)
    assert machine.at == ("192.168.1.5",)


async def test_while_settings_can_not_be_read_it_stays_as_it_is(machine: Machine) -> None:
    await machine.change(DataError("the disk is gone"))
    assert machine.at == ("192.168.1.5",)
    assert machine.times == 1


async def test_while_the_machines_addresses_can_not_be_read_it_stays_as_it_is(
    machine: Machine,
) -> None:
    machine.address = ""
    await machine.clock.advance(POLL_S)
    assert machine.at == ("192.168.1.5",)
    machine.address = "10.0.0.7"
    await machine.clock.advance(POLL_S)
    assert machine.at == ("10.0.0.7",)


def test_of_ipv6_only_addresses_of_the_home_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {
        "eth0": ["fd12:3456::5", "2001:db8::5", "fe80::5", "192.168.1.5"],
        "wlan0": ["fd12:3456::6"],
    }
    adapters = [
        ifaddr.Adapter(
            name,
            name,
            [
                ifaddr.IP((ip, 0, 0) if ":" in ip else ip, 64 if ":" in ip else 24, name)
                for ip in ips
            ],
        )
        for name, ips in there.items()
    ]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: adapters)
    assert offered.ipv6_of(["eth0"]) == ("fd12:3456::5",)
    assert offered.ipv6_of([]) == ()


async def test_the_pages_are_also_at_ipv6_addresses(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offered, "ipv6_of", lambda _: ("fd12:3456::5",))
    bus, clock = machine.bus, machine.clock
    it = Offered("it", machine.read, machine.listening, bus, clock, ipv6=True)
    task = asyncio.create_task(it.run())
    await settle()
    assert machine.at == ("192.168.1.5", "fd12:3456::5")
    task.cancel()
    await asyncio.wait([task])
