"""The far end of a measured satellite's speaker: says when the first sample came."""

import asyncio
import os
import time
from pathlib import Path


class Tap:
    """A named pipe, which the speaker's program writes to."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.first_at_s: float | None = None
        """Of the monotonic clock; set back by who waits for the next."""
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # so that it never ends
        asyncio.get_running_loop().add_reader(self._pipe, self._came)

    def _came(self) -> None:
        os.read(self._pipe, 65_536)
        if self.first_at_s is None:
            self.first_at_s = time.monotonic()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pipe)
        os.close(self._pipe)
