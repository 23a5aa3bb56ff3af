"""The services over a household for tests, and clients of the `wyoming` package that use them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event, Eventable

from hub.domain.clock import SystemClock
from integrations.wyoming_services.server import WyomingServer
from tests.guardian.household import Household
from tests.pipeline.scripted import House

LOOPBACK = "127.0.0.1"


def served_household(house: House) -> Household:
    """The hub as the services know it."""
    return Household(house.bus, house.store, SystemClock(), house.pipeline)


@asynccontextmanager
async def served(house: House) -> AsyncIterator[int]:
    """Gives the port."""
    server = WyomingServer(served_household(house), SystemClock(), [LOOPBACK], [])
    async with server.listening(0) as port:
        yield port


async def ask(port: int, *events: Eventable, until: str) -> list[Event]:
    """A request on a connection of its own: what came back, up to the first `until` or the end."""
    answers = []
    async with AsyncTcpClient(LOOPBACK, port) as client:
        for event in events:
            await client.write_event(event.event())
        while (answer := await client.read_event()) is not None:
            answers.append(answer)
            if answer.type == until:
                break
    return answers


def types(events: Sequence[Event]) -> list[str]:
    """Each once where several of a kind follow each other."""
    kinds = [event.type for event in events]
    return [kind for n, kind in enumerate(kinds) if n == 0 or kinds[n - 1] != kind]


def spoken(rate_hz: int = 16_000, pieces: int = 10) -> list[Eventable]:
    """A second of sound, as Home Assistant sends it."""
    shape = {"rate": rate_hz, "width": 2, "channels": 1}
    chunk = AudioChunk(audio=b"\x10\x20" * (rate_hz // 10), **shape)
    return [AudioStart(**shape), *[chunk] * pieces, AudioStop()]
