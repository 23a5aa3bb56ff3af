"""What no toy remembers: secrets, health, addresses, strangers, orders, and whatever the guard marked.

The lists stand in `never.toml`. They forbid too much rather than too little: what is not remembered costs a child a
smile, and what is remembered wrongly may cost a family its trust.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from hub.domain.family.memories import MAX_MEMORY_CHARS
from hub.domain.safety import SafetyPolicy, Verdict
from hub.domain.talks.talk import Turn, TurnState
from hub.egress.masking import Detail, Masker
from hub.safety.guard import Guard

_FINISHED: Final = (TurnState.DONE, TurnState.CUT)
_IN_A_LINE: Final = frozenset(Detail) - {Detail.NAME}
"""Names of pets and friends are what a toy is to remember."""
_NO_SENTENCE: Final = re.compile(r"[\[\]{}<>|\\`*#=_~^\n\r\t]|https?:|\w@\w|\d{3}")


@dataclass(frozen=True, slots=True)
class Fitness:
    """Says what may be remembered at all."""

    said: re.Pattern[str]
    line: re.Pattern[str]
    order: re.Pattern[str]
    no_name: frozenset[str]
    masker: Masker
    languages: frozenset[str]
    """Of which the lists know enough to tell; "en" of "en-GB"."""

    @classmethod
    @cache
    def load(cls) -> "Fitness":
        """From the list beside this file, read once."""
        text = resources.files(__package__).joinpath("never.toml").read_text("utf-8")
        lists: dict[str, list[str]] = tomllib.loads(text)
        return cls(
            _any_of(lists["said"]),
            _any_of(lists["line"]),
            _any_of(lists["order"]),
            frozenset(lists["no_name"]),
            Masker(),
            frozenset(lists["languages"]),
        )

    def knows(self, language: str) -> bool:
        """Whether it can tell what must not be remembered in a toy's language."""
        return language.partition("-")[0].lower() in self.languages

    def of_turn(self, turn: Turn) -> bool:
        """Whether anything that was said in it may be remembered: it is over, and the guard marked nothing."""
        if turn.state not in _FINISHED or not turn.heard or not turn.verdicts or turn.refused:
            return False
        if any(is_marked(verdict) for verdict in turn.verdicts):
            return False
        found = {each.detail for each in self.masker.find(turn.heard)}
        return not (found & _IN_A_LINE or self.said.search(_plain(turn.heard)))

    def of_line(self, text: str) -> bool:
        """Whether a line may be remembered, as far as its words tell."""
        if not 3 <= len(text) <= MAX_MEMORY_CHARS or _NO_SENTENCE.search(text):
            return False
        found = {each.detail for each in self.masker.find(text)}
        words = _plain(text)
        never = (self.line, self.said, self.order)
        return not (found & _IN_A_LINE or any(each.search(words) for each in never))

    def is_order(self, sentence: str) -> bool:
        """Whether it gives a machine orders."""
        return bool(self.order.search(_plain(sentence)))

    def of_name(self, words: Sequence[str]) -> bool:
        """Whether these words may be the name of somebody, or a thing that a child speaks of."""
        return bool(words) and not {words[0], words[-1]} & self.no_name


async def passes(guard: Guard, text: str, policies: Iterable[SafetyPolicy]) -> bool:
    """Whether a toy may say `text` under each of the policies, without a doubt."""
    for policy in policies:
        verdict, safe = await guard.check_toy(text, policy)
        if safe is None or is_marked(verdict):
            return False
    return True


def is_marked(verdict: Verdict) -> bool:
    """Whether the guard found anything to say about it."""
    return not verdict.allowed or verdict.alert is not None or bool(verdict.look)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", re.sub(r"['’`]", "", text.casefold())))


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b")
