"""Ten thousand odd messages from a paired toy: its hub has the same memory and as few tasks, and talks with it."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path

import psutil
from wyoming.event import Event

from hub.devices.connection import EVENTS_BETWEEN_BREATHS
from hub.devices.fleet import Fleet
from hub.devices.session import Session
from hub.domain.toys import Satellite
from hub.errors import LinkError
from hub.events import Bus
from hub.storage.store import Store
from satellite.wire.frame import MICROPHONE, AudioFrame
from satellite.wire.stream import WireError, WireReader
from tests.devices.fleets import KEY, paired
from tests.devices.scripted import ScriptedTurns, answers, mic, run_pipeline, until
from tests.satellite.odd_messages import made

MESSAGES = 10_000
GROWTH_MB = 5.0
TASKS = 30
"""More at work for one toy, at most, whatever it sends."""


async def read(raw: bytes) -> Event | AudioFrame | None:
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


async def flood(session: Session, messages: Sequence[bytes]) -> int:
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
        session = fleet[KEY].session
        assert session is not None
        session.be_quiet()
        await until(lambda: session.is_quiet)
        await session.receive(run_pipeline())
        await until(lambda: len(turns.asks) > before)
        await session.receive(mic(300))
        await until(lambda: turns.ended[-1:] == ["whole"])

    messages, turns = made(MESSAGES), ScriptedTurns(answers())
    async with paired(store, bus, tmp_path, turns, call) as (fleet, _):
        session = fleet[KEY].session
        assert session is not None
        tasks = len(asyncio.all_tasks())
        half = MESSAGES // 2
        assert await flood(session, messages[:half]) > half / 6
        await talks(fleet)
        before_mb = memory_mb()
        await flood(session, messages[half:])
        assert len(asyncio.all_tasks()) < tasks + TASKS
        await talks(fleet)
        assert memory_mb() < before_mb + GROWTH_MB
        assert fleet[KEY].session is session
    assert calls
