"""The talks of the day, a line each, ready for the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from guardian_web.talks.cards import toy_name
from hub.core.hub import Hub
from hub.domain.talks.kept import TalkSummary
from hub.translation import gettext as _

TALKS_SHOWN: Final = 20
"""With 44 px for each, that is less than a fifth of the longest page that a parent should scroll through."""
OPENING_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class TalkLine:
    talk: TalkSummary
    toy: str
    opening: str
    """How it began, at most `OPENING_CHARS` of it."""


class TodayValues(TypedDict):
    """What `_today.html` shows."""

    today: Sequence[TalkLine]
    more_today: bool


async def today_values(hub: Hub) -> TodayValues:
    talks = await hub.talks.today(TALKS_SHOWN + 1)
    toys = await hub.toys.list(archived=True)
    lines = [
        TalkLine(talk, toy_name(talk.toy_id, toys) or _("The toy"), _cut(talk.first_heard))
        for talk in talks[:TALKS_SHOWN]
    ]
    return {"today": lines, "more_today": len(talks) > TALKS_SHOWN}


def _cut(text: str) -> str:
    return text if len(text) <= OPENING_CHARS else f"{text[: OPENING_CHARS - 1]}…"
