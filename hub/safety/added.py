"""A judge that a parent added beside the required checks: it can only tighten, and nobody waits long for it.

Where it is late, fails or says anything but a verdict, the embedded checks judge the text at their strict level.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from hub.domain.clock import Clock
from hub.domain.safety import CheckRequest, SafetyCheck, SafetyLevel, Verdict
from hub.errors import DataError, ProviderError
from hub.safety.layers import Impairment, nonsense, strictest, within

log = structlog.get_logger(__name__)


class AddedCheck:
    """`check` keeps a deadline of its own; `embedded` stand in for it."""

    def __init__(self, check: SafetyCheck, embedded: Sequence[SafetyCheck], clock: Clock) -> None:
        self._check = check
        self._embedded = tuple(embedded)
        self._clock = clock
        self.name = check.name
        self.version = f"{check.version}-added"
        self.missing: Impairment | None = None
        """Why it was stood in for the last time that it was asked; None where it answered."""

    async def check(self, request: CheckRequest) -> Verdict:
        try:
            verdict = await self._check.check(request)
            problem = nonsense(verdict)
        except TimeoutError:
            problem = "no answer in time"
        except (ProviderError, DataError) as error:  # ours: they never quote the text
            problem = str(error).removeprefix(f"{self.name}: ")
        except Exception as error:  # noqa: BLE001 - whatever it throws is no verdict
            problem = f"raised {type(error).__name__}"
        if not problem:
            self.missing = None
            return verdict
        if self.missing is None:
            log.warning(
                "a judge is missing; texts are judged strictly", layer=self.name, problem=problem
            )
            self.missing = Impairment(self.name, self._clock.now(), problem)
        return await self._strictly(request)

    async def _strictly(self, request: CheckRequest) -> Verdict:
        """What the embedded checks say at the strict level. What one of them raises refuses the text."""
        policy = replace(request.policy, level=SafetyLevel.STRICT)
        strict = CheckRequest(request.text, request.direction, policy, request.history)
        verdict = strictest([within(await check.check(strict), policy) for check in self._embedded])
        if verdict.allowed:
            return verdict
        reason = f"{verdict.reason} (judged strictly, as {self.name} gave no answer)".strip()
        return replace(verdict, reason=reason)
