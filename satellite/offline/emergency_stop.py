"""The emergency stop as the toy keeps it: while it is on, the toy says nothing without its hub either.

The hub puts it on and lifts it. Called at the toy's own button it is on at once, and stays until the hub has heard of
the call. It is on the disk, and a damaged file counts as one that says so.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

from satellite.files import drop, keep, read_json

_log = logging.getLogger(__name__)


class KeptEmergencyStop:
    def __init__(self, folder: Path, owner: Callable[[], str]) -> None:
        """`owner` names the hub that the toy is paired with, "" while there is none: a stop is that hub's alone."""
        self._path = folder / "stopped"
        self._owner = owner
        self._keeping = asyncio.Lock()
        self._hub, self._called = self._read()

    @property
    def on(self) -> bool:
        return self._hub == self._owner() != ""

    @property
    def called(self) -> bool:
        """At this toy, and its hub doesn't know yet."""
        return self.on and self._called

    def call(self) -> None:
        """Somebody calls it at the toy: it is on at once. Until it is kept, that ends with the program."""
        if owner := self._owner():
            self._hub, self._called = owner, True

    async def become(self, on: bool) -> bool:
        """As the hub has it; False while the hub must hear of a call first. Raises OSError when that isn't kept."""
        if self.called and not on:
            return False
        self._hub, self._called = (self._owner(), self.called) if on else ("", False)
        await self.keep()
        return True

    async def heard(self) -> None:
        """The hub knows of the call. Raises OSError."""
        self._called = False
        await self.keep()

    async def keep(self) -> None:
        """As it is now. Raises OSError."""
        async with self._keeping:
            await asyncio.to_thread(self._write, self._hub, self._called)

    def _write(self, hub: str, called: bool) -> None:
        if hub:
            keep(self._path, json.dumps({"hub": hub, "called": called}).encode())
        else:
            drop(self._path)

    def _read(self) -> tuple[str, bool]:
        try:
            kept = read_json(self._path)
            return str(kept["hub"]), kept["called"] is True
        except FileNotFoundError:
            return "", False
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            _log.warning("%s: can't be used: %s; silent until the hub says more", self._path, error)
            return self._owner(), False
