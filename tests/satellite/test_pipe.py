"""What comes through a pipe, in whole pieces, within bounds and within a time."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from satellite.pipe import MOST_BYTES, Pipe
from tests.clock import FakeClock, settle

MOST_S = 5.0


@pytest.fixture
async def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def pipe(clock: FakeClock) -> AsyncIterator[Pipe]:
    pipe = Pipe(clock, MOST_S)
    yield pipe
    pipe.close()


async def test_a_piece_is_whole_however_it_came(pipe: Pipe) -> None:
    reading = asyncio.create_task(pipe.read(6))
    for part in (b"ab", b"cd", b"efgh"):
        os.write(pipe.write_end, part)
        await settle()
    assert await reading == b"abcdef"
    assert await pipe.read(2) == b"gh"
    pipe.hand_over()


async def test_at_its_end_there_is_less(pipe: Pipe) -> None:
    os.write(pipe.write_end, b"abc")
    pipe.hand_over()
    assert await pipe.read(2) == b"ab"
    assert await pipe.read(2) == b"c"
    assert await pipe.read(2) == b""


async def test_who_reads_nothing_holds_no_more_than_a_bound_and_gets_all_later(pipe: Pipe) -> None:
    os.set_blocking(pipe.write_end, False)
    written = 0
    for _ in range(100):
        try:
            written += os.write(pipe.write_end, bytes(MOST_BYTES))
        except BlockingIOError:
            break
        await settle()
    assert written < 6 * MOST_BYTES
    pipe.hand_over()
    assert len(await pipe.read(written + 1)) == written


async def test_who_waits_too_long_is_told(pipe: Pipe, clock: FakeClock) -> None:
    os.write(pipe.write_end, b"ab")
    assert await pipe.read(2) == b"ab"
    await clock.advance(2 * MOST_S)  # nobody waits
    reading = asyncio.create_task(pipe.read(2))
    await clock.advance(MOST_S - 0.1)
    assert not reading.done()
    os.write(pipe.write_end, b"c")
    await clock.advance(0.2)
    with pytest.raises(TimeoutError):
        await reading
    pipe.hand_over()


async def test_a_read_that_is_cancelled_loses_nothing(pipe: Pipe) -> None:
    reading = asyncio.create_task(pipe.read(4))
    os.write(pipe.write_end, b"ab")
    await settle()
    reading.cancel()
    await asyncio.wait([reading])
    os.write(pipe.write_end, b"cd")
    assert await pipe.read(4) == b"abcd"
    pipe.hand_over()
