"""The timers that run: on the disk, so that a restart loses none, and by the time of day, so that it counts meanwhile.

Of what a child is to be reminded of stands here only a thing of `en.toml`, none of the child's own words.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from hub.errors import RefusedError
from hub.storage.rows import from_row
from hub.storage.store import Store
from hub.translation import gettext as _

MAX_TIMERS: Final = 20
"""In one household."""
_KEY: Final = "timers"


@dataclass(frozen=True, slots=True)
class Timer:
    satellite_key: str
    """Where it was set, and is told."""
    ends_at: datetime
    thing: str = ""
    """As in `TimerRequest`."""


class Timers:
    """Those of one household. Every call raises DataError."""

    def __init__(self, store: Store) -> None:
        self._meta = store.meta
        self._kept: list[Timer] | None = None

    async def list(self, satellite_key: str = "") -> Sequence[Timer]:
        """Of one satellite, or all; the next to end first."""
        if self._kept is None:
            rows = json.loads(await self._meta.get(_KEY) or "[]")
            self._kept = [from_row(Timer, row) for row in rows]
        return [
            one for one in self._kept if not satellite_key or one.satellite_key == satellite_key
        ]

    async def set(self, timer: Timer) -> None:
        """Raises RefusedError where MAX_TIMERS run already."""
        running = await self.list()
        if len(running) >= MAX_TIMERS:
            raise RefusedError(_("%(most)s timers run already", most=MAX_TIMERS))
        await self._keep([*running, timer])

    async def cancel(self, satellite_key: str) -> int:
        """All of one satellite; how many there were."""
        running = await self.list()
        stay = [one for one in running if one.satellite_key != satellite_key]
        await self._keep(stay)
        return len(running) - len(stay)

    async def end(self, timer: Timer) -> None:
        await self._keep([one for one in await self.list() if one != timer])

    async def _keep(self, timers: Sequence[Timer]) -> None:
        kept = sorted(timers, key=lambda one: one.ends_at)
        await self._meta.set(
            _KEY, json.dumps([asdict(one) for one in kept], default=datetime.isoformat)
        )
        self._kept = kept
