"""A child asks its toy: "what do you know about me?", "do you remember …?", "forget that".

It is answered here and not by a model, so that what is said is what is kept, and what is forgotten is gone.
"""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Final

from hub.activities.activity import Part
from hub.activities.remembering.grammar import MemoryGrammar, MemoryRequest, Wish, one_of
from hub.domain.family.memories import ChildMemories, Memory
from hub.domain.notes import to_child
from hub.domain.talk import Turn
from hub.domain.toys import Toy
from hub.knowledge.memories.fitness import passes
from hub.knowledge.memories.forgetting import forget
from hub.knowledge.memories.recall import SAME_FOR_ALL, fitting, lines_for
from hub.knowledge.memories.wording import content, plain
from hub.safety.guard import Guard, Line
from hub.storage.store import Store

NAME: Final = "memory"
MAX_TOLD: Final = 5
"""Lines in one answer: more is tiring to listen to."""
LAST_TURNS: Final = 3
"""So far back "that" may reach."""


class Remembering:
    def __init__(self, store: Store, guard: Guard) -> None:
        self._store = store
        self._guard = guard
        self._grammar = MemoryGrammar.load()

    async def take_up(self, turn: Turn, toy: Toy) -> Part | None:
        request = self._grammar.read(turn.heard, toy.language, toy.name)
        if request is None:
            return None
        if request.wish is Wish.RECALL:
            lines = await self._fitting(request, turn, toy)
            if not lines:  # the present talk may know it: a model is told of that
                return None
            return self._part(partial(self._tell, lines, turn, toy))
        known = await self._store.memories.known(toy.child_ids)
        if request.wish is Wish.KNOW:
            return self._part(partial(self._tell_all, known, turn, toy))
        return self._part(partial(self._forget, request, known, turn, toy))

    def _part(self, play: partial[AsyncGenerator[str]]) -> Part:
        return Part(NAME, play, Line.STORAGE_FAILED)

    async def _fitting(self, request: MemoryRequest, turn: Turn, toy: Toy) -> Sequence[str]:
        """The line that fits best, as it is said to the child."""
        known = await self._store.memories.known(toy.child_ids)
        lines = [(text, about) for _, text, about in lines_for(known, turn.child_id)]
        name = _name(known, turn.child_id)
        if not content(request.about, name):
            return []
        found = fitting(lines, request.about, name, toy.language, limit=1)
        return [line for text in found for line in await self._sayable(text, name, toy)]

    async def _tell(self, lines: Sequence[str], turn: Turn, toy: Toy) -> AsyncGenerator[str]:
        yield one_of(self._grammar.say(toy.language).recall, turn.id)
        for line in lines:
            yield line

    async def _tell_all(
        self, known: Sequence[ChildMemories], turn: Turn, toy: Toy
    ) -> AsyncGenerator[str]:
        say = self._grammar.say(toy.language)
        child = _of(known, turn.child_id)
        if child is None and len(known) > 1:
            yield one_of(say.who, turn.id)
        elif child is None or not child.choice.is_on:
            yield one_of(say.off, turn.id)
            return
        name = _name(known, turn.child_id)
        texts = [text for _, text, _ in lines_for(known, turn.child_id)]
        told = 0
        for text in texts:
            for line in await self._sayable(text, name, toy):
                if told == 0:
                    yield one_of(say.know, turn.id)
                yield line
                told += 1
            if told == MAX_TOLD:
                break
        if told == 0 and child is not None:
            yield one_of(say.nothing, turn.id)
        if len(texts) > MAX_TOLD:
            yield one_of(say.more, turn.id)

    async def _sayable(self, text: str, name: str, toy: Toy) -> list[str]:
        """As it is said to the child; [] where the guard would not let it today."""
        told = to_child(text, name) if toy.language.startswith("en") else text
        line = told[:1].upper() + told[1:].rstrip(". ") + "."
        return [line] if await passes(self._guard, line, [self._guard.policy_for(toy)]) else []

    async def _forget(
        self, request: MemoryRequest, known: Sequence[ChildMemories], turn: Turn, toy: Toy
    ) -> AsyncGenerator[str]:
        """It is gone from the disk before that is said."""
        say = self._grammar.say(toy.language)
        child = _of(known, turn.child_id)
        talk = await self._store.turns.of_conversation(turn.conversation_id, LAST_TURNS + 1)
        before = [one for one in talk if one.id != turn.id and one.child_id == turn.child_id]
        if child is None:
            await self._store.memories.forget_turns([turn.id, *(one.id for one in before)])
        elif request.wish is Wish.FORGET_ALL:
            turns = await self._store.memories.last_turns(child.child_id, [toy.id])
            own = {one.id for one in turns if one.child_id in (None, child.child_id)}
            await forget(self._store, child.child_id, child.lines, own | {turn.id})
            yield one_of(say.all_forgotten, turn.id)
            return
        elif request.wish is Wish.FORGET_LAST:
            lines = _last_spoken_of(child, before)
            also = {turn.id, *(one.id for one in (before[-1:] if lines else before))}
            await forget(self._store, child.child_id, lines, also)
        else:
            spoken = {one.id for one in before if _speaks_of(one, request.about)}
            lines = _about(child, request.about)
            await forget(self._store, child.child_id, lines, spoken | {turn.id})
        yield one_of(say.forgotten, turn.id)


def _of(known: Sequence[ChildMemories], child_id: str | None) -> ChildMemories | None:
    return next((each for each in known if each.child_id == child_id), None)


def _name(known: Sequence[ChildMemories], child_id: str | None) -> str:
    child = _of(known, child_id)
    return child.name if child else SAME_FOR_ALL


def _last_spoken_of(child: ChildMemories, before: Sequence[Turn]) -> list[Memory]:
    """The lines that were learned or told in the last turn in which any was."""
    for turn in reversed(before):
        said = " ".join(turn.said).casefold()
        lines = [
            line
            for line in child.lines
            if line.turn_id == turn.id or to_child(line.text, child.name).casefold() in said
        ]
        if lines:
            return lines
    return []


def _about(child: ChildMemories, wanted: str) -> list[Memory]:
    """The lines that have most of the words, at least one."""
    words = content(wanted, child.name)
    shared = {line.id: len(words & content(line.text, child.name)) for line in child.lines}
    most = max(shared.values(), default=0)
    return [line for line in child.lines if most and shared[line.id] == most]


def _speaks_of(turn: Turn, wanted: str) -> bool:
    return bool(content(wanted) & set(plain(" ".join((turn.heard, *turn.said)))))
