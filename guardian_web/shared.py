"""What all open pages are told alike at a change: read and rendered for one of them, and sent to each.

The bus gives the same event to every subscriber, so that event says for which of them something was made already.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from aiohttp import web

from hub.events import Event, Missed

MAX_EVENTS: Final = 16
"""Changes that what was made for them is kept for: streams are a few apart at most."""

T = TypeVar("T")


@dataclass(slots=True)
class _Made:
    event: Event
    """Held, so that no later one is at its place in memory."""
    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    things: dict[Hashable, Any] = field(default_factory=dict)


class Shared:
    """One for all streams."""

    def __init__(self) -> None:
        self._made: OrderedDict[int, _Made] = OrderedDict()

    async def once(self, event: Event | None, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` makes for `key` after that change: who asks first makes it for all."""
        if event is None or isinstance(event, Missed):
            return await make()
        made = self._made.setdefault(id(event), _Made(event))
        while len(self._made) > MAX_EVENTS:
            self._made.popitem(last=False)
        async with made.making:
            if key not in made.things:
                made.things[key] = await make()
        return cast(T, made.things[key])


SHARED = web.AppKey("shared", Shared)
