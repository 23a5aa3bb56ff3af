"""Garbles lines as a speech recogniser does with children: a word for one that sounds like it, lost words, split ones.

Which sounds a word has is told by the CMU dictionary that PocketSphinx' wheel carries. The same seed gives the same
lines. Shares after what recognisers do with children under ten: substitutions most often, then lost words, then
words heard as two.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

import pocketsphinx

from bench.guard.lines import Example, read_lines
from bench.guard.score import Rate
from hub.domain.safety import Direction, SafetyLevel
from hub.safety.guard import Guard

SHARES = (0.0, 0.15, 0.3)
"""Of the words."""
SUBSTITUTED, LOST = 0.65, 0.2
"""Of the garbled words; the rest are split."""
COMMON_FROM = 3
"""A recogniser prefers words that are said often: those that stand in so many written lines."""
COPIED = 0.25
"""Of the lines that a child says, the part of which the classifier learns a garbled copy, too."""
COPIES_SEED = 20261123
"""Another than any that measures."""
Sounds = tuple[str, ...]


class Recogniser:
    """Mishears words, as far as it has words to mishear them for."""

    def __init__(self, sounds: dict[str, Sounds]) -> None:
        self._sounds = sounds
        self._words: dict[Sounds, list[str]] = defaultdict(list)
        for word, said in sounds.items():
            self._words[said].append(word)

    @cached_property
    def _near(self) -> dict[Sounds, list[str]]:
        """Words by what is left of their sounds without one of them."""
        near: dict[Sounds, list[str]] = defaultdict(list)
        for word, said in self._sounds.items():
            for key in {said, *_without_one(said)}:
                near[key].append(word)
        return near

    def hear(self, text: str, share: float, seed: int) -> str:
        """`text` with so many of its words garbled."""
        rng = random.Random(f"{seed} {share} {text}")
        words = text.split()
        # Short words are misheard most: each is drawn by chance against its length.
        order = sorted(range(len(words)), key=lambda place: rng.random() ** (1 / len(words[place])))
        wrong = set(order[: round(share * len(words))])
        return " ".join(
            heard
            for place, word in enumerate(words)
            if (heard := self._misheard(word, rng) if place in wrong else word)
        )

    def _misheard(self, word: str, rng: random.Random) -> str:
        said = self._sounds.get(word.lower().strip(".,!?"))
        kind = rng.random()
        if said is None or SUBSTITUTED < kind <= SUBSTITUTED + LOST:
            return ""
        if kind > SUBSTITUTED + LOST and (split := self._split(said, rng)):
            return split
        alike = {other for key in (said, *_without_one(said)) for other in self._near.get(key, ())}
        choices = sorted(alike - {word.lower()})
        return rng.choice(choices) if choices else ""

    def _split(self, said: Sounds, rng: random.Random) -> str:
        pairs = [
            f"{first} {second}"
            for cut in range(1, len(said))
            for first in self._words.get(said[:cut], ())[:2]
            for second in self._words.get(said[cut:], ())[:2]
        ]
        return rng.choice(pairs) if pairs else ""


@cache
def recogniser() -> Recogniser:
    """One that knows the words which are said often, by their first pronunciation."""
    counts: dict[str, int] = defaultdict(int)
    for one in read_lines():
        for word in one.text.lower().split():
            counts[word.strip(".,!?")] += 1
    file = Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict"
    sounds = {}
    for line in file.read_text("utf-8").splitlines():
        word, *said = line.split()
        if counts.get(word, 0) >= COMMON_FROM:
            sounds[word] = tuple(said)
    return Recogniser(sounds)


def garbled_copies(examples: Sequence[Example]) -> Iterator[Example]:
    """Copies of some of a child's lines as they may be heard, to learn from; the same for the same lines."""
    for one in examples:
        rng = random.Random(f"{COPIES_SEED} {one.text}")
        share = rng.choice(SHARES[1:])
        if one.direction is Direction.CHILD and not one.adult and rng.random() < COPIED:
            heard = recogniser().hear(one.text, share, COPIES_SEED)
            if heard not in ("", one.text):
                yield replace(one, text=heard, misheard=True)


async def cost(guard: Guard, examples: Sequence[Example], seed: int) -> dict[str, dict[str, Rate]]:
    """By share of garbled words: of a child's unsafe lines those stopped, and of those that need it those told of."""
    policy = guard.policy(SafetyLevel.MODERATE)
    said = [one for one in examples if one.direction is Direction.CHILD]
    found = {}
    for share in SHARES:
        rates: dict[str, list[bool]] = {"recall": [], "false_alarms": [], "alerts": [], "told": []}
        for one in said:
            verdict = await guard.check_child(recogniser().hear(one.text, share, seed), policy)
            must = policy.level in one.levels
            if policy.level not in one.either:
                rates["recall" if must else "false_alarms"].append(not verdict.allowed)
            if one.alert:
                rates["alerts"].append(verdict.alert is not None)
                rates["told"].append(verdict.alert is not None or verdict.look)
        found[f"{share:.0%}"] = {name: Rate(sum(hits), len(hits)) for name, hits in rates.items()}
    return found


def _without_one(said: Sounds) -> list[Sounds]:
    return [said[:place] + said[place + 1 :] for place in range(len(said))] if len(said) > 1 else []
