"""Watching a link live: every message between hub and satellite, by type, size and time, without the words.

A link's `watchers` are told of each message. Nobody watches as a rule, and then it costs nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wyoming.event import Event

from hub.devices.identity import printable
from hub.domain.audio import SAMPLE_BYTES, SPEECH_RATE_HZ
from hub.domain.clock import Clock
from hub.domain.toys import SatelliteState
from satellite.wire.frame import AudioFrame
from satellite.wire.opus import FRAME_MS

MAX_HELD: Final = 500
"""Messages that wait for a slow watcher; what comes after them is missed, and counted."""
QUIET_S: Final = 10.0
MAX_WATCHERS: Final = 4
"""Of one link."""
MAX_FIELDS: Final = 12
MAX_NUMBER: Final = 1e12
PLAIN: Final = frozenset({"start_stage", "end_stage"})
"""Fields whose text is a sign and not something that was said."""

Value = str | int | float | bool


class Way(StrEnum):
    FROM_TOY = "from toy"
    TO_TOY = "to toy"
    LINK = "link"
    """Not a message: the link itself changed its state."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One message, or one change of the link."""

    at_ms: float
    """Since the watch began."""
    way: Way
    type: str
    payload_bytes: int
    audio_ms: float
    """Of sound in it."""
    data: Mapping[str, Value]
    """Its fields; text is only counted, as `<7 words>`."""
    missed: int
    """How many messages before it this watcher was too slow for."""


class Watch:
    """One watcher's view of one link. Iterate it: None says that nothing happened for QUIET_S."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._held: asyncio.Queue[Passed | None] = asyncio.Queue(MAX_HELD + 1)
        self._missed = 0
        self._ended = False

    def note(self, way: Way, event: Event | AudioFrame) -> None:
        if isinstance(event, AudioFrame):
            self._hold(way, "frame", len(event.packet), FRAME_MS, {"number": event.number})
            return
        payload = len(event.payload or b"")
        sound = payload if event.type == "audio-chunk" else 0
        self._hold(
            way, event.type, payload, 1000 * sound / (SAMPLE_BYTES * SPEECH_RATE_HZ), event.data
        )

    def note_state(self, state: SatelliteState, detail: str) -> None:
        """`detail` is the hub's own line on what is wrong."""
        self._hold(Way.LINK, f"{state}: {detail}" if detail else state.value)

    def end(self) -> None:
        """The link is let go: the iteration ends after what is held."""
        if not self._ended:
            self._ended = True
            self._held.put_nowait(None)  # one place is kept for it

    def __aiter__(self) -> "Watch":
        return self

    async def __anext__(self) -> Passed | None:
        try:
            async with self._clock.timeout(QUIET_S):
                passed = await self._held.get()
        except TimeoutError:
            return None
        if passed is None:
            raise StopAsyncIteration
        return passed

    def _hold(
        self,
        way: Way,
        kind: str,
        payload_bytes: int = 0,
        audio_ms: float = 0.0,
        data: Mapping[str, object] | None = None,
    ) -> None:
        if self._ended or self._held.qsize() >= MAX_HELD:
            self._missed += 1
            return
        at_ms = round(1000 * (self._clock.monotonic() - self._began), 1)
        shown = without_words(data or {})
        self._held.put_nowait(
            Passed(
                at_ms, way, printable(kind), payload_bytes, round(audio_ms, 1), shown, self._missed
            )
        )
        self._missed = 0


def without_words(data: Mapping[str, object]) -> dict[str, Value]:
    """A message's fields with their numbers, and of texts and lists only how long they are."""
    fields = [(name, value) for name, value in data.items() if value is not None][:MAX_FIELDS]
    return {printable(name): _shown(name, value) for name, value in fields}


def _shown(name: str, value: object) -> Value:
    match value:
        case bool():
            return value
        case int() | float():
            return value if abs(value) < MAX_NUMBER else "<number>"
        case str() if name in PLAIN:
            return printable(value)
        case str():
            words = len(value.split())
            return f"<{words} word{'' if words == 1 else 's'}>"
        case list():
            return f"<list of {len(value)}>"
        case _:
            return "<object>"
