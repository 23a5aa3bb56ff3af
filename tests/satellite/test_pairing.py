"""Pairing over real TLS on loopback: who may become the toy's hub, by which guess at which code."""

import asyncio
import threading
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.board.panel import State
from satellite.pairing import window as pairing
from satellite.pairing.keys import KeyStore
from satellite.wire import pairing as wire_pairing
from satellite.wire import tls
from satellite.wire.spake2 import HubProof
from satellite.wire.stream import WireError
from tests.clock import FakeClock
from tests.satellite.secure_toy import (
    PretendHub,
    let_in,
    paired_with,
    rest,
    secure_toy,
    wrong,
)
from tests.satellite.toy import Peer

pytestmark = pytest.mark.usefixtures("no_pauses")


@pytest.fixture
def other(tmp_path: Path) -> PretendHub:
    return PretendHub(tmp_path / "other")


async def test_a_hub_that_knows_the_code_is_the_toys_hub_from_then_on(
    hub: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        await toy.panel.until(State.PAIRING)
        await paired_with(hub, toy)
        link = await hub.link(toy)
        await link.say(Event("run-satellite"))
        await link.until("audio-chunk")
    assert KeyStore.open(tmp_path / "toy", "0").hub == hub.certificate


async def test_keys_lie_in_files_of_this_user_alone(hub: PretendHub, tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        await paired_with(hub, toy)
    folder = tmp_path / "toy" / "certs"
    modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}
    assert modes == {"certs": 0o700, "toy.key": 0o600, "toy.crt": 0o600, "hub.crt": 0o600}


async def test_a_toy_without_a_hub_gives_no_sound_whatever_it_is_told(tmp_path: Path) -> None:
    kinds = ["run-satellite", "run-pipeline", "transcript", "audio-start", "pommai-unpair"]
    async with secure_toy(tmp_path / "toy") as toy:
        for kind in kinds:
            peer = await toy.stranger()
            await peer.say(Event("describe"), Event(kind), Event(kind), Event("ping"))
            answers = [event.type for event in await rest(peer, until="pong")]
            assert set(answers) <= {"info", "error", "pong"}
        assert toy.microphone.given == 0
        assert not toy.speaker.rates
        assert State.IDLE not in toy.panel.seen


async def test_once_paired_nobody_else_is_let_in(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        early = await toy.stranger()
        await paired_with(hub, toy)
        assert not await let_in(await toy.stranger())
        assert not await let_in(await other.link(toy))
        plain = await Peer.connect(toy.port)
        assert not await let_in(plain)
        # who was there before it was paired gains nothing by it
        await early.say(Event("run-satellite"))
        assert (await rest(early, until="audio-chunk"))[-1].type == "error"
        assert await let_in(await hub.link(toy))


async def test_a_wrong_code_is_the_only_guess_at_it(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        code = await toy.code()
        refused = await other.pair(toy, wrong(code))
        assert (refused.type, refused.data["code"]) == ("error", wire_pairing.WRONG_CODE)
        assert "mac" not in refused.data
        second = await toy.code(2)
        assert (await hub.pair(toy, code)).data["code"] == wire_pairing.WRONG_CODE
        assert not toy.keys.paired
        assert second != await toy.code(3)
        assert (await hub.pair(toy, await toy.code(3))).type == wire_pairing.DONE


async def test_a_code_is_good_for_the_certificate_alone_that_was_sent_with_it(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        peer = await toy.stranger()
        ends = wire_pairing.PairingEnds(hub.certificate, tls.peer_certificate(peer.stream))
        proof = HubProof(await toy.code(), ends)
        await peer.say(wire_pairing.PairingStart(other.certificate, proof.share).event())
        key = proof.key(wire_pairing.share_of(await peer.until(wire_pairing.SHARE)))
        mac = wire_pairing.hub_mac(key, wire_pairing.PairingEnds(other.certificate, ends.toy))
        await peer.say(wire_pairing.mac_event(wire_pairing.CONFIRM, mac))
        assert (await peer.until("error")).data["code"] == wire_pairing.WRONG_CODE
        assert not toy.keys.paired


async def test_of_two_that_guess_at_once_one_has_the_guess(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        code = await toy.code()
        first, second = await toy.stranger("127.0.0.2"), await toy.stranger("127.0.0.3")
        first_key, first_ends = await other.start(first, wrong(code))
        second_key, second_ends = await hub.start(second, code)
        await first.say(
            wire_pairing.mac_event(
                wire_pairing.CONFIRM, wire_pairing.hub_mac(first_key, first_ends)
            )
        )
        assert (await first.until("error")).data["code"] == wire_pairing.WRONG_CODE
        await second.say(
            wire_pairing.mac_event(
                wire_pairing.CONFIRM, wire_pairing.hub_mac(second_key, second_ends)
            )
        )
        assert (await second.until("error")).data["code"] == wire_pairing.WAIT
        assert not toy.keys.paired


async def test_of_two_hubs_that_know_the_code_the_first_has_the_toy(
    hub: PretendHub, other: PretendHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        keeping, kept, keep = threading.Event(), threading.Event(), toy.keys.pair

        def keep_slowly(certificate: bytes) -> None:
            keeping.set()
            kept.wait(60)
            keep(certificate)

        monkeypatch.setattr(toy.keys, "pair", keep_slowly)
        code = await toy.code()
        first, second = await toy.stranger("127.0.0.2"), await toy.stranger("127.0.0.3")
        first_key, first_ends = await hub.start(first, code)
        second_key, second_ends = await other.start(second, code)
        await first.say(
            wire_pairing.mac_event(
                wire_pairing.CONFIRM, wire_pairing.hub_mac(first_key, first_ends)
            )
        )
        await asyncio.to_thread(keeping.wait, 60)
        await second.say(
            wire_pairing.mac_event(
                wire_pairing.CONFIRM, wire_pairing.hub_mac(second_key, second_ends)
            )
        )
        asyncio.get_running_loop().call_later(1, kept.set)  # so that this ends where it is broken
        assert (await second.until("error")).data["code"] == wire_pairing.WAIT
        await first.until(wire_pairing.DONE)
        assert toy.keys.hub == hub.certificate


async def test_a_stranger_who_guesses_on_does_not_keep_the_family_out(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        for number in range(1, pairing.MAX_WRONG_PER_ADDRESS + 1):
            await other.pair(toy, wrong(await toy.code(number)), "127.0.0.66")
        code = await toy.code(pairing.MAX_WRONG_PER_ADDRESS + 1)
        assert (await other.pair(toy, code, "127.0.0.66")).type == "refused"
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


async def test_strangers_at_several_addresses_leave_each_code_to_the_family_first(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    strangers = ("127.0.0.66", "127.0.0.67", "127.0.0.68")
    async with secure_toy(tmp_path / "toy") as toy:
        for number, stranger in enumerate(strangers, 1):
            await other.pair(toy, wrong(await toy.code(number)), stranger)
        code = await toy.code(len(strangers) + 1)
        for stranger in strangers:
            assert (await other.pair(toy, wrong(code), stranger)).type == "refused"
        assert len(toy.codes) == len(strangers) + 1
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


async def test_who_begins_again_and_again_is_not_listened_to_any_more(
    hub: PretendHub, other: PretendHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "MAX_ATTEMPTS_PER_ADDRESS", 3)
    async with secure_toy(tmp_path / "toy") as toy:
        code = await toy.code()
        for _ in range(3):
            peer = await toy.stranger("127.0.0.66")
            await other.start(peer, wrong(code))
            await peer.say(Event("anything else"))  # a confirmation must come, so it ends here
            await peer.until_closed()
        peer = await toy.stranger("127.0.0.66")
        await peer.say(
            wire_pairing.PairingStart(
                other.certificate, HubProof(code, wire_pairing.PairingEnds(b"", b"")).share
            ).event()
        )
        assert (await peer.until("error")).data["code"] == wire_pairing.LOCKED
        assert len(toy.codes) == 1
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


async def test_too_many_wrong_codes_lock_the_toy_until_its_button_is_held(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        for number in range(1, pairing.MAX_WRONG + 1):
            host = f"127.0.0.{number + 1}"
            await other.pair(toy, wrong(await toy.code(number)), host)
        await toy.panel.until(State.HUB_AWAY)
        assert len(toy.codes) == pairing.MAX_WRONG
        assert (await hub.pair(toy, toy.codes[-1])).type == "refused"
        toy.pairing.open()
        code = await toy.code(pairing.MAX_WRONG + 1)
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


async def test_after_five_minutes_nobody_can_pair(hub: PretendHub, tmp_path: Path) -> None:
    clock = FakeClock()
    async with secure_toy(tmp_path / "toy", clock) as toy:
        code = await toy.code()
        await clock.advance(pairing.OPEN_S + 1)
        assert toy.panel.shown() is State.HUB_AWAY
        assert toy.pairing.state == "closed"
        assert (await hub.pair(toy, code)).type == "refused"


async def test_a_code_ends_with_its_window_even_for_who_began_before(
    hub: PretendHub, tmp_path: Path
) -> None:
    clock = FakeClock()
    async with secure_toy(tmp_path / "toy", clock) as toy:
        code = await toy.code()
        await clock.advance(pairing.OPEN_S - 1)
        peer = await toy.stranger()
        key, ends = await hub.start(peer, code)
        await clock.advance(2)
        await peer.say(
            wire_pairing.mac_event(wire_pairing.CONFIRM, wire_pairing.hub_mac(key, ends))
        )
        assert [event.data.get("code") for event in await rest(peer, wire_pairing.DONE)] == [
            wire_pairing.CLOSED
        ]
        assert not toy.keys.paired


async def test_a_second_hub_can_not_take_the_toy_over_before_its_button_is_held(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        await paired_with(hub, toy)
        link = await hub.link(toy)
        await link.say(Event("run-satellite"))
        await link.until("audio-chunk")
        assert not await let_in(await toy.stranger())
        toy.pairing.open()
        await ends(link)
        code = await toy.code(2)
        assert toy.panel.shown() is State.PAIRING
        given = toy.microphone.given
        former = await hub.link(toy)  # it shows a certificate that counts for nothing now
        await former.say(Event("run-satellite"))
        assert [event.data["code"] for event in await rest(former, until="")] == ["unpaired"]
        assert (await other.pair(toy, code)).type == wire_pairing.DONE
        assert toy.microphone.given == given
        assert not await let_in(await hub.link(toy))
        assert await let_in(await other.link(toy))


async def ends(link: Peer) -> None:
    """The toy closes it, with or without a goodbye."""
    try:
        while await link.read() is not None:
            pass
    except WireError:
        pass


async def test_its_hub_can_have_it_forget_the_hub(
    hub: PretendHub, other: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        await paired_with(hub, toy)
        talking, asking = await hub.link(toy), await hub.link(toy)
        await talking.say(Event("run-satellite"))
        await talking.until("audio-chunk")
        await asking.say(Event(wire_pairing.UNPAIR))
        await asking.until(wire_pairing.UNPAIRED)
        await ends(talking)
        assert toy.pairing.state == "closed"
        assert not (tmp_path / "toy" / "certs" / "hub.crt").exists()
        toy.pairing.open()
        assert (await other.pair(toy, await toy.code(2))).type == wire_pairing.DONE
