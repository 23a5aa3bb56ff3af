"""Ten thousand odd messages from a paired toy: its hub has the same memory and as few tasks, and talks with it."""

import asyncio
import contextlib
from pathlib import Path

import psutil
from wyoming.event import Event

from hub.domain.toys import Satellite
from hub.errors import LinkError
from hub.events import Bus
from hub.storage.store import Store
from hub.voice.connection import EVENTS_BETWEEN_BREATHS
from hub.voice.fleet import Fleet
from hub.voice.session import Session
from satellite.wire import WireError, WireReader
from satellite.wire_frame import MICROPHONE, Frame
from tests.satellite.odd_messages import made
from tests.voice.scripted import ScriptedTurns, answers, mic, run_pipeline, until
from tests.voice.test_care import paired
from tests.voice.test_pairing import KEY

MESSAGES = 10_000
GROWTH_MB = 5.0
TASKS = 30
"""More at work for one toy, at most, whatever it sends."""


async def read(raw: bytes) -> Event | Frame | None:
    """As the link's reader takes it; None for what ends the link there."""
    stream = asyncio.StreamReader()
    stream.feed_data(raw)
    stream.feed_eof()
    reader = WireReader(stream)
    reader.frames_of = MICROPHONE
    try:
        return await reader.read_any()
    except WireError:
        return None


async def flood(session: Session, messages: list[bytes]) -> int:
    """Gives how many of them reached the session."""
    reached = 0
    for raw in messages:
        message = await read(raw)
        if message is None:
            continue
        reached += 1
        with contextlib.suppress(LinkError):  # would end the link
            await session.receive(message)
        if reached % EVENTS_BETWEEN_BREATHS == 0:
            await asyncio.sleep(0)
    return reached


def memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


async def test_whatever_a_paired_toy_says_its_hub_goes_on(
    store: Store, bus: Bus, tmp_path: Path
) -> None:
    calls: list[Satellite] = []

    async def call(satellite: Satellite, late: bool) -> None:
        calls.append(satellite)

    async def talks(fleet: Fleet) -> None:
        before = len(turns.asks)
        session = fleet._links.sessions[KEY]
        session.be_quiet()
        await until(lambda: session.is_quiet)
        await session.receive(run_pipeline())
        await until(lambda: len(turns.asks) > before)
        await session.receive(mic(300))
        await until(lambda: turns.ended[-1:] == ["whole"])

    messages, turns = made(MESSAGES), ScriptedTurns(answers())
    async with paired(store, bus, tmp_path, turns) as (fleet, _):
        fleet.news.on_emergency = call
        session = fleet._links.sessions[KEY]
        tasks = len(asyncio.all_tasks())
        half = MESSAGES // 2
        assert await flood(session, messages[:half]) > half / 6
        await talks(fleet)
        before_mb = memory_mb()
        await flood(session, messages[half:])
        assert len(asyncio.all_tasks()) < tasks + TASKS
        await talks(fleet)
        assert memory_mb() < before_mb + GROWTH_MB
        assert fleet._links.sessions[KEY] is session
    assert calls
