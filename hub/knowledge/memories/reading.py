"""What is remembered of a toy's children, read while one of them speaks, and what of it fits their words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.domain.family.children import Child
from hub.domain.family.memories import ChildMemories
from hub.domain.talks.notes import Notes
from hub.domain.talks.talk import Turn
from hub.domain.toys import Toy
from hub.knowledge.history import summary
from hub.knowledge.memories.fitness import is_marked
from hub.knowledge.memories.recall import SAME_FOR_ALL, fitting, lines_for
from hub.storage.store import Store

ENGLISH: Final = "en"
MAX_EARLIER_TURNS: Final = 30
"""Of one child with one toy, from which is told what it spoke of."""


@dataclass(frozen=True, slots=True)
class Remembered:
    known: Sequence[ChildMemories] = ()
    """Of all the toy's children."""
    earlier: Mapping[str, Sequence[Turn]] = field(default_factory=dict)
    """By the id of a child whose toys may remember: its last turns with this toy, the oldest first."""

    def notes(
        self,
        turn: Turn,
        language: str,
        older: Sequence[Turn] = (),
        *,
        cloud: bool = False,
        profile: Child | None = None,
    ) -> Notes:
        """For the model that is to answer `turn`; to one in the cloud goes only what a parent let out.

        `older` are turns of the present talk that the model isn't told whole. Of what was said, only that is told
        which the guard let pass without a mark. What the child's `profile` says that it likes counts like a memory.
        """
        may_leave = [each for each in self.known if each.choice.cloud or not cloud]
        known = may_leave if len(may_leave) == len(self.known) or turn.child_id else []
        child = next((each for each in known if each.child_id == turn.child_id), None)
        lines = [(text, about) for _, text, about in lines_for(known, turn.child_id)]
        if profile and language.startswith(ENGLISH):
            likes = filter(None, map(str.strip, profile.likes.split(",")))
            lines += [(f"{profile.name} likes {each}", "likes") for each in likes]
        name = child.name if child else SAME_FOR_ALL
        before = self.earlier.get(turn.child_id or "", ()) if child else ()
        earlier = [one for one in before if one.conversation_id != turn.conversation_id]
        unmarked = [one for one in (*earlier, *older) if not any(map(is_marked, one.verdicts))]
        return Notes(tuple(fitting(lines, turn.heard, name, language)), summary(unmarked))


async def read_remembered(store: Store, toy: Toy) -> Remembered:
    """Raises DataError."""
    if not toy.child_ids:
        return Remembered()
    known = await store.memories.known(toy.child_ids)
    earlier = {
        each.child_id: await store.turns.earlier(toy.id, each.child_id, MAX_EARLIER_TURNS)
        for each in known
        if each.choice.is_on
    }
    return Remembered(known, earlier)
