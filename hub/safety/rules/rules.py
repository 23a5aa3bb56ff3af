"""The first layer: rules for what must never slip, written as data; see `rulebook`.

`RulesCheck` judges in well under a millisecond and needs nothing but the text. It knows phrasings,
not meanings; `docs/safety.md` says what it misses.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from hub.domain.safety import DISCLOSURES, Category, CheckRequest, Direction, Verdict
from hub.safety.classifier.features import stem
from hub.safety.rules.rulebook import Rule, Rulebook
from hub.safety.text.normalise import readings, words
from hub.translation import marked

_FILLERS = frozenset({
    "a", "about", "all", "an", "and", "any", "anything", "at", "for", "from", "her", "his", "i",
    "in", "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "that", "the", "their",
    "them", "to", "us", "we", "with", "you", "your",
})  # fmt: skip


def blocked_topic(text: str, topics: Iterable[str]) -> str | None:
    """The first of `topics`, in the alphabet's order, that `text` touches; None where it touches none.

    Parents block topics in their own words: "santa", "grandpa's illness". One is touched when the stems of all its
    telling words stand in a text, in any order.
    """
    if not topics:
        return None
    stems = [stem_words(reading) for reading in readings(text)]
    for topic in sorted(topics):
        wanted = _telling(topic)
        if wanted and any(wanted <= present for present in stems):
            return topic
    return None


def stem_words(reading: str) -> frozenset[str]:
    return frozenset(stem(word) for word in reading.split())


@lru_cache(maxsize=1024)
def _telling(topic: str) -> frozenset[str]:
    """The stems that make a topic; of one made of fillers alone, all of them."""
    words = readings(topic)[0].split()
    return frozenset(stem(w) for w in words if w not in _FILLERS) or frozenset(map(stem, words))


BLOCKED_TOPIC_SEVERITY = 3


class Met(NamedTuple):
    """A rule that a text met."""

    rule: Rule
    words: str
    reading: str
    """The plain form of the text that the words stand in."""


class RulesCheck:
    """A `SafetyCheck`: the gravest rule that a text meets decides, a blocked topic where none does.

    Only a child's words alert; a toy's were stopped before anybody heard them.
    """

    name = "rules"

    def __init__(self, rulebook: Rulebook) -> None:
        self.version = rulebook.version
        self._rules_for = lru_cache(maxsize=64)(rulebook.for_)

    @classmethod
    def load(cls) -> "RulesCheck":
        """With the rules and words that ship with us. Raises DataError where they are damaged."""
        readings("hello")  # reads the words now, not while somebody speaks
        return cls(Rulebook.load())

    async def check(self, request: CheckRequest) -> Verdict:
        met = self.met(request)
        if met:
            rule = met[0].rule
            return Verdict(
                allowed=False,
                category=rule.category,
                severity=rule.severity,
                reason=f"{rule.id}: {rule.comment}",
                layer=self.name,
                rules_version=self.version,
                matched=(met[0].words,),
                alert=rule.alert if request.direction is Direction.CHILD else None,
                kind=rule.kind,
            )
        if topic := blocked_topic(request.text, request.policy.blocked_topics):
            return Verdict(
                allowed=False,
                category=Category.BLOCKED_TOPIC,
                severity=BLOCKED_TOPIC_SEVERITY,
                reason=marked("a topic that a parent blocked"),
                layer=self.name,
                rules_version=self.version,
                matched=(topic,),
            )
        return Verdict(allowed=True, layer=self.name, rules_version=self.version)

    def met(self, request: CheckRequest) -> list[Met]:
        """Every rule that the text meets under its policy, the gravest first."""
        rules = self._rules_for(request.direction, request.policy)
        spoken = _with_lead(request)
        as_said = _as_said(request)
        found: list[Met] = []
        for rule in rules:
            for text, border in as_said if rule.language else spoken:
                if hit := rule.find(text, border):
                    found.append(Met(rule, hit, text))
                    break
        return sorted(found, key=_gravity, reverse=True)


def _gravity(met: Met) -> tuple[int, int, bool, bool]:
    """A hurt done to a child goes before an emergency, and an emergency before what has no kind."""
    rule = met.rule
    alert = -1 if rule.alert is None else rule.alert.rank
    return rule.severity, alert, rule.category in DISCLOSURES, bool(rule.kind)


def _with_lead(request: CheckRequest) -> list[tuple[str, int]]:
    """Each reading of the text, and where it begins.

    A toy's clause is read together with the clause before it, so that "how to make a / bomb" is one
    sentence, and "kn / ife" one word; only what reaches past the border counts, as the first half has
    passed already.
    """
    own = readings(request.text)
    forms = [(reading, 0) for reading in own]
    before = _clause_before(request)
    if not before:
        return forms
    lead = readings(before)[0]
    forms += [(f"{lead} {reading}", len(lead) + 1) for reading in own]
    shortest = min(map(len, own))
    known = {form for form, _ in forms}
    both = [form for form in readings(f"{before} {request.text}") if form not in known]
    return forms + [(form, max(0, len(form) - shortest)) for form in both]


def _as_said(request: CheckRequest) -> list[tuple[str, int]]:
    """The words as they stand, for other languages; with the clause before, as above."""
    own = words(request.text)
    before = _clause_before(request)
    return [(f"{words(before)} {own}", len(words(before)) + 1)] if before else [(own, 0)]


def _clause_before(request: CheckRequest) -> str:
    """What the toy said just before this clause of its own; "" otherwise."""
    if request.direction is Direction.TOY and request.history:
        before = request.history[-1]
        return before.text if before.direction is Direction.TOY else ""
    return ""
