"""The alerts: what a parent should know of, the newest first, until somebody has seen it."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.alert_cards import alert_cards
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import guardian_page, see
from hub.errors import NotFoundError, PommaiError

ALERTS_SHOWN = 50


async def show(request: web.Request) -> web.StreamResponse:
    """`?show=all` has those that were acknowledged, too."""
    return await _show(request, everything=request.query.get("show") == "all")


async def acknowledge(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    alert_id = request.match_info["alert"]
    note, name = str(form.get("note", "")).strip(), str(form.get("by", ""))
    everything = form.get("show") == "all"
    try:
        await request.app[HUB].family.acknowledge(alert_id, note, name)
    except NotFoundError as error:
        raise web.HTTPNotFound(text="There is no such alert.") from error
    except PommaiError as error:
        return await _show(
            request,
            everything,
            status=HTTPStatus.CONFLICT,
            problem=str(error),
            typed={"alert": alert_id, "note": note, "by": name},
        )
    return see("/alerts?show=all&done=seen" if everything else "/alerts?done=seen")


async def _show(
    request: web.Request,
    everything: bool,
    status: int = HTTPStatus.OK,
    problem: str = "",
    typed: dict[str, str] | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    revision = await hub.revision()
    alerts = await hub.family.alerts(ALERTS_SHOWN + 1, open_only=not everything)
    return await guardian_page(
        request,
        "alerts.html",
        "alerts",
        status,
        live="alerts",
        revision=revision,
        own="/alerts?show=all" if everything else "/alerts",
        cards=await alert_cards(hub, alerts[:ALERTS_SHOWN], request.app[CLOCK].now()),
        everything=everything,
        more=len(alerts) > ALERTS_SHOWN,
        most=ALERTS_SHOWN,
        anybody=bool(await hub.family.adults()),
        seen=request.query.get("done") == "seen",
        problem=problem,
        typed=typed,
    )
