"""The bounded Wyoming reader and writer, against garbage and against the wyoming package."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wyoming.audio import AudioChunk
from wyoming.event import Event, async_read_event, async_write_event

from satellite.wire.frame import HEADER, MAX_PACKET_BYTES, MICROPHONE, SPEAKER, AudioFrame
from satellite.wire.stream import WireError, WireLimits, WireReader, WireWriter
from tests.clock import settle
from tests.satellite.bad_headers import BAD_HEADERS, header


def stream_of(*pieces: bytes, eof: bool = True) -> asyncio.StreamReader:
    stream = asyncio.StreamReader()
    for piece in pieces:
        stream.feed_data(piece)
    if eof:
        stream.feed_eof()
    return stream


async def written_by(write: Callable[[asyncio.StreamWriter], Any]) -> bytes:
    """What arrives at the far end of a real socket."""
    arrived = asyncio.get_running_loop().create_future()

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set_result(await reader.read())
        writer.close()

    async with await asyncio.start_server(collect, "127.0.0.1", 0) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        await write(writer)
        writer.close()
        result: bytes = await arrived
        return result


@pytest.mark.parametrize("sent", BAD_HEADERS, ids=range(len(BAD_HEADERS)))
async def test_what_is_not_wyoming_is_a_wire_error(sent: bytes) -> None:
    with pytest.raises(WireError) as refused:
        await WireReader(stream_of(sent)).read()
    assert "\n" not in str(refused.value)


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda b: b + b"\n"))
@example(b'{"type": "\\ud800"}\n')
def test_any_bytes_give_an_event_the_end_or_a_wire_error(sent: bytes) -> None:
    async def read() -> None:
        reader = WireReader(stream_of(sent))
        with contextlib.suppress(WireError):
            while await reader.read() is not None:
                pass

    asyncio.run(read())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["type", "data", "data_length", "payload_length", "version"]), json_values
    )
)
def test_any_json_header_gives_an_event_the_end_or_a_wire_error(fields: dict[str, Any]) -> None:
    async def read() -> None:
        with contextlib.suppress(WireError):
            await WireReader(stream_of(header(**fields), b'{"a": 1}' * 20)).read()

    asyncio.run(read())


events = st.builds(
    Event,
    st.text(min_size=1, max_size=20),
    st.dictionaries(st.text(max_size=10), json_values, max_size=4),
    st.none() | st.binary(min_size=1, max_size=300),
)


@given(st.lists(events, min_size=1, max_size=3), st.data())
def test_events_survive_a_split_at_any_byte(sent: list[Event], data: st.DataObject) -> None:
    async def run() -> None:
        wire = await written_by(lambda writer: _write_all(WireWriter(writer), sent))
        cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=6).map(sorted))
        stream = stream_of(eof=False)
        reader = WireReader(stream)
        reading = asyncio.create_task(_read_all(reader))
        for start, end in zip([0, *cuts], [*cuts, len(wire)], strict=True):
            stream.feed_data(wire[start:end])
            await asyncio.sleep(0)
        stream.feed_eof()
        assert await reading == sent

    asyncio.run(run())


async def _write_all(writer: WireWriter, sent: list[Event]) -> None:
    for event in sent:
        await writer.write(event)
        await asyncio.sleep(0)


async def _read_all(reader: WireReader) -> list[Event]:
    got = []
    while (event := await reader.read()) is not None:
        got.append(event)
    return got


CHUNK = AudioChunk(rate=16_000, width=2, channels=1, audio=bytes(range(256)) * 4).event()


@pytest.mark.parametrize("event", [Event("ping"), Event("ping", {"text": "பொம்மை"}), CHUNK])
async def test_events_of_the_wyoming_package_are_read(event: Event) -> None:
    wire = await written_by(lambda writer: async_write_event(event, writer))
    assert await WireReader(stream_of(wire)).read() == event


@pytest.mark.parametrize("event", [Event("ping"), Event("ping", {"text": "பொம்மை"}), CHUNK])
async def test_the_wyoming_package_reads_our_events(event: Event) -> None:
    wire = await written_by(lambda writer: WireWriter(writer).write(event))
    assert await async_read_event(stream_of(wire)) == event


async def test_data_in_the_header_and_behind_it_are_one() -> None:
    wire = header(type="x", data={"a": 1, "b": 1}, data_length=8) + b'{"b": 2}'
    assert await WireReader(stream_of(wire)).read() == Event("x", {"a": 1, "b": 2})


async def test_the_last_of_two_equal_keys_counts() -> None:
    event = await WireReader(stream_of(b'{"type": "a", "type": "b"}\n')).read()
    assert event == Event("b")


async def test_a_close_between_events_is_the_end_and_within_one_an_error() -> None:
    reader = WireReader(stream_of(header(type="a")))
    assert await reader.read() == Event("a")
    assert await reader.read() is None
    for half in (
        b'{"type"',
        header(type="a", data_length=9) + b"{",
        header(type="a", payload_length=9),
    ):
        with pytest.raises(WireError, match="middle of an event"):
            await WireReader(stream_of(half)).read()


class CountingStream(asyncio.StreamReader):
    """Gives bytes for ever and counts them."""

    given = 0

    def __init__(self, start: bytes = b"") -> None:
        super().__init__()
        self.start = start

    async def read(self, n: int = -1) -> bytes:
        assert n > 0, "reads without a bound"
        piece, self.start = self.start[:n], self.start[n:]
        piece = piece or b" " * n
        self.given += len(piece)
        return piece


async def test_of_a_header_without_end_only_header_bytes_are_taken() -> None:
    stream = CountingStream()
    with pytest.raises(WireError, match="longer than 8192 bytes"):
        await WireReader(stream).read()
    assert stream.given == 8192


async def test_of_a_claimed_two_gibibytes_no_byte_is_waited_for() -> None:
    stream = CountingStream(header(type="audio-chunk", payload_length=2**31))
    with pytest.raises(WireError, match="payload_length is more than 65536"):
        await WireReader(stream).read()
    assert stream.given < 100


@pytest.mark.parametrize("half", [b"{", header(type="a", payload_length=9)])
async def test_half_an_event_is_held_for_event_s_only(half: bytes) -> None:
    reader = WireReader(stream_of(half, eof=False), WireLimits(event_s=0.01))
    with pytest.raises(WireError, match=r"longer than 0\.01 s"):
        await reader.read()


async def test_a_silent_peer_is_waited_for() -> None:
    waited: list[float] = []

    def timeout(seconds: float) -> asyncio.Timeout:
        waited.append(seconds)
        return asyncio.timeout(seconds)

    stream = stream_of(eof=False)
    reading = asyncio.create_task(WireReader(stream, timeout=timeout).read())
    await asyncio.sleep(0)
    assert waited == []
    stream.feed_data(header(type="a"))
    assert await reading == Event("a")
    assert waited == [5.0]


async def test_a_cancelled_read_loses_nothing() -> None:
    wire = header(type="a", data_length=8, payload_length=3) + b'{"b": 2}xyz'
    stream = stream_of(eof=False)
    reader = WireReader(stream)
    for at in range(len(wire)):
        stream.feed_data(wire[at : at + 1])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await reader.read()
        if at == len(wire) - 2:
            break
    stream.feed_data(wire[-1:])
    assert await reader.read() == Event("a", {"b": 2}, b"xyz")


async def _deaf_peer(stop: asyncio.Event) -> tuple[asyncio.Server, asyncio.StreamWriter]:
    async def ignore(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a socket transport can
        await stop.wait()
        writer.transport.abort()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    return server, writer


async def test_a_peer_that_does_not_read_is_an_error_and_can_still_be_closed() -> None:
    stop = asyncio.Event()
    server, stream = await _deaf_peer(stop)
    writer = WireWriter(stream, WireLimits(write_s=0.01))
    with pytest.raises(WireError, match="did not read"):
        await _write_all(writer, [Event("audio-chunk", {}, bytes(65_536))] * 1000)
    await writer.aclose()
    await writer.aclose()
    with pytest.raises(WireError, match="closed"):
        await writer.write(Event("ping"))
    stop.set()
    server.close()


async def test_a_close_that_is_given_up_waits_for_no_peer() -> None:
    stop = asyncio.Event()
    server, stream = await _deaf_peer(stop)
    stream.write(bytes(16_777_216))
    closing = asyncio.create_task(WireWriter(stream, WireLimits(write_s=1000)).aclose())
    await asyncio.sleep(0.05)
    closing.cancel()
    await settle()
    assert stream.get_extra_info("socket").fileno() == -1
    stop.set()
    server.close()


async def test_a_lost_peer_is_an_error() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        _, stream = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer = WireWriter(stream)
        with pytest.raises(WireError):
            await _write_all(writer, [Event("ping")] * 1000)


@pytest.mark.parametrize(
    "event",
    [
        Event("x" * 9000),
        Event("x", {"text": "y" * 70_000}),
        Event("x", {}, bytes(65_537)),
    ],
)
async def test_an_event_that_the_peer_would_refuse_is_not_sent(event: Event) -> None:
    async def write(stream: asyncio.StreamWriter) -> None:
        with pytest.raises(WireError, match="more than"):
            await WireWriter(stream).write(event)

    assert await written_by(write) == b""


FRAME = AudioFrame(MICROPHONE, 65_535, b"a packet")


async def test_frames_and_events_are_read_in_their_order_also_in_pieces() -> None:
    sent = header(type="ping") + FRAME.encode() + FRAME.encode() + header(type="pong")
    reader = WireReader(stream_of(*(sent[at : at + 1] for at in range(len(sent)))))
    reader.frames_of = MICROPHONE
    read = [await reader.read_any() for _ in range(5)]
    assert read == [Event("ping"), FRAME, FRAME, Event("pong"), None]


async def test_what_is_written_with_frames_is_read() -> None:
    async def write(stream: asyncio.StreamWriter) -> None:
        await WireWriter(stream).write(FRAME, Event("ping"), FRAME)

    reader = WireReader(stream_of(await written_by(write)))
    reader.frames_of = MICROPHONE
    assert [await reader.read_any() for _ in range(3)] == [FRAME, Event("ping"), FRAME]


async def test_a_frame_is_bounded() -> None:
    claim = HEADER.pack(MICROPHONE, 0, MAX_PACKET_BYTES + 1)
    reader = WireReader(stream_of(claim, eof=False))
    reader.frames_of = MICROPHONE
    with pytest.raises(WireError, match="401 bytes, more than 400"):
        await reader.read_any()
    with pytest.raises(ValueError, match="401 bytes"):
        AudioFrame(MICROPHONE, 0, bytes(MAX_PACKET_BYTES + 1)).encode()


@pytest.mark.parametrize("frames_of", [None, SPEAKER])
async def test_a_frame_that_was_not_agreed_on_is_no_event(frames_of: int | None) -> None:
    reader = WireReader(stream_of(FRAME.encode() + b"\n"))
    reader.frames_of = frames_of
    with pytest.raises(WireError, match="not JSON"):
        await reader.read_any()


async def test_half_a_frame_is_an_error() -> None:
    reader = WireReader(stream_of(FRAME.encode()[:-1]))
    reader.frames_of = MICROPHONE
    with pytest.raises(WireError, match="closed in the middle"):
        await reader.read_any()
