"""The hub's end of pairing, with a real toy at the other."""

import asyncio
from pathlib import Path

import pytest
from wyoming.event import Event

from hub.devices.pairing.credentials import Credentials
from hub.domain.toys import Pairing, Satellite
from hub.errors import DiskFullError, LinkError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from satellite.wire import pairing as wire_pairing
from satellite.wire.stream import WireError
from tests.devices.fleets import KEY, at, running_fleet, talks
from tests.devices.scripted import until
from tests.satellite.secure_toy import PretendHub, SecureToy, secure_toy, wrong

pytestmark = pytest.mark.usefixtures("no_pauses")


async def test_a_toy_is_paired_by_its_code_and_talks_over_an_encrypted_link(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        paired = await fleet.pair(at(toy.port), " ".join(await toy.code()))
        assert (paired.key, paired.pairing, paired.adopted) == (KEY, Pairing.PAIRED, True)
        await talks(fleet)
        with pytest.raises(RefusedError, match="paired already"):
            await fleet.pair(KEY, "123456")
    assert toy.keys.hub == Credentials.load(tmp_path / "data").certificate
    async with running_fleet(store, bus, tmp_path) as fleet:  # also after it started again
        await talks(fleet)
    kept = await store.satellites.get(KEY)
    assert kept is not None
    assert kept.certificate == toy.keys.certificate


async def test_who_adopts_by_address_what_says_a_code_is_told_to_pair_it(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        with pytest.raises(LinkError, match="if it says a code, pair it"):
            await fleet.adopt(at(toy.port))


async def test_a_wrong_code_is_refused_and_the_same_one_is_not_tried_twice(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        code = wrong(await toy.code())
        with pytest.raises(RefusedError, match="not its code"):
            await fleet.pair(at(toy.port), code)
        with pytest.raises(RefusedError, match="tried already"):
            await fleet.pair(at(toy.port), code)
        with pytest.raises(RefusedError, match="six digits"):
            await fleet.pair(at(toy.port), "12345x")
        assert not toy.keys.paired
        assert await store.satellites.list() == []
        await fleet.pair(at(toy.port), await toy.code(2))


async def test_of_two_parents_who_type_the_code_at_once_one_learns_that_the_other_did(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        code = await toy.code()
        both = [fleet.pair(at(toy.port), code) for _ in range(2)]
        paired, late = await asyncio.gather(*both, return_exceptions=True)
        assert isinstance(paired, Satellite)
        assert isinstance(late, RefusedError)
        assert "paired with that code already" in str(late)


async def test_a_second_toy_with_the_id_of_one_that_is_adopted_is_refused_before_it_is_paired(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with (
        running_fleet(store, bus, tmp_path) as fleet,
        secure_toy(tmp_path / "second") as second,
    ):
        await fleet.pair(at(toy.port), await toy.code())
        with pytest.raises(RefusedError, match="release that"):
            await fleet.pair(at(second.port), await second.code())
        assert not second.keys.paired
        [kept] = await store.satellites.list()
        assert kept.certificate == toy.keys.certificate


async def test_a_toy_that_the_hub_could_not_note_is_not_left_believing_that_it_is_paired(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(satellite: Satellite) -> None:
        assert toy.keys.paired
        raise DiskFullError("the disk is full")

    async with running_fleet(store, bus, tmp_path) as fleet:
        with monkeypatch.context() as broken:
            broken.setattr(store.satellites, "save", full)
            with pytest.raises(DiskFullError):
                await fleet.pair(at(toy.port), await toy.code())
        assert not toy.keys.paired
        assert [satellite for satellite in fleet.satellites() if satellite.adopted] == []


async def test_a_toy_whose_answer_is_lost_is_not_left_believing_that_it_is_paired(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mac_of = wire_pairing.mac_of

    def lost(event: Event) -> bytes:
        if event.type != wire_pairing.DONE:
            return mac_of(event)
        assert toy.keys.paired
        raise WireError("garbled")

    monkeypatch.setattr(wire_pairing, "mac_of", lost)
    async with running_fleet(store, bus, tmp_path) as fleet:
        with pytest.raises(LinkError, match="garbled"):
            await fleet.pair(at(toy.port), await toy.code())
        assert not toy.keys.paired


async def test_released_the_toy_has_forgotten_the_hub_and_may_be_paired_by_another(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    other = PretendHub(tmp_path / "other")
    async with running_fleet(store, bus, tmp_path) as fleet:
        await fleet.pair(at(toy.port), await toy.code())
        await talks(fleet)
        released = await fleet.release(KEY)
        assert (released.state_detail, toy.keys.paired) == ("", False)
        toy.pairing.open()
        assert (await other.pair(toy, await toy.code(2))).type == wire_pairing.DONE
        with pytest.raises(LinkError, match="paired already, with another hub"):
            await fleet.pair(at(toy.port), "123456")


async def test_released_while_the_toy_is_away_the_hub_revokes_it_alone(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        async with secure_toy(tmp_path / "toy") as toy:
            await fleet.pair(at(toy.port), await toy.code())
        released = await fleet.release(KEY)
        assert "hold its button" in released.state_detail
        assert await store.satellites.list() == []


async def test_a_toy_whose_button_was_held_says_so_and_is_paired_anew(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        first = await fleet.pair(at(toy.port), await toy.code())
        await talks(fleet)
        toy.pairing.open()
        await until(lambda: "forgotten this hub" in fleet.satellites()[0].state_detail)
        again = await fleet.pair(KEY, await toy.code(2))
        assert (again.key, again.toy_id) == (first.key, first.toy_id)
        await talks(fleet)
