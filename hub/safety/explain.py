"""Why the guard judged so: what each layer said, on which words, and what would change the verdict.

`explain(layers, request)` makes a `VerdictAccount`; `Guard.explain` is the way to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from hub.domain.safety import CheckRequest, SafetyCheck, SafetyLevel, Verdict
from hub.safety.classifier.classifier import ClassifierCheck, Explanation
from hub.safety.layers import Layers
from hub.safety.rules.rules import Met, RulesCheck
from hub.safety.text.normalise import readings

log = structlog.get_logger(__name__)

MAX_WORDS_LEFT_OUT = 40
"""So many words of a text are left out, one at a time, to see whether it would pass without."""


@dataclass(frozen=True, slots=True)
class LayerOpinion:
    """What one layer said, and on what grounds."""

    layer: str
    version: str
    verdict: Verdict
    at_most: int
    """The most severity of the verdict's category that passes."""
    rules: tuple[Met, ...] = ()
    """Of the rules: all that the text met, the gravest first."""
    learned: Explanation | None = None
    """Of the classifier."""


@dataclass(frozen=True, slots=True)
class VerdictAccount:
    """The verdict, and all that led to it. A text that no layer was asked about has the verdict alone."""

    verdict: Verdict
    readings: tuple[str, ...] = ()
    """The plain forms that the text was judged in."""
    layers: tuple[LayerOpinion, ...] = ()
    levels: Mapping[SafetyLevel, Verdict] = field(default_factory=dict)
    """What each level would do, this one too."""
    changes: tuple[str, ...] = ()
    """What would change the verdict, in sentences."""


async def explain(layers: Layers, request: CheckRequest) -> VerdictAccount:
    """Asks the layers at each level, without each word in turn, and without the history."""
    verdict = await layers.judge(request)
    levels = {level: await layers.judge(_at(level, request)) for level in SafetyLevel}
    opinions = await _opinions(layers, request)
    changes = _other_levels(verdict, levels)
    if verdict.allowed:
        changes += _nearest_refusals(verdict, opinions)
    else:
        changes += await _ways_to_pass(layers, request)
    return VerdictAccount(verdict, readings(request.text), opinions, levels, tuple(changes))


async def _opinions(layers: Layers, request: CheckRequest) -> tuple[LayerOpinion, ...]:
    found = []
    for check, verdict in zip(layers.checks, await layers.verdicts(request), strict=True):
        opinion = LayerOpinion(
            check.name, check.version, verdict, request.policy.threshold(verdict.category)
        )
        try:
            found.append(_with_grounds(opinion, check, request))
        except Exception as error:  # noqa: BLE001 - a layer that throws has refused already
            log.warning(
                "a layer can't explain itself", layer=check.name, problem=type(error).__name__
            )
            found.append(opinion)
    return tuple(found)


def _with_grounds(opinion: LayerOpinion, check: SafetyCheck, request: CheckRequest) -> LayerOpinion:
    match check:
        case RulesCheck():
            return replace(opinion, rules=tuple(check.met(request)))
        case ClassifierCheck():
            learned = check.explain(request.text, request.direction, request.policy)
            return replace(opinion, learned=learned)
    return opinion


def _other_levels(verdict: Verdict, levels: Mapping[SafetyLevel, Verdict]) -> list[str]:
    others = [level for level, other in levels.items() if other.allowed is not verdict.allowed]
    if others:
        would = "be refused" if verdict.allowed else "pass"
        return [f"At the level {' or '.join(others)} it would {would}."]
    return [f"No level would {'refuse it' if verdict.allowed else 'let it pass'}."]


def _nearest_refusals(verdict: Verdict, opinions: Sequence[LayerOpinion]) -> list[str]:
    """What it would take to refuse a text that passes."""
    found = [
        f"The {opinion.layer} gives it {learned.probability:.0%},"
        f" and refuses from {learned.needed:.0%} on."
        for opinion in opinions
        if (learned := opinion.learned)
    ]
    if verdict.severity:
        found.append(
            f"A parent who lets at most severity {verdict.severity - 1} of {verdict.category} pass"
            " would have it refused."
        )
    return found


async def _ways_to_pass(layers: Layers, request: CheckRequest) -> list[str]:
    """What could be left out, for a text that is refused to pass."""
    found = []
    if request.history and (await layers.judge(replace(request, history=()))).allowed:
        found.append("Without what was said before it would pass.")
    deciding = [
        word
        for word in list(dict.fromkeys(request.text.split()))[:MAX_WORDS_LEFT_OUT]
        if (await layers.judge(_without(word, request))).allowed
    ]
    if deciding:
        found.append(f"Without {' or '.join(f'“{word}”' for word in deciding)} it would pass.")
    else:
        found.append("Without any one of its words it would still be refused.")
    return found


def _at(level: SafetyLevel, request: CheckRequest) -> CheckRequest:
    policy = replace(request.policy, level=level)
    return CheckRequest(request.text, request.direction, policy, request.history)


def _without(word: str, request: CheckRequest) -> CheckRequest:
    rest = " ".join(other for other in request.text.split() if other != word)
    return CheckRequest(rest, request.direction, request.policy, request.history)
