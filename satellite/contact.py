"""When a hub was last there, kept in the state folder, for `pommai-satellite doctor` and for the toy itself."""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

_log = logging.getLogger(__name__)


class Contact(NamedTuple):
    hub: str
    """Its address."""
    epoch_s: float
    """By this machine's clock, which may have been wrong then."""


class Contacts:
    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._path = folder / "last-hub.json"
        self._now = now

    def note(self, hub: str) -> None:
        """A hub is there, or just was."""
        unfinished = self._path.with_suffix(".new")
        try:
            unfinished.write_text(json.dumps({"hub": hub, "epoch_s": self._now()}))
            unfinished.replace(self._path)
        except OSError as error:  # on a full or worn-out card a toy still talks
            _log.warning("can't note the hub in %s: %s", self._path, error.strerror)

    def last(self) -> Contact | None:
        """None when there was none, or what is kept can't be read."""
        try:
            kept = json.loads(self._path.read_text())
            return Contact(str(kept["hub"]), float(kept["epoch_s"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
