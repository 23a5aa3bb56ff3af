"""The other end of one connection: its events one by one, within bounds, and what is said to it."""

import asyncio
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from wyoming.event import Event, Eventable
from wyoming.ping import Ping, Pong

from hub.domain.clock import Clock
from hub.lan.strangers import Strangers
from satellite.wire.stream import WireError, WireLimits, WireReader, WireWriter

LIMITS: Final = WireLimits(write_s=10.0)
"""Home Assistant's loop may be busy for seconds; it reads again then."""
MAX_EVENTS_AHEAD: Final = 8
"""Events read before they are asked for; past it the peer has to wait."""

M = TypeVar("M", bound=BaseModel)


class Peer:
    """`read` fills a short queue until the peer closes; `next` empties it."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        strangers: Strangers,
        clock: Clock,
    ) -> None:
        self._reader = WireReader(reader, LIMITS, clock.timeout)
        self._writer = WireWriter(writer, LIMITS, clock.timeout)
        self._strangers = strangers
        self._clock = clock
        self._events: asyncio.Queue[Event] = asyncio.Queue(MAX_EVENTS_AHEAD)

    async def read(self) -> None:
        """Until the peer closes. Raises WireError."""
        while (event := await self._reader.read()) is not None:
            if Ping.is_type(event.type):
                await self._strangers.turn()
                text = event.data.get("text")
                await self.say(Pong(text if isinstance(text, str) else None))
            else:
                await self._events.put(event)

    async def next(self, within_s: float) -> Event:
        """Raises WireError where none comes."""
        try:
            async with self._clock.timeout(within_s):
                return await self._events.get()
        except TimeoutError as error:
            raise WireError(f"nothing came for {within_s:g} s") from error

    async def say(self, *events: Eventable) -> None:
        """Raises WireError."""
        await self._writer.write(*(event.event() for event in events))

    async def aclose(self) -> None:
        await self._writer.aclose()


def parsed(event: Event, kind: type[M]) -> M:
    """The event's data as a `kind`. Raises WireError."""
    try:
        return kind.model_validate(event.data)
    except ValidationError as error:
        fields = ", ".join(str(e["loc"][0]) for e in error.errors() if e["loc"])
        raise WireError(f"{event.type}: odd or too long: {fields}") from error
