"""A child asks its toy: "what do you know about me?", "do you remember …?", "forget that".

It is answered here and not by a model, so that what is said is what is kept, and what is forgotten is gone.
"""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Final

from hub.activities.activity import Part
from hub.activities.remembering.grammar import MemoryGrammar, MemoryRequest, Wish
from hub.activities.words import one_of
from hub.domain.family.memories import ChildMemories, Memory
from hub.domain.talks.notes import to_child
from hub.domain.talks.talk import Turn
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
        known = await self._store.memories.known(toy.child_ids)
        of_child = any(each.choice.is_on for each in known)
        told = [] if toy.visit and turn.child_id is None else known  # nothing at all to a visitor
        match request.wish:
            case Wish.RECALL:
                lines = await self._fitting(request, told, turn.child_id, toy)
                children = [each.child_id for each in known if turn.child_id is None]
                of_child = not lines and any(
                    [await self._fitting(request, known, child_id, toy) for child_id in children]
                )
                if not (lines or of_child):  # the present talk may know it: a model is told of that
                    return None
                play = partial(self._tell, lines, turn, toy)
            case Wish.KNOW:
                play = partial(self._tell_all, told, turn, toy)
            case _:
                play = partial(self._forget, request, known, turn, toy)
        return Part(NAME, play, Line.STORAGE_FAILED, of_child=of_child)

    async def _fitting(
        self,
        request: MemoryRequest,
        known: Sequence[ChildMemories],
        child_id: str | None,
        toy: Toy,
    ) -> Sequence[str]:
        """The line that fits best, as it is said to that child, or to whoever it is."""
        lines = [(text, about) for _, text, about in lines_for(known, child_id)]
        name = _name(known, child_id)
        if not content(request.about, name):
            return []
        found = fitting(lines, request.about, name, toy.language, limit=1)
        return [line for text in found for line in await self._sayable(text, name, toy)]

    async def _tell(self, lines: Sequence[str], turn: Turn, toy: Toy) -> AsyncGenerator[str]:
        """Without lines there are some, but only for the child whose they are."""
        say = self._grammar.say(toy.language)
        yield one_of(say.recall if lines else say.who, turn.id)
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
