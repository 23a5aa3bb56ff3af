"""What parents set: minutes a day, bedtime and rest times, and what they give beyond them for once."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

MAX_MINUTES: Final = 24 * 60
"""A day's."""
BREAK: Final = timedelta(minutes=10)
"""A pause as long as this ends a talk, and after the longest talk comes one."""
MORE_MINUTES: Final = 10
"""What one tap gives."""
LATER_MINUTES: Final = 60
"""How much later one tap makes bedtime, for one night."""


class Kind(StrEnum):
    """What a child does with a toy; a rest time may stop one and not another."""

    CHAT = "chat"
    STORY = "story"
    GAME = "game"


class Pastime(StrEnum):
    """What a parent may switch off: what a toy does itself, called as the `name` of the activity's `Part`, and what a
    model tells or plays, the storyteller among them."""

    STORY = "story"
    """Stories that the child steers …"""
    TALE = "tale"
    """… and those that it listens to."""
    PRETEND = "pretend"
    QUIZ = "quiz"
    RIDDLE = "riddle"
    GUESSING = "guessing"
    """The toy thinks of an animal."""
    JOKE = "joke"
    RHYME = "rhyme"
    """And songs."""
    TIMER = "timer"
    BEDTIME = "bedtime"
    """A calm story that fades out; a parent's tap begins it in any case."""
    SOUNDS = "sounds"
    """Rain, sea and lullabies."""


@dataclass(frozen=True, slots=True)
class Window:
    """From one time of day to another, past midnight where `ends` isn't after `begins`."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class Switches:
    """What may be played. What isn't named may be at any time."""

    off: frozenset[Pastime] = frozenset()
    """Never …"""
    at_hours: frozenset[Pastime] = frozenset()
    """… and only within `hours`, of each day."""
    hours: Window | None = None

    def allow(self, name: str, at: time) -> bool:
        """Whether what is called `name` may be played at that time of day."""
        if name in self.at_hours and self.hours and not self.hours.holds(at):
            return False
        return name not in self.off


@dataclass(frozen=True, slots=True)
class DayLimits:
    """None: no limit of that sort."""

    minutes: int | None = None
    """Of play on that day: 0 to MAX_MINUTES."""
    bedtime: Window | None = None
    """From bedtime on that day to when the child may talk again."""
    rest: Window | None = None
    """Another time at which the toys rest, such as homework."""


@dataclass(frozen=True, slots=True)
class PlayLimits:
    """Of one child, over all toys; or of one toy, whoever plays. Nothing is limited until a parent says so."""

    weekday: DayLimits = field(default_factory=DayLimits)
    """Monday to Friday; its bedtime is that of the nights before them, Sunday to Thursday."""
    weekend: DayLimits = field(default_factory=DayLimits)
    """Saturday and Sunday; its bedtime is that of Friday's and Saturday's night."""
    at_bedtime: frozenset[Kind] = frozenset()
    """What may go on after bedtime, such as stories …"""
    at_rest: frozenset[Kind] = frozenset()
    """… and while the toys rest."""
    talk_minutes: int | None = None
    """The longest that one talk goes on: 1 to MAX_MINUTES. After it comes a break of BREAK."""
    switches: Switches = field(default_factory=Switches)

    @property
    def any(self) -> bool:
        return (self.weekday, self.weekend, self.talk_minutes) != (DayLimits(), DayLimits(), None)


@dataclass(frozen=True, slots=True)
class Whose:
    """One toy, or one child: exactly one is given."""

    toy_id: str | None = None
    child_id: str | None = None

    @property
    def id(self) -> str:
        found = self.toy_id or self.child_id
        assert found, "a toy's or a child's"
        return found


class GrantKind(StrEnum):
    MORE_MINUTES = "more_minutes"
    """So many `minutes` more today; a bedtime or rest that is on, or begins within the hour, waits as long."""
    ONE_MORE_STORY = "one_more_story"
    """One story may be told whatever the limits say."""
    ONLY_TONIGHT = "only_tonight"
    """Bedtime is so many `minutes` later tonight; 0: there is none."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a parent gave for once, beyond the limits."""

    id: str
    kind: GrantKind
    at: datetime
    minutes: int = 0
    used_at: datetime | None = None
    """When the one more story was begun."""


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody talked with a toy, or it with them."""

    began: datetime
    ended: datetime


class Reason(StrEnum):
    """Why a child may not play."""

    MINUTES = "minutes"
    BEDTIME = "bedtime"
    REST = "rest"
    TALK = "talk"
    """One talk was as long as a talk may be; a break comes before the next."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a child may play now: `refused` says why not, and None that it may."""

    refused: Reason | None = None
    ends_at: datetime | None = None
    """When what is allowed ends; None: nothing ends it before the day after."""
    ends_for: Reason | None = None
    story: str = ""
    """The id of the grant that allows it: one more story."""

    def left(self, now: datetime) -> timedelta | None:
        """How long it goes on; None where nothing ends it."""
        return None if self.ends_at is None else max(self.ends_at - now, timedelta())


BEDTIMES: Final = (
    (3, time(19)),
    (5, time(19, 30)),
    (7, time(20)),
    (9, time(20, 30)),
    (12, time(21)),
)
"""To which age, and when: with WAKES, within the 10 to 13 hours of sleep that the American Academy of Sleep Medicine
recommends for 3 to 5 years, and the 9 to 12 hours for 6 to 12 years (consensus statement of 2016)."""
LATEST_BEDTIME: Final = time(21, 30)
WAKES: Final = time(6, 30)
SUGGESTED_MINUTES: Final = 60


def suggested(age: int | None) -> PlayLimits:
    """An hour a day, and a bedtime by age, half an hour later at the weekend; as for 6 years where none is known."""
    years = 6 if age is None else age
    bedtime = next((at for oldest, at in BEDTIMES if years <= oldest), LATEST_BEDTIME)
    later = time(bedtime.hour + (bedtime.minute >= 30), (bedtime.minute + 30) % 60)
    return PlayLimits(
        weekday=DayLimits(SUGGESTED_MINUTES, Window(bedtime, WAKES)),
        weekend=DayLimits(SUGGESTED_MINUTES, Window(later, WAKES)),
        at_bedtime=frozenset({Kind.STORY}),
    )
