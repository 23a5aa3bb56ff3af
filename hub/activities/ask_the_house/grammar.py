"""Which of a child's words ask something of the house, and what Home Assistant is then asked.

A small closed grammar, one file a language: what to do, times the names that a parent allowed. It decides
before anything is sent, as to ask Home Assistant is to act. The sentence that is sent is ours, made of these
two; the child's own words stay here.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from hub.activities.words import Written, base_language, languages, plain_words
from hub.domain.toys import HomeAssistantRights, HomeAssistantTask

WORDS_MOST: Final = 200
"""Characters; whoever asks the house needs no more."""
RIGHTS_KEPT: Final = 64
"""Of so many toys the patterns are kept ready."""

PART: Final = re.compile(r"(?<!\(\?P)<([a-z ]+)>")
"""A name in angle brackets, but for that of a group."""

Names = Mapping[str, str]
"""A name's plain form to what a parent typed."""
Say = Callable[[Mapping[str, str | None]], str]
"""What was found by the name of its group, made into a sentence."""


@dataclass(frozen=True, slots=True)
class HouseRequest:
    """`sentence` is for Home Assistant; "": it is asked nothing, and `instead` is said."""

    sentence: str = ""
    instead: str = ""


class _Ask(Written):
    task: HomeAssistantTask
    when: list[str]
    say: str


class _Instead(Written):
    when: str
    say: str


class _Answer(Written):
    done: str
    refused: str


class _Language(Written):
    polite: list[str]
    parts: dict[str, str]
    ask: list[_Ask]
    instead: dict[HomeAssistantTask, _Instead]
    answer: _Answer


class Grammar:
    """All languages; a toy whose language is not among them asks nothing of the house."""

    def __init__(self, languages: Mapping[str, _Language]) -> None:
        self._languages = languages
        self._compiled = lru_cache(RIGHTS_KEPT)(self._compile)

    @classmethod
    def load(cls) -> Self:
        return cls(languages(__package__, _Language))

    def languages(self) -> tuple[str, ...]:
        return tuple(sorted(self._languages))

    def answer(self, language: str, *, done: bool) -> str:
        """What is said where Home Assistant says nothing itself."""
        answer = self._languages[base_language(language)].answer
        return answer.done if done else answer.refused

    def read(
        self, words: str, language: str, rights: HomeAssistantRights, toy_name: str
    ) -> HouseRequest | None:
        """None where the words ask nothing of the house that the toy may ask at all."""
        known = self._languages.get(base_language(language))
        if known is None or not rights.tasks or len(words) > WORDS_MOST:
            return None
        plain = _without(plain_words(words), known.polite, plain_words(toy_name))
        patterns, instead = self._compiled(base_language(language), rights)
        for pattern, say in patterns:
            if found := pattern.fullmatch(plain):
                return HouseRequest(say(found.groupdict()))
        for pattern, ours in instead:
            if pattern.fullmatch(plain):
                return HouseRequest(instead=ours)
        return None

    def _compile(
        self, language: str, rights: HomeAssistantRights
    ) -> tuple[list[tuple[re.Pattern[str], Say]], list[tuple[re.Pattern[str], str]]]:
        known = self._languages[language]
        names = {"room": _by_plain(rights.rooms), "player": _by_plain(rights.players)}
        patterns = []
        for ask in known.ask:
            kind = "player" if ask.task is HomeAssistantTask.MUSIC else "room"
            if ask.task in rights.tasks and names[kind]:
                say = _sentence(ask.say, kind, names[kind])
                patterns += [(_pattern(when, known.parts, names), say) for when in ask.when]
        instead = []
        for task, near in known.instead.items():
            kind = "player" if task is HomeAssistantTask.MUSIC else "room"
            if task in rights.tasks and names[kind]:
                told = near.say.format(names=", ".join(names[kind].values()))
                instead.append((_pattern(near.when, known.parts, names), told))
        return patterns, instead


def _by_plain(names: Iterable[str]) -> Names:
    return {plain: name for name in names if (plain := plain_words(name))}


def _without(words: str, polite: Collection[str], toy_name: str) -> str:
    """Without what is only kind: single words wherever they stand; others, and the toy's name, at both ends."""
    words = " ".join(word for word in words.split() if word not in polite)
    phrases = [phrase for phrase in (*polite, toy_name) if phrase]
    while True:
        shorter = words
        for phrase in phrases:
            shorter = shorter.removeprefix(f"{phrase} ").removesuffix(f" {phrase}")
        if shorter == words:
            return words
        words = shorter


def _sentence(say: str, kind: str, names: Names) -> Say:
    only = next(iter(names.values()))

    def sentence(found: Mapping[str, str | None]) -> str:
        named = found.get(kind)
        return say.format_map({kind: names[named] if named else only})

    return sentence


def _pattern(when: str, parts: Mapping[str, str], names: Mapping[str, Names]) -> re.Pattern[str]:
    """`when` with each <part> and <name> filled in."""
    known = dict(parts)
    for kind, allowed in names.items():
        longest_first = sorted(allowed, key=len, reverse=True)
        known[kind] = f"(?P<{kind}>{'|'.join(map(re.escape, longest_first))})"
        if len(allowed) == 1:
            for part in (f"in {kind}", f"on {kind}"):
                if part in parts:
                    known[part] = f"{parts[part]}?"
    pattern = when
    while PART.search(pattern):
        pattern = PART.sub(lambda found: known[found[1]], pattern)
    return re.compile(pattern)
