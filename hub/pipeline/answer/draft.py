"""Answers to words that the child may still be saying: made at once, held back until the turn is over.

At a first short silence somebody guesses at the words, and the whole answer is begun on them. If the
child goes on, it is thrown away; if not, it is there already when the silence has become long enough.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from hub.domain.talks.talk import Transcript, Turn
from hub.egress.gate import Guess, guessing
from hub.errors import ProviderError
from hub.pipeline.answer.background import Background, read_background
from hub.pipeline.answer.toy_answer import AnswerTask
from hub.pipeline.context import TurnContext
from hub.pipeline.listen.recognise import Outcome
from hub.pipeline.timings import DraftTimings, Timings

log = structlog.get_logger()

Hear = Callable[[Timings], Awaitable[Outcome]]


class Draft:
    """One guess and the answer to it, in a record and with timings of their own.

    Until `keep` it may think and make sound, with providers that may be asked for guesses; nothing
    of it is said, shown or told to anybody, and in the ledger it counts as discarded.
    """

    def __init__(self, turn: TurnContext) -> None:
        self.guess = Guess()
        self.timings = DraftTimings(turn.timings)
        self.context = turn.draft(self.timings)
        self.heard: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    @property
    def record(self) -> Turn:
        return self.context.record

    def is_of(self, transcript: Transcript) -> bool:
        """Whether this answers those words."""
        if self.guess.failed or not self.heard.done():
            return False
        heard = self.heard.result()
        return isinstance(heard, Transcript) and heard.text == transcript.text

    def hears(self, outcome: Outcome) -> None:
        """In the record, too, for a turn that is cut before there is an answer."""
        if isinstance(outcome, Transcript):
            self.record.heard, self.record.confidence = outcome.text, outcome.confidence
        self.heard.set_result(outcome)

    def keep(self) -> None:
        """The turn is over, and these were the words."""
        self.timings.keep()
        self.guess.keep()

    async def run(
        self, hear: Hear | None, background: asyncio.Task[Background | Exception]
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
                    tasks.create_task(AnswerTask(self.context, self.guess).give(heard, known))
        except Exception as error:  # whatever fails, a draft that is not kept troubles nobody
            if self.guess.is_kept:
                raise
            self.guess.failed = True
            log.info("a draft failed", error=type(error).__name__)
            if not self.heard.done():
                self.heard.set_result(ProviderError("the recogniser broke; see the hub's log"))

    async def _settle(self) -> None:
        await self.guess.until_kept()
        await self.guess.settle()


class Drafts:
    """The drafts of one turn, of which the newest alone is alive. `tasks` owns their work."""

    def __init__(self, tasks: asyncio.TaskGroup, context: TurnContext) -> None:
        self._tasks = tasks
        self._context = context
        self._background: asyncio.Task[Background | Exception] | None = None
        self._alive: tuple[Draft, asyncio.Task[None]] | None = None
        self._records: list[Turn] = []

    def prepare(self) -> None:
        """Somebody speaks: read what an answer will need to know."""
        self._what_is_known()

    def begin(self, hear: Hear) -> Draft:
        """Instead of any other."""
        return self._begin(Draft(self._context), hear)

    def begin_on(self, transcript: Transcript) -> Draft:
        """The same where the words are there; a draft of those words goes on."""
        if self._alive and self._alive[0].is_of(transcript):
            return self._alive[0]
        draft = Draft(self._context)
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
        self._records.append(draft.record)
        work = draft.run(hear, self._what_is_known())
        self._alive = draft, self._tasks.create_task(work)
        return draft

    def _what_is_known(self) -> asyncio.Task[Background | Exception]:
        """Read once; an error as a value, as nobody may need it."""

        async def read() -> Background | Exception:
            context = self._context
            try:
                return await read_background(context.services, context.ask.toy, context.record)
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
