"""The toy's side of a turn: think, check each clause, speak what passed, all side by side."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

import structlog

from hub.activities.activity import Part
from hub.activities.tools import OffersTools, Toolbox
from hub.domain.family.documents import FoundPassage
from hub.domain.household import Household
from hub.domain.lulling import Played
from hub.domain.safety import Category, ContextLine, Direction, SafetyPolicy, Verdict
from hub.domain.talks.talk import Transcript, Turn, TurnState
from hub.domain.talks.trace import Work
from hub.domain.toys import ProviderKind
from hub.egress.gate import Guess
from hub.egress.remote_checks import measures
from hub.errors import DataError, ProviderError
from hub.knowledge.so_far import serious
from hub.pipeline.answer.background import Background, Known, read_calm
from hub.pipeline.answer.checked import put_checked, redirect, refuse_toy
from hub.pipeline.answer.first_talk import telling_of_reading
from hub.pipeline.answer.limits import TurnLimits
from hub.pipeline.answer.speaker import TurnSpeaker
from hub.pipeline.answer.think import Allowed, think
from hub.pipeline.answer.word_check import WordCheck
from hub.pipeline.context import Ask, TurnContext
from hub.pipeline.events import Heard, Refused
from hub.pipeline.speak.output import SpeechOutput
from hub.providers.registry import EMBEDDED
from hub.safety.guard import Line
from hub.safety.lines import GOODBYES

log = structlog.get_logger()


class AnswerTask:
    """Answers one turn's words, writing what happens into its record.

    The words may be a guess still. Until it is kept the answer is made, but held back.
    """

    def __init__(self, context: TurnContext, guess: Guess) -> None:
        self._context = context
        self._services = context.services
        self._turn = context.record
        self._timings = context.timings
        self._guess = guess
        self._announced = asyncio.Event()
        self._output = SpeechOutput(context, guess.until_kept, self._announced.wait)

    @property
    def _ask(self) -> Ask:
        """Its toy is as careful as who speaks asks for, once that is known."""
        return self._context.ask

    @property
    def _policy(self) -> SafetyPolicy:
        return self._context.policy

    async def give(self, transcript: Transcript, known: Known) -> None:
        """Speaks the answer, or the redirect where the guard refuses the words or a clause."""
        turn, services = self._turn, self._services
        measures.set(self._timings)
        if not services.guesses_are_checked:
            await self._guess.until_kept()
        is_draft = not self._guess.is_kept
        turn.state = TurnState.DRAFT if is_draft else TurnState.THINKING
        calm = await read_calm(services, turn)
        self._output.fills_silence = not calm and services.guard.asked(turn.heard) is None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._output.run())
            background = await known()
            speaker = TurnSpeaker(self._context, background)
            speaker.begin_guess(tasks)
            recall = tasks.create_task(self._recall(early=True))
            verdict = await self._check(background)
            tasks.create_task(self._announce(transcript, verdict, is_draft))
            tasks.create_task(self._find_words(verdict, background, recall, speaker))
        speaker.teach()

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
        self._output.fills_silence = self._output.fills_silence and verdict.allowed
        return verdict

    async def _announce(self, transcript: Transcript, verdict: Verdict, is_draft: bool) -> None:
        """Once the words are sure: tell of them, the parents first."""
        await self._guess.until_kept()
        if self._turn.state is TurnState.DRAFT:
            self._turn.state = TurnState.THINKING
        await self._context.tell_parents(verdict)
        await self._context.emit(Heard(transcript, verdict))
        if not verdict.allowed:
            await self._context.emit(Refused(verdict, Direction.CHILD))
        self._announced.set()
        if is_draft and not self._output.is_ready:  # else it is about to write what it says
            await self._services.store.turns.save(self._turn)

    async def _recall(self, *, early: bool = False) -> Sequence[FoundPassage] | None:
        """Of the family's documents what fits the words; a visitor is told none.

        With `early`, before they are judged and sure, None where they would leave the home for it.
        """
        passages, toy = self._services.passages, self._ask.toy
        if self._context.may_be_visitor:
            return ()
        try:
            if early and await passages.asks_outside(toy):
                return None
            async with self._timings.span(Work.RECALL):
                return await passages.find(self._context.words, toy)
        except (DataError, ProviderError) as error:
            log.warning("nothing is found in documents", error=str(error))
            return ()

    async def _recalled(
        self, early: asyncio.Task[Sequence[FoundPassage] | None]
    ) -> Sequence[FoundPassage]:
        """What was found while the guard judged the words, or else is found now that it let them pass."""
        if (found := await early) is None:
            await self._guess.until_kept()
            found = await self._recall()
        return found or ()

    async def _find_words(
        self,
        verdict: Verdict,
        background: Background,
        recall: asyncio.Task[Sequence[FoundPassage] | None],
        speaker: TurnSpeaker,
    ) -> None:
        # Who spoke before quiet time began is answered; who speaks in it comes not so far.
        quiet = self._ask.audio is None and background.household.silences(self._ask.toy)
        calm = background.so_far.calm
        part = await self._taken_up(calm=calm) if verdict.allowed and not quiet else None
        limits = TurnLimits(self._context, background, part)
        try:
            if quiet and verdict.allowed:
                await self._output.put(await self._context.line(Line.QUIET))
            elif verdict.allowed and (line := await limits.instead()):
                asked = await speaker.question() if limits.hang_on_speaker else None
                await self._output.put(asked or line)
            elif await self._told_the_truth(verdict):
                if part and part.after_goodbye and limits.may_follow(part):
                    await self._play(part, background, limits)
            elif not verdict.allowed:
                await self._refuse_child(verdict, background)
            elif limits.switched_off(part):
                await self._output.put(await self._context.line(Line.SWITCHED_OFF))
            elif part and part.of_child and (asked := await speaker.question()):
                await self._output.put(asked)
            elif part:
                await self._play(part, background, limits)
            else:
                await self._begin_story(limits)
                found = await self._recalled(recall)
                thoughts = self._thoughts(background, found, limits)
                with self._services.summaries.giving_way():
                    await self._say_checked(thoughts, background, limits)
        except ProviderError as error:
            if not self._guess.is_kept:
                self._guess.failed = True  # now: it may be kept while the rest is still being ended
                raise
            self._turn.state, self._turn.error = TurnState.FAILED, str(error)
            await self._output.put(await self._context.line(Line.PROVIDER_FAILED))
        grave = any(serious(found) for found in self._turn.verdicts)
        leaves = self._services.guard.asked(self._turn.heard) in GOODBYES
        if not (quiet or grave or leaves or background.so_far.calm or limits.refused):
            if not limits.is_over:
                await self._tell_of_reading()
            if line := await limits.last_word():
                await self._output.put(line)
            else:
                await self._remind_of_a_break(background.household)
        await self._output.close()

    async def _told_the_truth(self, verdict: Verdict) -> bool:
        """Answer a question about the toy itself, or a goodbye, from reviewed lines, without a model."""
        guard = self._services.guard
        question = guard.asked(self._turn.heard)
        if question is None or not (verdict.allowed or verdict.category is Category.MANIPULATION):
            return False
        if not verdict.allowed:
            self._turn.state = TurnState.REFUSED
        answer = await guard.honest(
            question, self._policy, self._ask.toy.language, seed=self._turn.id
        )
        await self._output.put(answer)
        return True

    async def _taken_up(self, *, calm: bool) -> Part | None:
        turn = replace(self._turn, heard=self._context.words)
        for activity in self._services.activities:
            part = await activity.take_up(turn, self._ask.toy)
            if part and not (part.playful and calm):
                return part
        return None

    async def _begin_story(self, limits: TurnLimits) -> None:
        """Where it is the one more that a parent gave: used up only once the words are sure."""
        if grant := limits.granted_story:
            await self._announced.wait()
            await self._services.store.play.begin_story(grant, self._services.clock.now())

    async def _thoughts(
        self, background: Background, found: Sequence[FoundPassage], limits: TurnLimits
    ) -> AsyncGenerator[Played]:
        """What a model says, and after it what it called."""
        allowed = Allowed(limits.off, await self._toolbox(background, limits))
        async with aclosing(think(self._context, background, found, allowed)) as thoughts:
            async for thought in thoughts:
                if not isinstance(thought, Part):
                    yield thought
                elif limits.may_follow(thought):
                    async with aclosing(self._played(thought, limits)) as played:
                        async for each in played:
                            yield each
                else:  # its hour ended while the model thought
                    await self._output.put(await self._context.line(Line.SWITCHED_OFF))

    async def _toolbox(self, background: Background, limits: TurnLimits) -> Toolbox:
        """Nothing where no model is there to call it."""
        if not any(llm.name != EMBEDDED[ProviderKind.LLM] for llm in background.llms):
            return Toolbox()
        turn, toy = replace(self._turn, heard=self._context.words), self._ask.toy
        return Toolbox(
            [
                offer
                for activity in self._services.activities
                if isinstance(activity, OffersTools)
                for offer in await activity.offers(turn, toy)
                if limits.may_begin(offer.name, offer.kind)
                and not (offer.playful and background.so_far.calm)
            ]
        )

    async def _play(self, part: Part, background: Background, limits: TurnLimits) -> None:
        """An activity in the model's place."""
        try:
            await self._say_checked(self._played(part, limits), background, limits)
        except ProviderError as error:
            log.warning("an activity failed", activity=part.name, error=str(error))
            self._turn.state, self._turn.error = TurnState.FAILED, str(error)
            await self._output.put(await self._context.line(part.sorry))

    async def _played(self, part: Part, limits: TurnLimits) -> AsyncGenerator[Played]:
        """What is done can't be taken back, so the words must be sure."""
        await self._announced.wait()
        await self._begin_story(limits)
        self._turn.providers["activity"] = part.name
        async with (
            self._timings.span(Work.ACTIVITY, part.name),
            aclosing(part.play()) as played,
        ):
            async for each in played:
                yield each

    async def _say_checked(
        self,
        thoughts: AsyncGenerator[Played],
        background: Background,
        limits: TurnLimits,
    ) -> None:
        """Clauses, each checked with what was said before it, until one is refused or the time is over.

        Between them an activity's sounds, which hold no words; past the time none goes on either.
        """
        before = [*background.so_far.context(), ContextLine(Direction.CHILD, self._turn.heard)]
        words = WordCheck(self._services.guard, self._ask.toy, background.masker, before)
        if verdict := await put_checked(self._context, self._output, words, thoughts, limits):
            await self._announced.wait()
            await refuse_toy(self._context, self._output, verdict)

    async def _refuse_child(self, verdict: Verdict, background: Background) -> None:
        await redirect(self._context, self._output, verdict)
        helpline = await self._services.guard.helpline(
            verdict,
            self._policy,
            self._ask.toy.language,
            background.household.country,
            seed=self._turn.id,
        )
        if helpline:
            await self._output.put(helpline)

    async def _tell_of_reading(self) -> None:
        """At a first talk, once the words are sure."""
        if line := await telling_of_reading(self._context):
            await self._announced.wait()
            await self._output.put(line)

    async def _remind_of_a_break(self, household: Household) -> None:
        """One kind line after the answer, when the talk or the day was long."""
        services, language = self._services, self._ask.toy.language
        if self._turn.tried:
            return
        start_of_day = household.start_of_day(services.clock.now())

        def was_reminded(turn: Turn) -> bool:
            return any(services.guard.is_line(Line.BREAK, line, language) for line in turn.said)

        if await services.breaks.is_due(
            self._turn, start_of_day, household.break_after, was_reminded
        ):
            await self._output.put(await self._context.line(Line.BREAK))
