"""What all open pages are told alike at a change: gathered, read and rendered once, and sent to each.

    with page_changes.subscribe() as changes:
        event = await changes.get()
        html = await shared.once(event, "today", make)

The bus gives the same event to every subscriber, so that event says for which of them something was made already.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

from aiohttp import web

from hub.domain.clock import Clock
from hub.events import Bus, Event, Missed, Subscription, TurnStep

GATHERED_S: Final = 0.2
"""For so long, changes wait for others where many pages are open. A turn changes often until its first sound, which
mostly is out before the pages are told."""
FEW: Final = 8
"""So many open pages are told of each change at once: what that costs a turn can't be measured."""
UNSEEN: Final = (TurnStep,)
"""What no page shows, and comes many times in a turn."""
MAX_EVENTS: Final = 16
"""Changes that what was made for them is kept for: streams are a few apart at most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Changes(Event):
    """What happened since the last ones, in its order."""

    events: Collection[Event]


class PageChanges:
    """The hub's changes as all open pages are told of them; `run` must go on meanwhile."""

    def __init__(self, bus: Bus, clock: Clock, open_pages: set[asyncio.Task[Any]]) -> None:
        self._bus = bus
        self._clock = clock
        self._open_pages = open_pages
        self._gathered = Bus()

    def subscribe(self) -> AbstractContextManager[Subscription]:
        """Gives `Changes`, and `Missed`."""
        return self._gathered.subscribe()

    async def run(self) -> None:
        with self._bus.subscribe(left_out=UNSEEN) as changes:
            while True:
                first = await changes.get()
                if len(self._open_pages) > FEW:
                    await self._clock.sleep(GATHERED_S)
                self._gathered.publish(Changes((first, *changes.get_waiting())))


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
PAGE_CHANGES = web.AppKey("page_changes", PageChanges)
