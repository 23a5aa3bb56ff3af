"""The services over a household for tests, and clients of the `wyoming` package that use them."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager

from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.event import Event, Eventable

from hub.domain.audio import PcmChunk
from hub.domain.clock import SystemClock
from hub.domain.talk import Transcript
from hub.domain.toys import Toy
from hub.pipeline.services import Ask
from hub.pipeline.turn import RunningTurn
from integrations.wyoming_services.server import Server
from tests.pipeline.parts import House

LOOPBACK = "127.0.0.1"


class ServedHouse:
    """What the services ask of `hub.core.Hub`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def toys(self) -> Sequence[Toy]:
        return await self._house.store.toys.list()

    async def transcribe(self, toy: Toy, audio: AsyncIterable[PcmChunk]) -> Transcript:
        return await self._house.pipeline.transcribe(toy, audio)

    def read_aloud(self, toy: Toy, pieces: AsyncIterable[str]) -> AsyncGenerator[PcmChunk]:
        return self._house.pipeline.read_aloud(toy, pieces)

    def begin_turn(self, ask: Ask) -> RunningTurn:
        return self._house.pipeline.turn(ask)


@asynccontextmanager
async def served(house: House) -> AsyncIterator[int]:
    """Gives the port."""
    server = Server(ServedHouse(house), SystemClock(), [LOOPBACK], [])
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
