"""TLS for asyncio's streams straight over a socket, for a toy that writes 50 times a second.

asyncio's own takes each record through two buffers and ten calls, a fifth of what a chunk of sound costs; here
OpenSSL itself reads and writes the socket. It is for a peer that has proven to be the hub: as long as messages of TLS'
own come in, such as new keys, OpenSSL reads on, and the event loop waits.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_WR, socket
from typing import Final

from satellite.wire_tls import SHUTDOWN_S

RECORD_BYTES: Final = 16_384
"""The most that TLS has in one: read at once, nothing is left in OpenSSL; written at once, what has gone is known."""


async def accept(
    connection: socket, context: ssl.SSLContext, protocol: asyncio.StreamReaderProtocol
) -> "TlsTransport":
    """A server's handshake over a socket that doesn't block; where it fails, that is closed. Raises OSError."""
    loop = asyncio.get_running_loop()
    tls = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
    try:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await _once(loop.add_reader, loop.remove_reader, tls)
            except ssl.SSLWantWriteError:
                await _once(loop.add_writer, loop.remove_writer, tls)
        return TlsTransport(tls, context, protocol)
    except BaseException:
        tls.close()
        raise


async def _once(
    add: Callable[..., None], remove: Callable[..., object], tls: ssl.SSLSocket
) -> None:
    ready = asyncio.Event()
    add(tls, ready.set)
    try:
        await ready.wait()
    finally:
        remove(tls)


class TlsTransport(asyncio.Transport):
    """In TLS 1.3 neither way waits for the other, except for a peer that stops amid a message of TLS' own or doesn't
    read the answer to one. It is lost, or the event loop would try again and again.
    """

    def __init__(
        self, tls: ssl.SSLSocket, context: ssl.SSLContext, protocol: asyncio.StreamReaderProtocol
    ) -> None:
        """The handshake is done. Raises OSError where the peer has gone again."""
        peer = tls.getpeername()
        about = {"socket": tls, "ssl_object": tls, "sslcontext": context, "peername": peer}
        super().__init__(about)
        self._tls = tls
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        """What the system has no room for."""
        self._closing = False
        self._lost = False
        self._last_moment: asyncio.TimerHandle | None = None
        protocol.connection_made(self)
        self._loop.add_reader(tls, self._read)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing:
            return
        sent = 0 if self._unsent else self._send(data[:RECORD_BYTES])
        if sent < len(data) and not self._lost:
            if not self._unsent:
                self._protocol.pause_writing()
                self._loop.add_writer(self._tls, self._write_on)
            self._unsent += data[sent:]

    def get_write_buffer_size(self) -> int:
        return len(self._unsent)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._loop.remove_reader(self._tls)

    def resume_reading(self) -> None:
        if not self._closing:
            self._loop.add_reader(self._tls, self._read)

    def close(self) -> None:
        """What is unsent goes first."""
        if not self._closing:
            self._closing = True
            self._loop.remove_reader(self._tls)
            if not self._unsent:
                self._part()

    def abort(self) -> None:
        self._lose(None)

    def _read(self) -> None:
        try:
            data = self._tls.recv(RECORD_BYTES)
        except ssl.SSLWantReadError:
            return
        except OSError as error:
            self._lose(error)
            return
        if data:
            self._protocol.data_received(data)
        else:
            self._protocol.eof_received()
            self.close()

    def _send(self, data: bytes | bytearray | memoryview) -> int:
        try:
            return self._tls.send(data)
        except ssl.SSLWantWriteError:
            return 0
        except OSError as error:
            self._lose(error)
            return 0

    def _write_on(self) -> None:
        # What OpenSSL had no room for begins this again, as it wants it.
        del self._unsent[: self._send(self._unsent[:RECORD_BYTES])]
        if not self._unsent and not self._lost:
            self._loop.remove_writer(self._tls)
            self._protocol.resume_writing()
            if self._closing:
                self._part()

    def _part(self) -> None:
        """Nothing more comes from here. What the peer still sends is passed over until it closes, as a reset might cost
        it what it has yet to read."""
        self._last_moment = self._loop.call_later(SHUTDOWN_S, self._lose, None)
        try:
            with suppress(ssl.SSLError):
                self._tls.unwrap()
            self._tls.shutdown(SHUT_WR)  # what comes now is not decrypted any more
        except OSError:
            self._lose(None)
        else:
            self._loop.add_reader(self._tls, self._pass_over)

    def _pass_over(self) -> None:
        try:
            more = self._tls.recv(RECORD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._lose(None)

    def _lose(self, error: OSError | None) -> None:
        if not self._lost:
            self._lost = self._closing = True
            if self._last_moment is not None:
                self._last_moment.cancel()
            self._loop.remove_reader(self._tls)
            self._loop.remove_writer(self._tls)
            self._unsent.clear()
            self._loop.call_soon(self._end, error)

    def _end(self, error: OSError | None) -> None:
        self._protocol.connection_lost(error)
        self._tls.close()
