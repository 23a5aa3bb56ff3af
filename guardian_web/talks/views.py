"""One conversation as a page: every turn in its order, and why some were redirected."""

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page
from guardian_web.talks.cards import turn_cards

MAX_TURNS = 300


async def show(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    revision = await hub.revision()
    conversation = request.match_info["conversation"]
    turns = await hub.turns.of_conversation(conversation, MAX_TURNS)
    if not turns:
        raise web.HTTPNotFound
    cards = await turn_cards(hub, turns, await hub.toys.list())
    return await guardian_page(
        request,
        "talk.html",
        "home",
        live="talk",
        revision=revision,
        conversation=conversation,
        cards=cards,
        redirected=sum(bool(card.whys) for card in cards),
        cut_short=len(turns) == MAX_TURNS,
    )
