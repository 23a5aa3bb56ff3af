"""A turn's events on their way to whoever reads it, and which of the turn's words were heard there.

A turn that is cut has said only what was played: up to the last word of the last clause that was.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import structlog

from hub.domain.talks.talk import PAGE
from hub.domain.talks.trace import Work
from hub.events import WordsSoFar
from hub.pipeline.context import Ask, TurnServices
from hub.pipeline.events import Audio, Finished, Heard, Interim, Said, Sounds, TurnEvent
from hub.pipeline.timings import Measure, Timings

log = structlog.get_logger()

MAX_EVENTS_AHEAD: Final = 32
"""Events that wait for a slow consumer; past it the turn waits too."""
MS_A_CHARACTER: Final = 65.0
"""Of speech, about, where no whole clause of the turn tells: our voices take 60 to 75."""


class EventStream:
    """One turn's events, the last of which is `Finished`. Words that are not sure yet go to parents who look, too."""

    def __init__(self, services: TurnServices, ask: Ask) -> None:
        self._bus = services.bus
        self._clock = services.clock
        self._ask = ask
        self._queue: asyncio.Queue[TurnEvent] = asyncio.Queue(MAX_EVENTS_AHEAD)
        self._heard = HeardSoFar()
        self._shows_words = ask.source != PAGE
        self._words_shown = ""
        self.lines_made = 0
        """Lines that were handed on; those in `_heard` have begun to sound."""

    async def put(self, event: TurnEvent) -> None:
        self.lines_made += isinstance(event, Said)
        if isinstance(event, Interim):
            self.show_words(event.text)
        elif isinstance(event, Heard):
            self.show_words("")
        await self._queue.put(event)

    async def read(self, timings: Timings, max_s: float) -> AsyncIterator[TurnEvent]:
        """What was put, until `Finished`, which comes after `max_s` at the latest, of whatever the turn then waits.

        The time of a sound without words doesn't count.
        """
        sending: Measure | None = None
        ends_at = self._clock.monotonic() + max_s
        while True:
            try:
                async with self._clock.timeout(ends_at - self._clock.monotonic()):
                    event = await self._queue.get()
            except TimeoutError:
                log.error("a turn went on for too long", toy=self._ask.toy.id, seconds=max_s)
                yield Finished(None)
                return
            if isinstance(event, Said):
                self._heard.begin(event.text.text)
                sending = timings.begin(Work.SEND, clause=event.text.text)
            elif isinstance(event, Sounds):
                self._heard.begin("")
                sending = None
                ends_at += event.sound.seconds
            elif isinstance(event, Audio):
                self._heard.add(event.chunk.duration_ms)
            yield event
            if isinstance(event, Audio) and sending:
                sending.first()
                sending.end()
            self._queue.task_done()
            if isinstance(event, Finished):
                return

    async def all_read(self) -> None:
        """Wait until each event so far was taken and dealt with."""
        await self._queue.join()

    def show_words(self, text: str) -> None:
        """To parents who look; not what they try themselves."""
        if text != self._words_shown and self._shows_words:
            self._words_shown = text
            self._bus.publish(WordsSoFar(self._ask.toy.id, text))

    def forget_unheard(self, said: list[str]) -> None:
        """What never sounded was not said; once nobody reads any more."""
        del said[self._heard.clauses :]
        if self._ask.played_ms is not None:
            more_ms, whole = self._rest_of_clause()
            said[:] = self._heard.said(self._ask.played_ms(), more_ms=more_ms, whole=whole)

    def _rest_of_clause(self) -> tuple[float, bool]:
        """The sound of the clause begun last that nobody reads any more, and whether that is all of it."""
        more_ms = 0.0
        while not self._queue.empty():
            match self._queue.get_nowait():
                case Audio(chunk):
                    more_ms += chunk.duration_ms
                case Said() | Sounds() | Finished():
                    return more_ms, True
        return more_ms, False


@dataclass
class _Clause:
    text: str
    """ "" of a sound without words."""
    sound_ms: float = 0.0
    """So much of it is known."""


class HeardSoFar:
    """Follows an answer as it is handed on: `begin` each clause, `add` its sound."""

    def __init__(self) -> None:
        self._clauses: list[_Clause] = []

    def begin(self, text: str) -> None:
        self._clauses.append(_Clause(text))

    def add(self, sound_ms: float) -> None:
        if self._clauses:
            self._clauses[-1].sound_ms += sound_ms

    @property
    def clauses(self) -> int:
        return sum(1 for clause in self._clauses if clause.text)

    def said(
        self, played_ms: float | None, *, more_ms: float = 0.0, whole: bool = False
    ) -> list[str]:
        """The clauses of which something was heard, the last one up to its last word that was.

        None: all that was handed on was played. `more_ms` is known sound of the last clause that was
        not handed on, `whole` that there is no more of it.
        """
        if played_ms is None:
            return [clause.text for clause in self._clauses if clause.text]
        said: list[str] = []
        for clause, long_ms in zip(self._clauses, self._lengths_ms(more_ms, whole), strict=True):
            words = clause.text.split()
            heard = clause.text if played_ms >= long_ms else _up_to(words, played_ms / long_ms)
            if heard:
                said.append(heard)
            played_ms -= long_ms
            if played_ms < 0:
                break
        return said

    def _lengths_ms(self, more_ms: float, whole: bool) -> list[float]:
        if not self._clauses:
            return []
        *before, latest = self._clauses
        lengths_ms = [clause.sound_ms for clause in before]
        known_ms = latest.sound_ms + more_ms
        if whole:
            return [*lengths_ms, known_ms]
        spoken = [clause for clause in before if clause.text]
        characters = sum(len(clause.text) for clause in spoken)
        spoken_ms = sum(clause.sound_ms for clause in spoken)
        pace_ms = spoken_ms / characters if characters else MS_A_CHARACTER
        return [*lengths_ms, max(known_ms, pace_ms * len(latest.text))]


def _up_to(words: list[str], share: float) -> str:
    """The first words that are within this share of the sound, taken to be as long as they are written."""
    letters = sum(len(word) + 1 for word in words) * share
    heard = []
    for word in words:
        letters -= len(word) + 1
        if letters < -1e-9:
            break
        heard.append(word)
    return " ".join(heard)
