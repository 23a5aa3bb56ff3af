"""Who wants to know: a small in-process bus from the hub's floors to its pages and integrations.

Events say *that* something changed; what is true is read from the store. A subscriber that
falls behind misses events and is told so by `Missed`, so it must re-read rather than wait.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


class Event:
    """Anything that goes over the bus."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TurnChanged(Event):
    turn_id: str


@dataclass(frozen=True, slots=True)
class TurnsRemoved(Event):
    """Turns were deleted, or are back as a parent thought better of it: pages that show turns begin anew."""


@dataclass(frozen=True, slots=True)
class TurnStep(Event):
    """A running turn reached a step, `at_ms` after the end of speech; the last one is "finished".

    A turn that heard nothing has steps and no record.
    """

    turn_id: str
    toy_id: str
    step: str
    at_ms: float


@dataclass(frozen=True, slots=True)
class WordsSoFar(Event):
    """What somebody seems to be saying to a toy: not checked, not final. "" when that is over.

    For the eyes of whoever looks at that moment; nothing keeps it.
    """

    toy_id: str
    text: str


@dataclass(frozen=True, slots=True)
class AlertChanged(Event):
    """An alert is new, was acknowledged, happened again, or its delivery went on."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class SatellitesChanged(Event):
    """A satellite appeared, went, was adopted or changed state."""


@dataclass(frozen=True, slots=True)
class NextChildAsked(Event):
    """Somebody chose at a satellite's button that the next of its toy's children speaks."""

    satellite_key: str


@dataclass(frozen=True, slots=True)
class EmergencyStopChanged(Event):
    """All toys are to be silent, or may talk again, whether or not that is on the disk."""


@dataclass(frozen=True, slots=True)
class ToysChanged(Event):
    """A toy or child was added or edited."""


@dataclass(frozen=True, slots=True)
class MemoriesChanged(Event):
    """A toy learned something of a child, forgot it, or a parent chose whether it may."""

    child_id: str


@dataclass(frozen=True, slots=True)
class DocumentsChanged(Event):
    """What a family gave its toys to know: something was added, read or removed."""


@dataclass(frozen=True, slots=True)
class HouseholdChanged(Event):
    """The household's settings, its adults or its emergency stop changed."""


@dataclass(frozen=True, slots=True)
class ApiTokensChanged(Event):
    """A token of the API was made or revoked."""


@dataclass(frozen=True, slots=True)
class Missed(Event):
    """Some events were lost for this subscriber: re-read everything."""


class Subscription:
    """One subscriber's bounded queue; iterate it, or `get` one event."""

    def __init__(self, size: int, left_out: tuple[type[Event], ...] = ()) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue(size)
        self._left_out = left_out

    def put(self, event: Event) -> None:
        if isinstance(event, self._left_out):
            return
        if self._queue.full():
            self.get_waiting()
            event = Missed()
        self._queue.put_nowait(event)

    async def get(self) -> Event:
        return await self._queue.get()

    def get_waiting(self) -> Sequence[Event]:
        """Those that nobody got yet, which may be none."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            yield await self._queue.get()


class Bus:
    """Publish from the event loop's thread; subscribers each have a bounded queue."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, event: Event) -> None:
        for subscription in self._subscriptions:
            subscription.put(event)

    @contextmanager
    def subscribe(
        self, size: int = 256, left_out: tuple[type[Event], ...] = ()
    ) -> Iterator[Subscription]:
        """`left_out` are events of which this one isn't told, so that they don't wake it."""
        subscription = Subscription(size, left_out)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
