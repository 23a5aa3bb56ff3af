"""Who has a toy now: which of its children, and a friend who visits."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toy_of, typed
from hub.domain.family.visits import MAX_DAYS, OLDEST
from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import PommaiError

_NUMBER: Final = re.compile(r"[0-9]{1,2}")


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def hand(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    try:
        await request.app[HUB].children.hand(toy.id, await typed(request, "child") or None)
    except PommaiError as error:
        return await _page(request, str(error))
    return see(f"/toys/{toy.id}/company?done=saved")


async def begin_visit(request: web.Request) -> web.StreamResponse:
    toy, form = await toy_of(request), await request.post()
    typed_age, typed_days = str(form.get("age", "")), str(form.get("days", ""))
    age = int(typed_age) if _NUMBER.fullmatch(typed_age) else 0
    days = int(typed_days) if _NUMBER.fullmatch(typed_days) else 0
    try:
        await request.app[HUB].visits.begin(
            toy, str(form.get("name", "")), age, days=days, keeps_talks="keep" in form
        )
    except PommaiError as error:
        return await _page(request, str(error), visit=form)
    return see(f"/toys/{toy.id}/company?done=saved")


async def end_visit(request: web.Request) -> web.StreamResponse:
    toy = await toy_of(request)
    try:
        await request.app[HUB].visits.end(toy)
    except PommaiError as error:
        return await _page(request, str(error), visit={})
    return see(f"/toys/{toy.id}/company?done=ended")


async def _page(
    request: web.Request, problem: str = "", visit: Mapping[str, object] | None = None
) -> web.StreamResponse:
    """`visit`: the problem is with a visit, as it was typed."""
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
        visit=visit,
        name_max=MAX_NAME_CHARS,
        oldest=OLDEST,
        days=range(1, MAX_DAYS + 1),
        done=request.query.get("done", ""),
    )
