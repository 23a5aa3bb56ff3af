"""Deleting everything that a household has, after which the hub starts as new.

Toys that can be reached are let go of first. Then a mark is set in the data folder and the hub ends; whoever opens the
folder next removes what is in it, before anything else is done, so that a power cut in between changes nothing. Models
that anybody can fetch stay.
"""

import asyncio
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from hub.core.devices import Devices
from hub.core.privacy.consents import Consents
from hub.core.privacy.left_home import LedgerTotals
from hub.domain.clock import Clock
from hub.domain.toys import SatelliteState
from hub.errors import DataError, PommaiError, RefusedError
from hub.storage.folder import LOCK_NAME, keep_file
from hub.storage.store import Store
from hub.translation import gettext as _

PHRASE: Final = "delete everything"
"""What a guardian types, so that it isn't done by a slip."""
MARK: Final = "erase.requested"
KEPT: Final = frozenset({"models", LOCK_NAME, MARK})
RELEASE_S: Final = 10.0
"""For all toys together."""
ZEROS: Final = bytes(1 << 20)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was copied out of the hub, and stays there."""

    companies: Sequence[str]
    """That got something in the last days; `docs/privacy.md` says what to ask them."""
    voices: Sequence[str]
    """Copies of people's voices, each with whom it is at."""
    adults: Sequence[str]
    """Who were sent alerts, in their mailboxes and phones."""
    toys: Sequence[str]
    """Paired toys that can't be reached now, so that they go on looking for this hub."""


class Eraser:
    """One for the hub."""

    def __init__(
        self,
        store: Store,
        devices: Devices,
        consents: Consents,
        totals: LedgerTotals,
        clock: Clock,
    ) -> None:
        self._store = store
        self._devices = devices
        self._consents = consents
        self._totals = totals
        self._clock = clock
        self._asked = asyncio.Event()

    async def elsewhere(self) -> Elsewhere:
        """As it is now. Raises DataError."""
        left = await self._totals.recent()
        consents = await self._consents.list()
        away = {SatelliteState.AWAY, SatelliteState.CONNECTING}
        return Elsewhere(
            companies=sorted({total.place.company for total in left.services if total.place}),
            voices=[
                f"{one.kept.consent.who}’s voice at {one.kept.provider}"
                for one in consents
                if one.kept.voice_id and not one.kept.erased_at
            ],
            adults=list(dict.fromkeys(adult.name for adult in await self._store.adults.list())),
            toys=[one.name for one in self._devices.list() if one.adopted and one.state in away],
        )

    async def erase(self, typed: str) -> None:
        """The hub ends soon after, and starts as new. Raises RefusedError, and DataError where nothing is done."""
        if " ".join(typed.lower().split()) != PHRASE:
            raise RefusedError(_("nothing was deleted: type “%(phrase)s” to go on", phrase=PHRASE))
        folder = self._store.database.folder
        try:
            await asyncio.to_thread(keep_file, folder / MARK, b"")
        except OSError as error:
            raise DataError(
                _(
                    "%(folder)s: nothing was deleted: %(strerror)s",
                    folder=folder,
                    strerror=error.strerror,
                )
            ) from error
        with suppress(TimeoutError):
            async with self._clock.timeout(RELEASE_S):
                await self._release()
        log.warning("everything is deleted, as a guardian asked for")
        self._asked.set()

    async def wait(self) -> None:
        """Until it is asked for."""
        await self._asked.wait()

    async def _release(self) -> None:
        for satellite in [one for one in self._devices.list() if one.adopted]:
            with suppress(PommaiError):
                await self._devices.release(satellite.name)


def finish_erasing(folder: Path) -> bool:
    """Remove what is in the data folder, if that was asked for; whether it was. Blocking. Raises DataError.

    To be called by who holds the folder's lock, before the database is opened.
    """
    mark = folder / MARK
    if not mark.exists():
        return False
    try:
        for entry in folder.iterdir():
            if entry.name not in KEPT:
                _remove(entry)
        _sync(folder)
        mark.unlink()
        _sync(folder)
    except OSError as error:
        raise DataError(
            _(
                "%(filename)s: can't be deleted (%(strerror)s); let this user do so, and start again",
                filename=error.filename,
                strerror=error.strerror,
            )
        ) from error
    return True


def _remove(path: Path) -> None:
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode):
        for entry in path.iterdir():
            _remove(entry)
        path.rmdir()
        return
    if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        _overwrite(path, found.st_size)
    path.unlink()


def _overwrite(path: Path, size: int) -> None:
    """With zeros, so that a disk which writes in place holds nothing of it; flash cards may keep old blocks."""
    with path.open("r+b", buffering=0) as file:
        left = size
        while left > 0:
            left -= file.write(ZEROS[:left])
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
