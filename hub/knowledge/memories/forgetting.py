"""Forgetting for good: the line, what it replaced, and what the talks say of it.

The turns stay for the parents to read. No language model is told of them any more, nor is any summary made of them,
and nothing proposes the line again.
"""

from collections.abc import Collection, Sequence

from hub.domain.family.memories import Memory
from hub.domain.talks.talk import Turn
from hub.knowledge.memories.wording import content, plain
from hub.storage.store import Store


async def forget(
    store: Store, child_id: str, lines: Sequence[Memory], also: Collection[str] = ()
) -> int:
    """Erase lines of one child, and tell models of no turn that has their words, nor of those in `also`; how many."""
    child = await store.children.get(child_id)
    toy_ids = [toy.id for toy in await store.toys.list(archived=True) if child_id in toy.child_ids]
    name = child.name if child else ""
    words = [telling_words(line, name) for line in lines]
    before = await store.memories.last_turns(child_id, toy_ids) if lines else []
    speaking = {turn.id for turn in before if any(each & _words_of(turn) for each in words)}
    return await store.memories.erase(child_id, [line.id for line in lines], {*also, *speaking})


def telling_words(line: Memory, name: str) -> frozenset[str]:
    """The words that give a line away: "bruno" of "Lucy's dog is called Bruno"."""
    words = content(line.text, name)
    return words - content(line.about) or words


def _words_of(turn: Turn) -> frozenset[str]:
    return frozenset(plain(" ".join((turn.heard, *turn.said))))
