"""Lines that the rules catch are still caught when the words that gave them away are disguised."""

import random
from collections import Counter

from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy
from hub.safety.rules.rulebook import Rulebook
from hub.safety.text.lexicon import lexicon
from tests.safety.obfuscating import WAYS
from tests.safety.shipped import RULES

SEED = 20261
LINES = 200
CAUGHT_AT_LEAST = 0.93


async def _refused(text: str, direction: Direction) -> bool:
    policy = SafetyPolicy(SafetyLevel.STRICT)
    return not (await RULES.check(CheckRequest(text, direction, policy))).allowed


async def test_most_of_two_hundred_disguised_lines_are_caught() -> None:
    rng = random.Random(SEED)
    lines = [
        (line.lower(), min(rule.directions), places)
        for rule in Rulebook.load().rules
        for line in rule.match
        if rule.language is None
        and (places := [i for i, w in enumerate(line.lower().split()) if _is_telling(w)])
    ]
    caught: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for number in range(LINES):
        line, direction, places = rng.choice(lines)
        way = WAYS[number % len(WAYS)]
        words = line.split()
        for place in places:
            words[place] = way(words[place], rng)
        tried[way.__name__] += 1
        caught[way.__name__] += await _refused(" ".join(words), direction)
    assert caught.total() / tried.total() >= CAUGHT_AT_LEAST, {
        way: f"{caught[way]}/{tried[way]}" for way in tried
    }


def _is_telling(word: str) -> bool:
    return len(word) > 3 and word in lexicon().watched
