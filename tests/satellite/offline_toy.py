"""A toy without a link, on clocks that a test moves."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from satellite.audio.prompts import RecordedPrompts
from satellite.board.panel import State
from satellite.offline.offline_mode import KEEP_S, REFUSED_S, OfflineMode
from satellite.wire.extensions import PCM
from satellite.wire.phrases import PhrasePack, PhrasePiece, PhraseSound, pieces, sha256_of
from tests.clock import FakeClock, settle
from tests.satellite.toy import HeldSpeaker, SeenPanel

PLAIN = [bytes([n]) * 6400 for n in (1, 2)]
FUN = [bytes([n]) * 6400 for n in (3, 4, 5)]
LINES = tuple(PhraseSound("away", pcm) for pcm in PLAIN) + tuple(
    PhraseSound("joke", pcm) for pcm in FUN
)
PACK = PhrasePack("v1", PCM, LINES)


class Toy:
    """One without a link, and its clocks."""

    def __init__(self, folder: Path) -> None:
        """In a running loop, to whose disk it then has a thread."""
        self.folder = folder
        self.clock = FakeClock()
        self.epoch_s = 1e9
        self.owner = "hub1"
        self.speaker = HeldSpeaker()
        self.panel = SeenPanel()
        self.away = self.again()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))

    def again(self) -> OfflineMode:
        """As it is after its next start."""
        mouth = RecordedPrompts(self.speaker, self.clock)
        self.away = OfflineMode(
            self.folder, lambda: self.owner, mouth, self.panel, self.clock, self._epoch
        )
        return self.away

    def _epoch(self) -> float:
        return self.epoch_s

    async def take(self, pack: PhrasePack = PACK) -> None:
        await self.take_bytes(pack.encode())

    async def take_bytes(self, packed: bytes) -> None:
        for at, data in pieces(packed) or [(0, b"x")]:
            await self.away.take(PhrasePiece("1", sha256_of(packed), len(packed) or 1, at, data))

    async def says(self) -> bytes:
        """What it says to a press."""
        self.speaker.played = b""
        self.away.press()
        async with asyncio.timeout(60):
            while not self.speaker.played or self.panel.shown() is State.SPEAKING:
                await self.clock.advance(0.1)
                await asyncio.sleep(0.001)
        return self.speaker.played

    async def is_silent(self) -> bool:
        """Whether to a press it shows that it would say something, and says nothing."""
        self.away.press()
        await self.panel.until(State.ERROR)
        await self.clock.advance(REFUSED_S)
        return self.panel.shown() is State.HUB_AWAY and self.speaker.played == b""

    async def passes(self, seconds: float) -> None:
        """Switched on, and nothing happens."""
        while seconds > 0:
            await self.clock.advance(min(seconds, KEEP_S))
            seconds -= KEEP_S
            await asyncio.sleep(0)

    async def keeps(self) -> None:
        """Returns when what it was about to keep is on the disk: its one thread has done that before."""
        for _ in range(2):  # also what it begins to keep once it has kept something
            await settle()
            await asyncio.to_thread(int)
        await settle()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[OfflineMode]:
        task = asyncio.create_task(self.away.run())
        await asyncio.sleep(0)
        try:
            yield self.away
        finally:
            task.cancel()
            await asyncio.wait([task])
        assert task.cancelled(), task.exception()
