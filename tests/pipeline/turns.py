"""What tests read from a turn's events, and how they wait for what it leaves to others."""

import asyncio
from collections.abc import Callable

from hub.domain.talks.talk import Turn
from hub.pipeline.events import Finished, Said, TurnEvent
from hub.safety.lines import Line
from tests.clock import FakeClock, settle
from tests.pipeline.scripted import House
from tests.safety.shipped import PHRASES

FILLERS = PHRASES.lines(Line.THINKING, "en", {})


def kinds(events: list[TurnEvent]) -> list[type]:
    """Each kind of event once, in the order of its first."""
    return list(dict.fromkeys(type(event) for event in events))


def said(events: list[TurnEvent]) -> list[str]:
    return [event.text.text for event in events if isinstance(event, Said)]


def record(events: list[TurnEvent]) -> Turn:
    last = events[-1]
    assert isinstance(last, Finished)
    assert last.turn is not None
    return last.turn


async def pass_until(clock: FakeClock, done: Callable[[], bool]) -> None:
    """Let time pass until `done`, slowly enough for the thread of the database, which follows no clock of ours."""
    while not done():
        await clock.advance(0.25)
        await asyncio.sleep(0.002)


async def until(true: Callable[[], object]) -> None:
    """Wait for what other tasks and the database's thread are about to do."""
    while not true():
        await asyncio.sleep(0.001)


async def all_done(home: House) -> None:
    """Let all go on that waits for nothing but the database."""
    for _ in range(3):
        await settle()
        await home.store.toys.save(home.toy)  # what was to be written before is written now
    await settle()
