"""What parents should know of, without anybody's words."""

from typing import Final

from aiohttp import web

from guardian_web.api import models
from guardian_web.api.call import RouteTable, number
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.gate import TOKEN
from guardian_web.api.models import alert_of
from guardian_web.keys import HUB
from hub.domain.api import Scope
from hub.errors import DataError, RefusedError

ALERTS_SHOWN = 50
MAX_ALERTS = 200
MAX_REVISION = 10**18 - 1
LIMIT: Final = ("limit", 1, MAX_ALERTS, "how many at most; else 50")
AFTER: Final = ("after", 0, MAX_REVISION, "only alerts that changed after this revision")

ROUTES: Final = RouteTable()


@ROUTES.call("GET", "/alerts", Scope.ALERTS, query=(LIMIT, AFTER), codes=(Code.INVALID,))
async def show(request: web.Request) -> models.AlertsAnswer:
    """The last alerts, the newest first; with `after` those that changed since, in that order."""
    hub = request.config_dict[HUB]
    limit = number(request, "limit", 1, MAX_ALERTS) or ALERTS_SHOWN
    after = number(request, "after", 0, MAX_REVISION)
    # First, so that what changes meanwhile is told again rather than never.
    revision = await hub.revision()
    if after is None:
        alerts = await hub.alerts.list(limit)
    else:
        alerts = await hub.alerts.since(after, limit)
        if len(alerts) == limit:
            revision = alerts[-1].revision
    return models.AlertsAnswer(alerts=list(map(alert_of, alerts)), revision=revision)


@ROUTES.call(
    "POST",
    "/alerts/{alert}/acknowledge",
    Scope.ALERTS,
    Scope.CONTROL,
    codes=(Code.NOT_FOUND, Code.CONFLICT),
)
async def acknowledge(request: web.Request, asked: models.AcknowledgeAsk) -> models.AlertAnswer:
    """Somebody has seen the alert."""
    try:
        alert = await request.config_dict[HUB].alerts.acknowledge(
            request.match_info["alert"], by=request[TOKEN].name
        )
    except RefusedError as error:
        raise ApiError(Code.CONFLICT, str(error)) from error
    return alert_of(alert)


@ROUTES.call(
    "POST",
    "/alerts/{alert}/done",
    Scope.ALERTS,
    Scope.CONTROL,
    codes=(Code.NOT_FOUND, Code.CONFLICT),
)
async def finish(request: web.Request, asked: models.DoneAsk) -> models.AlertAnswer:
    """Nothing is left to do about the alert; a note is added to those that are there."""
    try:
        alert = await request.config_dict[HUB].alerts.finish(
            request.match_info["alert"], asked.note, by=request[TOKEN].name
        )
    except DataError as error:
        raise ApiError(Code.CONFLICT, str(error)) from error
    return alert_of(alert)


@ROUTES.call("POST", "/alerts/{alert}/reopen", Scope.ALERTS, Scope.CONTROL, codes=(Code.NOT_FOUND,))
async def reopen(request: web.Request) -> models.AlertAnswer:
    """Something is left to do about the alert after all."""
    return alert_of(await request.config_dict[HUB].alerts.reopen(request.match_info["alert"]))
