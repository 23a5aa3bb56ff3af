"""The guard's layers, alone and together, asked about many texts; the learned one never about its own.

A text that the classifier was trained on is judged by the odds that it got from parts that had met
nothing of its writer; any other by the model as it is.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.guard.lines import Example
from bench.guard.model import build
from bench.guard.score import Outcome
from bench.guard.train import training_texts
from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy, Verdict
from hub.safety.classifier.classifier import ClassifierCheck
from hub.safety.classifier.model import ALERT_HEAD, LEVEL_RUNGS, STOP_HEADS, ClassifierModel
from hub.safety.rules.rulebook import Rule, Rulebook
from hub.safety.rules.rules import RulesCheck
from hub.safety.text.normalise import readings

Judge = Callable[[Sequence[Example]], Awaitable[list[Outcome]]]
RULE_SCORE = 30.0
"""What a rule adds to a text's odds where texts are put in order: more than any odds."""
_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True)
class Judges:
    rule_check: RulesCheck
    book: Rulebook
    classifier: ClassifierCheck
    model: ClassifierModel
    unseen: dict[tuple[str, Direction], NDArray[np.float64]]
    """Odds of training texts by parts that had met nothing of their writers."""
    learned_from: Sequence[Example] = ()

    @classmethod
    def make(cls) -> "Judges":
        """Takes minutes: trains anew, as what ships can't tell what it would say of texts unseen."""
        examples = training_texts()
        built = build(examples)
        keys = [(one.text, one.direction) for one in examples]
        unseen = dict(zip(keys, built.unseen, strict=True))
        classifier = ClassifierCheck(built.model, ClassifierCheck.load().version)
        rules, book = RulesCheck.load(), Rulebook.load()
        return cls(rules, book, classifier, built.model, unseen, examples)

    async def full(self, examples: Sequence[Example]) -> list[Outcome]:
        """Rules and classifier, the strictest wins."""
        by_rules, by_likeness = await self.rules(examples), await self.learned(examples)
        return [
            Outcome(
                example=rule.example,
                level=rule.level,
                stopped=rule.stopped or learned.stopped,
                alert=rule.alert or learned.alert,
                category=rule.category if rule.stopped else learned.category,
                score=learned.score + RULE_SCORE * rule.stopped,
            )
            for rule, learned in zip(by_rules, by_likeness, strict=True)
        ]

    async def rules(self, examples: Sequence[Example]) -> list[Outcome]:
        return [
            _outcome(one, level, await self._by_rules(one.text, one.direction, level))
            for one in examples
            for level in SafetyLevel
        ]

    async def learned(self, examples: Sequence[Example]) -> list[Outcome]:
        return [self._learned(one, level) for one in examples for level in SafetyLevel]

    async def bare_rules(self, examples: Sequence[Example]) -> list[Outcome]:
        """Rules over the words as they stand."""
        return [
            Outcome(one, level, any(rule.find(bare(one.text)) for rule in self._rules(one, level)))
            for one in examples
            for level in SafetyLevel
        ]

    def _rules(self, one: Example, level: SafetyLevel) -> tuple[Rule, ...]:
        return self.book.for_(one.direction, SafetyPolicy(level))

    async def bare_classifier(self, examples: Sequence[Example]) -> list[Outcome]:
        """The classifier over the words as they stand; of texts that it was trained on, as unseen."""
        return [
            self._from_odds(one, level, self._unseen(one, bare(one.text)))
            for one in examples
            for level in SafetyLevel
        ]

    async def stops(self, text: str, level: SafetyLevel) -> bool:
        """Whether rules and classifier stop what a child says, as they are."""
        learned = self.classifier.judge(text, Direction.CHILD, SafetyPolicy(level))
        by_rules = await self._by_rules(text, Direction.CHILD, level)
        return not (learned.allowed and by_rules.allowed)

    async def _by_rules(self, text: str, direction: Direction, level: SafetyLevel) -> Verdict:
        return await self.rule_check.check(CheckRequest(text, direction, SafetyPolicy(level)))

    def _learned(self, one: Example, level: SafetyLevel) -> Outcome:
        if (one.text, one.direction) in self.unseen:
            return self._from_odds(one, level, self.unseen[one.text, one.direction])
        verdict = self.classifier.judge(one.text, one.direction, SafetyPolicy(level))
        odds = self.model.odds(readings(one.text)[0], one.direction)
        return _outcome(one, level, verdict, float(odds[STOP_HEADS.index(level)]))

    def _unseen(self, one: Example, reading: str) -> NDArray[np.floating]:  # type: ignore[type-arg]  # any float will do
        seen = self.unseen.get((one.text, one.direction))
        return self.model.odds(reading, one.direction) if seen is None else seen

    def _from_odds(
        self,
        one: Example,
        level: SafetyLevel,
        odds: NDArray[np.floating],  # type: ignore[type-arg]  # any float will do
    ) -> Outcome:
        row = list(Direction).index(one.direction)
        alert = bool(odds[ALERT_HEAD] >= self.model.alert_from[row])
        stop = float(odds[STOP_HEADS.index(level)])
        stopped = alert or stop >= self.model.steps[row][LEVEL_RUNGS[level]]
        return Outcome(one, level, bool(stopped), alert, score=stop)


def bare(text: str) -> str:
    """Small letters and spaces, and nothing undone."""
    return " ".join(_WORD.findall(text.lower()))


def _outcome(one: Example, level: SafetyLevel, verdict: Verdict, odds: float = 0.0) -> Outcome:
    return Outcome(
        one, level, not verdict.allowed, verdict.alert is not None, verdict.category.value, odds
    )
