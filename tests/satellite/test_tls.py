"""TLS as a toy accepts it: all that is written arrives, whoever is slow, and a lost peer is an error."""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from satellite.clock import SystemClock
from satellite.server import MAX_UNSENT_BYTES, streams_of
from satellite.wire import tls
from satellite.wire.certificate import make
from tests.clock import FakeClock, settle

MUCH = bytes(range(256)) * 16_384
"""4 MB: more than the system holds for a peer that doesn't read."""


PIECE_BYTES = 16_384


class End(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Contexts(NamedTuple):
    toy: ssl.SSLContext
    hub: ssl.SSLContext


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> Contexts:
    folder = tmp_path_factory.mktemp("certificates")
    ders = {}
    for name in ("toy", "hub"):
        key, certificate = make(name)
        (folder / f"{name}.key").write_bytes(key)
        (folder / f"{name}.crt").write_bytes(certificate)
        ders[name] = ssl.PEM_cert_to_DER_cert(certificate.decode())

    def files(name: str) -> tuple[Path, Path]:
        return folder / f"{name}.crt", folder / f"{name}.key"

    return Contexts(
        tls.server_context(*files("toy"), ders["hub"]),
        tls.client_context(*files("hub"), ders["toy"]),
    )


@asynccontextmanager
async def linked(contexts: Contexts) -> AsyncIterator[tuple[End, End]]:
    """The toy's end and the hub's."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        dialling = asyncio.create_task(
            asyncio.open_connection(
                *listening.getsockname(), ssl=contexts.hub, server_hostname="", limit=65_536
            )
        )
        connection, _ = await loop.sock_accept(listening)
        toy = End(*await streams_of(connection, contexts.toy, SystemClock()))
        hub = End(*await dialling)
    for end in (toy, hub):  # so that the system has no room for much
        for way in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, way, 65_536)
    try:
        yield toy, hub
    finally:
        toy.writer.transport.abort()
        hub.writer.transport.abort()
        await settle()


async def test_much_arrives_whole_both_ways_at_once(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        for end in (toy, hub):
            end.writer.write(MUCH)
        async with asyncio.TaskGroup() as tasks:
            readings = [tasks.create_task(end.reader.readexactly(len(MUCH))) for end in (toy, hub)]
            tasks.create_task(toy.writer.drain())
        assert [reading.result() == MUCH for reading in readings] == [True, True]


async def test_a_toy_waits_for_a_peer_that_does_not_read(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        writing = asyncio.create_task(write_in_pieces(toy.writer, MUCH))
        await asyncio.sleep(0.2)
        assert not writing.done()
        assert toy.writer.transport.get_write_buffer_size() < MAX_UNSENT_BYTES + 2 * PIECE_BYTES
        assert await hub.reader.readexactly(len(MUCH)) == MUCH
        await writing


async def write_in_pieces(writer: asyncio.StreamWriter, data: bytes) -> None:
    for at in range(0, len(data), PIECE_BYTES):
        writer.write(data[at : at + PIECE_BYTES])
        await writer.drain()


async def test_who_reads_slowly_holds_back_who_writes(contexts: Contexts) -> None:
    """What the toy has no room for waits at the hub."""
    async with linked(contexts) as (toy, hub):
        writing = asyncio.create_task(write_in_pieces(hub.writer, MUCH))
        await asyncio.sleep(0.2)
        assert not writing.done()
        assert await toy.reader.readexactly(len(MUCH)) == MUCH
        await writing


async def test_what_was_written_before_a_close_arrives(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        toy.writer.write(MUCH)
        toy.writer.write(b"last words")
        toy.writer.close()
        assert toy.writer.is_closing()
        assert await hub.reader.read(-1) == MUCH + b"last words"
        hub.writer.close()
        await toy.writer.wait_closed()


async def test_a_peer_that_closes_is_the_end_of_what_is_read(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        hub.writer.write(b"goodbye")
        hub.writer.close()
        assert await toy.reader.read(-1) == b"goodbye"
        await toy.writer.wait_closed()
        await hub.writer.wait_closed()


async def test_a_connection_that_was_reset_is_the_end_too(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        sock = hub.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        hub.writer.transport.abort()
        with suppress(ConnectionError):  # as some releases of Python tell it
            assert await toy.reader.read(-1) == b""
        assert toy.writer.is_closing()
        toy.writer.write(b"to nobody")
        with suppress(ConnectionError):
            await toy.writer.wait_closed()


async def test_bytes_that_are_no_record_are_an_error(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        raw = hub.writer.get_extra_info("socket")
        os.write(raw.fileno(), b"in the clear" * 10)
        with pytest.raises(ssl.SSLError):
            await toy.reader.read(-1)


async def test_who_never_answers_a_close_is_left_after_a_while(contexts: Contexts) -> None:
    async with linked(contexts) as (toy, hub):
        hub.writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's own does
        toy.writer.close()
        with suppress(TimeoutError):  # as some releases of Python tell it
            await toy.writer.wait_closed()


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff"])
async def test_who_gets_no_handshake_done_is_let_go_in_time(
    contexts: Contexts, sent: bytes
) -> None:
    toy, stranger = socket.socketpair()
    clock = FakeClock()
    with stranger:
        for end in (toy, stranger):
            end.setblocking(False)
        admitting = asyncio.create_task(streams_of(toy, contexts.toy, clock))
        stranger.send(sent)
        await clock.advance(tls.MAX_HANDSHAKE_S + 0.1)
        with pytest.raises(OSError):  # noqa: PT011  # the time, or OpenSSL's own words
            await admitting
        loop = asyncio.get_running_loop()
        with suppress(ConnectionResetError):  # what it sent was not even read
            while await loop.sock_recv(stranger, 4096):
                pass  # at most an alert, and then the end


async def test_who_leaves_amid_the_handshake_is_an_error(contexts: Contexts) -> None:
    toy, stranger = socket.socketpair()
    toy.setblocking(False)
    stranger.close()
    with pytest.raises(OSError):  # noqa: PT011  # OpenSSL's own words
        await streams_of(toy, contexts.toy, SystemClock())
