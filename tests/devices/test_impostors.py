"""Somebody between hub and toy, or in the toy's place: while they pair and after."""

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from wyoming.event import Event
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from hub.devices.connection import dial
from hub.devices.discovery import SECURE_TYPE, SERVICE_TYPE
from hub.devices.identity import Address
from hub.devices.pairing.credentials import Credentials
from hub.domain.clock import SystemClock
from hub.domain.toys import Pairing
from hub.errors import LinkError, RefusedError
from hub.events import Bus
from hub.storage.store import Store
from satellite.board.panel import State
from satellite.wire import pairing as wire_pairing
from satellite.wire import tls as wire_tls
from satellite.wire.stream import WireError
from tests.devices.fleets import KEY, at, running_fleet, talks
from tests.devices.middle import Middle
from tests.devices.scripted import until
from tests.satellite.certificates import signer_and_signed
from tests.satellite.secure_toy import PretendHub, SecureToy, secure_toy
from tests.satellite.toy import IDENTITY, Peer, chunk

WORDS = "my dog is called Bello"


pytestmark = pytest.mark.usefixtures("no_pauses")


@asynccontextmanager
async def announced(
    port: int, kind: str = SECURE_TYPE, address: str = "127.0.0.1", **txt: str
) -> AsyncIterator[AsyncServiceInfo]:
    name = f"T{uuid4().hex[:8]}-{IDENTITY.device_id}.{kind}"
    service = AsyncServiceInfo(
        kind,
        name,
        port=port,
        parsed_addresses=[address],
        properties={"id": IDENTITY.device_id, "paired": "0", "pairing": "1"} | txt,
        server=f"host-{uuid4().hex[:8]}.local.",
    )
    async with AsyncZeroconf(interfaces=["127.0.0.1"]) as zeroconf:
        await (await zeroconf.async_register_service(service, cooperating_responders=True))
        yield service


async def test_a_man_in_the_middle_who_relays_the_pairing_is_found_out(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with (
        Middle(toy, tmp_path / "middle") as middle,
        running_fleet(store, bus, tmp_path) as fleet,
    ):
        with pytest.raises(RefusedError, match="not its code"):
            await fleet.pair(at(middle.port), await toy.code())
        assert wire_pairing.CONFIRM in [event.type for event in middle.seen]
        assert not toy.keys.paired
        assert await store.satellites.list() == []


async def test_a_man_in_the_middle_who_puts_in_his_own_certificate_is_found_out(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    def swapped(event: Event) -> Event:
        if event.type != wire_pairing.START:
            return event
        return (
            wire_pairing.PairingStart.from_event(event)
            ._replace(certificate=middle.certificate)
            .event()
        )

    async with (
        Middle(toy, tmp_path / "middle") as middle,
        running_fleet(store, bus, tmp_path) as fleet,
    ):
        middle.change = swapped
        with pytest.raises(RefusedError, match="not its code"):
            await fleet.pair(at(middle.port), await toy.code())
        assert not toy.keys.paired
        assert await store.satellites.list() == []


async def test_who_sends_the_hubs_proof_back_to_it_has_proven_nothing(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    def mirrored(event: Event) -> Event:
        if event.type == "error":
            confirmed = next(e for e in middle.seen if e.type == wire_pairing.CONFIRM)
            return Event(wire_pairing.DONE, confirmed.data)
        return event

    async with (
        Middle(toy, tmp_path / "middle") as middle,
        running_fleet(store, bus, tmp_path) as fleet,
    ):
        middle.change = mirrored
        with pytest.raises(LinkError, match="does not know the code"):
            await fleet.pair(at(middle.port), await toy.code())
        assert await store.satellites.list() == []


ANSWERS = [
    Event(wire_pairing.SHARE),
    Event(wire_pairing.SHARE, {"share": 7}),
    Event(wire_pairing.SHARE, {"share": "A" * 60_000}),
    Event(wire_pairing.SHARE, {"share": base64.b64encode(bytes(33)).decode()}),
    Event(wire_pairing.SHARE, {"share": base64.b64encode(b"A" + bytes(32)).decode()}),
    Event(wire_pairing.DONE, {"mac": base64.b64encode(bytes(32)).decode()}),
    Event("error", {"text": ["odd"], "code": {"odd": 1}}),
    Event("info", {"satellite": None}),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
async def test_an_odd_answer_ends_the_attempt_in_one_line(
    answer: Event, store: Store, bus: Bus, tmp_path: Path
) -> None:
    got: list[Event] = []

    async def toy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hub_side = Peer(reader, writer)
        try:
            await hub_side.until("describe")
            await hub_side.say(Event("info", {"satellite": {"name": "Odd", "id": "0dd"}}))
            await hub_side.until(wire_pairing.START)
            await hub_side.say(answer)
            got.extend(await hub_side.until_closed())
        except WireError:
            pass
        writer.close()

    own = PretendHub(tmp_path / "odd")
    context = wire_tls.server_context(own.certificate_path, own.key_path, None)
    server = await asyncio.start_server(toy, "127.0.0.1", 0, ssl=context)
    async with running_fleet(store, bus, tmp_path) as fleet:
        with pytest.raises((LinkError, RefusedError)) as refused:
            await fleet.pair(at(server.sockets[0].getsockname()[1]), "123456")
        assert "\n" not in str(refused.value)
        assert await store.satellites.list() == []
    server.close()
    assert got == []


async def test_after_pairing_a_man_in_the_middle_hears_not_a_word_and_parents_are_told(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    finger = wire_tls.fingerprint(toy.keys.certificate)[:16]
    async with running_fleet(store, bus, tmp_path) as fleet:
        await fleet.pair(at(toy.port), await toy.code())
        await talks(fleet)
        async with (
            Middle(toy, tmp_path / "middle") as middle,
            announced(middle.port, fp=finger, paired="1", pairing="0", boot="other"),
        ):
            async with asyncio.timeout(60):
                while not await store.alerts.list(10):
                    await asyncio.sleep(0.05)
            assert middle.seen == []
        [alert] = await store.alerts.list(10)
        assert "passes itself off as Rabbit" in alert.title


async def test_who_has_a_certificate_that_the_toy_has_signed_is_not_the_toy(tmp_path: Path) -> None:
    """OpenSSL alone would take it, as the toy's is what it trusts."""
    paired, signed = signer_and_signed(tmp_path / "toy"), tmp_path / "toy" / "signed"
    got: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read(1))
        writer.close()

    context = wire_tls.server_context(signed / "crt", signed / "key", None)
    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    address = ("127.0.0.1", server.sockets[0].getsockname()[1])
    met: list[Address] = []
    secured = Credentials.load(tmp_path / "data").for_toy(paired, met.append)
    with pytest.raises(LinkError, match="another certificate"):
        await dial([address], SystemClock(), secured=secured)
    server.close()
    await until(lambda: got)
    assert (got, met) == ([b""], [address])


async def test_a_clone_with_another_key_is_not_connected_to_and_parents_are_told(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with running_fleet(store, bus, tmp_path) as fleet:
        await fleet.pair(at(toy.port), await toy.code())
        async with secure_toy(tmp_path / "clone") as clone:
            finger = clone.keys.fingerprint[:16]
            async with announced(clone.port, fp=finger):
                async with asyncio.timeout(60):
                    while not await store.alerts.list(10):
                        await asyncio.sleep(0.05)
                link = fleet[KEY].link
                assert link is not None
                assert link.addresses == (("127.0.0.1", toy.port),)


async def test_a_copy_of_a_toys_card_does_not_take_its_place_and_parents_are_told(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    finger = toy.keys.fingerprint[:16]
    async with running_fleet(store, bus, tmp_path) as fleet:
        await fleet.pair(at(toy.port), await toy.code())
        await talks(fleet)
        beside = shutil.ignore_patterns("away", "*.new")  # what the running toy still writes to
        shutil.copytree(tmp_path / "toy", tmp_path / "copy", ignore=beside)
        another = replace(IDENTITY, boot_id="c0b1ed")
        async with (
            secure_toy(tmp_path / "copy", identity=another) as copy,
            announced(copy.port, fp=finger, paired="1", pairing="0", boot="c0b1ed"),
        ):
            async with asyncio.timeout(60):
                while not await store.alerts.list(10):
                    await asyncio.sleep(0.05)
            assert State.IDLE not in copy.panel.seen
            await talks(fleet)
        [alert] = await store.alerts.list(10)
        assert alert.title == "There are two of Rabbit in your network"


async def test_a_paired_toy_is_never_spoken_to_in_the_clear_whatever_is_announced(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(5))
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running_fleet(store, bus, tmp_path) as fleet:
        async with secure_toy(tmp_path / "toy") as toy:
            await fleet.pair(at(toy.port), await toy.code())
            finger = toy.keys.fingerprint[:16]
        async with (
            announced(port, SERVICE_TYPE, boot="plain"),
            announced(port, fp=finger, paired="1", boot="secure"),
        ):
            await until(lambda: any(heard))
            [known] = [satellite for satellite in fleet.satellites() if satellite.key == KEY]
            assert known.pairing is Pairing.PAIRED
    server.close()
    # A TLS handshake, or nothing: the hub dials each address, and leaves one where another was first.
    assert all(begin.startswith(b"\x16\x03") for begin in heard if begin), heard


async def test_a_plain_announcement_does_not_hide_one_that_waits_to_be_paired(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    async with (
        running_fleet(store, bus, tmp_path) as fleet,
        announced(1, SERVICE_TYPE),
        announced(toy.port),
        announced(2, SERVICE_TYPE),
    ):
        await until(lambda: len(fleet.discovery.seen) >= 3)
        [found] = [satellite for satellite in fleet.satellites() if satellite.key == KEY]
        assert (found.pairing, found.addresses) == (Pairing.OPEN, (("127.0.0.1", toy.port),))
        with pytest.raises(RefusedError, match="paired with the code"):
            await fleet.adopt(KEY)
        await fleet.pair(KEY, await toy.code())


async def test_who_reads_the_links_bytes_learns_neither_code_nor_sound_nor_words(
    toy: SecureToy, store: Store, bus: Bus, tmp_path: Path
) -> None:
    passed = bytearray()

    async def tap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_toy = await asyncio.open_connection("127.0.0.1", toy.port)

        async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65_536):
                passed.extend(data)
                sink.write(data)
            sink.close()

        await asyncio.gather(copy(reader, to_toy[1]), copy(to_toy[0], writer))

    server = await asyncio.start_server(tap, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running_fleet(store, bus, tmp_path) as fleet:
        code = await toy.code()
        await fleet.pair(at(port), code)
        await until(lambda: toy.speaker.played)
    server.close()
    assert len(passed) > 4_000
    sound = chunk(1)[:32]
    for secret in (code.encode(), WORDS.encode(), sound, base64.b64encode(sound)[:40]):
        assert secret not in passed
    for word in (b"pommai", b"audio-chunk", b"run-satellite", b"certificate"):
        assert word not in passed
