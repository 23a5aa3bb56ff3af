"""At its first talk with a child a toy says, in words of the child's age, that grown-ups at home can read along."""

from typing import Final

from hub.domain.safety import SafeText
from hub.pipeline.context import TurnContext
from hub.safety.guard import Line

TURNS_LOOKED_AT: Final = 20
"""The toy's last ones: it says so in the first turn in which nothing grave was said and nobody cut it short."""


async def telling_of_reading(context: TurnContext) -> SafeText | None:
    """The line to say after this turn's answer; None where it isn't due. Raises DataError.

    It is due until it was heard: what was not played doesn't stand in a turn's record.
    """
    services, toy = context.services, context.ask.toy
    if not toy.tells_of_reading or context.record.tried:
        return None
    for turn in await services.store.turns.recent(TURNS_LOOKED_AT, toy.id):
        said = [] if turn.tried else turn.said
        if any(services.guard.is_line(Line.PARENTS_READ, text, toy.language) for text in said):
            await services.store.toys.has_told(toy.id)
            return None
    return await context.line(Line.PARENTS_READ)
