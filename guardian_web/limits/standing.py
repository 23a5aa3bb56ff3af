"""How it stands with a toy or child today, in a parent's words; on the first page and on that of the limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hub.core.family.play import PlayToday
from hub.core.hub import Hub
from hub.domain.play.limits import MORE_MINUTES, GrantKind, Reason
from hub.domain.toys import Toy

REFUSED_WORDS: Final = {
    Reason.MINUTES: "Today’s minutes are used up",
    Reason.BEDTIME: "It’s bedtime",
    Reason.REST: "It’s rest time",
}
CLOSES_WORDS: Final = {Reason.BEDTIME: "bedtime", Reason.REST: "rest time"}
GIVES: Final = {
    GrantKind.MORE_MINUTES: f"+{MORE_MINUTES} minutes",
    GrantKind.ONE_MORE_STORY: "One more story",
    GrantKind.ONLY_TONIGHT: "Bedtime an hour later, only tonight",
}
"""One tap each."""


@dataclass(frozen=True, slots=True)
class Standing:
    today: PlayToday
    gives: Mapping[GrantKind, str]
    """What can be given with one tap, and how that is called; nothing where nothing is limited."""

    @property
    def words(self) -> str:
        """One line; "" where nothing is limited."""
        today = self.today
        parts = []
        if today.refused:
            parts.append(REFUSED_WORDS[today.refused])
        elif today.minutes_left is not None:
            parts.append(f"{minutes_words(today.minutes_left)} left today")
        if today.closes_at and today.closes_for:
            parts.append(f"{CLOSES_WORDS[today.closes_for]} at {today.closes_at:%H:%M}")
        if today.story_waits:
            parts.append("one more story waits")
        text = " · ".join(parts)
        return f"{text[:1].upper()}{text[1:]}"


def standing(today: PlayToday) -> Standing:
    return Standing(today, GIVES if today.limited else {})


async def standings(hub: Hub, toys: Iterable[Toy]) -> Mapping[str, Standing]:
    """By the toys' ids."""
    return {toy.id: standing(await hub.play.of_toy(toy)) for toy in toys}


def minutes_words(minutes: int) -> str:
    if minutes < 1:
        return "Less than a minute"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
