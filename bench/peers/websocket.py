"""A very cheap WebSocket client, so that the load costs little beside what it measures.

Its masking key is zero: a frame can be made once and sent again and again.
"""

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import cast

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
OPEN_S = 30.0


class WebSocket(asyncio.Protocol):
    def __init__(self, host: str, path: str) -> None:
        self.closed = False
        self.on_message: Callable[[int, bytes], None] = lambda op, data: None
        self.decided_s: list[float] = []
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._host, self._path = host, path
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.WriteTransport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: {self._host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done() and not self._take_answer():
            return
        while (message := self._take_message()) is not None:
            op, payload = message
            if op == PING:
                self.send(frame(payload, PONG))
            elif op == CLOSE:
                self.closed = True
            else:
                self.on_message(op, payload)

    def connection_lost(self, error: Exception | None) -> None:
        self.closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it was open"))

    def send(self, wire: bytes) -> None:
        if not self.closed:
            self._transport.write(wire)

    def close(self) -> None:
        if not self.closed:
            self.send(frame(struct.pack("!H", 1000), CLOSE))
            self.closed = True
            self._transport.close()

    def _take_answer(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        if b" 101 " not in head.splitlines()[0]:
            self.opened.set_exception(ConnectionError(head[:200].decode("latin-1")))
            return False
        self.opened.set_result(None)
        self._buffer = bytearray(rest)
        return True

    def _take_message(self) -> tuple[int, bytes] | None:
        """The next whole message; servers' frames are not masked."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        size, at = buffer[1] & 0x7F, 2
        if size >= 126:
            kind, at = ("!H", 4) if size == 126 else ("!Q", 10)
            if len(buffer) < at:
                return None
            (size,) = struct.unpack_from(kind, buffer, 2)
        if len(buffer) < at + size:
            return None
        op, payload = buffer[0] & 0x0F, bytes(buffer[at : at + size])
        del buffer[: at + size]
        return op, payload


async def connect(host: str, port: int, path: str) -> WebSocket:
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: WebSocket(f"{host}:{port}", path), host, port)
    async with asyncio.timeout(OPEN_S):
        await line.opened
    return line


def frame(payload: bytes, op: int = BINARY) -> bytes:
    """A whole message from a client."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | op, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | op, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | op, 0x80 | 127, size)
    return head + bytes(4) + payload
