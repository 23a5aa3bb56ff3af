"""Runs every check of the guard side by side, with a deadline each, and makes one verdict of theirs.

A layer that throws, is late or answers nonsense counts as a refusal; the strictest answer wins.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from hub.domain.clock import Clock
from hub.domain.safety import (
    AlertLevel,
    Category,
    CheckRequest,
    SafetyCheck,
    SafetyPolicy,
    Verdict,
)
from hub.errors import DataError, ProviderError
from hub.safety.telling import TOLD_AT_ONCE, told

log = structlog.get_logger(__name__)

_ALERT_RANK = {None: 0, AlertLevel.INFO: 1, AlertLevel.WARNING: 2, AlertLevel.URGENT: 3}


@dataclass(frozen=True, slots=True)
class Impairment:
    """A layer that did not do its work the last time that it was asked."""

    layer: str
    since: datetime
    problem: str
    """What went wrong, in a few words, without anybody's speech."""


@dataclass(frozen=True, slots=True)
class GuardHealth:
    """Whether the guard is whole, for the pages. While it isn't, everything is refused."""

    impaired: tuple[Impairment, ...] = ()
    layers: tuple[str, ...] = ()
    """The names of all, impaired or not."""
    rules_version: str = ""
    missing: tuple[Impairment, ...] = ()
    """Judges that a parent added and that did not answer the last time: the others judge strictly for them."""

    @property
    def ok(self) -> bool:
        return not self.impaired


class Layers:
    """The checks, asked together. `version` names them all and changes when one of them does."""

    def __init__(self, checks: Sequence[SafetyCheck], clock: Clock, timeout_s: float) -> None:
        if not checks:
            raise ValueError("a guard without a check would let everything pass")
        self.checks = tuple(checks)
        self._clock = clock
        self._timeout_s = timeout_s
        self._impaired: dict[str, Impairment] = {}
        self.version = " ".join(f"{check.name}-{check.version}" for check in checks)

    @property
    def health(self) -> GuardHealth:
        return GuardHealth(
            tuple(self._impaired.values()),
            tuple(check.name for check in self.checks),
            self.version,
            tuple(filter(None, (getattr(check, "missing", None) for check in self.checks))),
        )

    async def judge(self, request: CheckRequest) -> Verdict:
        """The strictest verdict. Raises nothing but CancelledError."""
        return strictest(await self.verdicts(request))

    async def verdicts(self, request: CheckRequest) -> list[Verdict]:
        """What each check says, in their order. Raises nothing but CancelledError."""
        asker = asyncio.current_task()
        assert asker is not None
        before = asker.cancelling()  # above zero where a TaskGroup failed in it, before Python 3.13

        def is_left() -> bool:
            return asker.cancelling() > before

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ask(check, request, is_left)) for check in self.checks]
        return [told(within(task.result(), request.policy), request.direction) for task in tasks]

    async def _ask(
        self, check: SafetyCheck, request: CheckRequest, is_left: Callable[[], bool]
    ) -> Verdict:
        """`is_left` says whether whoever asked was cancelled, and not `check` alone."""
        try:
            async with self._clock.timeout(self._timeout_s):
                verdict = await check.check(request)
        except TimeoutError:
            return self._failed(check.name, "no answer in time")
        except asyncio.CancelledError:
            if is_left():
                raise
            return self._failed(check.name, "cancelled itself")
        except (ProviderError, DataError) as error:  # ours: they never quote the text
            return self._failed(check.name, str(error).removeprefix(f"{check.name}: "))
        except Exception as error:  # noqa: BLE001 - whatever a layer throws is a refusal
            # The message may quote the text, so only the kind of error is kept.
            return self._failed(check.name, f"raised {type(error).__name__}")
        problem = nonsense(verdict)
        if problem:
            return self._failed(check.name, problem)
        if self._impaired.pop(check.name, None):
            log.info("guard layer works again", layer=check.name)
        return verdict

    def _failed(self, layer: str, problem: str) -> Verdict:
        if layer not in self._impaired:
            self._impaired[layer] = Impairment(layer, self._clock.now(), problem)
        log.warning("guard layer failed; the text is refused", layer=layer, problem=problem)
        return unchecked(f"the {layer} check failed: {problem}", layer, self.version)


def within(verdict: Verdict, policy: SafetyPolicy) -> Verdict:
    """Refuses what a layer let pass, where it is graver than this toy's policy allows."""
    most = policy.threshold(verdict.category)
    if not verdict.allowed or verdict.severity <= most:
        return verdict
    limit = f"severity {verdict.severity}; at most {most} passes"
    return replace(verdict, allowed=False, reason=f"{verdict.reason} ({limit})".strip())


def unchecked(reason: str, layer: str, version: str) -> Verdict:
    """The refusal of a text that nobody could judge."""
    return Verdict(
        allowed=False,
        category=Category.UNCHECKED,
        reason=reason,
        layer=layer,
        rules_version=version,
        alert=AlertLevel.WARNING,
    )


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """Refusal over allowance, a known category over UNCHECKED, then severity; the loudest alert of all, or a look.

    An emergency that any layer knows keeps its answer, unless what weighs most is a hurt.
    """
    worst = max(
        verdicts,
        key=lambda v: (
            not v.allowed,
            v.category is not Category.UNCHECKED,
            v.severity,
            v.alert is not None,
            v.look,
        ),
    )
    alert = max((v.alert for v in verdicts), key=lambda level: _ALERT_RANK[level])
    kinds = (
        v.kind
        for v in verdicts
        if v.kind and v.category is not Category.UNCHECKED and worst.category not in TOLD_AT_ONCE
    )
    return replace(
        worst,
        alert=alert,
        look=alert is None and any(v.look for v in verdicts),
        kind=worst.kind or next(kinds, ""),
    )


def nonsense(verdict: object) -> str:
    """What is wrong with a layer's answer; "" when it can be believed."""
    if not isinstance(verdict, Verdict):
        return f"answered {type(verdict).__name__}, not a verdict"
    if verdict.allowed is not True and verdict.allowed is not False:
        return "answered neither allowed nor refused"
    if not isinstance(verdict.category, Category):
        return "answered an unknown category"
    if type(verdict.severity) is not int or not 0 <= verdict.severity <= 7:
        return "answered a severity outside 0 to 7"
    if verdict.alert is not None and not isinstance(verdict.alert, AlertLevel):
        return "answered an unknown alert level"
    if verdict.look is not True and verdict.look is not False:
        return "answered neither a look nor none"
    if (not verdict.allowed or verdict.severity) and verdict.category is Category.NONE:
        return "refused or found something without a category"
    matched: object = verdict.matched  # a tuple, unless the layer is mad
    texts: list[object] = [verdict.reason, verdict.layer, verdict.rules_version, verdict.kind]
    texts += matched if isinstance(matched, tuple) else [matched]
    return "" if all(isinstance(text, str) for text in texts) else "answered words that are no text"
