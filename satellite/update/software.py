"""Which software the toy runs, what was installed or what its hub sent since; and taking other from its hub.

That comes piece by piece into a file, so a lost link or a power cut costs one piece. A child process checks and unpacks
it, and `install/launch.py` tries it at the next start.
"""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wyoming.event import Event

from satellite.clock import Clock
from satellite.files import sync
from satellite.wire import update
from satellite.wire.commands import UPDATE, Done, id_of, line, sha256_in
from satellite.wire.extensions import PROTOCOL
from satellite.wire.stream import WireError

FOLDER: Final = "POMMAI_SATELLITE_SOFTWARE"
"""Set by the launcher; without it nothing would start what a hub sends."""

MAX_UNPACK_S: Final = update.MAX_INSTALL_S - 20
"""So that the answer is there while the hub still waits for it."""

_log = logging.getLogger(__name__)


class Software:
    """The launcher says what is in its folder."""

    def __init__(self, folder: Path, running: str) -> None:
        self.folder = folder
        self.running = running
        """The SHA-256 of the wheel that this is; "" for what was installed."""

    @classmethod
    def launched(cls, environ: Mapping[str, str]) -> "Software | None":
        """None where the toy was started in another way, and takes no updates."""
        if not environ.get(FOLDER):
            return None
        folder, here = Path(environ[FOLDER]).resolve(), Path(__file__).resolve().parents[2]
        return cls(folder, here.name if here.parent == folder else "")

    @property
    def trial(self) -> str:
        """The SHA-256 of what is yet to come up; "" for none."""
        return self._target("trial")

    @property
    def current(self) -> Path:
        """Where that is which came up last; it may not be there."""
        return self.folder / self._target("current")

    @property
    def failed(self) -> str:
        """The same of what did not come up."""
        return self._target("failed")

    def came_up(self) -> None:
        """Its hub talks to it: it stays."""
        if not self.running or self.trial != self.running:
            return
        try:
            (self.folder / "trial").rename(self.folder / "current")
            sync(self.folder)
        except OSError as error:
            _log.warning("can't keep the update: %s; the software of before comes back", error)
            return
        signal.alarm(0)
        _log.info("the update came up: %s", self.running[:16])

    def _target(self, link: str) -> str:
        try:
            return (self.folder / link).readlink().name
        except OSError:
            return ""


class UpdateReceiver:
    """For one link; `answer` gives what the hub is told."""

    def __init__(self, software: Software | None, clock: Clock) -> None:
        self._software = software
        self._clock = clock
        self._offer: update.UpdateOffer | None = None

    async def answer(self, event: Event) -> Done:
        """Raises WireError for a message without an id, which can't be answered."""
        number = id_of(event)
        try:
            return Done(number, ok=True, at=await self._take(event))
        except WireError as error:
            return Done(number, ok=False, detail=line(str(error)))
        except OSError as error:
            return Done(number, ok=False, detail=f"the toy can't keep it: {error.strerror}")

    async def _take(self, event: Event) -> int:
        """How much of the update the toy has then. Raises WireError, OSError."""
        software = self._software
        if software is None:
            raise WireError("this toy was not put in place by the installer: update it by hand")
        match event.type:
            case _ if event.type == UPDATE:
                return await self._begin(software, update.UpdateOffer.from_event(event))
            case update.PIECE:
                offer = self._offered()
                piece = update.UpdatePiece.from_event(event, offer.size)
                return await asyncio.to_thread(_append, _part(software, offer.sha256), piece)
            case update.INSTALL:
                offer = self._offered()
                if sha256_in(event) != offer.sha256:
                    raise WireError("that is not what was offered")
                if software.trial != offer.sha256:
                    await self._install(software, offer)
                return offer.size
            case other:
                raise WireError(f"{other}: this toy's software is older than the hub's")

    def _offered(self) -> update.UpdateOffer:
        if self._offer is None:
            raise WireError(f"no {UPDATE} came before")
        return self._offer

    async def _begin(self, software: Software, offer: update.UpdateOffer) -> int:
        if offer.protocol < PROTOCOL:
            raise WireError(
                f"{offer.version} is too old: this toy could not talk to its hub with it"
            )
        if software.running and software.trial == software.running:
            raise WireError("its last update has not come up yet: try again in a minute")
        if software.running == offer.sha256:
            raise WireError("it runs just that already")
        self._offer = offer
        if software.trial == offer.sha256:  # the link was lost before it started anew
            return offer.size
        return await asyncio.to_thread(_has, software, offer)

    async def _install(self, software: Software, offer: update.UpdateOffer) -> None:
        """Raises WireError with what speaks against it, OSError."""
        wanted = (str(software.folder), offer.sha256, offer.version)
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "satellite.update.unpack", *wanted),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        try:
            async with self._clock.timeout(MAX_UNPACK_S):
                output, _ = await child.communicate()
        except TimeoutError as error:
            raise WireError("unpacking it took too long") from error
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        if child.returncode:
            raise WireError(output.decode("utf-8", "replace") or "unpacking it failed")


def _part(software: Software, sha256: str) -> Path:
    return software.folder / f"{sha256}.part"


def _has(software: Software, offer: update.UpdateOffer) -> int:
    """What came before; of other offers nothing stays."""
    software.folder.mkdir(mode=0o700, exist_ok=True)
    (software.folder / "failed").unlink(missing_ok=True)
    part = _part(software, offer.sha256)
    for other in software.folder.glob("*.part"):
        if other != part:
            other.unlink()
    size = part.stat().st_size if part.exists() else 0
    if size <= offer.size:
        return size
    part.unlink()
    return 0


def _append(part: Path, piece: update.UpdatePiece) -> int:
    with part.open("ab") as file:
        if file.tell() != piece.at:
            raise WireError(f"a piece at {piece.at} does not follow {file.tell()}")
        try:
            file.write(piece.data)
            file.flush()
        except OSError:  # the card is full: not half a piece
            os.ftruncate(file.fileno(), piece.at)
            raise
        return file.tell()
