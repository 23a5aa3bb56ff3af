"""What comes through a pipe, in whole pieces, within bounds and within a time."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from satellite.audio.program import MAX_READ_BYTES, Pipe
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


async def test_each_piece_is_taken_whole_however_it_came(pipe: Pipe) -> None:
    taken: list[bytes] = []
    pouring = asyncio.create_task(pipe.pour(3, taken.append))
    for part in (b"ab", b"cd", b"efghij"):
        os.write(pipe.write_end, part)
        await settle()
    assert taken == [b"abc", b"def", b"ghi"]
    assert not pouring.done()
    pipe.hand_over()
    await pouring
    assert taken == [b"abc", b"def", b"ghi"]  # the rest was no piece


async def test_who_takes_is_called_as_soon_as_it_is_there(pipe: Pipe) -> None:
    """Within one round of the event loop, as a chunk of sound is worth 20 ms."""
    taken: list[bytes] = []
    pouring = asyncio.create_task(pipe.pour(2, taken.append))
    await settle()
    os.write(pipe.write_end, b"ab")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert taken == [b"ab"]
    pouring.cancel()
    pipe.hand_over()


async def test_what_who_takes_raises_comes_to_who_pours(pipe: Pipe) -> None:
    def refuse(piece: bytes) -> None:
        raise ConnectionError(piece.decode())

    os.write(pipe.write_end, b"ab" + b"cd" * MAX_READ_BYTES)
    with pytest.raises(ConnectionError, match=r"^ab$"):
        await pipe.pour(2, refuse)
    pipe.hand_over()
    taken: list[bytes] = []
    await pipe.pour(2, taken.append)
    assert taken == [b"cd"] * MAX_READ_BYTES  # nothing else was lost


async def test_what_is_not_asked_for_waits_with_the_program(pipe: Pipe) -> None:
    os.set_blocking(pipe.write_end, False)
    written = 0
    for _ in range(1000):
        try:
            written += os.write(pipe.write_end, bytes(MAX_READ_BYTES))
        except BlockingIOError:
            break
        await settle(1)
    assert written <= 65_536
    pipe.hand_over()
    taken: list[bytes] = []
    await pipe.pour(1024, taken.append)
    assert len(b"".join(taken)) == written


async def test_a_pipe_that_gives_nothing_for_too_long_is_an_error(
    pipe: Pipe, clock: FakeClock
) -> None:
    taken: list[bytes] = []
    await clock.advance(2 * MOST_S)  # nobody waits
    pouring = asyncio.create_task(pipe.pour(2, taken.append))
    await clock.advance(MOST_S - 0.1)
    os.write(pipe.write_end, b"ab")
    await settle()
    await clock.advance(MOST_S - 0.1)
    assert not pouring.done()
    await clock.advance(0.2)
    with pytest.raises(TimeoutError):
        await pouring
    assert taken == [b"ab"]
    pipe.hand_over()
