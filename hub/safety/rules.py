"""The first layer: rules for what must never slip, written as data in `data/rules.toml`.

`RulesCheck` judges in well under a millisecond and needs nothing but the text. It is a start: it
knows phrasings, not meanings; `docs/safety.md` says what it misses.
"""

from hub.domain.safety import Category, CheckRequest, Direction, Verdict
from hub.safety.normalise import readings
from hub.safety.rulebook import Rule, Rulebook
from hub.safety.topics import blocked_topic

BLOCKED_TOPIC_SEVERITY = 3


class RulesCheck:
    """A `SafetyCheck`: the gravest rule that a text meets decides, a blocked topic where none does."""

    name = "rules"

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self.version = rulebook.version

    @classmethod
    def load(cls) -> "RulesCheck":
        """With the rules that ship with us. Raises DataError where they are damaged."""
        return cls(Rulebook.load())

    async def check(self, request: CheckRequest) -> Verdict:
        hits = self._hits(request)
        if hits:
            rule, words = max(hits, key=lambda hit: hit[0].severity)
            return Verdict(
                allowed=False,
                category=rule.category,
                severity=rule.severity,
                reason=f"{rule.id}: {rule.comment}",
                layer=self.name,
                rules_version=self.version,
                matched=(words,),
                alert=rule.alert,
            )
        if topic := blocked_topic(request.text, request.policy.blocked_topics):
            return Verdict(
                allowed=False,
                category=Category.BLOCKED_TOPIC,
                severity=BLOCKED_TOPIC_SEVERITY,
                reason="a topic that a parent blocked",
                layer=self.name,
                rules_version=self.version,
                matched=(topic,),
            )
        return Verdict(allowed=True, layer=self.name, rules_version=self.version)

    def _hits(self, request: CheckRequest) -> list[tuple[Rule, str]]:
        rules = self._rulebook.for_(request.direction, request.policy.level)
        found: dict[str, tuple[Rule, str]] = {}
        for reading, border in _with_lead(request):
            for rule in rules:
                if rule.id not in found and (words := rule.find(reading, border)):
                    found[rule.id] = (rule, words)
        return list(found.values())


def _with_lead(request: CheckRequest) -> list[tuple[str, int]]:
    """Each reading of the text, and where it begins.

    A toy's clause is read together with the clause before it, so that "how to make a / bomb" is one
    sentence; only what reaches past the border counts, as the first half has passed already.
    """
    forms = [(reading, 0) for reading in readings(request.text)]
    if not request.history or request.direction is not Direction.TOY:
        return forms
    before = request.history[-1]
    if before.direction is not Direction.TOY:
        return forms
    lead = readings(before.text)[0]
    return [*forms, *((f"{lead} {reading}", len(lead) + 1) for reading, _ in forms)]
