"""The page of the report cards, each card's own, and its JSON."""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, typed
from guardian_web.talks.cards import money
from hub.core.ratings import WORDS, RatedTurn, ReportCard
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

MAX_NAME_CHARS: Final = 200
DONE: Final = {
    "asked": marked("It has begun. This page shows how far it is whenever you open it anew.")
}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, done=DONE.get(request.query.get("done", ""), ""))


async def rate(request: web.Request) -> web.StreamResponse:
    """First what it would take and cost; once that is agreed to, begin."""
    name = (await typed(request, "name"))[:MAX_NAME_CHARS]
    ratings = request.app[HUB].ratings
    try:
        if await typed(request, "agreed") != "yes":
            return await _page(request, name=name, plan=await ratings.plan(name))
        await ratings.ask(name)
    except PommaiError as error:
        return await _page(request, name=name, problem=str(error))
    return see("/ratings?done=asked")


async def show_card(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    return await guardian_page(
        request,
        "rating.html",
        "household",
        own=f"/ratings/{request.match_info['card']}",
        card=card,
        words=WORDS,
        broke_words=_broke_words,
        broken=[(talk, turn) for talk in card.talks.values() for turn in talk.turns if turn.broke],
        cost=money(card.cost_micro_usd) if card.cost_micro_usd else _("nothing"),
    )


def _broke_words(turn: RatedTurn) -> str:
    words = "; ".join(_(WORDS[rule]) for rule in turn.broke)
    return f"{words} ({turn.judged.replace('_', ' ')})" if turn.judged else words


async def show_json(request: web.Request) -> web.StreamResponse:
    card = await _card(request)
    return web.Response(text=card.model_dump_json(indent=1), content_type="application/json")


async def _card(request: web.Request) -> ReportCard:
    """Raises HTTPNotFound."""
    cards = await request.app[HUB].ratings.cards()
    wanted = request.match_info["card"]
    found = next((card for card in cards if card.id == wanted), None)
    if found is None:
        raise web.HTTPNotFound(text=_("There is no such report card."))
    return found


async def _page(
    request: web.Request, *, name: str = "", plan: object = None, problem: str = "", done: str = ""
) -> web.StreamResponse:
    ratings = request.app[HUB].ratings
    return await guardian_page(
        request,
        "ratings.html",
        "household",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own="/ratings",
        cards=await ratings.cards(),
        under_way=ratings.under_way,
        name=name,
        plan=plan,
        money=money,
        problem=problem or ratings.problem,
        done=done,
        name_most=MAX_NAME_CHARS,
    )
