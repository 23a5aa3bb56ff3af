"""One turn: listen → transcribe → check → think → check → speak.

`async with pipeline.turn(ask) as turn:` owns the turn's tasks; `async for event in turn:` reads
its bounded queue of events. Leaving the block ends the turn; what was said until then is kept.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import structlog

from hub.domain.talk import UNFINISHED, Turn, TurnState
from hub.domain.trace import Work
from hub.errors import DataError, PommaiError, ProviderError, leaves
from hub.events import TurnStep, WordsSoFar
from hub.pipeline.brake import Brake
from hub.pipeline.events import Audio, Finished, Heard, Interim, Said, TurnEvent
from hub.pipeline.exchange import Exchange
from hub.pipeline.heard_so_far import HeardSoFar
from hub.pipeline.mouth import Mouth
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.timings import Measure, Timings
from hub.safety.guard import Line
from hub.safety.outgoing import turn_in_progress

log = structlog.get_logger()

EVENTS_AHEAD = 32
"""Events that wait for a slow consumer; past it the turn waits too."""


class RunningTurn:
    """One turn in progress. Iterate it for its events; the last one is `Finished`.

    Its block raises StoppedError when the emergency stop ends the turn.
    """

    def __init__(self, services: TurnServices, ask: Ask, brake: Brake) -> None:
        self._services = services
        self._stop = brake.on_turn()
        self._ask = ask
        self._policy = services.guard.policy_for(ask.toy)
        self._timings = Timings(services.clock, self._publish)
        self._events: asyncio.Queue[TurnEvent] = asyncio.Queue(EVENTS_AHEAD)
        self._lines_made = 0
        """Told of; those in `_heard` have begun to sound."""
        self._heard = HeardSoFar()
        self._words_shown = ""
        self._left = False
        """Whoever read the turn has gone; `Task.cancelling` doesn't tell, as a TaskGroup that fails counts in it."""
        turn = Turn(
            id=uuid.uuid4().hex,
            toy_id=ask.toy.id,
            source=ask.source,
            started_at=services.clock.now(),
            child_id=ask.toy.child_id,
            satellite_key=ask.satellite_key,
            timings_ms=self._timings.marks_ms,
            spans=self._timings.spans,
        )
        self._exchange = Exchange(services, ask, turn, self._policy, self._timings, self._emit)

    async def __aenter__(self) -> Self:
        self._stop.enter()
        self._task = asyncio.create_task(self._run(), name=f"turn {self._turn.id}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left = True
        self._task.cancel()
        await self._stop.leave(self._task, error)

    async def __aiter__(self) -> AsyncIterator[TurnEvent]:
        sending: Measure | None = None
        while True:
            event = await self._events.get()
            if isinstance(event, Said):
                self._heard.begin(event.text.text)
                sending = self._timings.begin(Work.SEND, clause=event.text.text)
            elif isinstance(event, Audio):
                self._heard.add(event.chunk.duration_ms)
            yield event
            if isinstance(event, Audio) and sending:
                sending.first()
                sending.end()
            self._events.task_done()
            if isinstance(event, Finished):
                return

    @property
    def _turn(self) -> Turn:
        return self._exchange.turn

    async def _emit(self, event: TurnEvent) -> None:
        self._lines_made += isinstance(event, Said)
        if isinstance(event, Interim):
            self._show_words(event.text)
        elif isinstance(event, Heard):
            self._show_words("")
        await self._events.put(event)

    def _show_words(self, text: str) -> None:
        """To parents who look; not what they try themselves."""
        if text != self._words_shown and not self._turn.tried:
            self._words_shown = text
            self._services.bus.publish(WordsSoFar(self._turn.toy_id, text))

    def _forget_unheard(self) -> None:
        """What never sounded was not said."""
        del self._turn.said[self._heard.clauses :]
        if self._ask.played_ms is not None:
            more_ms, whole = self._rest_of_clause()
            played_ms = self._ask.played_ms()
            self._turn.said[:] = self._heard.said(played_ms, more_ms=more_ms, whole=whole)

    def _rest_of_clause(self) -> tuple[float, bool]:
        """The sound of the clause begun last that nobody reads any more, and whether that is all of it."""
        more_ms = 0.0
        while not self._events.empty():
            match self._events.get_nowait():
                case Audio(chunk):
                    more_ms += chunk.duration_ms
                case Said() | Finished():
                    return more_ms, True
        return more_ms, False

    def _publish(self, step: str, at_ms: float) -> None:
        self._services.bus.publish(TurnStep(self._turn.id, self._turn.toy_id, step, at_ms))

    async def _run(self) -> None:
        turn_in_progress.set(self._turn.id)
        try:
            await self._exchange_or_lament()
            self._timings.mark("finished")
            await self._events.put(Finished(self._turn if self._stored else None))
        except asyncio.CancelledError:
            await self._exchange.fall_back()
            self._forget_unheard()
            if self._stop.interrupted:
                self._turn.error = "the toys were stopped"
            await self._keep(TurnState.CUT)
            raise
        finally:
            self._show_words("")
            self._services.on_end(self._turn)

    async def _exchange_or_lament(self) -> None:
        """Whatever fails, the child hears a kind line and the parent reads what it was."""
        try:
            if await self._exchange.run():
                await self._events.join()  # done is what was played, not what was made
                self._timings.mark("answered")
                await self._keep(TurnState.DONE)
        except Exception as error:
            if self._left:  # it was cut, and something broke while it was being ended
                raise asyncio.CancelledError from error
            await self._lament(leaves(error) if isinstance(error, ExceptionGroup) else [error])

    @property
    def _stored(self) -> bool:
        return self._turn.revision > 0

    async def _keep(self, state: TurnState) -> None:
        """Save the turn; `state` holds unless something graver is noted already."""
        if self._turn.state in UNFINISHED:
            self._turn.state = state
        if self._stored:
            await self._services.store.turns.save(self._turn)

    async def _lament(self, errors: list[Exception]) -> None:
        """Say that something went wrong, and note what, as far as either is still possible."""
        graver = [error for error in errors if isinstance(error, DataError)]
        line = Line.STORAGE_FAILED if graver else Line.PROVIDER_FAILED
        await self._exchange.fall_back()
        del self._turn.said[self._lines_made :]
        error = (graver or errors)[0]
        self._turn.error = str(error)
        expected = isinstance(error, (DataError, ProviderError))
        log.error(
            "turn failed",
            turn=self._turn.id,
            error=self._turn.error,
            exc_info=None if expected else error,
        )
        self._turn.state = TurnState.FAILED
        try:
            if not self._stored and line is not Line.STORAGE_FAILED:
                await self._services.store.turns.begin(self._turn)
            await self._keep(TurnState.FAILED)
        except DataError as error:
            log.error("turn not stored", turn=self._turn.id, error=str(error))
        await self._apologise(line)

    async def _apologise(self, line: Line) -> None:
        """Whatever is wrong with the voice, the turn ends after it: somebody waits for that."""
        try:
            apology = await self._services.guard.line(
                line, self._policy, self._ask.toy.language, seed=self._turn.id
            )
            await Mouth(
                self._services,
                self._ask,
                self._turn,
                self._policy,
                self._timings,
                self._emit,
            ).say_last(apology)
        except Exception as error:
            if self._left:
                raise asyncio.CancelledError from error
            log.error(
                "nothing could be said",
                turn=self._turn.id,
                error=str(error),
                exc_info=None if isinstance(error, PommaiError) else error,
            )
