"""The guard with all its checks: the same for the hub and for `pommai-hub check`."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from hub.config import SafetySection
from hub.domain.clock import Clock
from hub.domain.safety import Category, CheckRequest, Direction, SafetyCheck, SafetyLevel, Verdict
from hub.errors import DataError
from hub.safety.classifier import ClassifierCheck
from hub.safety.guard import Guard
from hub.safety.remote import RemoteLayer
from hub.safety.rules import RulesCheck
from hub.safety.talk import TalkCheck
from hub.safety.talkbook import TalkBook

log = structlog.get_logger(__name__)

GRACE_S = 0.5
"""For a remote layer to tell of its own deadline before the guard's cuts it off."""


@dataclass(slots=True)
class LostClassifier:
    """Stands in for one whose data can't be read: it judges nothing, so the guard refuses everything."""

    problem: str
    name: str = ClassifierCheck.name
    version: str = "lost"

    async def check(self, request: CheckRequest) -> Verdict:
        raise DataError(self.problem)

    def leaning(
        self, text: str, direction: Direction, level: SafetyLevel
    ) -> tuple[float, Category]:
        raise DataError(self.problem)


def learned_layers(rules: RulesCheck) -> list[SafetyCheck]:
    """The classifier, and the layer that hears the whole talk with it.

    In place of one whose data is missing or damaged there is a layer that shows as impaired.
    """
    try:
        classifier = ClassifierCheck.load()
    except DataError as error:
        return [_lost(ClassifierCheck.name, error)]
    try:
        book = TalkBook.load()
    except DataError as error:
        return [classifier, _lost(TalkCheck.name, error)]
    return [classifier, TalkCheck([rules, classifier], classifier.leaning, book)]


def _lost(name: str, error: DataError) -> LostLayer:
    log.error(
        "a guard layer can't be loaded; everything is refused", layer=name, problem=str(error)
    )
    return LostLayer(name, str(error))


def build_guard(settings: SafetySection, clock: Clock, remote: Sequence[RemoteLayer] = ()) -> Guard:
    """The embedded layers, and beside them the `remote` ones that a parent named.

    Raises DataError where the rules that ship with us are damaged.
    """
    rules = RulesCheck.load()
    checks: list[SafetyCheck] = [rules, *learned_layers(rules), *remote]
    # A remote layer keeps a deadline of its own, which may be longer.
    timeout_s = max([settings.timeout_ms / 1000, *(layer.timeout_s + GRACE_S for layer in remote)])
    return Guard(checks, clock, timeout_s)
