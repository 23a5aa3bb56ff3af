"""Wyoming events over a stream, bounded in size and time: what both ends of the link read and write with.

An event is one line of JSON (`type`, optionally `data`, `data_length`, `payload_length`), then
`data_length` bytes of JSON, then `payload_length` bytes of sound. The peer may be anybody on the
network, so a header without end, a claimed gigabyte, half an event or odd JSON ends in a WireError.
Between events frames may come, once both sides agreed on that.

    reader, writer = WireReader(stream_in), WireWriter(stream_out)
    while (event := await reader.read()) is not None:
        await writer.write(Pong().event())
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NamedTuple

from wyoming.event import Event

from satellite.wire.frame import HEADER, MAX_PACKET_BYTES, AudioFrame

MAX_STREAM_BYTES: Final = 16_384
"""For `asyncio.start_server(limit=...)` and `open_connection`: asyncio itself buffers twice this."""

Timeout = Callable[[float], AbstractAsyncContextManager[object]]
"""`asyncio.timeout`, or an injected clock's."""


class WireError(Exception):
    """The peer broke a limit, said something that isn't Wyoming, or is gone: close the connection."""


class WireLimits(NamedTuple):
    header_bytes: int = 8_192
    data_bytes: int = 65_536
    payload_bytes: int = 65_536
    event_s: float = 5.0
    """From an event's first byte to its last."""
    write_s: float = 1.0
    unsent_bytes: int = 131_072
    """Sound may be sent, though as much waits; four seconds of a microphone's PCM."""


LIMITS: Final = WireLimits()


class _Header(NamedTuple):
    type: str
    data: dict[str, Any]
    data_bytes: int
    payload_bytes: int


class WireReader:
    """Reads events; holds no more than the event that it is reading.

    Cancelling `read` loses nothing: the next `read` goes on where it stopped.
    """

    def __init__(
        self,
        stream: asyncio.StreamReader,
        limits: WireLimits = LIMITS,
        timeout: Timeout = asyncio.timeout,
    ) -> None:
        self._stream = stream
        self._limits = limits
        self._timeout = timeout
        self._buffer = bytearray()
        self.frames_of: int | None = None
        """The kind of frame that may come between events; None until both sides agreed."""

    async def read(self) -> Event | None:
        """The next event, where no frame may come; see `read_any`."""
        message = await self.read_any()
        if isinstance(message, AudioFrame):
            raise WireError("a frame came where none belongs")
        return message

    async def read_any(self) -> Event | AudioFrame | None:
        """The next event or frame; None when the peer closed between two. Raises WireError.

        Waits for ever for its first byte and then at most `event_s` for the rest.
        """
        try:
            if not self._buffer and not await self._receive(self._limits.header_bytes):
                return None
            async with self._timeout(self._limits.event_s):
                if self._buffer[0] == self.frames_of:
                    return await self._frame()
                return await self._event()
        except TimeoutError as error:
            raise WireError(f"an event took longer than {self._limits.event_s:g} s") from error
        except OSError as error:
            raise WireError(f"the connection was lost: {error}") from error

    async def _frame(self) -> AudioFrame:
        await self._receive_until(HEADER.size)
        kind, number, size = HEADER.unpack_from(self._buffer)
        if size > MAX_PACKET_BYTES:
            raise WireError(f"a frame's packet is {size} bytes, more than {MAX_PACKET_BYTES}")
        whole = HEADER.size + size
        await self._receive_until(whole)
        packet = bytes(self._buffer[HEADER.size : whole])
        del self._buffer[:whole]
        return AudioFrame(kind, number, packet)

    async def _event(self) -> Event:
        while (end := self._buffer.find(b"\n") + 1) == 0:
            room = self._limits.header_bytes - len(self._buffer)
            if room <= 0:
                raise WireError(f"a header is longer than {self._limits.header_bytes} bytes")
            await self._receive_more(room)
        header = self._header(bytes(self._buffer[:end]))
        payload_at = end + header.data_bytes
        whole = payload_at + header.payload_bytes
        await self._receive_until(whole)
        data = header.data
        if header.data_bytes:
            data = data | _object(bytes(self._buffer[end:payload_at]), "an event's data")
        payload = bytes(self._buffer[payload_at:whole]) or None
        del self._buffer[:whole]
        return Event(header.type, data, payload)

    def _header(self, line: bytes) -> _Header:
        fields = _object(line, "a header")
        kind, data = fields.get("type"), fields.get("data")
        if not isinstance(kind, str) or not kind:
            raise WireError("a header has no type")
        if data is not None and not isinstance(data, dict):
            raise WireError("a header's data is not an object")
        return _Header(
            kind,
            data or {},
            _length(fields, "data_length", self._limits.data_bytes),
            _length(fields, "payload_length", self._limits.payload_bytes),
        )

    async def _receive_until(self, size: int) -> None:
        while len(self._buffer) < size:
            await self._receive_more(size - len(self._buffer))

    async def _receive_more(self, most: int) -> None:
        if not await self._receive(most):
            raise WireError("the peer closed in the middle of an event")

    async def _receive(self, most: int) -> bool:
        received = await self._stream.read(most)
        self._buffer += received
        return bool(received)


class WireWriter:
    """Writes events and frames; several tasks may share it."""

    def __init__(
        self,
        stream: asyncio.StreamWriter,
        limits: WireLimits = LIMITS,
        timeout: Timeout = asyncio.timeout,
    ) -> None:
        self._stream = stream
        self._limits = limits
        self._timeout = timeout
        self._closed = False

    def send(self, *messages: Event | AudioFrame) -> None:
        """One after the other, in one piece, without waiting.

        Raises WireError when an event is too big, or the peer is gone or has not read for long.
        """
        if self._stream.transport.get_write_buffer_size() > self._limits.unsent_bytes:
            raise WireError(f"the peer does not read: {self._limits.unsent_bytes} bytes wait")
        self._put(messages)

    async def write(self, *messages: Event | AudioFrame) -> None:
        """The same, and waits until the peer has room for more. Raises WireError."""
        self._put(messages)
        try:
            if self._stream.transport.get_write_buffer_size():  # else the system has it already
                async with self._timeout(self._limits.write_s):
                    await self._stream.drain()
        except TimeoutError as error:
            raise WireError(f"the peer did not read for {self._limits.write_s:g} s") from error
        except OSError as error:
            raise WireError(f"the connection was lost: {error}") from error

    def _put(self, messages: Sequence[Event | AudioFrame]) -> None:
        transport = self._stream.transport
        if transport.is_closing():
            raise WireError("the connection is closed")
        transport.write(b"".join([self._encoded(message) for message in messages]))

    def _encoded(self, message: Event | AudioFrame) -> bytes:
        if isinstance(message, AudioFrame):
            return message.encode()
        return _encode(message, self._limits)

    async def aclose(self) -> None:
        """Close; what is still unsent after `write_s`, when the peer is gone or when cancelled, is dropped."""
        if self._closed:  # asyncio's wait_closed may be waited for once only
            return
        self._closed = True
        if not self._stream.is_closing():  # asyncio's TLS breaks when it is closed twice
            self._stream.close()
        try:
            async with self._timeout(self._limits.write_s):
                await self._stream.wait_closed()
        except OSError:  # which TimeoutError is, too
            pass
        finally:
            self._stream.transport.abort()


def _encode(event: Event, limits: WireLimits) -> bytes:
    header: dict[str, Any] = {"type": event.type}
    data = json.dumps(event.data).encode() if event.data else b""
    payload = event.payload or b""
    if data:
        header["data_length"] = len(data)
    if payload:
        header["payload_length"] = len(payload)
    line = json.dumps(header).encode() + b"\n"
    for part, size, most in (
        ("header", len(line), limits.header_bytes),
        ("data", len(data), limits.data_bytes),
        ("payload", len(payload), limits.payload_bytes),
    ):
        if size > most:
            raise WireError(f"{event.type}: its {part} is {size} bytes, more than {most}")
    return line + data + payload


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise WireError(f"{what} is not JSON") from error
    if not isinstance(value, dict):
        raise WireError(f"{what} is not a JSON object")
    return value


def _length(fields: dict[str, Any], name: str, most: int) -> int:
    value = fields.get(name)
    if value is None:
        return 0
    if type(value) is not int or value < 0:  # a bool is an int, too
        raise WireError(f"a header's {name} is not a length")
    if value > most:
        raise WireError(f"a header's {name} is more than {most} bytes")
    return value
