"""That a reply was cut, and where: told to a hub of ours before anything of the turn that follows."""

import asyncio

from wyoming.event import Event

from satellite.link import Link
from satellite.wire_ours import INTERRUPT


class Interruptions:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._untold: Event | None = None
        self._news = asyncio.Event()

    def note(self, played_samples: int, by: str) -> None:
        """So many samples of the reply were heard; a hub that knows nothing of ours is not told."""
        if self._link.is_ours:
            self._untold = Event(INTERRUPT, {"played_samples": played_samples, "by": by})
            self._news.set()

    def tell(self) -> None:
        """What the hub has not been told yet. Raises WireError."""
        told, self._untold = self._untold, None
        if told is not None:
            self._link.send(told)

    async def run(self) -> None:
        """Tell of each at once, until cancelled. Raises WireError."""
        while True:
            await self._news.wait()
            self._news.clear()
            self.tell()
