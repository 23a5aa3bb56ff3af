"""How it stands with a toy or child today, in a parent's words; on the first page and on that of the limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.core.family.play import PlayToday
from hub.core.hub import Hub
from hub.domain.play.limits import MORE_MINUTES, GrantKind, Reason
from hub.domain.toys import Toy
from hub.translation import gettext as _
from hub.translation import marked, marked_number, ngettext

REFUSED_WORDS: Final = {
    Reason.MINUTES: marked("Today’s minutes are used up"),
    Reason.BEDTIME: marked("It’s bedtime"),
    Reason.REST: marked("It’s rest time"),
    Reason.TALK: marked("A break after a long talk"),
}
CLOSES_WORDS: Final = {Reason.BEDTIME: marked("bedtime"), Reason.REST: marked("rest time")}
GIVES: Final = {
    GrantKind.MORE_MINUTES: marked_number("+%(num)s minute", "+%(num)s minutes", MORE_MINUTES),
    GrantKind.ONE_MORE_STORY: marked("One more story"),
    GrantKind.ONLY_TONIGHT: marked("Bedtime an hour later, only tonight"),
}
"""One tap each."""


@dataclass(frozen=True, slots=True)
class Standing:
    today: PlayToday
    gives: Mapping[GrantKind, str]
    """What can be given with one tap, and how that is called; nothing where nothing is limited."""
    at_toys: Sequence[tuple[str, str]] = ()
    """For a child: toys at which it stands otherwise, as something was set or given there, and how."""

    @property
    def words(self) -> str:
        """One line; "" where nothing is limited."""
        today = self.today
        parts = []
        if today.refused:
            parts.append(_(REFUSED_WORDS[today.refused]))
        elif today.minutes_left is not None:
            parts.append(_("%(minutes)s left today", minutes=minutes_words(today.minutes_left)))
        if today.closes_at and today.closes_for:
            parts.append(
                _(
                    "%(what)s at %(at)s",
                    what=CLOSES_WORDS[today.closes_for],
                    at=f"{today.closes_at:%H:%M}",
                )
            )
        if today.story_waits:
            parts.append(_("one more story waits"))
        text = " · ".join(parts)
        return f"{text[:1].upper()}{text[1:]}"


def standing(today: PlayToday) -> Standing:
    return Standing(today, GIVES if today.limited else {})


async def standing_of_child(hub: Hub, child_id: str) -> Standing:
    over_all = standing(await hub.play.of_child(child_id))
    toys = (await hub.children.belongings(child_id)).toys
    at_toys = [(toy.name, standing(await hub.play.of_toy(toy)).words) for toy in toys]
    differing = [(name, words) for name, words in at_toys if words not in ("", over_all.words)]
    return replace(over_all, at_toys=differing)


async def standings(hub: Hub, toys: Iterable[Toy]) -> Mapping[str, Standing]:
    """By the toys' ids."""
    return {toy.id: standing(await hub.play.of_toy(toy)) for toy in toys}


def minutes_words(minutes: int) -> str:
    if minutes < 1:
        return _("Less than a minute")
    return ngettext("%(num)s minute", "%(num)s minutes", minutes)
