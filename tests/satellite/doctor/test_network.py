"""What the doctor learns of the network: addresses, signal, announcement and hub."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from satellite.announcer import Announcer
from satellite.clock import SystemClock
from satellite.doctor import network
from satellite.doctor.finding import CheckStatus
from satellite.hub_control import HubContact, HubContacts
from satellite.identity import SatelliteIdentity
from tests.clock import FakeClock
from tests.satellite.toy import running_toy

LOOPBACK = ("127.0.0.1",)
WIRELESS = """Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   {link}.  {dbm}.  -256        0      0      0      0      0        0
"""


def test_a_machine_without_an_address_fails() -> None:
    assert network.examine_addresses(()).verdict is CheckStatus.FAIL
    assert network.examine_addresses(("192.168.1.7",)).text == "192.168.1.7"


@pytest.mark.parametrize(
    ("dbm", "verdict"),
    [("-51", CheckStatus.OK), ("-82", CheckStatus.WARN), ("?", CheckStatus.SKIP)],
)
def test_the_signal(tmp_path: Path, dbm: str, verdict: CheckStatus) -> None:
    (tmp_path / "proc" / "net").mkdir(parents=True)
    (tmp_path / "proc" / "net" / "wireless").write_text(WIRELESS.format(link=50, dbm=dbm))
    assert network.examine_signal(tmp_path).verdict is verdict


def test_a_machine_on_a_cable_has_no_signal(tmp_path: Path) -> None:
    assert network.examine_signal(tmp_path).verdict is CheckStatus.SKIP


async def test_whether_the_toy_runs() -> None:
    async with running_toy() as toy:
        assert (await network.examine_service(toy.port, SystemClock())).verdict is CheckStatus.OK
        port = toy.port
    finding = await network.examine_service(port, SystemClock())
    assert finding.verdict is CheckStatus.WARN
    assert "systemctl start pommai-satellite" in finding.advice


@asynccontextmanager
async def announced(device_id: str, secure: Mapping[str, str] | None) -> AsyncIterator[None]:
    told = None if secure is None else lambda: secure
    who = SatelliteIdentity(device_id, "Teddy")
    announcer = Announcer(who, 10_700, list(LOOPBACK), SystemClock(), told)
    task = asyncio.create_task(announcer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.mark.parametrize(
    ("secure", "verdict", "text"),
    [
        (None, CheckStatus.WARN, "announced, not encrypted"),
        ({"paired": "1", "pairing": "0"}, CheckStatus.OK, "announced; paired"),
        ({"paired": "0", "pairing": "1"}, CheckStatus.OK, "announced; pairing is open"),
        ({"paired": "0", "pairing": "0"}, CheckStatus.WARN, "announced; not paired"),
    ],
)
async def test_an_announced_toy_is_seen_as_a_hub_sees_it(
    secure: Mapping[str, str] | None, verdict: CheckStatus, text: str
) -> None:
    async with announced("00000000d0c70001", secure):
        finding = await network.examine_announcement("00000000d0c70001", LOOPBACK, SystemClock())
    assert finding.verdict is verdict
    assert text in finding.text


async def test_another_toys_announcement_is_not_ours() -> None:
    clock = FakeClock()
    async with announced("00000000d0c70002", {"paired": "1"}):
        looking = asyncio.create_task(
            network.examine_announcement("00000000d0c70003", LOOPBACK, clock)
        )
        while not looking.done():
            await asyncio.sleep(0.05)
            await clock.advance(0.1)
    assert looking.result().text == "nobody announces this toy"


def test_when_the_hub_was_last_there(tmp_path: Path) -> None:
    contacts = HubContacts(tmp_path, lambda: 1000.0)
    assert contacts.last() is None
    assert network.examine_hub(None).verdict is CheckStatus.WARN
    contacts.note("192.168.1.2:50311")
    last = contacts.last()
    assert last == HubContact("192.168.1.2:50311", 1000.0)
    assert network.examine_hub(last, 1030).text == "192.168.1.2:50311 was there 30 s ago"
    assert network.examine_hub(last, 1000 + 7200).text.endswith("2 h ago")
    assert network.examine_hub(last, 1000 + 3 * 86_400).verdict is CheckStatus.WARN
    assert "the clock was wrong" in network.examine_hub(last, 10).text


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"hub": "x", "epoch_s": "soon"}', "\xff"])
def test_a_damaged_note_of_the_hub_is_no_note(tmp_path: Path, kept: str) -> None:
    (tmp_path / "last-hub.json").write_text(kept, "latin-1")
    assert HubContacts(tmp_path).last() is None


def test_a_note_that_cannot_be_kept_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    HubContacts(tmp_path / "none").note("192.168.1.2:50311")
    assert "can't note the hub" in caplog.text


async def test_the_hub_that_comes_and_goes_is_noted() -> None:
    async with running_toy() as toy:
        hub = await toy.hub()
        assert len(toy.met) == 1
        await hub.hang_up()
        while len(toy.met) < 2:
            await asyncio.sleep(0.01)
    assert toy.met[0] == toy.met[1]
    assert toy.met[0].startswith("127.0.0.1:")
