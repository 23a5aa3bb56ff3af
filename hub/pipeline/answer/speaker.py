"""Who speaks in one turn; and the toy's question, once in a talk, where that matters and nobody said."""

from hub.domain.safety import SafeText
from hub.domain.talks.talk import Turn
from hub.knowledge.speaker import is_name_alone, who_speaks, with_visitor
from hub.pipeline.answer.background import Background
from hub.pipeline.context import TurnContext
from hub.safety.guard import Line


class TurnSpeaker:
    """Writes the child into the turn's record; where the turn only says a name, the words before it are answered."""

    def __init__(self, context: TurnContext, background: Background) -> None:
        self._context = context
        self._background = background
        turn, toy = context.record, context.ask.toy
        before, family = background.so_far.turns, with_visitor(toy, background.family)
        asked = bool(before) and self._asks(before[-1])
        now = context.services.clock.now()
        context.spoken_by(who_speaks(toy, family, before, turn.heard, now, asked=asked))
        context.words = turn.heard
        if asked and is_name_alone(family, turn.heard):
            context.words = before[-1].heard

    async def question(self) -> SafeText | None:
        """None where it is known who speaks, where it can be one child alone, or where it was asked in this talk."""
        turn, toy = self._context.record, self._context.ask.toy
        several = len(toy.child_ids) > 1 or (toy.visit and toy.child_ids)
        if turn.child_id is not None or turn.tried or not several:
            return None
        if any(map(self._asks, (*self._background.told, *self._background.so_far.turns))):
            return None
        return await self._context.line(Line.WHO_SPEAKS)

    def _asks(self, turn: Turn) -> bool:
        """Whether the toy asked it in that turn."""
        guard, language = self._context.services.guard, self._context.ask.toy.language
        return any(guard.is_line(Line.WHO_SPEAKS, line, language) for line in turn.said)
