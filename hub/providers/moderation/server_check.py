"""What the guard's remote layers share: what they are shown, and how findings become a verdict."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from hub.domain.safety import AlertLevel, Category, CheckRequest, Direction, Verdict
from hub.providers.network.http import RemoteProvider, S

ALERTS = {
    Category.SELF_HARM: AlertLevel.URGENT,
    Category.VIOLENCE: AlertLevel.WARNING,
    Category.SEXUAL: AlertLevel.WARNING,
    Category.DRUGS_ALCOHOL_WEAPONS: AlertLevel.WARNING,
    Category.DANGEROUS_ACTS: AlertLevel.WARNING,
    Category.CHILD_DISCLOSURE: AlertLevel.WARNING,
    Category.STRANGER_GROOMING: AlertLevel.WARNING,
}
"""Of what a child says, if it is refused: what a parent is told and how pressingly."""
ALERT_SEVERITY = 4


@dataclass(frozen=True, slots=True)
class HarmFinding:
    """One category that a far side reported. `stops` refuses it whatever the toy's level allows."""

    category: Category
    severity: int
    label: str
    """The far side's own word for it."""
    stops: bool = False


def exchange(request: CheckRequest) -> tuple[str, str]:
    """What the child said, and what the toy has answered so far, `request.text` included.

    The answer is "" for a child's words. The clauses of an answer are judged together, as half of a
    sentence may be harmless alone.
    """
    if request.direction is Direction.CHILD:
        return request.text, ""
    clauses = [request.text]
    for line in reversed(request.history):
        if line.direction is Direction.CHILD:
            return line.text, " ".join(reversed(clauses))
        clauses.append(line.text)
    return "", " ".join(reversed(clauses))


def verdict(
    findings: Sequence[HarmFinding], request: CheckRequest, layer: str, version: str
) -> Verdict:
    """The gravest finding decides; what is above the policy's threshold is refused."""

    def refused(finding: HarmFinding) -> bool:
        return finding.stops or finding.severity > request.policy.threshold(finding.category)

    worst = max(findings, key=lambda f: (refused(f), f.severity), default=None)
    if worst is None or (not worst.severity and not worst.stops):
        return Verdict(allowed=True, layer=layer, rules_version=version)
    told = (
        refused(worst) and request.direction is Direction.CHILD and worst.severity >= ALERT_SEVERITY
    )
    return Verdict(
        allowed=not refused(worst),
        category=worst.category,
        severity=worst.severity,
        reason=worst.label,
        layer=layer,
        rules_version=version,
        alert=ALERTS.get(worst.category) if told else None,
    )


class ServerCheck(RemoteProvider[S], ABC):
    """A remote layer of the guard; a provider fills in `check`.

    What it is shown is masked and noted also where its server seems to be at home, as that may pass it on.
    """

    name: str

    def __init__(self, server: S, what: str, version: str) -> None:
        super().__init__(server, what)
        self.local = False
        self.version = version

    def characters(self, request: CheckRequest) -> int:
        question, answer = exchange(request)
        return len(answer or question)

    @abstractmethod
    async def check(self, request: CheckRequest) -> Verdict:
        """Raises ProviderError for anything but a whole answer."""
