"""Which software the toy runs: what was installed, or what its hub sent since. `install/launch.py` has chosen it."""

import logging
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from satellite.files import sync

FOLDER: Final = "POMMAI_SATELLITE_SOFTWARE"
"""Set by the launcher; without it nothing would start what a hub sends."""

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
