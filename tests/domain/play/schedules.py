"""Random families at play: what was allowed by the hub's rules is held against the plain model, second by second."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.domain.play.judge import Subject, permission, strictest
from hub.domain.play.limits import (
    DayLimits,
    Grant,
    GrantKind,
    Kind,
    Permission,
    PlayLimits,
    Use,
    Window,
)
from tests.domain.play.model import PlainSubject

ZONES = tuple(
    map(
        ZoneInfo,
        (
            *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"),
            *("America/Havana", "Asia/Beirut", "Pacific/Auckland", "America/Sao_Paulo"),
        ),
    )
)
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 730


def _changes(zone: ZoneInfo) -> list[int]:
    offsets = [
        (FIRST + timedelta(days=day)).astimezone(zone).utcoffset() for day in range(DAYS + 1)
    ]
    return [day for day in range(DAYS) if offsets[day] != offsets[day + 1]]


CHANGES = {zone: _changes(zone) for zone in ZONES}
"""Of each zone: the days of the two years on which its clocks are changed."""


@dataclass
class Outcome:
    turns: int = 0
    refusals: int = 0
    sentences: int = 0
    overruns: list[str] = field(default_factory=list)
    """Sentences that began when the model allows none."""
    wrongly_refused: list[str] = field(default_factory=list)


@dataclass
class Family:
    """Toys and children with random limits; which child speaks is known where a toy has one."""

    zone: ZoneInfo
    chance: random.Random
    limits: dict[str, PlayLimits]
    toys: Mapping[str, Sequence[str]]
    """Of each toy: its children."""
    uses: list[tuple[str, Use]] = field(default_factory=list)
    grants: list[tuple[str, Grant]] = field(default_factory=list)
    """By whom they are for: a toy or a child."""

    @classmethod
    def random(cls, seed: int) -> "Family":
        chance = random.Random(seed)
        children = [f"child {number}" for number in range(chance.randint(1, 3))]
        toys = {
            f"toy {number}": chance.sample(children, chance.randint(0, len(children)))
            for number in range(chance.randint(1, 3))
        }
        limits = {name: random_limits(chance) for name in (*children, *toys)}
        return cls(chance.choice(ZONES), chance, limits, toys)

    def play(self, outcome: Outcome) -> None:
        """Three days in a row, more often than not about a change of the clocks."""
        chance = self.chance
        changes = CHANGES[self.zone]
        around = changes and chance.random() < 0.7
        first = max(0, chance.choice(changes) - 1) if around else chance.randrange(DAYS - 3)
        second = int((FIRST + timedelta(days=first)).timestamp())
        ends = second + 3 * 24 * 3600
        plain = {name: PlainSubject(limits, self.zone) for name, limits in self.limits.items()}
        while (second := second + self._pause()) < ends:
            if chance.random() < 0.08:
                self._give(second, plain)
            second = self._turn(second, plain, outcome)

    def _pause(self) -> int:
        return int(self.chance.choice((5, 20, 60, 119, 120, 121, 300, 3600, 4 * 3600)))

    def _give(self, second: int, plain: dict[str, PlainSubject]) -> None:
        kind = self.chance.choice((GrantKind.MORE_MINUTES, GrantKind.ONLY_TONIGHT))
        minutes = 10 if kind is GrantKind.MORE_MINUTES else self.chance.choice((0, 30, 60))
        whose = self.chance.choice([*self.limits])
        at = datetime.fromtimestamp(second, UTC)
        grant = Grant(f"{len(self.grants)}", kind, at, minutes)
        self.grants.append((whose, grant))
        for name in (whose, *self.toys.get(whose, ())):
            if name == whose or name not in self.toys:
                plain[name].grants.append(grant)

    def _turn(self, second: int, plain: dict[str, PlainSubject], outcome: Outcome) -> int:
        """One turn at that second; gives when it is over."""
        toy, kind = self.chance.choice([*self.toys]), self.chance.choice([*Kind])
        names = (toy, *self.toys[toy])
        outcome.turns += 1
        now = datetime.fromtimestamp(second, UTC)
        found = strictest(permission(self._subject(each), kind, now, self.zone) for each in names)
        allowed = all(plain[name].allows(kind, second) for name in names)
        where = f"{self.zone}, {toy}, {kind}, {now.astimezone(self.zone)}: {found}"
        if found.refused:
            outcome.refusals += 1
            if allowed:
                outcome.wrongly_refused.append(where)
            over = second + 4
        else:
            if not allowed:
                outcome.overruns.append(where)
            over = self._speak(second, found, kind, names, plain, outcome)
        self.uses.append((toy, Use(now, datetime.fromtimestamp(over, UTC))))
        for name in names:
            plain[name].plays(range(second, over))
        return over

    def _speak(
        self,
        second: int,
        found: Permission,
        kind: Kind,
        names: Sequence[str],
        plain: dict[str, PlainSubject],
        outcome: Outcome,
    ) -> int:
        """Sentence by sentence until the answer or the time is over."""
        began = second
        second += self.chance.randint(1, 8)
        for _ in range(self.chance.choice((1, 3, 3, 10, 40))):
            if found.ends_at and found.ends_at.timestamp() <= second:
                break
            for name in names:
                plain[name].plays(range(began, second))
            if not all(plain[name].allows(kind, second) for name in names):
                outcome.overruns.append(f"a sentence at {second - began} s of {found}")
            outcome.sentences += 1
            began, second = second, second + self.chance.randint(2, 12)
        return second

    def _subject(self, name: str) -> Subject:
        """As the hub reads it of its database, and so as it is after a restart."""
        whose = {toy for toy, children in self.toys.items() if toy == name or name in children}
        grants = [grant for owner, grant in self.grants if owner == name]
        grants += [grant for owner, grant in self.grants if owner in whose - {name}]
        return Subject(self.limits[name], grants, [use for toy, use in self.uses if toy in whose])


def random_limits(chance: random.Random) -> PlayLimits:
    def day() -> DayLimits:
        evening = time(chance.randint(17, 23), chance.choice((0, 15, 30)))
        morning = time(chance.randint(5, 9), chance.choice((0, 45)))
        noon = Window(time(chance.randint(10, 15)), time(16, chance.choice((0, 30))))
        return DayLimits(
            chance.choice((None, 0, 3, 10, 30, 60)),
            chance.choice((None, Window(evening, morning))),
            chance.choice((None, None, noon)),
        )

    def kinds() -> frozenset[Kind]:
        return frozenset(kind for kind in Kind if chance.random() < 0.3)

    return PlayLimits(day(), day(), kinds(), kinds())
