"""Talking with a toy: whole turns, and speech without one."""

from collections.abc import AsyncGenerator, AsyncIterable, Mapping, Sequence
from datetime import date, timedelta

from hub.domain.api import ToyUse
from hub.domain.audio import PcmChunk
from hub.domain.clock import Clock
from hub.domain.talks.kept import TalkSummary
from hub.domain.talks.talk import PAGE, Transcript, Turn
from hub.domain.toys import Toy
from hub.errors import DataError
from hub.pipeline.context import Ask
from hub.pipeline.events import (
    Audio,
    Finished,
    Heard,
    Interim,
    Refused,
    Said,
    Sounds,
    SpeechEnded,
    SpeechStarted,
    TurnEvent,
)
from hub.pipeline.pipeline import Pipeline
from hub.pipeline.speak.voices import Resampler
from hub.pipeline.streams import MicrophoneStream, SpeakerStream, follow
from hub.pipeline.turn import RunningTurn
from hub.storage.store import Store
from hub.translation import gettext as _

__all__ = [
    "Ask",
    "Audio",
    "Finished",
    "Heard",
    "Interim",
    "MicrophoneStream",
    "Refused",
    "Resampler",
    "RunningTurn",
    "Said",
    "Sounds",
    "SpeakerStream",
    "SpeechEnded",
    "SpeechStarted",
    "Talks",
    "TurnEvent",
    "follow",
]


class Talks:
    """Every way to a model goes through here. What was said stands in `hub.turns`."""

    def __init__(self, pipeline: Pipeline, store: Store, clock: Clock) -> None:
        self._pipeline = pipeline
        self._store = store
        self._clock = clock

    def begin(self, ask: Ask) -> RunningTurn:
        """A whole turn, from sound or from text; enter it and read its events.

        Raises StoppedError while the emergency stop is on, and when it ends the turn.
        """
        return self._pipeline.turn(ask)

    async def say(self, toy: str, text: str, source: str = "say") -> RunningTurn:
        """A whole turn from typed text, with the toy of that name. Raises as `begin`, and NotFoundError."""
        return self.begin(Ask(await self._store.toys.by_name(toy), source, text=text))

    async def try_typed(self, toy: Toy, text: str) -> Turn:
        """What `toy`, which may be as it is on no disk, says to a grown-up: unheard, and no part of a child's talk.

        Raises DataError, StoppedError.
        """
        turn: Turn | None = None
        async with self.begin(Ask(toy, PAGE, text=text, aloud=False)) as running:
            async for event in running:
                if isinstance(event, Finished):
                    turn = event.turn
        if turn is None:
            raise DataError(_("nothing was said: write what a child might say"))
        return turn

    async def transcribe(self, toy: Toy, audio: AsyncIterable[PcmChunk]) -> Transcript:
        """Recognise speech at 16 kHz, without a turn; parents are told of what they must know."""
        return await self._pipeline.transcribe(toy, audio)

    def read_aloud(self, toy: Toy, pieces: AsyncIterable[str]) -> AsyncGenerator[PcmChunk]:
        """Speak a text that may still be growing, as far as the guard lets the toy; at 16 kHz."""
        return self._pipeline.read_aloud(toy, pieces)

    async def worth_a_look(self, day: date) -> Sequence[Turn]:
        """For the digest of a day in the household's time: what the guard marked without an alarm, the oldest first."""
        household = await self._store.household.get()
        begins = household.midnight(day)
        ends = household.midnight(day + timedelta(days=1))
        return await self._store.turns.worth_a_look(begins, ends)

    async def today(self, limit: int) -> Sequence[TalkSummary]:
        """The last talks that began on this day in the household's time, the newest first."""
        household = await self._store.household.get()
        midnight = household.start_of_day(self._clock.now())
        return await self._store.talks.list(limit, period=(midnight, None))

    async def use_today(self) -> Mapping[str, ToyUse]:
        """How much each toy, by its id, was talked with."""
        household = await self._store.household.get()
        return await self._store.turns.use_since(household.start_of_day(self._clock.now()))
