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

from satellite import wire_pairing as said
from satellite import wire_tls
from satellite.away import Away
from satellite.clock import Clock, SystemClock
from satellite.identity import Identity
from satellite.mouth import Mouth
from satellite.orders import Home
from satellite.pairing import Pairing
from satellite.satellite import Satellite
from satellite.server import Server, info, listen_on
from satellite.session import Session
from satellite.settings import KeptSettings
from satellite.speaker import NoSpeaker
from satellite.vault import Vault
from satellite.vitals import Vitals, Warnings
from satellite.wake import Wake, Waker
from satellite.wire import STREAM_LIMIT_BYTES
from satellite.wire_certificate import make
from satellite.wire_spake2 import HubProof
from tests.satellite.toy import IDENTITY, HeldSpeaker, Peer, SeenPanel, TalkingMicrophone


@dataclass
class SecureToy:
    port: int
    vault: Vault
    pairing: Pairing
    panel: SeenPanel
    microphone: TalkingMicrophone
    speaker: HeldSpeaker
    lines: list[str]
    """What it printed."""
    satellite: Satellite
    home: Home
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
        return await connect(self.port, wire_tls.stranger_context(), host)


async def connect(port: int, context: ssl.SSLContext, host: str = "127.0.0.1") -> Peer:
    return Peer(
        *await asyncio.open_connection(
            "127.0.0.1",
            port,
            ssl=context,
            server_hostname="",
            local_addr=(host, 0),
            limit=STREAM_LIMIT_BYTES,
        )
    )


@asynccontextmanager
async def secure_toy(
    folder: Path,
    clock: Clock | None = None,
    wake: Wake = Wake.STREAM,
    port: int = 0,
    identity: Identity = IDENTITY,
) -> AsyncIterator[SecureToy]:
    clock = clock or SystemClock()
    panel, microphone, speaker = SeenPanel(), TalkingMicrophone(), HeldSpeaker()
    lines: list[str] = []
    vault = Vault.open(folder, IDENTITY.device_id)
    pairing = Pairing(vault, Mouth(NoSpeaker(), clock), panel, lines.append, clock)
    waker, restarts = Waker(wake), list[None]()
    warnings = Warnings()
    logging.getLogger("satellite").addHandler(warnings)
    away = Away(folder, lambda: vault.owner, Mouth(speaker, clock), panel, clock)
    pairing.silence = away.be_silent
    home = Home(
        KeptSettings(folder),
        Vitals(clock, warnings),
        clock,
        choose_wake=waker.choose,
        restart=lambda: restarts.append(None),
        away=away,
    )
    satellite = Satellite(
        lambda link: Session(link, microphone, speaker, waker, panel, clock, home),
        panel,
        pairing.open,
        away=home.away,
    )
    server = Server(satellite, info(identity, has_vad=False), clock, pairing)
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
            port, vault, pairing, panel, microphone, speaker, lines, satellite, home, restarts
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
        self._key, self._certificate = folder / "key", folder / "crt"
        self._key.write_bytes(key)
        self._certificate.write_bytes(certificate)
        self.certificate = ssl.PEM_cert_to_DER_cert(certificate.decode())

    def context(self, toy: bytes) -> ssl.SSLContext:
        return wire_tls.client_context(self._certificate, self._key, toy)

    async def start(self, peer: Peer, code: str) -> tuple[bytes, said.Ends]:
        """The first two messages; gives the key that the code makes."""
        ends = said.Ends(self.certificate, wire_tls.peer_certificate(peer.stream))
        proof = HubProof(code, ends)
        await peer.say(said.Start(self.certificate, proof.share).event())
        return proof.key(said.share_of(await peer.until(said.SHARE))), ends

    async def pair(self, toy: SecureToy, code: str, host: str = "127.0.0.1") -> Event:
        """The toy's last word on it."""
        peer = await toy.stranger(host)
        try:
            key, ends = await self.start(peer, code)
        except AssertionError:  # it refused at once
            return Event("refused")
        await peer.say(said.mac_event(said.CONFIRM, said.hub_mac(key, ends)))
        event = await peer.read()
        assert event is not None
        if event.type == said.DONE:
            assert said.mac_of(event) == said.toy_mac(key, ends)
        await peer.hang_up()
        return event

    async def link(self, toy: SecureToy) -> Peer:
        return await connect(toy.port, self.context(toy.vault.certificate))


@cache
def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"
