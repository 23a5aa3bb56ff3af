"""Gives a paired satellite the lines that it says while this hub is away: in its toy's voice, sent between turns."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

import structlog

from hub.devices.audio.speaker import SpeakerEncoder
from hub.devices.commands import CommandChannel, LinkedDevice
from hub.domain.clock import Clock
from hub.domain.toys import Toy
from hub.errors import LinkError, PommaiError
from hub.pipeline.speak.fixed_lines import OfflineLines
from hub.safety.guard import Line
from satellite.wire.extensions import OPUS, PCM
from satellite.wire.phrases import (
    MAX_HEADER_BYTES,
    MAX_LINES,
    MAX_PACK_BYTES,
    PhrasePack,
    PhraseSound,
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

    async def offline_lines(self, toy: Toy, /) -> OfflineLines: ...

    def sounds_of(self, toy: Toy, lines: OfflineLines, /) -> AsyncIterator[tuple[Line, bytes]]: ...


class PhraseMaker:
    """Makes the packs of all toys, one at a time, in a thread of its own."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="phrases")

    async def pack(self, version: str, audio: str, made: list[tuple[Line, bytes]]) -> bytes:
        """As many of the sounds as fit."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, packed, version, audio, made)


class OfflinePhrases:
    """Those of one satellite."""

    def __init__(self, device: LinkedDevice, maker: PhraseMaker, clock: Clock) -> None:
        self._device = device
        self._maker = maker
        self._clock = clock
        self._busy = False
        """It is getting some now."""
        self._given: tuple[CommandChannel, str] | None = None
        """What it got last: a report that was under way then tells of what it had before."""
        self._not_before_s = 0.0

    async def bring(self, has: str) -> None:
        """Give it its pack, if it has another version; never raises what a satellite or a voice causes."""
        key = self._device.satellite.key
        if self._busy or self._clock.monotonic() < self._not_before_s:
            return
        self._busy = True
        try:
            await self._bring(key, has)
        except LinkError as error:
            log.info("a toy went before it had its lines", satellite=key, error=str(error))
        except PommaiError as error:
            self._not_before_s = self._clock.monotonic() + AGAIN_AFTER_S
            log.info("a toy does not get its lines", satellite=key, error=str(error))
        finally:
            self._busy = False

    async def _bring(self, key: str, has: str) -> None:
        toy = await self._device.toy()
        lines = await self._maker.lines.offline_lines(toy)
        audio = OPUS if self._device.speaks_opus else PCM
        version, commands = f"{lines.version}-{audio}", self._device.commands
        if commands is None or version == has or self._given == (commands, version):
            return
        sounds = self._maker.lines.sounds_of(toy, lines)
        made = [(kind, sound) async for kind, sound in sounds if sound]
        if not made:
            return
        pack = await self._maker.pack(version, audio, made)
        sha256 = sha256_of(pack)
        for at, data in pieces(pack):
            while not self._device.is_quiet:
                await self._clock.sleep(BUSY_S)
            await commands.give(sha256, len(pack), at, data)
            await self._clock.sleep(PAUSE_S)
        self._given = commands, version
        log.info("a toy has its lines", satellite=key, version=version, bytes=len(pack))


def packed(version: str, audio: str, made: list[tuple[Line, bytes]]) -> bytes:
    """As many lines as fit."""
    sounds: list[PhraseSound] = []
    room = MAX_PACK_BYTES - MAX_HEADER_BYTES
    for kind, pcm in made[:MAX_LINES]:
        data = _opus(pcm) if audio == OPUS else pcm
        if len(data) <= room:
            room -= len(data)
            sounds.append(PhraseSound(kind.value, data))
    return PhrasePack(version, audio, tuple(sounds)).encode()


def _opus(pcm: bytes) -> bytes:
    frames = SpeakerEncoder()
    return joined([frame.packet for frame in (*frames.push(pcm), *frames.flush())])
