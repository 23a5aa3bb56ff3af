"""All talks, by day, and what is found among them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from aiohttp import web
from yarl import URL

from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import guardian_page
from guardian_web.talks.cards import toy_name, turn_cards
from guardian_web.talks.deleting import undoable
from hub.core.hub import Hub
from hub.core.talks.kept import MAX_SEARCH_CHARS
from hub.domain.household import Household
from hub.domain.talks.kept import Facet, Removal, TalkSearch, TalkSummary
from hub.domain.toys import Toy
from hub.domain.words import day_words as long_day
from hub.errors import RefusedError
from hub.translation import gettext as _
from hub.translation import marked

TALKS_SHOWN: Final = 40
FOUND_SHOWN: Final = 15

FACET_WORDS: Final[Mapping[str, str]] = {
    Facet.REFUSED: marked("redirected"),
    Facet.ALERT: marked("you were told of"),
    Facet.LOOK: marked("worth a look"),
    Facet.BOOKMARKED: marked("bookmarked"),
    Facet.NOTED: marked("with a note of yours"),
    Facet.CORRECTED: marked("where the guard was wrong"),
}


@dataclass(frozen=True, slots=True)
class TalkLine:
    talk: TalkSummary
    toy: str


@dataclass(frozen=True, slots=True)
class DayOfTalks:
    date: date
    title: str
    lines: Sequence[TalkLine]


async def show(request: web.Request) -> web.StreamResponse:
    """`?q=` words, `toy=`, `child=`, `day=` and `only=` narrow it down; `before=` is a talk or a turn."""
    hub = request.app[HUB]
    household = await hub.household.get()
    day, problem = _day(request.query.get("day", ""))
    search = TalkSearch(
        words=request.query.get("q", "").strip(),
        toy_id=request.query.get("toy", ""),
        child_id=request.query.get("child", ""),
        day=day,
        facets=_facets(request.query.get("only", "")),
    )
    period: tuple[datetime | None, datetime | None] = (None, None)
    if day is not None:
        period = (household.midnight(day), household.midnight(day + timedelta(days=1)))
    before = request.query.get("before", "")
    toys = await hub.toys.list(archived=True)
    revision = await hub.revision()
    is_search = bool(search.words or search.child_id or search.facets)
    days: Sequence[DayOfTalks] = ()
    cards: Sequence[object] = ()
    last = ""
    if is_search:
        try:
            turns = await hub.kept_talks.search(
                search, FOUND_SHOWN + 1, period=period, before=before
            )
        except RefusedError as error:
            turns, problem = [], _("Please %(error)s.", error=error)
        cards = await turn_cards(hub, turns[:FOUND_SHOWN], toys)
        last = turns[FOUND_SHOWN - 1].id if len(turns) > FOUND_SHOWN else ""
    else:
        talks = await hub.kept_talks.list(
            TALKS_SHOWN + 1, toy_id=search.toy_id, period=period, before=before
        )
        today = household.local(request.app[CLOCK].now()).date()
        days = _by_day(talks[:TALKS_SHOWN], toys, household, today)
        last = talks[TALKS_SHOWN - 1].id if len(talks) > TALKS_SHOWN else ""
    return await guardian_page(
        request,
        "talks.html",
        "talks",
        live="talks",
        revision=revision,
        search=search,
        is_search=is_search,
        narrowed=is_search or bool(search.toy_id or day),
        problem=problem,
        typed_day=request.query.get("day", "")[:10],
        days=days,
        cards=cards,
        before=before,
        older=_older(request, last),
        toys=toys,
        children=await hub.children.list(archived=True),
        facet_words=FACET_WORDS,
        words_max=MAX_SEARCH_CHARS,
        undoable=await undoable(hub),
        keeping=await hub.retention.get(),
        erased=await _latest_erased(hub),
    )


async def _latest_erased(hub: Hub) -> Removal | None:
    """The last of what was erased as the family keeps nothing for so long."""
    removals = await hub.removals.list()
    return next((one for one in removals if one.is_too_old and one.ended_at), None)


def _older(request: web.Request, last: str) -> str:
    if not last:
        return ""
    query = {name: value for name, value in request.query.items() if value}
    return str(URL("/talks").with_query(query | {"before": last}))


def _day(text: str) -> tuple[date | None, str]:
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, _("Please give a day such as 2026-11-21.")


def _facets(text: str) -> frozenset[Facet]:
    return frozenset({Facet(text)}) if text in FACET_WORDS else frozenset()


def _by_day(
    talks: Iterable[TalkSummary], toys: Sequence[Toy], household: Household, today: date
) -> Sequence[DayOfTalks]:
    def line(talk: TalkSummary) -> TalkLine:
        return TalkLine(talk, toy_name(talk.toy_id, toys) or _("A toy"))

    days = groupby(talks, key=lambda talk: household.local(talk.started_at).date())
    return [DayOfTalks(day, day_words(day, today), list(map(line, own))) for day, own in days]


def day_words(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return _(long_day(day, weekday=True, year=day.year != today.year))
