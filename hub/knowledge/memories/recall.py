"""Finds the memories that fit what a child just said: by their words alone, the rarer the weightier."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from hub.domain.family.memories import MAX_RECALLED, ChildMemories
from hub.knowledge.memories.wording import content, plain, stems, without_name

CHARACTERS_A_TOKEN: Final = 4
"""About so many in English and its like; for a budget a guess is enough."""
MAX_TOKENS: Final = 150
"""Of a request that memories may fill."""
PLAYFUL: Final = frozenset(
    {"story", "stories", "tale", "game", "play", "sing", "song", "joke", "geschichte", "spiel"}
)
"""Who asks for one of these may be given something of what it likes."""
LIKED: Final = ("likes", "favourite", "name")
"""How `Memory.about` begins for lines that fit a story."""
SAME_FOR_ALL: Final = "the child"
MIN_CHILDREN: Final = 2
"""Whoever speaks to a toy of one child, and isn't that child, is a stranger, who is told nothing."""


def lines_for(known: Sequence[ChildMemories], child_id: str | None) -> list[tuple[str, str, str]]:
    """(id, text, about) of the lines that may be said to whoever speaks, the newest first.

    One child's are said to that child alone. Where it isn't known who speaks, only what is true of each of the toy's
    children is left, and no child's name is in it.
    """
    if child_id is not None:
        return [
            (line.id, line.text, line.about)
            for each in known
            if each.child_id == child_id and each.choice.is_on
            for line in each.lines
        ]
    if len(known) < MIN_CHILDREN or not all(each.choice.is_on for each in known):
        return []
    shared = frozenset.intersection(
        *(frozenset(content(line.text, each.name) for line in each.lines) for each in known)
    )
    first = known[0]
    return [
        (line.id, without_name(line.text, first.name), line.about)
        for line in first.lines
        if content(line.text, first.name) in shared
    ]


def fitting(
    lines: Iterable[tuple[str, str]],
    heard: str,
    name: str,
    language: str,
    limit: int = MAX_RECALLED,
) -> list[str]:
    """Of (text, about) those that fit `heard`, the best first, at most `limit` and MAX_TOKENS."""
    known = [(text, about, stems(text, name, language)) for text, about in lines]
    asked = stems(heard, name, language)
    often = Counter(stem for _, _, words in known for stem in words)
    playful = bool(PLAYFUL & set(plain(heard)))

    def score(about: str, words: frozenset[str]) -> float:
        weight = sum(math.log(1 + len(known) / often[stem]) for stem in words & asked)
        if weight == 0 and playful and about.startswith(LIKED):
            return 0.1
        return weight

    ranked = sorted(
        ((score(about, words), text) for text, about, words in known), key=lambda one: -one[0]
    )
    chosen: list[str] = []
    left = MAX_TOKENS * CHARACTERS_A_TOKEN
    for weight, text in ranked[:limit]:
        if weight == 0 or len(text) > left:
            break
        chosen.append(text)
        left -= len(text)
    return chosen
