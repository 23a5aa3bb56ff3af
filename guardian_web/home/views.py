"""The first page, with the toys and what was said; what is on every page: stop, quiet time; and the hub's health."""

from collections.abc import Awaitable
from http import HTTPStatus

from aiohttp import web

from guardian_web.devices.cards import toys_values
from guardian_web.first_hour.steps import to_do
from guardian_web.home.today import today_values
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, own_address, see, typed
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.sse import OPEN_STREAMS
from guardian_web.talks.cards import turn_cards
from hub.core.health import CONTENT_TYPE
from hub.errors import PommaiError

LATEST_SHOWN = 3
"""Turns on the first page, where each talk of the day has a line besides."""
OLDER_SHOWN = 5


async def home(request: web.Request) -> web.StreamResponse:
    """`?toy=ID` shows one toy's turns alone, `?before=TURN` those from before a turn."""
    return await _home(request)


async def adopt(request: web.Request) -> web.StreamResponse:
    device, toy = await typed(request, "satellite"), await typed(request, "toy")
    return await _after(request, request.app[HUB].devices.adopt(device, toy or None))


async def pair(request: web.Request) -> web.StreamResponse:
    device, toy = await typed(request, "satellite"), await typed(request, "toy")
    code = await typed(request, "code")
    return await _after(request, request.app[HUB].devices.pair(device, code, toy or None))


async def release(request: web.Request) -> web.StreamResponse:
    device = await typed(request, "satellite")
    return await _after(request, request.app[HUB].devices.release(device))


async def _after(request: web.Request, doing: Awaitable[object]) -> web.StreamResponse:
    """The first page once that is done, or with why it could not be."""
    try:
        await doing
    except PommaiError as error:
        return await _home(request, HTTPStatus.CONFLICT, str(error))
    return see("/")


async def health(request: web.Request) -> web.StreamResponse:
    """Whether the hub works, for anybody; how it works, for guardians."""
    report = request.app[HUB].health.report()
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
    toys = await hub.toys.list(archived=True)
    most = OLDER_SHOWN if before else LATEST_SHOWN
    turns = await hub.turns.recent(most + 1, only, before)
    shown = turns[:most]
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
        most=most,
        older=shown[-1].id if len(turns) > most else "",
        before=before,
        to_do=await to_do(hub),
        **await today_values(hub),
        **await toys_values(hub),
    )


async def stop(request: web.Request) -> web.StreamResponse:
    by = request[VISITOR].guardian.name
    await request.app[HUB].emergency_stop.call(f"by {by}, on these pages")
    return await _back(request)


async def resume(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].emergency_stop.lift()
    return await _back(request)


async def quieten(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].household.set_quiet("on" in await request.post())
    return await _back(request)


async def _back(request: web.Request) -> web.StreamResponse:
    """To the page that the form is on."""
    return see(own_address(await typed(request, "back")))


async def metrics(request: web.Request) -> web.StreamResponse:
    text = request.app[HUB].health.metrics(pages=len(request.app[OPEN_STREAMS]))
    return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})
