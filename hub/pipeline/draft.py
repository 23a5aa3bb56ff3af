"""Answers to words that the child may still be saying: made at once, held back until the turn is over.

At a first short silence somebody guesses at the words, and the whole answer is begun on them. If the
child goes on, it is thrown away; if not, it is there already when the silence has become long enough.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from hub.domain.talk import Transcript, Turn
from hub.errors import PommaiError, ProviderError
from hub.pipeline.background import Background
from hub.pipeline.timings import Timings
from hub.safety.outgoing import Guess, guessing

log = structlog.get_logger()

Outcome = Transcript | PommaiError
"""What became of recognising; an error as a value, as it may come while the child still speaks."""
Hear = Callable[[Timings], Awaitable[Outcome]]
Read = Callable[[], Awaitable[Background]]
Known = Callable[[], Awaitable[Background]]
"""Waits for what is read; raises what went wrong with it."""
Write = Callable[["Draft", Transcript, Known], Coroutine[Any, Any, None]]


class Draft:
    """One guess and the answer to it, in a record and with timings of their own.

    Until `keep` it may think and make sound, with providers that may be asked for guesses; nothing
    of it is said, shown or told to anybody, and in the ledger it counts as discarded.
    """

    def __init__(self, turn: Turn, timings: Timings) -> None:
        self.guess = Guess()
        self.timings = timings.draft()
        self.turn = replace(turn, verdicts=[], said=[], refused=[], providers={})
        self.heard: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def is_of(self, transcript: Transcript) -> bool:
        """Whether this answers those words."""
        if self.guess.failed or not self.heard.done():
            return False
        heard = self.heard.result()
        return isinstance(heard, Transcript) and heard.text == transcript.text

    def hears(self, outcome: Outcome) -> None:
        """In the record, too, for a turn that is cut before there is an answer."""
        if isinstance(outcome, Transcript):
            self.turn.heard, self.turn.confidence = outcome.text, outcome.confidence
        self.heard.set_result(outcome)

    def keep(self) -> None:
        """The turn is over, and these were the words."""
        self.timings.keep()
        self.guess.keep()

    async def run(
        self, hear: Hear | None, background: asyncio.Task[Background | Exception], write: Write
    ) -> None:
        """Without `hear`, what was heard is there already."""

        async def known() -> Background:
            return _value(await asyncio.shield(background))

        try:
            with guessing(self.guess):
                if hear is not None:
                    self.hears(await hear(self.timings))
                    self.timings.mark("transcript")
                heard = self.heard.result()
                if not isinstance(heard, Transcript) or not heard.text:
                    return
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._settle())
                    tasks.create_task(write(self, heard, known))
        except Exception as error:
            if self.guess.is_kept:
                raise
            self.guess.failed = True
            log.info("a draft failed", turn=self.turn.id, error=type(error).__name__)
            if not self.heard.done():
                self.heard.set_result(ProviderError("the recogniser broke; see the hub's log"))

    async def _settle(self) -> None:
        await self.guess.until_kept()
        await self.guess.settle()


class Drafts:
    """The drafts of one turn, of which the newest alone is alive. `tasks` owns their work."""

    def __init__(
        self, tasks: asyncio.TaskGroup, turn: Turn, timings: Timings, read: Read, write: Write
    ) -> None:
        self._tasks = tasks
        self._turn = turn
        self._timings = timings
        self._read = read
        self._write = write
        self._background: asyncio.Task[Background | Exception] | None = None
        self._alive: tuple[Draft, asyncio.Task[None]] | None = None
        self._records: list[Turn] = []

    def prepare(self) -> None:
        """Somebody speaks: read what an answer will need to know."""
        self._what_is_known()

    def begin(self, hear: Hear) -> Draft:
        """Instead of any other."""
        return self._begin(Draft(self._turn, self._timings), hear)

    def begin_on(self, transcript: Transcript) -> Draft:
        """The same where the words are there; a draft of those words goes on."""
        if self._alive and self._alive[0].is_of(transcript):
            return self._alive[0]
        draft = Draft(self._turn, self._timings)
        draft.hears(transcript)
        return self._begin(draft, None)

    def discard(self) -> None:
        """The child goes on: what was made is thrown away, what is under way is ended."""
        if self._alive:
            draft, task = self._alive
            draft.timings.discard()
            task.cancel()
            self._alive = None

    def keep(self, transcript: Transcript) -> Draft:
        """The turn is over, and these were the words; the answer to them is given from now on."""
        draft = self.begin_on(transcript)
        draft.keep()
        return draft

    def _begin(self, draft: Draft, hear: Hear | None) -> Draft:
        self.discard()
        self._records.append(draft.turn)
        work = draft.run(hear, self._what_is_known(), self._write)
        self._alive = draft, self._tasks.create_task(work)
        return draft

    def _what_is_known(self) -> asyncio.Task[Background | Exception]:
        """Read once; an error as a value, as nobody may need it."""

        async def read() -> Background | Exception:
            try:
                return await self._read()
            except Exception as error:  # noqa: BLE001 - raised by whoever needs it
                return error

        if self._background is None:
            self._background = self._tasks.create_task(read())
        return self._background

    @property
    def written(self) -> Turn | None:
        """The newest record that is on the disk."""
        return next((turn for turn in reversed(self._records) if turn.revision), None)

    @property
    def guessed(self) -> Turn | None:
        """The newest record with words in it, on the disk or not."""
        return next((turn for turn in reversed(self._records) if turn.heard), None)


def _value(outcome: Background | Exception) -> Background:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
