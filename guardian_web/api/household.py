"""The hub itself, the emergency stop and quiet time."""

from importlib.metadata import version

from aiohttp import web

from guardian_web.api import body, models
from guardian_web.api.answer import answered
from guardian_web.api.gate import TOKEN
from guardian_web.api.views import household_of
from guardian_web.keys import HUB
from hub.storage.household import REASON_MAX


async def hub(request: web.Request) -> web.StreamResponse:
    token = request[TOKEN]
    return answered(
        models.Hub(
            id=await request.config_dict[HUB].hub_id(),
            version=version("pommai"),
            scopes=sorted(token.scopes),
            token_name=token.name,
        )
    )


async def show(request: web.Request) -> web.StreamResponse:
    return answered(await household_of(request.config_dict[HUB]))


async def stop(request: web.Request) -> web.StreamResponse:
    asked = await body.read(request, models.StopAsk)
    reason = " ".join(asked.reason.split())
    by = f"through {request[TOKEN].name}"
    await request.config_dict[HUB].stop_all(f"{by}: {reason}"[:REASON_MAX] if reason else by)
    return await show(request)


async def quieten(request: web.Request) -> web.StreamResponse:
    asked = await body.read(request, models.QuietAsk)
    await request.config_dict[HUB].set_quiet(asked.on)
    return await show(request)
