"""A friend who visits, and plays with a household's toy for up to some days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.domain.safety import SafetyLevel

MAX_DAYS: Final = 3
"""The day on which it begins counted."""
OLDEST: Final = 18
"""In years."""
SET_BACK: Final = timedelta(days=MAX_DAYS)
"""A clock that shows a time so long before a visit's beginning was wrong: nobody knows when that visit ends."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Of one child of another household with one toy. Nothing is remembered of them, or told to them."""

    id: str
    toy_id: str
    name: str
    age: int
    """In years."""
    began_at: datetime
    ends_at: datetime
    keeps_talks: bool = False
    """What is said while it lasts stays among the talks; else it is erased when the visit ends."""
    ended_at: datetime | None = None

    @property
    def level(self) -> SafetyLevel:
        """Meant for the visitor's age."""
        return SafetyLevel.for_age(self.age)

    def is_on(self, now: datetime) -> bool:
        """Whether it goes on."""
        return self.ended_at is None and self.began_at - SET_BACK <= now < self.ends_at
