"""The first page: the toys, and what was said."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.costs import turn_cards
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, toys_values
from guardian_web.visitor import VISITOR
from hub.errors import PommaiError

TURNS_SHOWN = 50


async def home(request: web.Request) -> web.StreamResponse:
    """`?toy=ID` shows one toy's turns alone, `?before=TURN` those from before a turn."""
    return await _home(request)


async def adopt(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        await request.app[HUB].adopt(
            str(form.get("satellite", "")), str(form.get("toy", "")) or None
        )
    except PommaiError as error:
        return await _home(request, HTTPStatus.CONFLICT, str(error))
    return see("/")


async def pair(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        await request.app[HUB].pair(
            str(form.get("satellite", "")),
            str(form.get("code", "")),
            str(form.get("toy", "")) or None,
        )
    except PommaiError as error:
        return await _home(request, HTTPStatus.CONFLICT, str(error))
    return see("/")


async def release(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    try:
        await request.app[HUB].release(str(form.get("satellite", "")))
    except PommaiError as error:
        return await _home(request, HTTPStatus.CONFLICT, str(error))
    return see("/")


async def health(request: web.Request) -> web.StreamResponse:
    """Whether the hub works, for anybody; how it works, for guardians."""
    report = await request.app[HUB].health()
    if not request[VISITOR].signed_in:
        report = {name: report[name] for name in ("status", "version")}
    return web.json_response(report)


async def _home(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = ""
) -> web.Response:
    hub = request.app[HUB]
    only = request.query.get("toy") or None
    before = request.query.get("before") or None
    # First, so that what changes meanwhile is sent again rather than never.
    revision = await hub.revision()
    toys = await hub.toys()
    turns = await hub.recent_turns(TURNS_SHOWN + 1, only, before)
    shown = turns[:TURNS_SHOWN]
    return await guardian_page(
        request,
        "home.html",
        "home",
        status,
        live="frame" if before else "home",
        revision=revision,
        problem=problem,
        cards=await turn_cards(hub, shown, toys),
        only=only or "",
        older=shown[-1].id if len(turns) > TURNS_SHOWN else "",
        before=before,
        **await toys_values(hub),
    )
