"""The toy's side of a turn: think, check each clause, speak what passed, all side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import timedelta

from hub.domain.safety import Category, ContextLine, Direction, SafeText, SafetyPolicy, Verdict
from hub.domain.talk import Message, Turn, TurnState
from hub.domain.trace import Work
from hub.errors import ProviderError
from hub.pipeline.breaks import break_due, start_of_day
from hub.pipeline.clauses import speakable
from hub.pipeline.events import Refused, TurnEvent
from hub.pipeline.mouth import Mouth
from hub.pipeline.prompt import build_request
from hub.pipeline.services import Ask, TurnServices
from hub.pipeline.so_far import SoFar, serious
from hub.pipeline.think import think
from hub.pipeline.timings import Timings
from hub.safety.alerts import alert_for
from hub.safety.guard import Line


class Answer:
    """Answers one stored turn, writing what happens into it; `emit` takes the events."""

    def __init__(
        self,
        services: TurnServices,
        ask: Ask,
        turn: Turn,
        policy: SafetyPolicy,
        timings: Timings,
        emit: Callable[[TurnEvent], Awaitable[None]],
    ) -> None:
        self._services = services
        self._ask = ask
        self._turn = turn
        self._policy = policy
        self._timings = timings
        self._emit = emit
        self.mouth = Mouth(services, ask, turn, policy, timings, emit)

    async def give(self, verdict: Verdict, history: Sequence[Message], so_far: SoFar) -> None:
        """Speaks the answer, or the redirect where `verdict` or a later one refuses."""
        await self._alert(verdict)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._find_words(verdict, history, so_far))
            tasks.create_task(self.mouth.run())

    async def _find_words(
        self, verdict: Verdict, history: Sequence[Message], so_far: SoFar
    ) -> None:
        try:
            if not await self._told_the_truth(verdict):
                if verdict.allowed:
                    await self._think(history, so_far)
                else:
                    await self._refuse(verdict, Direction.CHILD)
        except ProviderError as error:
            self._turn.state, self._turn.error = TurnState.FAILED, str(error)
            await self.mouth.put(await self._fixed_line(Line.PROVIDER_FAILED))
        if not so_far.calm and not any(serious(found) for found in self._turn.verdicts):
            await self._remind_of_a_break()
        await self.mouth.close()

    async def _told_the_truth(self, verdict: Verdict) -> bool:
        """Answer a question about the toy itself from reviewed lines, without a model."""
        guard = self._services.guard
        question = guard.asked(self._turn.heard)
        if question is None or not (verdict.allowed or verdict.category is Category.MANIPULATION):
            return False
        if not verdict.allowed:
            self._turn.state = TurnState.REFUSED
            await self._emit(Refused(verdict, Direction.CHILD))
        answer = await guard.honest(
            question, self._policy, self._ask.toy.language, seed=self._turn.id
        )
        await self.mouth.put(answer)
        return True

    async def _think(self, history: Sequence[Message], so_far: SoFar) -> None:
        """The model's clauses, each checked with what was said before it, until one is refused."""
        toy, services = self._ask.toy, self._services
        self.mouth.fills_silence = not so_far.calm
        child = await services.store.children.get(toy.child_id) if toy.child_id else None
        said = [*so_far.context(), ContextLine(Direction.CHILD, self._turn.heard)]
        voices = await services.providers.tts(toy)
        any_away = not all(voice.local for voice in voices)
        masker = await services.outgoing.masker(keep=(toy.name,)) if any_away else None
        thoughts = think(
            await services.providers.llm(toy),
            # A child's name goes to no model outside the house.
            lambda llm: build_request(
                toy, child if llm.local else None, history, self._turn, calm=so_far.calm
            ),
            outgoing=services.outgoing,
            timeout_s=services.settings.llm_timeout_s,
            clock=services.clock,
            timings=self._timings,
            turn=self._turn,
        )
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
                    await self._alert(verdict)
                    await self._refuse(verdict, Direction.TOY)
                    return
                self._timings.mark("first_clause")
                said.append(ContextLine(Direction.TOY, clause))
                await self.mouth.put(safe)

    async def _refuse(self, verdict: Verdict, direction: Direction) -> None:
        self._turn.state = TurnState.REFUSED
        await self._emit(Refused(verdict, direction))
        guard, language = self._services.guard, self._ask.toy.language
        redirect = await guard.redirect(verdict, self._policy, language, seed=self._turn.id)
        await self.mouth.put(redirect)
        if direction is Direction.CHILD:
            country = (await self._services.store.household.get()).country
            helpline = await guard.helpline(
                verdict, self._policy, language, country, seed=self._turn.id
            )
            if helpline:
                await self.mouth.put(helpline)

    async def _alert(self, verdict: Verdict) -> None:
        """An alert is on disk before the reply can sound."""
        if verdict.alert is None:
            return
        services = self._services
        country = (await services.store.household.get()).country
        helplines = services.guard.helplines(verdict, country)
        if alert := alert_for(verdict, self._turn, services.clock, helplines):
            await services.store.alerts.add(alert)

    async def _remind_of_a_break(self) -> None:
        """One kind line after the answer, when the talk or the day was long."""
        services, language = self._services, self._ask.toy.language
        household = await services.store.household.get()
        if not household.break_after_minutes or self._turn.tried:
            return
        today = await services.store.turns.begun_since(
            self._turn.toy_id, start_of_day(household, services.clock.now())
        )

        def was_reminded(turn: Turn) -> bool:
            return any(services.guard.is_line(Line.BREAK, line, language) for line in turn.said)

        if break_due(today, timedelta(minutes=household.break_after_minutes), was_reminded):
            await self.mouth.put(await self._fixed_line(Line.BREAK))

    async def _fixed_line(self, line: Line) -> SafeText:
        return await self._services.guard.line(
            line, self._policy, self._ask.toy.language, seed=self._turn.id
        )
