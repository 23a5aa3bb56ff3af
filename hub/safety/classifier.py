"""The learned layer: a small linear classifier over hashed features, run with numpy alone.

`ClassifierCheck.load()` reads `data/classifier.npz`, which `bench/guard/train.py` makes. It gives
calibrated odds that a text must be stopped at each level, that a parent must be told, and of each
category; they become a severity from 0 to 7. `explain` tells which words weighed most.
"""

import hashlib
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from zipfile import BadZipFile

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
from hub.errors import DataError
from hub.safety.features import WIDTH, feature_version, features
from hub.safety.normalise import readings

DATA_FILE = "classifier.npz"
STOP_HEADS = tuple(SafetyLevel)
ALERT_HEAD = len(STOP_HEADS)
FIRST_CATEGORY_HEAD = ALERT_HEAD + 1
LADDER = (
    (7, SafetyLevel.RELAXED),
    (6, SafetyLevel.RELAXED),
    (5, SafetyLevel.MODERATE),
    (4, SafetyLevel.MODERATE),
    (3, SafetyLevel.STRICT),
    (2, SafetyLevel.STRICT),
    (1, SafetyLevel.STRICT),
)
"""Each severity of harm, gravest first, and the level whose odds it is read from.

7, 5 and 3 are where relaxed, moderate and strict begin to stop; the others let a parent tighten.
"""
LEVEL_RUNGS = {SafetyLevel.RELAXED: 0, SafetyLevel.MODERATE: 2, SafetyLevel.STRICT: 4}
"""The rung of LADDER from which each level stops."""
URGENT = frozenset({
    Category.SELF_HARM, Category.CHILD_DISCLOSURE, Category.DANGEROUS_ACTS,
    Category.DRUGS_ALCOHOL_WEAPONS, Category.MEDICAL_LEGAL,
})  # fmt: skip
"""Where an alert means that a child may be in danger now."""
MAX_READINGS = 6
MAX_EXPLAINED_WORDS = 40
MATCHED_WORDS = 3


@dataclass(frozen=True, slots=True)
class Model:
    """What training gives. Odds are natural logarithms, one column ("head") for each question."""

    weights: NDArray[np.int8]
    """A row a feature, a column a head."""
    scales: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    steps: NDArray[np.float32]
    """Least odds for each rung of LADDER, a row a direction."""
    alert_from: NDArray[np.float32]
    """Least odds of the alert head, a direction each."""
    categories: tuple[Category, ...]

    def odds(self, reading: str, direction: Direction) -> NDArray[np.float32]:
        found = features(reading, direction)
        rows = self.weights[found.buckets].astype(np.float32)
        odds: NDArray[np.float32] = (found.values @ rows) * self.scales + self.intercepts
        return odds

    def to_bytes(self) -> bytes:
        """The data file. The same model gives the same bytes."""
        about = {
            "features": feature_version(),
            "categories": [category.value for category in self.categories],
        }
        file = io.BytesIO()
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            weights=self.weights,
            scales=self.scales,
            intercepts=self.intercepts,
            steps=self.steps,
            alert_from=self.alert_from,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Model":
        """Raises DataError where they are damaged, or made for other features."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                about = json.loads(file["about"].tobytes())
                model = cls(
                    weights=file["weights"],
                    scales=file["scales"],
                    intercepts=file["intercepts"],
                    steps=file["steps"],
                    alert_from=file["alert_from"],
                    categories=tuple(Category(name) for name in about["categories"]),
                )
            made_for = str(about["features"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
            raise _damaged(type(error).__name__) from error
        if made_for != feature_version():
            raise _damaged("it was trained for other features: train again")
        if problem := model.problem():
            raise _damaged(problem)
        return model

    def problem(self) -> str:
        """What does not fit together; "" when all does."""
        heads = FIRST_CATEGORY_HEAD + len(self.categories)
        shapes = (
            (self.weights, np.int8, (WIDTH, heads)),
            (self.scales, np.float32, (heads,)),
            (self.intercepts, np.float32, (heads,)),
            (self.steps, np.float32, (len(Direction), len(LADDER))),
            (self.alert_from, np.float32, (len(Direction),)),
        )
        if any(array.dtype != kind or array.shape != shape for array, kind, shape in shapes):
            return "its arrays have the wrong shape"
        numbers = np.concatenate([self.scales, self.intercepts])
        return "" if self.categories and np.isfinite(numbers).all() else "it holds no numbers"


def _damaged(problem: str) -> DataError:
    return DataError(f"hub/safety/data/{DATA_FILE}: damaged ({problem}); reinstall pommai")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the model makes of one text."""

    reading: str
    category: Category
    severity: int
    alert: bool
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

    def __init__(self, model: Model, version: str) -> None:
        self._model = model
        self.version = version

    @classmethod
    def load(cls) -> "ClassifierCheck":
        """With the data that ships with us. Raises DataError where it is missing or damaged."""
        file = resources.files("hub.safety") / "data" / DATA_FILE
        try:
            data = file.read_bytes()
        except OSError as error:
            raise DataError(f"{file}: can't read it: {error.strerror}; reinstall pommai") from error
        return cls(Model.from_bytes(data), hashlib.sha256(data).hexdigest()[:12])

    async def check(self, request: CheckRequest) -> Verdict:
        return self.judge(request.text, request.direction, request.policy)

    def judge(self, text: str, direction: Direction, policy: SafetyPolicy) -> Verdict:
        """The verdict on one text by itself."""
        found = self._gravest(readings(text), direction, policy.level)
        if found is None or not found.severity:
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
            matched=() if allowed else self._telling(found, direction),
            alert=_alert(found),
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
            return Explanation(verdict, 0.0, needed, (), "There are no words in it.")
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
        """Of all readings, the one that is judged the most severe."""
        found = [
            self._judge_reading(reading, direction, level)
            for reading in forms[:MAX_READINGS]
            if reading
        ]
        return max(found, key=lambda one: (one.severity, one.alert, one.stop_odds), default=None)

    def _judge_reading(self, reading: str, direction: Direction, level: SafetyLevel) -> Judgement:
        model = self._model
        odds = model.odds(reading, direction)
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
            stop_odds=float(odds[STOP_HEADS.index(level)]),
        )

    def _severity(self, odds: NDArray[np.float32], row: int) -> int:
        for (severity, level), least in zip(LADDER, self._model.steps[row], strict=True):
            if odds[STOP_HEADS.index(level)] >= least:
                return severity
        return 0

    def _telling(self, found: Judgement, direction: Direction) -> tuple[str, ...]:
        """The words that say most for the category found, in their order."""
        head = FIRST_CATEGORY_HEAD + self._model.categories.index(found.category)
        words = list(dict.fromkeys(word for word in found.reading.split() if word != "."))
        weigh = {word: self._weight(word, direction, head) for word in words[:MAX_EXPLAINED_WORDS]}
        most = sorted(weigh, key=lambda word: -weigh[word])[:MATCHED_WORDS]
        return tuple(word for word in words if word in most)

    def _weight(self, word: str, direction: Direction, head: int) -> float:
        odds = self._model.odds(word, direction)
        return float(odds[head] + odds[STOP_HEADS.index(SafetyLevel.STRICT)])

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
