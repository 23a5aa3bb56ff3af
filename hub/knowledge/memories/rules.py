"""Takes lines worth remembering from what a child said, by rules alone: no model is asked.

The patterns stand in a file for each language beside this one; a language without a file gives no lines.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from hub.knowledge.memories.fitness import Fitness

MAX_HEARD_CHARS: Final = 500
"""Of what was heard in one turn: half a minute of speech."""
MAX_LINES: Final = 5
"""From one turn."""
SURE: Final = 0.9
"""How sure a line is that a child said plainly, and …"""
UNSURE: Final = 0.6
"""… one with "I think" in it."""
_NAME: Final = (
    r"(?P<name>(?:(?:mister|mr|mrs|miss|sir|lady|lord|princess|prince|king|queen|captain|little|big|uncle|aunt) )?"
    r"[^\W\d_]{2,20}(?: (?-i:[A-Z])[^\W\d_]{1,20})?)"
)
"""One word, or two where the first is a title or both are written with a capital."""
_THING: Final = r"(?P<thing>[^\W\d_]{2,20}(?: [^\W\d_]{1,20}){0,4}?)"
_ASKED: Final = re.compile(
    r"^(?:please |now |and )*(?:dont forget|don't forget|nicht vergessen) ", re.IGNORECASE
)
"""Not to forget something is no order to forget."""
_WORDS: Final = re.compile(r"(?<!\(\?P)<(\w+)>")
"""A name in angle brackets, but for that of a group."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Say(_Part):
    when: tuple[str, ...]
    text: str
    about: str
    alone: bool = False


class _Language(_Part):
    unless: tuple[str, ...]
    unsure: tuple[str, ...]
    ends: tuple[str, ...]
    """Words with which a name or a thing is over …"""
    articles: tuple[str, ...]
    """… and those that it may begin with, though it is none by itself."""
    words: Mapping[str, str]
    say: tuple[_Say, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line that might be remembered; the guard has not seen it."""

    text: str
    about: str
    """As in `Memory`."""
    sure: float
    """How sure it is, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    say: _Say


class MemoryRules:
    def __init__(self, languages: Mapping[str, _Language], fitness: Fitness) -> None:
        self._fitness = fitness
        self._rules = {name: _compiled(language) for name, language in languages.items()}
        self._unless = {name: _any_of(each.unless) for name, each in languages.items()}
        self._unsure = {name: _any_of(each.unsure) for name, each in languages.items()}
        self._articles = {name: frozenset(each.articles) for name, each in languages.items()}

    @classmethod
    def load(cls, fitness: Fitness) -> Self:
        """The rules that ship with us."""
        folder = resources.files(__package__)
        files = [file for file in folder.iterdir() if re.fullmatch(r"[a-z]{2}\.toml", file.name)]
        return cls(
            {
                file.name.removesuffix(".toml"): _Language.model_validate(
                    tomllib.loads(file.read_text("utf-8"))
                )
                for file in files
            },
            fitness,
        )

    def propose(self, heard: str, child: str, language: str) -> list[Proposal]:
        """Lines about the child called `child`, from what it said. Quick: some regular expressions."""
        base = language.partition("-")[0].lower()
        if base not in self._rules or len(heard) > MAX_HEARD_CHARS:
            return []
        found: dict[str, Proposal] = {}
        for sentence in _sentences(heard):
            wish = _ASKED.sub("", sentence)
            if self._unless[base].search(sentence) or self._fitness.is_order(wish):
                continue
            sure = UNSURE if self._unsure[base].search(sentence) else SURE
            for proposal in self._of_sentence(base, sentence, child, sure):
                found.setdefault(proposal.text.casefold(), proposal)
        return list(found.values())[:MAX_LINES]

    def _of_sentence(self, base: str, sentence: str, child: str, sure: float) -> list[Proposal]:
        proposals: list[Proposal] = []
        for rule in self._rules[base]:
            if rule.say.alone and proposals:
                continue
            for match in rule.pattern.finditer(sentence):
                parts = self._parts(match, self._articles[base])
                if parts is None:
                    continue
                text = rule.say.text.format(child=child, **parts)
                about = rule.say.about.format_map(
                    {name: part.casefold() for name, part in parts.items()}
                )
                if self._fitness.of_line(text):
                    proposals.append(Proposal(text, about, sure))
        return proposals

    def _parts(self, match: re.Match[str], articles: frozenset[str]) -> dict[str, str] | None:
        """What was taken over; None where it is no name or thing."""
        parts = {name: part for name, part in match.groupdict().items() if part}
        for kind in ("name", "thing"):
            words = parts.get(kind, "").casefold().split()
            if kind == "thing" and words and words[0] in articles:
                words = words[1:]
            if kind in parts and not self._fitness.of_name(words):
                return None
        quiet = {kind: part.lower() if part.isupper() else part for kind, part in parts.items()}
        if "name" in quiet:
            quiet["name"] = " ".join(word[0].upper() + word[1:] for word in quiet["name"].split())
        return quiet


def _sentences(heard: str) -> list[str]:
    """Each sentence with its words alone."""
    sentences = re.split(r"[.!?;:,\n]+", re.sub(r"['’`]", "", heard))
    words = (" ".join(re.findall(r"\w+", sentence)) for sentence in sentences)
    return [sentence for sentence in words if sentence]


def _compiled(language: _Language) -> list[_Rule]:
    words = {name: f"(?:{either})" for name, either in language.words.items()}
    end = rf"(?=[ ]*(?:[.]|$)|[ ](?:{'|'.join(language.ends)})\b)"
    words |= {"name": _NAME + end, "thing": _THING + end}

    def filled(when: str) -> str:
        return _WORDS.sub(lambda found: words[found[1]], when)

    return [
        _Rule(re.compile(rf"\b{filled(when)}\b", re.IGNORECASE), say)
        for say in language.say
        for when in say.when
    ]


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE)
