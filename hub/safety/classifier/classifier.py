"""The learned layer: a small classifier, run on one thread without a network.

`ClassifierCheck.load()` reads `data/classifier.npz`, which `bench/guard/train.py` makes. It gives
calibrated odds that a text must be stopped at each level, that a parent must be told, and of each
category; they become a severity from 0 to 7. `explain` tells which words weighed most.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hub.domain.safety import (
    SEVERITY_MAX,
    AlertLevel,
    Category,
    CheckRequest,
    Direction,
    SafetyLevel,
    SafetyPolicy,
    Verdict,
    strictest,
)
from hub.safety.classifier.features import stem, word_classes
from hub.safety.classifier.model import (
    ALERT_HEAD,
    DATA_FILE,
    FIRST_CATEGORY_HEAD,
    LADDER,
    LEVEL_RUNGS,
    STOP_HEADS,
    ClassifierModel,
)
from hub.safety.classifier.words import word_vectors
from hub.safety.data_files import FOLDER, reading
from hub.safety.telling import TOLD_AT_ONCE
from hub.safety.text.normalise import readings

URGENT = frozenset({
    Category.SELF_HARM, Category.CHILD_DISCLOSURE, Category.DANGEROUS_ACTS,
    Category.DRUGS_ALCOHOL_WEAPONS, Category.MEDICAL_LEGAL,
})  # fmt: skip
"""Where an alert means that a child may be in danger now."""
LOOK_ODDS = 1.0
"""So far below the odds of an alert, in log odds, a line is worth a look: a calm one in thirty, by cross-validation."""
SHORT_WORDS = 8
"""A line of at most so many words is judged by what the child said just before, too."""
SURE_ODDS = 2.2
"""Log odds, 90 %: what leans so far stays what it is."""
OF_ITSELF = frozenset({"i", "me", "my", "myself", "us", "we", "our"})
"""What a child tells of being hurt itself stays what it is, whatever it spoke of before."""
MAX_READINGS = 6
HASHED_AT_ONCE = 1 << 16
"""Bytes of the file: no copy of it stays in memory."""
MAX_EXPLAINED_WORDS = 40
MATCHED_WORDS = 3
ODDS_REMEMBERED = 1024
"""Lines whose odds are kept: each line of a talk is asked about again with the next."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of one text."""

    reading: str
    category: Category
    severity: int
    alert: bool
    look: bool
    """It leans towards what parents should know, whether it must be stopped or not."""
    stop_odds: float
    """Log odds that it must be stopped at the level asked for."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why the classifier judged so."""

    verdict: Verdict
    probability: float
    """That the text must be stopped at this level, by the model."""
    needed: float
    """The probability from which it would be refused."""
    words: tuple[tuple[str, float], ...]
    """Words, and by how much each changes that probability; the most telling first."""
    change: str
    """What would change the verdict, in a sentence."""


class ClassifierCheck:
    """A `SafetyCheck` that knows likeness to what it was trained on, not phrasings."""

    name = "classifier"

    def __init__(self, model: ClassifierModel, version: str) -> None:
        self._model = model
        self._odds = lru_cache(maxsize=ODDS_REMEMBERED)(model.odds)
        self.version = version

    @classmethod
    def load(cls) -> "ClassifierCheck":
        """With all the data that ships with us. Raises DataError where it is missing or damaged."""
        word_classes()  # each check needs them, and later no file may be opened any more
        word_vectors()
        with reading(DATA_FILE), (FOLDER / DATA_FILE).open("rb") as data:
            digest = hashlib.sha256()
            while part := data.read(HASHED_AT_ONCE):
                digest.update(part)
            data.seek(0)
            return cls(ClassifierModel.read(data), digest.hexdigest()[:12])

    async def check(self, request: CheckRequest) -> Verdict:
        alone = self.judge(request.text, request.direction, request.policy)
        if alone.allowed and not alone.alert:
            return alone
        return self._in_talk(alone, request) or alone

    def _in_talk(self, alone: Verdict, request: CheckRequest) -> Verdict | None:
        """What a short line is where it is harmless together with each of the child's last two: worth a look.

        "They locked her up in the dark" may mean much alone, and nothing after "then a knight comes". None where it
        stays what it is.
        """
        said = [line.text for line in request.history if line.direction is Direction.CHILD]
        sure = self.leaning(request.text, request.direction, request.policy.level)[0]
        if (
            request.direction is Direction.TOY
            or not said
            or len(request.text.split()) > SHORT_WORDS
            or sure > SURE_ODDS
            or (
                alone.category in TOLD_AT_ONCE
                and OF_ITSELF & set(readings(request.text)[0].split())
            )
        ):
            return None
        texts = [". ".join([*said[-lines:], request.text]) for lines in (1, 2)]
        verdicts = [self.judge(text, request.direction, request.policy) for text in texts]
        harmless = all(verdict.allowed and not verdict.alert for verdict in verdicts)
        return replace(verdicts[0], matched=(), look=True) if harmless else None

    def judge(self, text: str, direction: Direction, policy: SafetyPolicy) -> Verdict:
        """The verdict on one text by itself."""
        found = self._gravest(readings(text), direction, policy.level)
        if found is None or not (found.severity or found.look):
            return Verdict(allowed=True, layer=self.name, rules_version=self.version)
        allowed = found.severity <= policy.threshold(found.category)
        chance = round(100 * _probability(found.stop_odds))
        return Verdict(
            allowed=allowed,
            category=found.category,
            severity=found.severity,
            reason=f"reads like {found.category} ({chance} %)",
            layer=self.name,
            rules_version=self.version,
            matched=() if allowed else self._telling(found),
            alert=_alert(found),
            look=found.look,
        )

    def leaning(
        self, text: str, direction: Direction, level: SafetyLevel
    ) -> tuple[float, Category]:
        """Log odds that a text must be stopped at `level`, and what it is most like."""
        found = self._gravest(readings(text), direction, level)
        return (found.stop_odds, found.category) if found else (-math.inf, Category.NONE)

    def explain(
        self, text: str, direction: Direction = Direction.CHILD, policy: SafetyPolicy | None = None
    ) -> Explanation:
        """Leaves out one word after the other, and tells what that changes."""
        policy = policy or SafetyPolicy()
        verdict = self.judge(text, direction, policy)
        found = self._gravest(readings(text), direction, policy.level)
        needed = self._needed(direction, policy.level)
        if found is None:
            return Explanation(verdict, 0.0, needed, (), "There are no English words in it.")
        probability = _probability(found.stop_odds)
        words = found.reading.split()
        effects: dict[str, float] = {}
        for word in list(dict.fromkeys(words))[:MAX_EXPLAINED_WORDS]:
            rest = " ".join(other for other in words if other != word)
            without = self._judge_reading(rest, direction, policy.level)
            effects[word] = probability - _probability(without.stop_odds)
        effects.pop(".", None)
        ranked = sorted(effects.items(), key=lambda pair: -abs(pair[1]))
        return Explanation(
            verdict,
            probability,
            needed,
            tuple(ranked),
            _change(verdict, probability, needed, ranked),
        )

    def _gravest(
        self, forms: Sequence[str], direction: Direction, level: SafetyLevel
    ) -> Judgement | None:
        """Of all English readings, the one that is judged the most severe; None without any.

        To what it learned from, every other language only looks strange.
        """
        found = [
            self._judge_reading(reading, direction, level)
            for reading in forms[:MAX_READINGS]
            if reading and is_english([word for word in reading.split() if word != "."])
        ]
        return max(
            found, key=lambda one: (one.severity, one.alert, one.look, one.stop_odds), default=None
        )

    def _judge_reading(self, reading: str, direction: Direction, level: SafetyLevel) -> Judgement:
        model = self._model
        odds = self._odds(reading, direction)
        row = list(Direction).index(direction)
        best = int(np.argmax(odds[FIRST_CATEGORY_HEAD:]))
        category = model.categories[best]
        alert = bool(odds[ALERT_HEAD] >= model.alert_from[row])
        severity = SEVERITY_MAX if alert else self._severity(odds, row)
        # Where a level stops at 1/3/5 and not at 2/4/6, the same odds are one step less severe.
        milder = strictest(SafetyLevel.STRICT, Category.VIOLENCE) - strictest(
            SafetyLevel.STRICT, category
        )
        return Judgement(
            reading=reading,
            category=category,
            severity=max(0, severity - milder),
            alert=alert,
            look=bool(odds[ALERT_HEAD] >= model.alert_from[row] - LOOK_ODDS),
            stop_odds=float(odds[STOP_HEADS.index(level)]),
        )

    def _severity(self, odds: NDArray[np.float32], row: int) -> int:
        for (severity, level), least in zip(LADDER, self._model.steps[row], strict=True):
            if odds[STOP_HEADS.index(level)] >= least:
                return severity
        return 0

    def _telling(self, found: Judgement) -> tuple[str, ...]:
        """The words that say most for the category found, in their order."""
        words = list(dict.fromkeys(word for word in found.reading.split() if word != "."))
        tells = dict(zip(words, self._model.tells(words, found.category), strict=True))
        most = sorted(words, key=lambda word: -tells[word])[:MATCHED_WORDS]
        return tuple(word for word in words if word in most)

    def _needed(self, direction: Direction, level: SafetyLevel) -> float:
        """The probability from which a text is refused at `level`."""
        row = list(Direction).index(direction)
        return _probability(float(self._model.steps[row][LEVEL_RUNGS[level]]))


def _alert(found: Judgement) -> AlertLevel | None:
    if not found.alert:
        return None
    return AlertLevel.URGENT if found.category in URGENT else AlertLevel.WARNING


def _change(
    verdict: Verdict, probability: float, needed: float, words: Sequence[tuple[str, float]]
) -> str:
    if verdict.allowed:
        return f"It passes; it would be refused from {needed:.0%} on, and has {probability:.0%}."
    for word, effect in words:
        if probability - effect < needed:
            return f'Without "{word}" it would pass.'
    return "No single word decides it."


def _probability(odds: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


FEWEST_WORDS = 3
"""Shorter texts are taken as English: a name or a swear word tells no language."""
KNOWN_SHARE = 0.7
"""Of its words. 99 % of the English lines in `bench/guard/lines` and the public sets have more; of our
own German and Tamil sentences hardly one; French and Spanish ones show by the words below."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = _words("""
the and you i it is to of that my we are for with do what your how can not have this was he she
they me if but at be so when there like did who from or about his her just them our will would
""")
OTHERS = (
    _words("""
der die das und ich du nicht ist ein eine einen wir mit auf mir dir dich mich von den dem zu wie wenn auch hast
bist habe kann oder sich noch nur sehr aber mein meine dein deine es im wo warum
le la les un une des et est tu je il elle ne pas que qui dans pour sur avec ton ta tes mon ma mes au aux nous
vous du ce cette ou quand aussi tres suis es sont veux peux
el los las y en no se con por para como mas tu mi su lo una pero te yo muy donde quiero eres estoy del al
""")
    - ENGLISH
)
"""German, French and Spanish words that hold a sentence together."""


def is_english(words: Sequence[str]) -> bool:
    """Whether a text is English, as far as a layer that learned English alone must know.

    `words` are as in a reading of `normalise.readings`.
    """
    if len(words) < FEWEST_WORDS:
        return True
    vectors = word_vectors()
    known = sum(vectors.knows(word, stem(word)) for word in words)
    if known < KNOWN_SHARE * len(words):
        return False
    return sum(w in OTHERS for w in words) <= sum(w in ENGLISH for w in words)
