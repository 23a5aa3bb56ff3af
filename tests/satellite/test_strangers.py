"""Strangers at a toy's port: whatever they break off, and wherever, the toy goes on."""

import asyncio
import contextlib
import socket
import ssl
import struct
from pathlib import Path

import pytest
from wyoming.event import Event

from satellite.server import SatelliteServer
from satellite.wire import tls
from satellite.wire.pairing import START
from satellite.wire.stream import WireError
from tests.satellite.secure_toy import PretendHub, SecureToy, secure_toy
from tests.satellite.toy import Peer, running_toy

WORDS = (
    b'{"type": "describe"}\n{"type": "run-satellite"}\n'
    b'{"type": "' + START.encode() + b'"}\n{"type": "ping"}\n'
)
RESET = struct.pack("ii", 1, 0)
MAX_ANSWER_S = 5.0
AT_ONCE = 6
"""Below the places that a toy has for strangers."""


class Handshake:
    """A TLS client whose bytes are sent by hand."""

    def __init__(self) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = tls.stranger_context().wrap_bio(self._in, self._out)

    def hello(self) -> bytes:
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._out.read()

    def answer(self, received: bytes, words: bytes) -> bytes | None:
        """The end of the handshake, then the words, then the end of the connection; None when more must come first."""
        self._in.write(received)
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return None
        self._tls.write(words)
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        return self._out.read()


async def opened(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    return sock


def leave(sock: socket.socket, *, reset: bool) -> None:
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


async def cut_handshake(port: int, at: int, *, reset: bool) -> bool:
    """Sends that many bytes of a handshake and of what comes after it; False when there are not so many."""
    loop, handshake = asyncio.get_running_loop(), Handshake()
    hello = handshake.hello()
    sock = await opened(port)
    try:
        with contextlib.suppress(ConnectionError):
            await loop.sock_sendall(sock, hello[:at])
            if at <= len(hello):
                return True
            answer = None
            async with asyncio.timeout(MAX_ANSWER_S):
                while answer is None:
                    if not (received := await loop.sock_recv(sock, 16_384)):
                        return True
                    answer = handshake.answer(received, WORDS)
            await loop.sock_sendall(sock, answer[: at - len(hello)])
            return at < len(hello) + len(answer)
        return True
    finally:
        leave(sock, reset=reset)


async def cut_everywhere(port: int) -> int:
    """Cuts connections at each byte, several at once; returns how many there were."""
    count, at, more = 0, 0, True
    while more:
        cuts = [(at + n, reset) for n in range(AT_ONCE // 2) for reset in (False, True)]
        results = await asyncio.gather(*(cut_handshake(port, n, reset=r) for n, r in cuts))
        count += len(cuts)
        at += AT_ONCE // 2
        more = any(results)
    return count


async def answers(toy: SecureToy) -> bool:
    peer = await toy.stranger()
    await peer.say(Event("describe"))
    about = await peer.until("info")
    await peer.hang_up()
    return about is not None


async def test_a_toy_without_a_hub_outlives_handshakes_that_are_cut_at_each_byte(
    tmp_path: Path,
) -> None:
    async with secure_toy(tmp_path) as toy:
        await toy.code()
        assert await cut_everywhere(toy.port) > 500
        assert await answers(toy)


async def test_a_paired_toy_outlives_handshakes_that_are_cut_at_each_byte(tmp_path: Path) -> None:
    hub = PretendHub(tmp_path / "hub")
    async with secure_toy(tmp_path / "toy") as toy:
        assert (await hub.pair(toy, await toy.code())).type == "pommai-pair-done"
        await cut_everywhere(toy.port)
        link = await hub.link(toy)
        await link.say(Event("describe"))
        await link.until("info")
        await link.hang_up()


async def test_a_plain_toy_outlives_words_that_are_cut_at_each_byte() -> None:
    loop = asyncio.get_running_loop()
    async with running_toy() as toy:
        for at in range(len(WORDS) + 1):
            for reset in (False, True):
                sock = await opened(toy.port)
                with contextlib.suppress(ConnectionError):
                    await loop.sock_sendall(sock, WORDS[:at])
                leave(sock, reset=reset)
        async with asyncio.timeout(60):
            while not await introduces_itself(toy.port):  # while it still closes what was cut
                await asyncio.sleep(0.05)


async def introduces_itself(port: int) -> bool:
    peer = await Peer.connect(port)
    try:
        await peer.say(Event("describe"))
        answer = await peer.read()
    except (WireError, OSError):
        return False
    finally:
        await peer.hang_up()
    return answer is not None and answer.type == "info"


async def talk_and_close(port: int, word: str) -> None:
    """Sends so much at once that the toy stops reading, and the end of the connection with it."""
    loop, handshake = asyncio.get_running_loop(), Handshake()
    sock = await opened(port)
    try:
        await loop.sock_sendall(sock, handshake.hello())
        answer = None
        while answer is None:
            answer = handshake.answer(
                await loop.sock_recv(sock, 16_384), f'{{"type": "{word}"}}\n'.encode() * 2_000
            )
        with contextlib.suppress(ConnectionError):
            await loop.sock_sendall(sock, answer)
            async with asyncio.timeout(MAX_ANSWER_S):
                while await loop.sock_recv(sock, 16_384):
                    pass
    finally:
        sock.close()


@pytest.mark.parametrize("word", ["run-satellite", START])
async def test_guests_that_are_dismissed_and_still_talk_do_not_end_the_toy(
    tmp_path: Path, word: str
) -> None:
    """The toy must not read on from what it has closed."""
    async with secure_toy(tmp_path) as toy:
        await toy.code()
        for _ in range(3):
            await asyncio.gather(*(talk_and_close(toy.port, word) for _ in range(AT_ONCE)))
        assert await answers(toy)


async def test_what_nobody_foresaw_in_one_connection_ends_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(_: SatelliteServer) -> Event:
        raise AttributeError("'NoneType' object has no attribute 'resume_reading'")

    async with running_toy() as toy:
        other = await Peer.connect(toy.port)
        with monkeypatch.context() as broken:
            broken.setattr(SatelliteServer, "_introduction", breaks)
            peer = await Peer.connect(toy.port)
            await peer.say(Event("describe"))
            assert await peer.until_closed() == []
        await other.say(Event("describe"))
        await other.until("info")
