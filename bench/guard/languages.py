"""What the rules stop of other languages than English: a child's lines by category, and harmless ones.

The lines stand in `languages/`, a file a language. One writer wrote them, and then the rules, so what is counted shows
that the rules do what they say, and not how they do on other people's words. `…_later` came after the rules, by the
same writer, and no rule was changed for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.guard.score import Rate
from hub.domain.safety import CheckRequest, Direction, SafetyLevel, SafetyPolicy
from hub.safety.rules.rules import RulesCheck

FOLDER = Path(__file__).parent / "languages"
HARMLESS = ("harmless", "hard")
"""Everyday lines, and such as sound unsafe."""


@dataclass(frozen=True, slots=True)
class LanguageScore:
    """Of a child's lines, at the level moderate."""

    caught: Rate
    false_alarms: Rate
    by_category: Mapping[str, Rate]

    def to_json(self) -> dict[str, object]:
        return {
            "recall": self.caught.to_json(),
            "false_alarms": self.false_alarms.to_json(),
            "category": {name: rate.to_json() for name, rate in self.by_category.items()},
        }


def lines_of(file: Path) -> dict[str, list[str]]:
    """By what stands above them in brackets: a category, `emergency`, or one of HARMLESS."""
    found: dict[str, list[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = []
        elif line and not line.startswith("#"):
            found[[*found][-1]].append(line)
    return found


async def scores() -> dict[str, LanguageScore]:
    """By language, of every file that there is."""
    rules = RulesCheck.load()
    return {file.stem: await _score(file, rules) for file in sorted(FOLDER.glob("*.txt"))}


async def _score(file: Path, rules: RulesCheck) -> LanguageScore:
    policy = SafetyPolicy(SafetyLevel.MODERATE)
    by_category = {}
    for category, lines in lines_of(file).items():
        asked = [CheckRequest(line, Direction.CHILD, policy) for line in lines]
        stopped = sum([not (await rules.check(one)).allowed for one in asked])
        by_category[category] = Rate(stopped, len(lines))
    unsafe = [rate for name, rate in by_category.items() if name not in HARMLESS]
    return LanguageScore(_sum(unsafe), _sum([by_category[name] for name in HARMLESS]), by_category)


def _sum(rates: Sequence[Rate]) -> Rate:
    return Rate(sum(rate.hits for rate in rates), sum(rate.of for rate in rates))
