"""What may answer a child in a model's place: one thing that it does itself, where the words are about just that.

Each activity is asked, in order, what it makes of words that the guard let pass. What it says is checked clause by
clause like a model's; a sound without words is one of a closed list. It begins only once the words are sure, so that it
may also act.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from hub.domain.lulling import Played
from hub.domain.play.limits import Kind
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.safety.guard import Line


@dataclass(frozen=True, slots=True)
class Part:
    """What an activity does about words that it took up."""

    name: str
    """Who answers, for the parents."""
    play: Callable[[], AsyncGenerator[Played]]
    """Does it, and gives clauses to say and sounds to play. Raises ProviderError."""
    sorry: Line
    """Said where it fails."""
    kind: Kind | None = None
    """As what a parent's limits take it; None: as the words are taken."""
    begins: bool = True
    """It is new to them; else the next part of what was begun."""
    of_child: bool = False
    """It hangs on which of the toy's children speaks: the toy asks before, where nobody said."""
    after_goodbye: bool = False
    """It follows the words with which a toy answers one, where a parent's limits let it."""
    playful: bool = False
    """A game, which isn't played after something serious."""


class Activity(Protocol):
    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        """None: what was heard in `turn` is about something else. Quick, and does nothing yet. Raises DataError."""
        ...
