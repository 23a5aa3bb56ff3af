"""Gives a paired satellite the lines that it says while this hub is away: in its toy's voice, sent between turns."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import structlog

from hub.domain.clock import Clock
from hub.domain.toys import Toy
from hub.errors import LinkError, PommaiError
from hub.pipeline.carried import Carried
from hub.safety.guard import Line
from hub.voice.frames import SpeakerFrames
from hub.voice.session import Session
from satellite.wire_ours import OPUS, PCM
from satellite.wire_pack import (
    HEADER_BYTES,
    LINES_MOST,
    PACK_BYTES,
    Pack,
    Sound,
    joined,
    pieces,
    sha256_of,
)

log = structlog.get_logger()

AGAIN_AFTER_S: Final = 600.0
"""A voice that is away, or a toy with a full card, is not asked each minute."""
PAUSE_S: Final = 0.5
"""Between two pieces: a quarter of a slow Wi-Fi at most."""
BUSY_S: Final = 2.0
"""How soon it is looked again whether a toy that talks is quiet."""


class Lines(Protocol):
    """What is needed of the pipeline."""

    async def carried_by(self, toy: Toy, /) -> Carried: ...

    def sounds_of(self, toy: Toy, carried: Carried, /) -> AsyncIterator[tuple[Line, bytes]]: ...


class Packs:
    def __init__(self, lines: Lines, clock: Clock) -> None:
        self._lines = lines
        self._clock = clock
        self._busy: set[str] = set()
        """Satellites that are getting one now."""
        self._given: dict[str, tuple[Session, str]] = {}
        """What each got last: a report that was under way then tells of what it had before."""
        self._not_before_s: dict[str, float] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pack")

    async def bring(
        self, key: str, session: Session, toy: Callable[[str], Awaitable[Toy]], has: str
    ) -> None:
        """Give it its pack, if it has another version; never raises what a satellite or a voice causes."""
        if key in self._busy or self._clock.monotonic() < self._not_before_s.get(key, 0.0):
            return
        self._busy.add(key)
        try:
            await self._bring(key, session, await toy(key), has)
        except LinkError as error:
            log.info("a toy went before it had its lines", satellite=key, error=str(error))
        except PommaiError as error:
            self._not_before_s[key] = self._clock.monotonic() + AGAIN_AFTER_S
            log.info("a toy does not get its lines", satellite=key, error=str(error))
        finally:
            self._busy.discard(key)

    async def _bring(self, key: str, session: Session, toy: Toy, has: str) -> None:
        carried = await self._lines.carried_by(toy)
        audio = OPUS if session.opus else PCM
        version = f"{carried.version}-{audio}"
        if version == has or session.desk is None or self._given.get(key) == (session, version):
            return
        made = [(kind, sound) async for kind, sound in self._lines.sounds_of(toy, carried) if sound]
        if not made:
            return
        packed = await asyncio.get_running_loop().run_in_executor(
            self._thread, _packed, version, audio, made
        )
        sha256 = sha256_of(packed)
        for at, data in pieces(packed):
            while not session.is_quiet:
                await self._clock.sleep(BUSY_S)
            await session.desk.give(sha256, len(packed), at, data)
            await self._clock.sleep(PAUSE_S)
        self._given[key] = (session, version)
        log.info("a toy has its lines", satellite=key, version=version, bytes=len(packed))


def _packed(version: str, audio: str, made: list[tuple[Line, bytes]]) -> bytes:
    """As many lines as fit."""
    sounds: list[Sound] = []
    room = PACK_BYTES - HEADER_BYTES
    for kind, pcm in made[:LINES_MOST]:
        data = _opus(pcm) if audio == OPUS else pcm
        if len(data) <= room:
            room -= len(data)
            sounds.append(Sound(kind.value, data))
    return Pack(version, audio, tuple(sounds)).encode()


def _opus(pcm: bytes) -> bytes:
    frames = SpeakerFrames()
    return joined([frame.packet for frame in (*frames.push(pcm), *frames.flush())])
