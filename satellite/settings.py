"""What the hub has set for good, kept in the state folder: a toy that starts without a hub has it, too."""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

from satellite.files import keep, read_json
from satellite.wire.commands import SettingsMessage

_log = logging.getLogger(__name__)


class KeptSettings:
    """`now` holds; whoever acts on it is told by `on_change` of each set, also of the one at the start."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "settings.json"
        self._told: list[Callable[[SettingsMessage], None]] = []
        self.now = self._read()
        self._kept = self.now

    def on_change(self, tell: Callable[[SettingsMessage], None]) -> None:
        self._told.append(tell)
        tell(self.now)

    async def become(self, settings: SettingsMessage) -> None:
        """They hold at once; raises OSError when they are forgotten with the next start."""
        changed, self.now = settings != self.now, settings
        if changed:
            for tell in self._told:
                tell(settings)
        if settings != self._kept:
            content = json.dumps(settings._asdict()).encode()
            await asyncio.to_thread(keep, self._path, content)
            self._kept = settings

    def _read(self) -> SettingsMessage:
        try:
            return SettingsMessage.of_file(read_json(self._path))
        except FileNotFoundError:
            return SettingsMessage()
        except (OSError, ValueError, AttributeError, RecursionError) as error:
            _log.warning("%s: can't be used: %s; waiting for the hub to set it", self._path, error)
            return SettingsMessage()
