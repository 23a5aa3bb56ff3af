"""What was said, as a family keeps it: talks in a list, what a parent notes on a turn, and what is deleted."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

DEFAULT_KEEP_DAYS: Final = 30
MAX_KEEP_DAYS: Final = 3650
"""Ten years; whoever wants more keeps everything."""


class Facet(StrEnum):
    """What turns can be looked for by, besides their words."""

    REFUSED = "refused"
    """The guard stopped something in it."""
    ALERT = "alert"
    """A parent was told of it."""
    LOOK = "look"
    """The guard thought it worth a look."""
    BOOKMARKED = "bookmarked"
    NOTED = "noted"
    CORRECTED = "corrected"
    """A parent says that the guard was wrong."""


class Correction(StrEnum):
    """How the guard was wrong about a turn, in a parent's eyes."""

    NONE = "none"
    WRONGLY_REFUSED = "wrongly_refused"
    WRONGLY_ALLOWED = "wrongly_allowed"


@dataclass(frozen=True, slots=True)
class TurnNote:
    """What a parent keeps beside a turn."""

    turn_id: str
    bookmarked: bool = False
    text: str = ""
    correction: Correction = Correction.NONE
    at: datetime | None = None
    """When it was last changed; None where nothing is kept yet."""

    @property
    def empty(self) -> bool:
        return not (self.bookmarked or self.text or self.correction is not Correction.NONE)


@dataclass(frozen=True, slots=True)
class TalkSummary:
    """One talk in one line."""

    id: str
    toy_id: str
    started_at: datetime
    """When its first turn that is still kept began."""
    ended_at: datetime
    """When its last turn began."""
    turns: int
    refused: int
    alerts: int
    """Turns that a parent was told of."""
    bookmarked: int
    first_heard: str
    """What the child said first, "" where that was nothing."""
    tried: bool
    """A grown-up tried the toy."""

    @property
    def minutes(self) -> int:
        """From its first turn to its last, at least 1."""
        return max(1, round((self.ended_at - self.started_at).total_seconds() / 60))


@dataclass(frozen=True, slots=True)
class TalkSearch:
    """All of it must be so of a turn that is found."""

    words: str = ""
    """Each begins a word of the turn, in any script, whatever its case and accents."""
    toy_id: str = ""
    child_id: str = ""
    day: date | None = None
    """By the household's clock."""
    facets: frozenset[Facet] = frozenset()


class RemovalScope(StrEnum):
    """What is deleted; `Removal.which` says the one."""

    TURN = "turn"
    TALK = "talk"
    DAY = "day"
    """`which` is an ISO 8601 date, by the household's clock."""
    TOY = "toy"
    CHILD = "child"
    EVERYTHING = "everything"
    WHOLE_TOY = "whole_toy"
    """The toy itself, with all that was said with it."""
    WHOLE_CHILD = "whole_child"
    """A child's profile, with all that is known to be theirs."""
    VISIT = "visit"
    """What was said while a friend visited, but for what an alert that nobody has acknowledged is about."""
    OLDER = "older"
    """What the family no longer keeps: all that was said before the day that `which` names."""


ASKED_ELSEWHERE: Final = frozenset(
    {
        RemovalScope.WHOLE_TOY,
        RemovalScope.WHOLE_CHILD,
        RemovalScope.VISIT,
        RemovalScope.OLDER,
    }
)
"""Nobody chooses these as what was said: a toy or a child is removed as such, and the rest goes by itself."""


class RemovalState(StrEnum):
    WAITING = "waiting"
    """Nobody is shown it, and it can still be undone."""
    ERASING = "erasing"
    DONE = "done"
    """Gone from the disk."""


@dataclass(frozen=True, slots=True)
class Removal:
    """Turns that a parent deleted, or that the family no longer keeps; none of their words."""

    id: str
    scope: RemovalScope
    which: str
    asked_at: datetime
    due_at: datetime
    """From then on it can't be undone."""
    turns: int
    state: RemovalState = RemovalState.WAITING
    ended_at: datetime | None = None
    """When it was gone from the disk."""

    @property
    def is_too_old(self) -> bool:
        """Nobody asked for it: it is what the family no longer keeps."""
        return self.scope is RemovalScope.OLDER


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the family keeps what was said."""

    days: int | None = None
    """0: for ever; None: nobody chose, so the configuration says."""
    begins_at: datetime | None = None
    """Nothing is erased before; None: the hub has not looked yet."""
    ran_at: datetime | None = None
    """When it last looked for what is too old."""
