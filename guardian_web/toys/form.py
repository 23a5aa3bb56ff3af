"""A toy's settings as a parent types them: read from a form, checked, and shown again as they were.

A parent may make the guard stricter than the level, never laxer; the hub holds that whatever a
form says (`SafetyPolicy`), and here it is refused with a word why.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

from hub.core.toys.languages import ToyLanguage
from hub.domain.limits import (
    MAX_DESCRIPTION_CHARS,
    MAX_NAME_CHARS,
    MAX_TOPIC_CHARS,
    MAX_TOPICS,
)
from hub.domain.safety import FLOORS, SEVERITY_MAX, Category, SafetyLevel
from hub.domain.toys import Patience, Toy, Voice
from hub.domain.words import CATEGORY_WORDS
from hub.translation import capital, marked
from hub.translation import gettext as _

LEVEL_WORDS = {
    SafetyLevel.STRICT: (marked("Strict"), marked("up to 7 years")),
    SafetyLevel.MODERATE: (marked("Moderate"), marked("8 to 10 years")),
    SafetyLevel.RELAXED: (marked("Relaxed"), marked("11 and 12 years")),
}
PATIENCE_WORDS = {
    Patience.QUICK: (marked("Quick"), marked("for a child who speaks in one breath")),
    Patience.NORMAL: (marked("Normal"), marked("for most children")),
    Patience.PATIENT: (
        marked("Patient"),
        marked("for one who stops to think, stutters or is learning to talk"),
    ),
}
TIGHTENABLE = [
    category
    for category, words in CATEGORY_WORDS.items()
    if words and FLOORS[category][SafetyLevel.STRICT] > 0
]
"""Categories that have something to tighten, in the order of the page."""
CHILD = "child-"
"""Begins the name of each child's box; the id follows."""
CHILD_GONE = marked("A child that was chosen is not in this household any more. Please look again.")
STRENGTH_WORDS: Mapping[SafetyLevel, str] = {
    SafetyLevel.STRICT: marked("a little"),
    SafetyLevel.MODERATE: marked("clearly"),
    SafetyLevel.RELAXED: marked("gravely"),
}
"""How much a text may be about something where a level lets it through."""


class Choices(Protocol):
    """What may be chosen, see `guardian_web.toys.choices`."""

    @property
    def children(self) -> Collection[str]: ...
    @property
    def languages(self) -> Mapping[str, str]: ...
    @property
    def not_yet(self) -> Sequence[ToyLanguage]: ...
    def has_voice(self, name: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class ToyForm:
    """All as text. `thresholds` has "" where the level alone decides."""

    name: str
    level: str
    topics: str
    language: str
    voice: str
    patience: str
    tells: str
    """"yes": at its next talk it says that grown-ups can read along."""
    child_ids: frozenset[str] = frozenset()
    """Of the children whose toy it is."""
    thresholds: Mapping[Category, str] = field(default_factory=dict)

    @classmethod
    def of(cls, toy: Toy) -> "ToyForm":
        return cls(
            name=toy.name,
            child_ids=toy.child_ids,
            level=toy.safety_level,
            topics="\n".join(sorted(toy.blocked_topics)),
            language=toy.language,
            voice=toy.voice.name,
            patience=toy.patience,
            tells="yes" if toy.tells_of_reading else "",
            thresholds={
                category: str(value)
                for category, value in toy.thresholds.items()
                if value < FLOORS[category][toy.safety_level]
            },
        )

    @classmethod
    def read(cls, form: Mapping[str, object]) -> "ToyForm":
        def text(name: str) -> str:
            return str(form.get(name, "")).replace("\r\n", "\n").strip()

        texts = {each.name: text(each.name) for each in fields(cls) if each.type is str}
        texts["name"] = " ".join(texts["name"].split())
        return cls(
            **texts,
            child_ids=frozenset(
                name.removeprefix(CHILD) for name in form if name.startswith(CHILD)
            ),
            thresholds={category: text(f"threshold-{category}") for category in TIGHTENABLE},
        )

    def problems(self, toy: Toy, choices: "Choices") -> dict[str, str]:
        """What must be changed before it can be saved: field to one line. What `toy` has already may stay."""
        found = {
            "name": name_problem(self.name),
            "children": "" if self.child_ids <= {*choices.children} else CHILD_GONE,
            "level": "" if self.level in set(SafetyLevel) else _("Please choose one of the three."),
            "topics": self._topics_problem(),
            "language": self._language_problem(toy, choices),
            "voice": self._voice_problem(toy, choices),
            "patience": ""
            if self.patience in set(Patience)
            else _("Please choose one of the three."),
        }
        if not found["level"]:
            found |= {
                f"threshold-{category}": self._threshold_problem(category)
                for category in TIGHTENABLE
            }
        return {name: problem for name, problem in found.items() if problem}

    def apply(self, toy: Toy) -> Toy:
        """`toy` with these settings; only once there are no problems."""
        level = SafetyLevel(self.level)
        set_here = {
            category: int(text)
            for category, text in self.thresholds.items()
            if text and int(text) < FLOORS[category][level]
        }
        return replace(
            toy,
            name=self.name,
            child_ids=self.child_ids,
            safety_level=level,
            blocked_topics=frozenset(self._topics()),
            thresholds=set_here,
            language=self.language,
            voice=self._voice_of(toy),
            patience=Patience(self.patience),
            tells_of_reading=self.tells == "yes",
        )

    def _voice_of(self, toy: Toy) -> Voice:
        """Another name is a voice of the provider that speaks first."""
        return toy.voice if self.voice == toy.voice.name else Voice(self.voice, toy.voice.settings)

    def _topics(self) -> list[str]:
        return [topic for line in self.topics.split("\n") if (topic := " ".join(line.split()))]

    def _topics_problem(self) -> str:
        topics = self._topics()
        if len(set(topics)) > MAX_TOPICS:
            return _(
                "%(number)s topics are too many: at most %(most)s fit.",
                number=len(set(topics)),
                most=MAX_TOPICS,
            )
        for topic in topics:
            if len(topic) > MAX_TOPIC_CHARS:
                return _(
                    "“%(topic)s…” is too long: a topic has at most %(most)s characters. Please put "
                    "each on a line of its own.",
                    topic=topic[:30],
                    most=MAX_TOPIC_CHARS,
                )
        return ""

    def _language_problem(self, toy: Toy, choices: "Choices") -> str:
        if self.language in {toy.language, *choices.languages}:
            return ""
        lacks = (each.lacks for each in choices.not_yet if each.code == self.language)
        return " ".join(next(lacks, ())) or _("Please choose a language from the list.")

    def _voice_problem(self, toy: Toy, choices: "Choices") -> str:
        if self.voice in {"", toy.voice.name} or choices.has_voice(self.voice):
            return _length(self.voice, MAX_DESCRIPTION_CHARS)
        return _(
            "There is no voice called “%(voice)s” here. Please choose one from the list.",
            voice=self.voice[:40],
        )

    def _threshold_problem(self, category: Category) -> str:
        text = self.thresholds.get(category, "")
        if not text:
            return ""
        level = SafetyLevel(self.level)
        floor = FLOORS[category][level]
        if re.fullmatch(r"[0-9]", text) and int(text) <= min(floor, SEVERITY_MAX):
            return ""
        return _(
            "%(topic)s: that is less strict than %(name)s. You can make it "
            "stricter than the level, but not less strict. Please choose another, or “as the "
            "level”.",
            topic=capital(threshold_words(category)),
            name=LEVEL_WORDS[level][0],
        )


def strictest(levels: Iterable[SafetyLevel | None]) -> SafetyLevel | None:
    """What fits the youngest; None where nobody's age is known."""
    known = {*levels}
    return next((level for level in SafetyLevel if level in known), None)


def strengths(category: Category, chosen: str) -> list[tuple[int, str]]:
    """What a parent may choose for it, the strictest first: the severity that passes still, and how that is called.

    One that is `chosen` and has no word of its own is called by the next stricter.
    """
    floors = FLOORS[category]
    found = {0: _("nothing at all")} | {
        floors[level]: words for level, words in STRENGTH_WORDS.items()
    }
    if chosen.isdecimal() and int(chosen[:2]) not in found:
        below = max(value for value in found if value < int(chosen[:2]))
        found[int(chosen[:2])] = _("hardly more than “%(strength)s”", strength=found[below])
    return sorted(found.items())[:-1]


def threshold_words(category: Category) -> str:
    if category is Category.CHILD_DISCLOSURE:
        return _("telling about being hurt")
    return _(CATEGORY_WORDS[category])


def name_problem(name: str) -> str:
    """What must be changed about a toy's name; "" when nothing must."""
    return _length(name, MAX_NAME_CHARS) or ("" if name else _("Please give it a name."))


def _length(text: str, most: int) -> str:
    return (
        _("That is too long: at most %(most)s characters fit.", most=most)
        if len(text) > most
        else ""
    )
