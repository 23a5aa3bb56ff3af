"""The hub itself, the emergency stop, quiet time, and the tokens of programs."""

from typing import Final

from aiohttp import web

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.api.gate import OWNER_TOKEN, TOKEN
from guardian_web.api.models import household_of
from guardian_web.keys import HUB
from hub.domain.api import Scope
from hub.domain.limits import MAX_REASON_CHARS
from hub.domain.version import VERSION

ROUTES: Final = RouteTable()


@ROUTES.call("GET", "/hub")
async def hub(request: web.Request) -> models.HubAnswer:
    """Which hub this is, and what the token is good for."""
    token = request[TOKEN]
    return models.HubAnswer(
        id=await request.config_dict[HUB].hub_id(),
        version=VERSION,
        scopes=sorted(token.scopes),
        token_name=token.name,
    )


@ROUTES.call("GET", "/household", Scope.STATE)
async def show(request: web.Request) -> models.HouseholdAnswer:
    """Emergency stop, quiet time, and how the hub is."""
    return await household_of(request.config_dict[HUB])


@ROUTES.call("POST", "/household/stop", Scope.CONTROL)
async def stop(request: web.Request, asked: models.StopAsk) -> models.HouseholdAnswer:
    """The emergency stop: all toys silent at once. Only a person at the pages or the hub can lift it."""
    reason = " ".join(asked.reason.split())
    if request[TOKEN] is not OWNER_TOKEN:
        by = f"through {request[TOKEN].name}"
        reason = f"{by}: {reason}"[:MAX_REASON_CHARS] if reason else by
    await request.config_dict[HUB].emergency_stop.call(reason)
    return await show(request)


@ROUTES.call("DELETE", "/household/stop", Scope.OWNER)
async def lift_stop(request: web.Request) -> models.HouseholdAnswer:
    """Lift the emergency stop."""
    await request.config_dict[HUB].emergency_stop.lift()
    return await show(request)


@ROUTES.call("PUT", "/household/password", Scope.OWNER)
async def replace_password(
    request: web.Request, asked: models.PasswordAsk
) -> models.HouseholdAnswer:
    """Choose a new password for a guardian, or for the only one; they are signed out everywhere."""
    await request.config_dict[HUB].people.reset_password(asked.name, asked.password)
    return await show(request)


@ROUTES.call("GET", "/health", Scope.OWNER)
async def health(request: web.Request) -> models.HealthAnswer:
    """What works, by part."""
    return models.HealthAnswer.model_validate(request.config_dict[HUB].health.report())


@ROUTES.call("PUT", "/household/quiet", Scope.CONTROL)
async def quieten(request: web.Request, asked: models.QuietAsk) -> models.HouseholdAnswer:
    """Begin or end quiet time: toys finish what they say, then answer with one kind line."""
    await request.config_dict[HUB].household.set_quiet(asked.on)
    return await show(request)


@ROUTES.call("GET", "/household/tokens", Scope.OWNER)
async def show_tokens(request: web.Request) -> models.TokensAnswer:
    """The programs that may use the API, the newest first; never the tokens themselves."""
    tokens = await request.config_dict[HUB].api_tokens.list()
    return models.TokensAnswer(
        tokens=[models.TokenAnswer.model_validate(one, from_attributes=True) for one in tokens]
    )


@ROUTES.call("DELETE", "/household/tokens/{token}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def revoke_token(request: web.Request) -> models.TokensAnswer:
    """Revoke a token: it is good for nothing from now on. The answer is which are left."""
    await request.config_dict[HUB].api_tokens.revoke(request.match_info["token"])
    return await show_tokens(request)
