"""The toy's side of a turn: think, check each clause, speak what passed, all side by side."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import timedelta

import structlog

from hub.domain.household import Household
from hub.domain.safety import Category, ContextLine, Direction, SafeText, SafetyPolicy, Verdict
from hub.domain.talk import Transcript, Turn, TurnState
from hub.domain.trace import Work
from hub.errors import ProviderError
from hub.pipeline.activities import Part
from hub.pipeline.background import Background, read_calm
from hub.pipeline.breaks import break_due
from hub.pipeline.clauses import speakable
from hub.pipeline.draft import Known
from hub.pipeline.events import Heard, Refused, TurnEvent
from hub.pipeline.mouth import Mouth
from hub.pipeline.prompt import build_request
from hub.pipeline.quiet_time import is_quiet
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.so_far import serious
from hub.pipeline.tell_parents import Telling
from hub.pipeline.think import think
from hub.pipeline.timings import Timings
from hub.safety.guard import Line
from hub.safety.outgoing import Guess

log = structlog.get_logger()


class Answer:
    """Answers one turn's words, writing what happens into `turn`; `emit` takes the events.

    The words may be a guess still. Until it is kept the answer is made, but held back.
    """

    def __init__(
        self,
        services: TurnServices,
        ask: Ask,
        turn: Turn,
        policy: SafetyPolicy,
        timings: Timings,
        emit: Callable[[TurnEvent], Awaitable[None]],
        guess: Guess,
        telling: Telling,
    ) -> None:
        self._services = services
        self._ask = ask
        self._turn = turn
        self._policy = policy
        self._timings = timings
        self._emit = emit
        self._guess = guess
        self._telling = telling
        self._announced = asyncio.Event()
        self._mouth = Mouth(
            services, ask, turn, policy, timings, emit, guess.until_kept, self._announced.wait
        )

    async def give(self, transcript: Transcript, known: Known) -> None:
        """Speaks the answer, or the redirect where the guard refuses the words or a clause."""
        turn, services = self._turn, self._services
        if not services.guesses_are_checked:
            await self._guess.until_kept()
        is_draft = not self._guess.is_kept
        turn.state = TurnState.DRAFT if is_draft else TurnState.THINKING
        calm = await read_calm(services, self._ask.toy, tried=turn.tried)
        self._mouth.fills_silence = not calm and services.guard.asked(turn.heard) is None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._mouth.run())
            background = await known()
            verdict = await self._check(background)
            tasks.create_task(self._announce(transcript, verdict, is_draft))
            tasks.create_task(self._find_words(verdict, background))

    async def _check(self, background: Background) -> Verdict:
        """The guard's word on the child's words, which are on the disk then: before the model is asked."""
        turn, services = self._turn, self._services
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(services.store.turns.begin(turn))
            async with self._timings.span(Work.CHECK):
                verdict = await services.guard.check_child(
                    turn.heard, self._policy, background.so_far.context()
                )
            self._timings.mark("check")
        turn.verdicts.append(verdict)
        self._mouth.fills_silence = self._mouth.fills_silence and verdict.allowed
        return verdict

    async def _announce(self, transcript: Transcript, verdict: Verdict, is_draft: bool) -> None:
        """Once the words are sure: tell of them, the parents first."""
        await self._guess.until_kept()
        if self._turn.state is TurnState.DRAFT:
            self._turn.state = TurnState.THINKING
        await self._telling.tell(self._turn, verdict)
        await self._emit(Heard(transcript, verdict))
        if not verdict.allowed:
            await self._emit(Refused(verdict, Direction.CHILD))
        self._announced.set()
        if is_draft and not self._mouth.is_ready:  # else it is about to write what it says
            await self._services.store.turns.save(self._turn)

    async def _find_words(self, verdict: Verdict, background: Background) -> None:
        # Who spoke before quiet time began is answered; who speaks in it comes not so far.
        quiet = self._ask.audio is None and is_quiet(self._ask.toy, background.household)
        try:
            if quiet and verdict.allowed:
                await self._mouth.put(await self._fixed_line(Line.QUIET))
            elif not await self._told_the_truth(verdict):
                if not verdict.allowed:
                    await self._refuse_child(verdict, background)
                elif part := self._taken_up():
                    await self._play(part, background)
                else:
                    await self._say_checked(self._thoughts(background), background)
        except ProviderError as error:
            if not self._guess.is_kept:
                self._guess.failed = True  # now: it may be kept while the rest is still being ended
                raise
            self._turn.state, self._turn.error = TurnState.FAILED, str(error)
            await self._mouth.put(await self._fixed_line(Line.PROVIDER_FAILED))
        grave = any(serious(found) for found in self._turn.verdicts)
        if not (quiet or grave or background.so_far.calm):
            await self._remind_of_a_break(background.household)
        await self._mouth.close()

    async def _told_the_truth(self, verdict: Verdict) -> bool:
        """Answer a question about the toy itself from reviewed lines, without a model."""
        guard = self._services.guard
        question = guard.asked(self._turn.heard)
        if question is None or not (verdict.allowed or verdict.category is Category.MANIPULATION):
            return False
        if not verdict.allowed:
            self._turn.state = TurnState.REFUSED
        answer = await guard.honest(
            question, self._policy, self._ask.toy.language, seed=self._turn.id
        )
        await self._mouth.put(answer)
        return True

    def _taken_up(self) -> Part | None:
        toy, heard = self._ask.toy, self._turn.heard
        parts = (activity.take_up(heard, toy) for activity in self._services.activities)
        return next((part for part in parts if part is not None), None)

    async def _play(self, part: Part, background: Background) -> None:
        """An activity in the model's place. What is done can't be taken back, so the words must be sure."""
        await self._announced.wait()
        self._turn.providers["activity"] = part.name
        try:
            async with self._timings.span(Work.ACTIVITY, part.name):
                await self._say_checked(part.play(), background)
        except ProviderError as error:
            log.warning("an activity failed", activity=part.name, error=str(error))
            self._turn.state, self._turn.error = TurnState.FAILED, str(error)
            await self._mouth.put(await self._fixed_line(part.sorry))

    def _thoughts(self, background: Background) -> AsyncGenerator[str]:
        """What a model says."""
        toy, services = self._ask.toy, self._services
        calm = background.so_far.calm
        return think(
            background.llms,
            # A child's name goes to no model outside the house.
            lambda llm: build_request(
                toy,
                background.child if llm.local else None,
                background.history,
                self._turn,
                calm=calm,
            ),
            outgoing=services.outgoing,
            timeout_s=services.settings.llm_timeout_s,
            clock=services.clock,
            timings=self._timings,
            turn=self._turn,
        )

    async def _say_checked(self, thoughts: AsyncGenerator[str], background: Background) -> None:
        """Clauses, each checked with what was said before it, until one is refused."""
        toy, services, masker = self._ask.toy, self._services, background.masker
        said = [*background.so_far.context(), ContextLine(Direction.CHILD, self._turn.heard)]
        async with aclosing(thoughts) as clauses:
            async for written in clauses:
                clause = speakable(masker.mask(written), toy.language) if masker else written
                if not clause:
                    continue
                async with self._timings.span(Work.CHECK, clause=clause):
                    verdict, safe = await services.guard.check_toy(clause, self._policy, said)
                if safe is None:
                    self._turn.verdicts.append(verdict)
                    self._turn.refused.append(clause)
                    await self._refuse_toy(verdict)
                    return
                self._timings.mark("first_clause")
                said.append(ContextLine(Direction.TOY, clause))
                await self._mouth.put(safe)

    async def _refuse_toy(self, verdict: Verdict) -> None:
        """A clause of the model's, or of an activity's."""
        await self._announced.wait()
        await self._telling.tell(self._turn, verdict)
        await self._emit(Refused(verdict, Direction.TOY))
        await self._redirect(verdict)

    async def _refuse_child(self, verdict: Verdict, background: Background) -> None:
        await self._redirect(verdict)
        helpline = await self._services.guard.helpline(
            verdict,
            self._policy,
            self._ask.toy.language,
            background.household.country,
            seed=self._turn.id,
        )
        if helpline:
            await self._mouth.put(helpline)

    async def _redirect(self, verdict: Verdict) -> None:
        self._turn.state = TurnState.REFUSED
        redirect = await self._services.guard.redirect(
            verdict, self._policy, self._ask.toy.language, seed=self._turn.id
        )
        await self._mouth.put(redirect)

    async def _remind_of_a_break(self, household: Household) -> None:
        """One kind line after the answer, when the talk or the day was long."""
        services, language = self._services, self._ask.toy.language
        if not household.break_after_minutes or self._turn.tried:
            return
        before = await services.store.turns.begun_since(
            self._turn.toy_id, household.start_of_day(services.clock.now())
        )

        today = [*(turn for turn in before if turn.id != self._turn.id), self._turn]

        def was_reminded(turn: Turn) -> bool:
            return any(services.guard.is_line(Line.BREAK, line, language) for line in turn.said)

        if break_due(today, timedelta(minutes=household.break_after_minutes), was_reminded):
            await self._mouth.put(await self._fixed_line(Line.BREAK))

    async def _fixed_line(self, line: Line) -> SafeText:
        return await self._services.guard.line(
            line, self._policy, self._ask.toy.language, seed=self._turn.id
        )
