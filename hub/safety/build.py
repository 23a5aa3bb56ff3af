"""The guard with all its checks: the same for the hub and for `pommai-hub check`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from hub.config.programs import SafetySection
from hub.domain.clock import Clock
from hub.domain.safety import CheckRequest, SafetyCheck, Verdict
from hub.errors import DataError
from hub.safety.added import AddedCheck
from hub.safety.classifier.classifier import ClassifierCheck
from hub.safety.guard import Guard
from hub.safety.language import LanguageCheck
from hub.safety.rules.rules import RulesCheck
from hub.safety.rules.talk import TalkCheck
from hub.safety.rules.talkbook import TalkBook

log = structlog.get_logger(__name__)

GRACE_S = 0.5
"""For a remote layer to tell of its own deadline before the guard's cuts it off."""


class TimedCheck(SafetyCheck, Protocol):
    """A check that keeps a deadline of its own, as one that asks a server does."""

    @property
    def timeout_s(self) -> float: ...

    @property
    def added(self) -> bool:
        """Whether the embedded ones stand in for it where it fails."""
        ...


@dataclass(slots=True)
class LostLayer:
    """Stands in for a layer whose data can't be read: it judges nothing, so the guard refuses everything."""

    name: str
    problem: str
    version: str = "lost"

    async def check(self, request: CheckRequest) -> Verdict:
        raise DataError(self.problem)


def build_guard(settings: SafetySection, clock: Clock, remote: Sequence[TimedCheck] = ()) -> Guard:
    """The embedded layers, and beside them the `remote` ones that a parent named; English alone where none must agree.

    Raises DataError where the rules that ship with us are damaged.
    """
    rules, classifier = RulesCheck.load(), load_classifier()
    embedded: list[SafetyCheck] = [rules, classifier]
    if isinstance(classifier, ClassifierCheck):
        embedded.append(load_talk(rules, classifier))
    checks = [
        *embedded,
        *(AddedCheck(one, embedded, clock) if one.added else one for one in remote),
    ]
    if all(layer.added for layer in remote):
        checks.append(LanguageCheck())
    # A remote layer keeps a deadline of its own, which may be longer.
    timeout_s = max([settings.timeout_ms / 1000, *(layer.timeout_s + GRACE_S for layer in remote)])
    return Guard(checks, clock, timeout_s)


def load_classifier() -> ClassifierCheck | LostLayer:
    """The learned layer; where its data is missing or damaged, one that shows as impaired."""
    try:
        return ClassifierCheck.load()
    except DataError as error:
        return _lost(ClassifierCheck.name, error)


def load_talk(rules: RulesCheck, classifier: ClassifierCheck) -> TalkCheck | LostLayer:
    """The layer that hears the whole talk; where its data is missing or damaged, one that shows as impaired."""
    try:
        return TalkCheck([rules, classifier], classifier.leaning, TalkBook.load())
    except DataError as error:
        return _lost(TalkCheck.name, error)


def _lost(name: str, error: DataError) -> LostLayer:
    log.error(
        "a guard layer can't be loaded; everything is refused", layer=name, problem=str(error)
    )
    return LostLayer(name, str(error))
