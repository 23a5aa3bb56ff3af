"""One turn: listen → transcribe → check → think → check → speak.

`async with pipeline.turn(ask) as turn:` owns the turn's tasks; `async for event in turn:` reads
its bounded queue of events. Leaving the block ends the turn; what was said until then is kept.

    RunningTurn → Exchange → Listener → Drafts → AnswerTask → SpeechOutput → EventStream
"""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self

import structlog

from hub.domain.talks.talk import UNFINISHED, Turn, TurnState
from hub.egress.gate import turn_in_progress
from hub.errors import DataError, PommaiError, ProviderError, leaves
from hub.pipeline.context import Ask, TurnContext, TurnServices
from hub.pipeline.emergency_stop import EmergencyStop
from hub.pipeline.event_stream import EventStream
from hub.pipeline.events import Finished, TurnEvent
from hub.pipeline.exchange import Exchange
from hub.pipeline.speak.output import SpeechOutput
from hub.safety.guard import Line

log = structlog.get_logger()

MAX_ANSWER_S: Final = 600.0
"""The longest answer: five times what a model's longest reply takes to be spoken."""
MAX_END_S: Final = 15.0
"""How long the end of a turn that is left is waited for: its last writes to a disk that is slow."""


class RunningTurn:
    """One turn in progress. Iterate it for its events; the last one is `Finished`.

    Its block raises StoppedError when the emergency stop ends the turn.
    """

    def __init__(self, services: TurnServices, ask: Ask, stop: EmergencyStop) -> None:
        self._services = services
        self._stop = stop.of_turn()
        self._events = EventStream(services, ask)
        self._context = TurnContext.new(services, ask, self._events.put)
        self._exchange = Exchange(self._context)
        self._left = False
        """Whoever read the turn has gone; `Task.cancelling` doesn't tell, as a TaskGroup that fails counts in it."""

    async def __aenter__(self) -> Self:
        self._stop.enter()
        self._task = asyncio.create_task(self._run(), name=f"turn {self._record.id}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left = True
        self._task.cancel()
        self._stop.leave(error, cancelled=await self._ended())

    def __aiter__(self) -> AsyncIterator[TurnEvent]:
        settings = self._services.settings
        listening_s = settings.no_speech_s + settings.max_s + settings.give_up_s
        return self._events.read(self._context.timings, listening_s + MAX_ANSWER_S)

    @property
    def was_cut(self) -> bool:
        """It was left before its end."""
        return self._task.cancelled()

    @property
    def _record(self) -> Turn:
        return self._context.record

    async def _ended(self) -> bool:
        """Wait for the cancelled turn; whether the one who waits was cancelled, too.

        Nothing of the turn may be left behind, so that is put off until it has ended, as a barge-in cancels twice;
        but no longer than MAX_END_S.
        """
        cancelled = False
        clock = self._services.clock
        gives_up_at = clock.monotonic() + MAX_END_S
        while not self._task.done():
            try:
                async with clock.timeout(gives_up_at - clock.monotonic()):
                    await asyncio.wait((self._task,))
            except TimeoutError:
                log.error("a turn that was left has not ended", turn=self._record.id)
                break
            except asyncio.CancelledError:
                cancelled = True
        return cancelled

    async def _run(self) -> None:
        """`Finished` comes whatever happens, but where nobody reads any more: somebody waits for it."""
        turn_in_progress.set(self._record.id)
        structlog.contextvars.bind_contextvars(turn=self._record.id)  # in each line of the log
        try:
            await self._exchange_or_apologise()
            self._context.timings.mark("finished")
        except asyncio.CancelledError:
            await self._cut()
            if self._left:
                raise
        except Exception:  # even of the apology: without an end a toy thinks for ever
            log.exception("a turn broke")
        finally:
            self._events.show_words("")
            self._on_end()
        await self._events.put(Finished(self._record if self._stored else None))

    async def _cut(self) -> None:
        """It was left, or what it asked ended as if it were: what was heard and said until now is kept."""
        try:
            await self._exchange.fall_back()
            self._events.forget_unheard(self._record.said)
            if self._stop.interrupted:
                self._record.error = "the toys were stopped"
            await self._keep(TurnState.CUT)
        except Exception:  # who cut it waits for its end, which nothing here may keep from coming
            log.exception("a turn that was cut is not kept")

    def _on_end(self) -> None:
        try:
            self._services.on_end(self._record)
        except Exception:  # counting is beside the turn, which has had its answer
            log.exception("a turn is not counted")

    async def _exchange_or_apologise(self) -> None:
        """Whatever fails, the child hears a kind line and the parent reads what it was."""
        try:
            if await self._exchange.run():
                await self._events.all_read()  # done is what was played, not what was made
                self._context.timings.mark("answered")
                await self._keep(TurnState.DONE)
        except Exception as error:  # whatever fails, the child is to hear a line
            if self._left:  # it was cut, and something broke while it was being ended
                raise asyncio.CancelledError from error
            await self._fail(leaves(error) if isinstance(error, ExceptionGroup) else [error])

    @property
    def _stored(self) -> bool:
        return self._record.revision > 0

    async def _keep(self, state: TurnState) -> None:
        """Save the turn; `state` holds unless something graver is noted already."""
        if self._record.state in UNFINISHED:
            self._record.state = state
        if self._stored:
            await self._services.store.turns.save(self._record)

    async def _fail(self, errors: list[Exception]) -> None:
        """Say that something went wrong, and note what, as far as either is still possible."""
        graver = [error for error in errors if isinstance(error, DataError)]
        line = Line.STORAGE_FAILED if graver else Line.PROVIDER_FAILED
        await self._exchange.fall_back()
        record = self._record
        del record.said[self._events.lines_made :]
        error = (graver or errors)[0]
        record.error = str(error)
        expected = isinstance(error, (DataError, ProviderError))
        log.error(
            "turn failed",
            error=record.error,
            exc_info=None if expected else error,
        )
        record.state = TurnState.FAILED
        try:
            if not self._stored and line is not Line.STORAGE_FAILED:
                await self._services.store.turns.begin(record)
            await self._keep(TurnState.FAILED)
        except Exception as error:  # noqa: BLE001 - whatever it is, the child is to hear the line
            log.error("turn not stored", error=str(error))
        await self._apologise(line)

    async def _apologise(self, line: Line) -> None:
        """Whatever is wrong with the voice, the turn ends after it: somebody waits for that."""
        try:
            await SpeechOutput(self._context).say_last(await self._context.line(line))
        except Exception as error:  # whatever it is, somebody waits for the turn's end
            if self._left:
                raise asyncio.CancelledError from error
            log.error(
                "nothing could be said",
                error=str(error),
                exc_info=None if isinstance(error, PommaiError) else error,
            )
