"""What the toy does while its hub is away: it says lines that it carries, and counts them for its hub's return.

How long the hub has been away is known without a clock: the seconds that the toy was on since are counted and
kept every few minutes. Where the machine's clock says that it is longer, that counts.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from satellite.audio.pcm import SAMPLE_BYTES
from satellite.audio.prompts import RecordedPrompts
from satellite.board.panel import Panel, State
from satellite.clock import BUILT_S, Clock, happens
from satellite.files import keep, read_json
from satellite.offline.absence import AbsenceRecord
from satellite.offline.emergency_stop import KeptEmergencyStop
from satellite.wire.commands import SettingsMessage
from satellite.wire.extensions import OPUS
from satellite.wire.opus import Decoder, OpusError
from satellite.wire.phrases import (
    AWAY,
    AWAY_BEDTIME,
    AWAY_HELLO,
    AWAY_JOKE,
    AWAY_RHYME,
    MAX_PACK_BYTES,
    OfflineReport,
    PhrasePack,
    PhrasePiece,
    PhraseSound,
    packets_of,
    sha256_of,
)
from satellite.wire.stream import WireError

PLAIN_AFTER_S: Final = 7 * 86_400.0
"""Without its hub for so long, only the plainest lines are said."""
AGAIN_S: Final = 30.0
"""A press so soon after a line wants another."""
GREETS_AFTER_S: Final = 3_600.0
"""Who presses after so long is greeted."""
EVENING_HOURS: Final = (19, 20, 21, 22, 23, 0, 1, 2, 3, 4)
"""By the machine's own clock and time zone."""
KEEP_S: Final = 600.0
"""How often the count is kept: a card wears out."""
REFUSED_S: Final = 2.0
"""How long it is shown that a toy says nothing, as it is stopped, set so, or can't."""

_log = logging.getLogger(__name__)


class OfflineMode:
    """`owner` names the hub that the toy is paired with, "" while there is none: each has a folder of its own."""

    def __init__(
        self,
        folder: Path,
        owner: Callable[[], str],
        prompts: RecordedPrompts,
        panel: Panel,
        clock: Clock,
        epoch_s: Callable[[], float] = time.time,
    ) -> None:
        self._root = folder / "away"
        self._owner = owner
        self._prompts = prompts
        self._panel = panel
        self._clock = clock
        self._epoch_s = epoch_s
        self.stop = KeptEmergencyStop(folder, owner)
        self._called = asyncio.Event()
        self._came = asyncio.Event()
        self._here = False
        """The hub is."""
        self._counted_at_s = clock.monotonic()
        self._count = AbsenceRecord()
        self._keeping = asyncio.Lock()
        self._pack: PhrasePack | None = None
        self._loaded = ""
        self._incoming = bytearray()
        self._pressed = asyncio.Event()
        self._speaking: asyncio.Task[None] | None = None
        self._silent = False

    @property
    def version(self) -> str:
        """Of the pack that is there; "" without one."""
        self._load()
        return self._pack.version if self._pack else ""

    def obey(self, settings: SettingsMessage) -> None:
        """A family may want no line to be said."""
        self._silent = settings.silent_offline

    def press(self) -> None:
        """Somebody wants the toy to talk."""
        if not self._here and self._owner():
            self._pressed.set()

    def emergency(self) -> None:
        """Somebody at the toy wants silence, with its hub or without: until the hub lifts it."""
        self.stop.call()
        self._called.set()
        if self._speaking is not None:
            self._speaking.cancel()

    async def hub_came(self) -> None:
        """Be silent: the hub has the toy now."""
        self._counted()
        self._here = True
        self._came.set()
        await self.be_silent()

    async def be_silent(self) -> None:
        """The line that is being said ends; when this returns the speaker is free."""
        self._pressed.clear()
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.wait([self._speaking])

    async def hub_went(self) -> None:
        self._load()
        self._counted()
        self._here = False
        await self._keep()

    async def run(self) -> None:
        """Say a line for each press until cancelled, and count the time."""
        self._load()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_counting())
            tasks.create_task(self._keep_calls())
            while True:
                await self._pressed.wait()
                self._pressed.clear()
                if self._here or not self._owner():
                    continue  # it came just then, or was forgotten
                self._speaking = tasks.create_task(self._answer(), name="line")
                await asyncio.wait([self._speaking])
                self._speaking = None
                self._pressed.clear()  # a child presses many times while it talks

    def happened(self) -> OfflineReport | None:
        """For the hub; None when no line was said."""
        self._load()
        return self._counted().told(self._epoch_s())

    async def told(self) -> None:
        """The hub knows what happened."""
        self._count = self._count.met(self._epoch_s())
        await self._keep()

    async def take(self, piece: PhrasePiece) -> None:
        """A part of a new pack, in order; the last one puts it in place. Raises WireError, OSError."""
        if piece.at == 0:
            self._incoming.clear()
        if piece.at != len(self._incoming):
            self._incoming.clear()
            raise WireError("a piece of the pack is out of order")
        self._incoming += piece.data
        if len(self._incoming) < piece.size:
            return
        packed = bytes(self._incoming)
        self._incoming.clear()
        if sha256_of(packed) != piece.sha256:
            raise WireError("the pack is not what its hash says")
        pack = PhrasePack.decode(packed)
        if not self._owner():
            raise WireError("its hub was forgotten meanwhile")
        await asyncio.to_thread(self._replace_pack, self._folder, packed)
        self._pack = pack

    def _replace_pack(self, folder: Path, packed: bytes) -> None:
        import shutil  # with all of its compression, for twice a year

        _write(folder / "pack", packed)
        for other in self._root.iterdir():  # of hubs before this one
            if other != folder:
                shutil.rmtree(other)

    @property
    def _folder(self) -> Path:
        return self._root / self._owner()

    def _load(self) -> None:
        """What is kept for the hub that the toy is paired with."""
        owner = self._owner()
        if owner == self._loaded:
            return
        self._loaded, self._pack, self._count = owner, None, AbsenceRecord()
        if not owner:
            return
        try:
            self._count = AbsenceRecord.of_file(read_json(self._folder / "count.json"))
        except (OSError, ValueError, RecursionError) as error:
            _log.debug("nothing is known of the time before: %s", error)
        try:
            with (self._folder / "pack").open("rb") as file:
                self._pack = PhrasePack.decode(file.read(MAX_PACK_BYTES + 1))
        except (OSError, WireError) as error:
            _log.debug("there are no lines for when the hub is away: %s", error)

    async def _keep_counting(self) -> None:
        """Also that the hub is there: who unplugs a toy beside it takes it away without a word."""
        while True:
            await happens(self._came, self._clock, KEEP_S)
            self._came.clear()
            await self._keep()

    def _counted(self) -> AbsenceRecord:
        """With the time until now."""
        now_s = self._clock.monotonic()
        passed_s, self._counted_at_s = now_s - self._counted_at_s, now_s
        if not self._here:
            self._count = self._count._replace(on_s=self._count.on_s + passed_s)
        elif not self._count.lines:  # else its hub was not told of them yet
            self._count = self._count.met(self._epoch_s())
        return self._count

    async def _keep(self) -> None:
        if not self._owner():
            return
        try:
            async with self._keeping:
                kept = json.dumps(self._counted()._asdict()).encode()
                await asyncio.to_thread(_write, self._folder / "count.json", kept)
        except OSError as error:
            _log.warning("can't keep what happens without the hub: %s", error.strerror)

    async def _keep_calls(self) -> None:
        while True:
            await self._called.wait()
            self._called.clear()
            try:
                await self.stop.keep()
            except OSError as error:
                _log.error("the emergency stop ends with this start: %s", error.strerror)

    async def _answer(self) -> None:
        if not (self.stop.on or self._silent) and await self._say_next():
            return
        self._panel.show(State.ERROR)
        try:
            await self._clock.sleep(REFUSED_S)
        finally:
            self._show_rest()

    async def _say_next(self) -> bool:
        """Whether it could."""
        self._load()
        if self._pack is None:
            return False
        before = self._counted()
        said, sound = _choose(self._pack, before.said, occasion(before, self._epoch_s()))
        try:
            pcm = await asyncio.to_thread(_pcm, self._pack, sound)
        except OpusError as error:
            _log.warning("can't say a line without the hub: %s", error)
            return False
        self._count = self._counted().with_line(said, self._epoch_s())
        await self._keep()
        self._panel.show(State.SPEAKING)
        try:
            if await self._prompts.play(pcm):
                return True
            self._count = before
            return False
        finally:
            self._show_rest()

    def _show_rest(self) -> None:
        if not self._here:
            self._panel.show(State.HUB_AWAY)


def occasion(before: AbsenceRecord, epoch_s: float) -> tuple[str, ...]:
    """The kinds of lines that fit a press now; none: any does. `epoch_s` is what the machine's clock says."""
    if not before.lines or before.age_s(epoch_s) > PLAIN_AFTER_S:
        return (AWAY,)
    silent_s = before.on_s - before.last_s
    if silent_s < AGAIN_S:
        return (AWAY_JOKE, AWAY_RHYME)
    if epoch_s >= BUILT_S and time.localtime(epoch_s).tm_hour in EVENING_HOURS:
        return (AWAY_BEDTIME,)
    return (AWAY_HELLO,) if silent_s > GREETS_AFTER_S else ()


def _choose(pack: PhrasePack, before: int, kinds: tuple[str, ...]) -> tuple[int, PhraseSound]:
    """A line and which it is, from 1; not that of just `before`, where there is another; of `kinds`, where there are
    some."""
    lines = list(enumerate(pack.sounds, 1))
    fitting = [line for line in lines if line[1].kind in kinds] or lines
    fresh = [line for line in fitting if line[0] != before]
    import random

    return random.choice(fresh or fitting)  # noqa: S311  # variety


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    keep(path, content)


def _pcm(pack: PhrasePack, sound: PhraseSound) -> bytes:
    """Raises OpusError."""
    if pack.audio != OPUS:
        return sound.data[: len(sound.data) // SAMPLE_BYTES * SAMPLE_BYTES]
    decoder = Decoder()
    return b"".join(map(decoder.decode, packets_of(sound.data)))
