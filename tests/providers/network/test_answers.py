"""Speaking and listening at once: one ends with the other, and silence has an end."""

import asyncio
from contextlib import aclosing

import pytest

from hub.providers.network.requests import answers
from tests.clock import FakeClock


class Talk:
    """Says what is put into it; `said` is over when it is set."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.said = asyncio.Event()
        self.stopped: list[str] = []

    async def send(self) -> None:
        try:
            await self.said.wait()
        except asyncio.CancelledError:
            self.stopped.append("sending")
            raise

    async def receive(self) -> str:
        try:
            return await self.heard.get()
        except asyncio.CancelledError:
            self.stopped.append("receiving")
            raise


async def test_answers_come_before_all_is_said() -> None:
    talk = Talk()
    async with aclosing(answers(talk.send(), talk.receive, FakeClock(), 5)) as heard:
        talk.heard.put_nowait("one")
        assert await anext(heard) == "one"
        talk.said.set()
        talk.heard.put_nowait("two")
        assert await anext(heard) == "two"


async def test_closing_stops_both() -> None:
    talk = Talk()
    async with aclosing(answers(talk.send(), talk.receive, FakeClock(), 5)) as heard:
        talk.heard.put_nowait("one")
        await anext(heard)
        waiting = asyncio.create_task(anext(heard))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert sorted(talk.stopped) == ["receiving", "sending"]


async def test_time_is_counted_only_from_the_last_word_said_and_drips_do_not_stretch_it() -> None:
    talk, clock = Talk(), FakeClock()
    heard: list[str] = []

    async def listen() -> None:
        async for answer in answers(talk.send(), talk.receive, clock, 5):
            heard.append(answer)  # noqa: PERF401  # what came before the error counts

    listening = asyncio.create_task(listen())
    await clock.advance(100)
    assert not listening.done()
    talk.said.set()
    for _ in range(4):
        await clock.advance(1.2)
        talk.heard.put_nowait("drip")
    await clock.advance(0.1)
    assert not listening.done()
    await clock.advance(0.2)
    with pytest.raises(TimeoutError):
        await listening
    assert heard == ["drip"] * 4


async def test_what_goes_wrong_in_saying_is_raised() -> None:
    talk = Talk()

    async def send() -> None:
        raise ValueError("16000 Hz")

    with pytest.raises(ValueError, match="16000 Hz"):
        await anext(answers(send(), talk.receive, FakeClock(), 5))
