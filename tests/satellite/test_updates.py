"""What a toy takes of an update, and from whom."""

import subprocess
import sys
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.update.software import Software
from satellite.wake.turn_start import WakeMode
from satellite.wire import commands
from satellite.wire import update as wire
from satellite.wire.commands import MAX_PIECE_BYTES
from satellite.wire.extensions import PROTOCOL
from satellite.wire.phrases import sha256_of
from tests.satellite.secure_toy import PretendHub, SecureToy, in_charge, secure_toy
from tests.satellite.small_wheels import came_up, on_trial, wheel
from tests.satellite.toy import Peer, running_toy

ROOT = Path(__file__).parents[2]


@pytest.fixture
def software(tmp_path: Path) -> Path:
    folder = tmp_path / "software"
    folder.mkdir()
    return folder


def offer(packed: bytes, **changed: object) -> Event:
    event = wire.UpdateOffer("2.0", PROTOCOL, sha256_of(packed), len(packed)).event("1")
    event.data.update(changed)
    return event


def piece(at: int, data: bytes) -> Event:
    return wire.UpdatePiece(at, data).event("1")


async def answer(peer: Peer, event: Event) -> commands.Done:
    await peer.say(event)
    return commands.Done.from_event(await peer.until(commands.DONE))


async def its_hub(toy: SecureToy, folder: Path, running: str = "") -> Peer:
    toy.home.software = Software(folder / "software", running)
    return await in_charge(toy, folder)


async def test_an_update_comes_in_pieces_and_is_on_trial_when_it_is_whole(tmp_path: Path) -> None:
    packed = wheel("2.0")
    sha256 = sha256_of(packed)
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await its_hub(toy, tmp_path)
        assert await answer(peer, offer(packed)) == commands.Done("1", ok=True, at=0)
        assert (await answer(peer, piece(0, packed[:100]))).at == 100
        cut = await answer(peer, wire.install(sha256, "1"))
        assert "not what its hash says" in cut.detail
        assert (await answer(peer, offer(packed))).at == 0
        assert (await answer(peer, piece(0, packed[:100]))).at == 100
        assert "does not follow" in (await answer(peer, piece(200, packed[200:]))).detail
        assert "does not follow" in (await answer(peer, piece(0, packed[:100]))).detail
        assert (await answer(peer, offer(packed))).at == 100  # it goes on from there
        assert (await answer(peer, piece(100, packed[100:]))).at == len(packed)
        assert await answer(peer, wire.install(sha256, "1")) == commands.Done(
            "1", True, "", len(packed)
        )
        assert toy.home.software is not None
        assert toy.home.software.trial == sha256
        assert (await answer(peer, offer(packed))).at == len(packed)  # its answer had been lost
        assert (await answer(peer, wire.install(sha256, "1"))).ok


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"size": wire.MAX_UPDATE_BYTES + 1}, "size must be a whole number"),
        ({"size": 0}, "size must be"),
        ({"size": True}, "size must be"),
        ({"sha256": "00"}, "sha256 is missing"),
        ({"sha256": "../" + "0" * 61}, "sha256 is missing or odd"),
        ({"sha256": None}, "sha256 is missing"),
        ({"version": "../2.0"}, "version is missing or odd"),
        ({"version": ""}, "version is missing"),
        ({"protocol": "1"}, "protocol must be a whole number"),
        ({"protocol": PROTOCOL - 1}, "is too old"),
    ],
)
async def test_an_odd_offer_is_refused_in_a_line_and_nothing_may_follow(
    tmp_path: Path, bad: dict[str, object], why: str
) -> None:
    packed = wheel("2.0")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await its_hub(toy, tmp_path)
        refused = await answer(peer, offer(packed, **bad))
        assert not refused.ok
        assert why in refused.detail
        for event in (piece(0, packed), wire.install(sha256_of(packed), "1")):
            assert "no pommai-update came before" in (await answer(peer, event)).detail
        assert not (tmp_path / "software").exists()


@pytest.mark.parametrize(
    ("at", "data", "why"),
    [
        (-1, b"x", "at must be a whole number from 0"),
        (10**6, b"x", "at must be a whole number from 0"),
        (0, b"", "bytes within the whole"),
        (0, bytes(MAX_PIECE_BYTES + 1), "bytes within the whole"),
    ],
)
async def test_a_piece_that_is_out_of_bounds_is_refused(
    tmp_path: Path, at: int, data: bytes, why: str
) -> None:
    packed = bytes(10**5)
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await its_hub(toy, tmp_path)
        await answer(peer, offer(packed))
        assert why in (await answer(peer, piece(at, data))).detail
        other = await answer(peer, wire.install(sha256_of(b"another"), "1"))
        assert other.detail == "that is not what was offered"
        assert not any((tmp_path / "software").iterdir())


async def test_what_has_not_come_up_yet_is_not_replaced(tmp_path: Path, software: Path) -> None:
    new = on_trial(software, "2.0")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await its_hub(toy, tmp_path, new.name)
        assert "has not come up yet" in (await answer(peer, offer(wheel("3.0")))).detail
        assert Software(software, "").trial == new.name
        await answer(peer, Event(commands.SETTINGS, {"id": "1"}))  # its hub talks to it
        assert (await answer(peer, offer(wheel("3.0")))).ok
        assert Software(software, "").current == new


async def test_what_runs_is_not_taken_once_more(tmp_path: Path, software: Path) -> None:
    running = came_up(software, "2.0")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await its_hub(toy, tmp_path, running.name)
        refused = await answer(peer, offer(wheel("2.0")))
        assert (refused.ok, refused.detail) == (False, "it runs just that already")


async def test_of_other_offers_nothing_stays(tmp_path: Path, software: Path) -> None:
    first, second = wheel("2.0"), wheel("3.0")
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await its_hub(toy, tmp_path)
        await answer(peer, offer(first))
        await answer(peer, piece(0, first[:50]))
        await answer(peer, offer(second))
        await answer(peer, piece(0, second[:60]))
        assert [path.name for path in software.iterdir()] == [f"{sha256_of(second)}.part"]


async def test_a_toy_that_nothing_would_start_anew_takes_none_and_says_so(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        peer = await in_charge(toy, tmp_path)
        assert "software" not in (await peer.until(commands.REPORT)).data
        refused = await answer(peer, offer(wheel("2.0")))
        assert refused.detail == "this toy was not put in place by the installer: update it by hand"


async def test_nobody_but_its_own_hub_updates_a_toy(tmp_path: Path) -> None:
    packed = wheel("2.0")
    update = (offer(packed), piece(0, packed), wire.install(sha256_of(packed), "1"))
    async with secure_toy(tmp_path / "toy", wake=WakeMode.MANUAL) as toy:
        toy.home.software = Software(tmp_path / "software", "")
        stranger = await toy.stranger()  # before it has a hub
        await stranger.say(*update)
        assert await stranger.hears_nothing()
        hub = PretendHub(tmp_path / "hub")
        await hub.pair(toy, await toy.code())
        peer = await hub.link(
            toy
        )  # before it is in charge, and without the word that it knows ours
        await peer.say(*update)
        assert await peer.hears_nothing()
        await peer.take()
        await peer.say(*update)
        assert await peer.hears_nothing()
    async with running_toy() as plain:
        peer = await plain.hub()
        await peer.say(Event("pommai-hello", {"protocol": PROTOCOL, "audio": "pcm"}), *update)
        assert await peer.hears_nothing()
    assert not (tmp_path / "software").exists()


def test_a_toy_without_an_update_loads_nothing_for_it() -> None:
    heavy = (
        "satellite.update.unpack",
        "packaging",
    )
    program = (
        f"import sys, satellite.__main__, satellite.app; print(set({heavy}) & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout == "set()\n"
