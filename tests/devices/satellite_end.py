"""A session with its satellite's end of the wire in a test's hands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from wyoming.event import Event

from hub.devices.session import Session
from hub.domain.clock import Clock
from hub.domain.network_services import NetworkService
from hub.domain.toys import ANY_VOICE, SatelliteState, Toy
from hub.errors import LinkError
from satellite.wire.frame import AudioFrame
from tests.clock import settle
from tests.devices.scripted import ScriptedTurns


class SatelliteEnd:
    """A session with its satellite's end of the wire on the table."""

    def __init__(self, turns: ScriptedTurns, clock: Clock) -> None:
        self.sent: list[Event] = []
        self.states: list[SatelliteState] = []
        self.detail = ""
        self.gone = False
        self.key = "id:1"
        self.room_listener: NetworkService | str = ANY_VOICE
        self.session = Session(self, turns, self._send, self._show, clock)

    @property
    def state(self) -> SatelliteState:
        return self.states[-1]

    def shows(self, state: SatelliteState) -> bool:
        return self.state is state

    @property
    def types(self) -> list[str]:
        """What was sent, sound counted once."""
        return list(dict.fromkeys(event.type for event in self.sent))

    @property
    def sound_ms(self) -> float:
        return sum(len(e.payload or b"") / 32 for e in self.sent if e.type == "audio-chunk")

    async def receive(self, *events: Event) -> None:
        for event in events:
            await self.session.receive(event)
        await settle()

    async def toy(self) -> Toy:
        return Toy("t", "Pommai")

    async def _send(self, *messages: Event | AudioFrame) -> None:
        if self.gone:
            raise LinkError("gone")
        self.sent += [message for message in messages if isinstance(message, Event)]

    def _show(self, state: SatelliteState, detail: str) -> None:
        self.states.append(state)
        self.detail = detail


@asynccontextmanager
async def satellite_end(turns: ScriptedTurns, clock: Clock) -> AsyncIterator[SatelliteEnd]:
    it = SatelliteEnd(turns, clock)
    running = asyncio.create_task(it.session.run())
    try:
        yield it
    finally:
        running.cancel()
        await asyncio.wait((running,))
