"""What odd certificates, odd messages and a crowd of strangers get of a toy that pairs, or has paired."""

import asyncio
import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.server import MAX_LINKS
from satellite.wire import certificate as wire_certificate
from satellite.wire import pairing as wire_pairing
from satellite.wire import tls
from tests.clock import FakeClock, settle
from tests.satellite.certificates import signer_and_signed
from tests.satellite.secure_toy import (
    PretendHub,
    connect,
    let_in,
    paired_with,
    rest,
    secure_toy,
)

pytestmark = pytest.mark.usefixtures("no_pauses")


async def test_a_certificate_from_the_future_holds_on_a_machine_that_wakes_in_1970(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways: to either side the other's certificate is not valid yet."""
    monkeypatch.setattr(wire_certificate, "NOT_BEFORE", datetime(2900, 1, 1, tzinfo=UTC))
    hub = PretendHub(tmp_path / "hub")
    key, certificate = wire_certificate.make("a toy of the future")
    certs = tmp_path / "toy" / "certs"
    certs.mkdir(parents=True)
    (certs / "toy.key").write_bytes(key)
    (certs / "toy.crt").write_bytes(certificate)
    async with secure_toy(tmp_path / "toy") as toy:
        await paired_with(hub, toy)
        assert await let_in(await hub.link(toy))


def test_our_certificates_hold_from_1970_and_never_end() -> None:
    assert datetime(1970, 1, 1, tzinfo=UTC) == wire_certificate.NOT_BEFORE
    assert wire_certificate.NOT_AFTER.year == 9999


async def test_who_has_a_certificate_that_the_hub_has_signed_is_not_the_hub(
    tmp_path: Path,
) -> None:
    """OpenSSL alone would let him in, as the hub's is what it trusts."""
    hub, impostor = signer_and_signed(tmp_path / "hub"), tmp_path / "hub" / "signed"
    async with secure_toy(tmp_path / "toy") as toy:
        toy.keys.pair(hub)
        context = tls.client_context(impostor / "crt", impostor / "key", toy.keys.certificate)
        assert not await let_in(await connect(toy.port, context))


async def test_a_hub_gets_no_ticket_to_come_back_with(hub: PretendHub, tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        await paired_with(hub, toy)
        link = await hub.link(toy)
        assert await let_in(link)
        session = link.stream.get_extra_info("ssl_object").session
        assert session is None or not session.has_ticket


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2])
async def test_older_tls_is_refused(version: ssl.TLSVersion, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = version
    async with secure_toy(tmp_path / "toy") as toy:
        with pytest.raises((ssl.SSLError, OSError)):
            await connect(toy.port, context)


HOSTILE = [
    {"version": 2},
    {"version": 1},
    {"version": 1, "certificate": 5, "share": "x"},
    {"version": 1, "certificate": "AAAA", "share": "A" * 40_000},
    {"version": 1, "certificate": "A" * 40_000, "share": "AAAA"},
    {"version": 1, "certificate": "AAAA", "share": "!" * 44},
    {
        "version": 1,
        "certificate": "AAAA",
        "share": wire_pairing.share_event(b"A" + bytes(32)).data["share"],
    },
    {
        "version": 1,
        "certificate": "AAAA",
        "share": wire_pairing.share_event(os.urandom(33)).data["share"],
    },
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
async def test_an_odd_beginning_ends_the_connection_and_nothing_else(
    data: dict[str, object], hub: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        code = await toy.code()
        peer = await toy.stranger()
        await peer.say(Event(wire_pairing.START, data))
        assert [event.data["code"] for event in await rest(peer, until="")] == ["protocol"]
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


@pytest.mark.parametrize(
    "kind", [wire_pairing.START, wire_pairing.CONFIRM, wire_pairing.DONE, "ping", "run-satellite"]
)
async def test_what_comes_out_of_order_ends_the_attempt(
    kind: str, hub: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        code = await toy.code()
        peer = await toy.stranger()
        await hub.start(peer, code)
        await peer.say(Event(kind))
        assert (await rest(peer, until=""))[-1].data["code"] == "protocol"
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


async def test_a_confirmation_that_nothing_came_before_is_not_answered(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        peer = await toy.stranger()
        await peer.say(wire_pairing.mac_event(wire_pairing.CONFIRM, bytes(32)))
        assert await peer.hears_nothing()
        assert len(toy.codes) == 1


async def test_who_is_slow_to_confirm_loses_the_connection_and_not_the_code(
    hub: PretendHub, tmp_path: Path
) -> None:
    clock = FakeClock()
    async with secure_toy(tmp_path / "toy", clock) as toy:
        code = await toy.code()
        peer = await toy.stranger()
        await hub.start(peer, code)
        await settle()
        await clock.advance(wire_pairing.MAX_STEP_S + 1)
        assert (await rest(peer, until=""))[-1].data["code"] == "protocol"
        assert (await hub.pair(toy, code)).type == wire_pairing.DONE


async def test_who_fills_all_places_drives_out_only_himself(
    hub: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        code = await toy.code()
        family = await toy.stranger("127.0.0.7")
        key, sides = await hub.start(family, code)
        crowd = [await toy.stranger("127.0.0.66") for _ in range(3 * MAX_LINKS)]
        silent = [await asyncio.open_connection("127.0.0.1", toy.port, local_addr=("127.0.0.66", 0))
                  for _ in range(3 * MAX_LINKS)]  # fmt: skip
        await family.say(
            wire_pairing.mac_event(wire_pairing.CONFIRM, wire_pairing.hub_mac(key, sides))
        )
        assert (await family.read()) == wire_pairing.mac_event(
            wire_pairing.DONE, wire_pairing.toy_mac(key, sides)
        )
        for peer in crowd:
            peer.stream.transport.abort()
        for _, writer in silent:
            writer.transport.abort()


async def test_no_more_than_eight_strangers_are_listened_to(tmp_path: Path) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        crowd = [await toy.stranger("127.0.0.66") for _ in range(MAX_LINKS + 2)]
        heard = [await let_in(peer) for peer in crowd]
        assert heard == [False] * 2 + [True] * MAX_LINKS


async def test_a_hub_is_let_in_while_strangers_hold_all_places(
    hub: PretendHub, tmp_path: Path
) -> None:
    async with secure_toy(tmp_path / "toy") as toy:
        await paired_with(hub, toy)
        silent = [
            await asyncio.open_connection("127.0.0.1", toy.port, local_addr=("127.0.0.66", 0))
            for _ in range(2 * MAX_LINKS)
        ]
        assert await let_in(await hub.link(toy))
        for _, writer in silent:
            writer.transport.abort()
