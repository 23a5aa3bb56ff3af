"""Who has a toy now, where it is that of several children."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of, typed
from hub.errors import PommaiError


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def hand(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    try:
        await request.app[HUB].children.hand(toy.id, await typed(request, "child") or None)
    except PommaiError as error:
        return await _page(request, str(error))
    return see(f"/toys/{toy.id}/company?done=saved")


async def _page(request: web.Request, problem: str = "") -> web.StreamResponse:
    hub, toy = request.app[HUB], await toy_of(request)
    return await guardian_page(
        request,
        "company.html",
        "toys",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own=f"/toys/{toy.id}/company",
        toy=toy,
        children=[child for child in await hub.children.list() if child.id in toy.child_ids],
        has_it=hub.children.who_has(toy),
        problem=problem,
        saved=request.query.get("done") == "saved",
    )
