"""What parents should know of, without anybody's words."""

from aiohttp import web

from guardian_web.api import body, models
from guardian_web.api.answer import answered
from guardian_web.api.errors import ApiError, Code
from guardian_web.api.gate import TOKEN
from guardian_web.api.views import alert_of
from guardian_web.keys import HUB
from hub.errors import RefusedError

ALERTS_SHOWN = 50
ALERTS_MOST = 200
REVISION_MOST = 10**18 - 1


async def show(request: web.Request) -> web.StreamResponse:
    """The last ones, the newest first; or those that changed after a revision, in that order."""
    hub = request.config_dict[HUB]
    limit = body.number(request, "limit", 1, ALERTS_MOST) or ALERTS_SHOWN
    after = body.number(request, "after", 0, REVISION_MOST)
    # First, so that what changes meanwhile is told again rather than never.
    revision = await hub.revision()
    if after is None:
        alerts = await hub.family.alerts(limit)
    else:
        alerts = await hub.family.alerts_since(after, limit)
        if len(alerts) == limit:
            revision = alerts[-1].revision
    return answered(models.Alerts(alerts=list(map(alert_of, alerts)), revision=revision))


async def acknowledge(request: web.Request) -> web.StreamResponse:
    await body.read(request, models.AcknowledgeAsk)
    try:
        alert = await request.config_dict[HUB].family.acknowledge(
            request.match_info["alert"], by=request[TOKEN].name
        )
    except RefusedError as error:
        raise ApiError(Code.CONFLICT, str(error)) from error
    return answered(alert_of(alert))
