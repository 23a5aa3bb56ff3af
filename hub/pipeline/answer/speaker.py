"""Who speaks in one turn; and the toy's question, once in a talk, where that matters and nobody said."""

import asyncio

from hub.domain.family.children import Child
from hub.domain.safety import SafeText
from hub.domain.talks.talk import Turn
from hub.knowledge.speaker import is_answer_alone, who_speaks, with_visitor
from hub.pipeline.answer.background import Background
from hub.pipeline.context import TurnContext
from hub.safety.guard import Line


class TurnSpeaker:
    """Writes the child into the turn's record; where the turn only says who it is, the words before it are answered.

    What the voice is like is never written there: it only makes the toy's question another one.
    """

    def __init__(self, context: TurnContext, background: Background) -> None:
        self._context = context
        self._background = background
        self._guess: asyncio.Task[str | None] | None = None
        turn, toy = context.record, context.ask.toy
        before, family = background.so_far.turns, with_visitor(toy, background.family)
        asked = bool(before) and self._asks(before[-1])
        offered = self._offered(before[-1]) if before else None
        child_id = offered.id if offered else None
        now = context.services.clock.now()
        context.spoken_by(
            who_speaks(toy, family, before, turn.heard, now, asked=asked, offered=child_id)
        )
        context.words = turn.heard
        if asked and is_answer_alone(family, turn.heard, offered=offered is not None):
            context.words = before[-1].heard

    def begin_guess(self, tasks: asyncio.TaskGroup) -> None:
        """Compare the voice with those that parents agreed to, beside all else, where the toy may come to ask."""
        voices, pcm = self._background.voices, self._context.utterance.pcm
        if voices and pcm and self._may_ask:
            hints = self._context.services.voice_hints
            self._guess = tasks.create_task(hints.guess(pcm, voices))

    async def question(self) -> SafeText | None:
        """None where it is known who speaks, where it can be one child alone, or where it was asked in this talk."""
        if not self._may_ask:
            return None
        guessed = await self._guess if self._guess else None
        for child in self._background.family:
            if child.id == guessed and (line := await self._is_it(child)):
                return line
        return await self._context.line(Line.WHO_SPEAKS)

    def teach(self) -> None:
        """Where it is known who speaks to a shared toy, that is a voice to learn, if a parent agreed."""
        child_id, voices = self._context.record.child_id, self._background.voices
        if child_id is not None and any(hint.child_id == child_id for hint in voices):
            self._context.services.voice_hints.hear(child_id, self._context.utterance.pcm)

    @property
    def _may_ask(self) -> bool:
        turn, toy = self._context.record, self._context.ask.toy
        several = len(toy.child_ids) > 1 or (toy.visit and toy.child_ids)
        if turn.child_id is not None or turn.tried or not several:
            return False
        return not any(map(self._asks, (*self._background.told, *self._background.so_far.turns)))

    async def _is_it(self, child: Child) -> SafeText | None:
        """None where the name can't be said: for the guard, or as a voice outside the home would be told it."""
        context, masker = self._context, self._background.masker
        if masker and child.name not in masker.mask(child.name):
            return None
        line = await context.services.guard.line(
            Line.IS_IT_YOU,
            context.policy,
            context.ask.toy.language,
            seed=context.record.id,
            child=child.name,
        )
        return line if child.name in line.text else None

    def _asks(self, turn: Turn) -> bool:
        """Whether the toy asked it in that turn."""
        guard, language = self._context.services.guard, self._context.ask.toy.language
        if any(guard.is_line(Line.WHO_SPEAKS, line, language) for line in turn.said):
            return True
        return self._offered(turn) is not None

    def _offered(self, turn: Turn) -> Child | None:
        """Whom the toy took for the one who spoke in that turn, and asked whether it is."""
        guard, language = self._context.services.guard, self._context.ask.toy.language
        for child in self._background.family:
            if any(
                guard.is_line(Line.IS_IT_YOU, line, language, child=child.name)
                for line in turn.said
            ):
                return child
        return None
