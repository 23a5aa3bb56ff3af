"""The talk before a turn as a language model is told of it: the last turns whole, what was before in a few words."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from hub.domain.talks.talk import Message, Turn
from hub.knowledge.memories.recall import CHARACTERS_A_TOKEN
from hub.knowledge.memories.wording import content

MAX_TOKENS: Final = 1200
"""Of the turns that are told whole: some twenty exchanges, well within the smallest model's window."""
MAX_SUMMARY_TURNS: Final = 6
MAX_SUMMARY_CHARS: Final = 400
MIN_CONTENT_WORDS: Final = 2
"""A turn with fewer says nothing that is worth telling again."""

ByRote = Callable[[str], bool]
"""Whether a line of the toy's is said by rote, and so no part of the talk."""


def of_speaker(turns: Iterable[Turn], child_id: str | None) -> list[Turn]:
    """Without what another child is known to have said."""
    return [turn for turn in turns if turn.child_id is None or turn.child_id == child_id]


def within_budget(turns: Sequence[Turn], tokens: int = MAX_TOKENS) -> tuple[list[Turn], list[Turn]]:
    """The older turns, and the last ones that fit; the oldest first in each."""
    left, kept = tokens * CHARACTERS_A_TOKEN, 0
    for turn in reversed(turns):
        left -= len(turn.heard) + sum(map(len, turn.said))
        if left < 0 and kept:
            break
        kept += 1
    return list(turns[: len(turns) - kept]), list(turns[len(turns) - kept :])


def messages(turns: Iterable[Turn], by_rote: ByRote = lambda line: False) -> list[Message]:
    """What was said in them, as a model reads it."""
    told = []
    for turn in turns:
        if turn.heard:
            told.append(Message("user", turn.heard))
        if said := [line for line in turn.said if not by_rote(line)]:
            told.append(Message("assistant", " ".join(said)))
    return told


def summary(turns: Sequence[Turn]) -> str:
    """What a child spoke of in these turns, by rules: those of its sentences that say most, the oldest first.

    "" where there is nothing to tell.
    """
    worth = [(len(content(turn.heard)), place) for place, turn in enumerate(turns)]
    fullest = sorted(worth, key=lambda one: (-one[0], -one[1]))[:MAX_SUMMARY_TURNS]
    places = sorted(place for words, place in fullest if words >= MIN_CONTENT_WORDS)
    told, left = [], MAX_SUMMARY_CHARS
    for place in places:
        heard = " ".join(turns[place].heard.split())[:100]
        if len(heard) > left:
            break
        told.append(heard)
        left -= len(heard)
    return " / ".join(told)
