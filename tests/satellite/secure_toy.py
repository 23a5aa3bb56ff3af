"""A toy that speaks TLS alone, in this process, and hubs that pair with it by hand."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wyoming.event import Event

from satellite.audio.prompts import RecordedPrompts
from satellite.audio.speaker import NoSpeaker
from satellite.board.vitals import Vitals, Warnings
from satellite.clock import Clock, SystemClock
from satellite.commands import CommandContext, KeptSettings
from satellite.hub_control import HubControl
from satellite.identity import SatelliteIdentity
from satellite.offline.offline_mode import OfflineMode
from satellite.pairing.keys import KeyStore
from satellite.pairing.window import PairingWindow
from satellite.server import SatelliteServer, info, listen_on
from satellite.session import SatelliteSession
from satellite.wake.turn_start import WakeMode, Waker
from satellite.wire import pairing as wire_pairing
from satellite.wire import tls
from satellite.wire.certificate import make
from satellite.wire.spake2 import HubProof
from satellite.wire.stream import MAX_STREAM_BYTES, WireError
from tests.satellite.toy import IDENTITY, HeldSpeaker, Peer, SeenPanel, TalkingMicrophone


@dataclass
class SecureToy:
    port: int
    keys: KeyStore
    pairing: PairingWindow
    panel: SeenPanel
    microphone: TalkingMicrophone
    speaker: HeldSpeaker
    lines: list[str]
    """What it printed."""
    satellite: HubControl
    home: CommandContext
    restarts: list[None]
    """One for each time that it was to start anew."""

    @property
    def codes(self) -> list[str]:
        return [line[-7:].replace(" ", "") for line in self.lines if "pairing code" in line]

    async def code(self, number: int = 1) -> str:
        """The code that it says as its first, second …"""
        async with asyncio.timeout(60):
            while len(self.codes) < number:
                await asyncio.sleep(0.01)
        return self.codes[number - 1]

    async def stranger(self, host: str = "127.0.0.1") -> Peer:
        """Somebody at that address of this machine, who has shown no certificate."""
        return await connect(self.port, tls.stranger_context(), host)


async def connect(port: int, context: ssl.SSLContext, host: str = "127.0.0.1") -> Peer:
    return Peer(
        *await asyncio.open_connection(
            "127.0.0.1",
            port,
            ssl=context,
            server_hostname="",
            local_addr=(host, 0),
            limit=MAX_STREAM_BYTES,
        )
    )


@asynccontextmanager
async def secure_toy(
    folder: Path,
    clock: Clock | None = None,
    wake: WakeMode = WakeMode.STREAM,
    port: int = 0,
    identity: SatelliteIdentity = IDENTITY,
) -> AsyncIterator[SecureToy]:
    clock = clock or SystemClock()
    panel, microphone, speaker = SeenPanel(), TalkingMicrophone(), HeldSpeaker()
    lines: list[str] = []
    keys = KeyStore.open(folder, IDENTITY.device_id)
    waker, restarts = Waker(wake), list[None]()
    warnings = Warnings()
    logging.getLogger("satellite").addHandler(warnings)
    away = OfflineMode(folder, lambda: keys.owner, RecordedPrompts(speaker, clock), panel, clock)
    pairing = PairingWindow(
        keys, RecordedPrompts(NoSpeaker(), clock), panel, lines.append, clock, away.be_silent
    )
    home = CommandContext(
        KeptSettings(folder, away.obey),
        Vitals(clock, warnings),
        away,
        clock,
        choose_wake=waker.choose,
        restart=lambda: restarts.append(None),
    )
    satellite = HubControl(
        lambda link: SatelliteSession(link, microphone, speaker, waker, panel, clock, home),
        panel,
        pairing.open,
        away=home.away,
    )
    server = SatelliteServer(satellite, info(identity, has_vad=False), clock, pairing)
    sock = listen_on("127.0.0.1", port)
    port = sock.getsockname()[1]

    async def run() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(satellite.run())
            tasks.create_task(server.run(sock))
            tasks.create_task(pairing.run())

    task = asyncio.create_task(run())
    try:
        yield SecureToy(
            port, keys, pairing, panel, microphone, speaker, lines, satellite, home, restarts
        )
    finally:
        logging.getLogger("satellite").removeHandler(warnings)
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled(), task.exception()


class PretendHub:
    """Its key and certificate, and what it says to pair."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        key, certificate = make("a hub of a test")
        self.key_path, self.certificate_path = folder / "key", folder / "crt"
        self.key_path.write_bytes(key)
        self.certificate_path.write_bytes(certificate)
        self.certificate = ssl.PEM_cert_to_DER_cert(certificate.decode())

    def context(self, toy: bytes) -> ssl.SSLContext:
        return tls.client_context(self.certificate_path, self.key_path, toy)

    async def start(self, peer: Peer, code: str) -> tuple[bytes, wire_pairing.PairingEnds]:
        """The first two messages; gives the key that the code makes."""
        ends = wire_pairing.PairingEnds(self.certificate, tls.peer_certificate(peer.stream))
        proof = HubProof(code, ends)
        await peer.say(wire_pairing.PairingStart(self.certificate, proof.share).event())
        return proof.key(wire_pairing.share_of(await peer.until(wire_pairing.SHARE))), ends

    async def pair(self, toy: SecureToy, code: str, host: str = "127.0.0.1") -> Event:
        """The toy's last word on it."""
        peer = await toy.stranger(host)
        try:
            key, ends = await self.start(peer, code)
        except AssertionError:  # it refused at once
            return Event("refused")
        await peer.say(
            wire_pairing.mac_event(wire_pairing.CONFIRM, wire_pairing.hub_mac(key, ends))
        )
        event = await peer.read()
        assert event is not None
        if event.type == wire_pairing.DONE:
            assert wire_pairing.mac_of(event) == wire_pairing.toy_mac(key, ends)
        await peer.hang_up()
        return event

    async def link(self, toy: SecureToy) -> Peer:
        return await connect(toy.port, self.context(toy.keys.certificate))


@cache
def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


async def in_charge(toy: SecureToy, folder: Path) -> Peer:
    """Its own hub, which has said that it knows what is ours."""
    hub = PretendHub(folder / "hub")
    await hub.pair(toy, await toy.code())
    peer = await hub.link(toy)
    await peer.say(Event("pommai-hello", {"protocol": 1, "audio": "pcm"}))
    return await peer.take()


async def let_in(peer: Peer) -> bool:
    """Whether the toy talks with it at all; in TLS 1.3 who is refused learns it by the first answer."""
    try:
        await peer.say(Event("ping"))
        return await peer.read() is not None
    except WireError:
        return False


async def paired_with(hub: PretendHub, toy: SecureToy) -> None:
    assert (await hub.pair(toy, await toy.code())).type == wire_pairing.DONE


async def rest(peer: Peer, until: str) -> list[Event]:
    """What comes, to that event or to the end."""
    got: list[Event] = []
    while (not got or got[-1].type != until) and (event := await peer.read()) is not None:
        got.append(event)
    return got
