"""Letting programs use the API: making and revoking tokens, and choosing on which networks it answers."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.api import tokens
from guardian_web.api_form import TokenForm, read_lan
from guardian_web.household import household_page
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import see
from hub.errors import DataError, NotFoundError, PommaiError


async def make_token(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone shows the token."""
    try:
        form = TokenForm.read(await request.post())
        store, clock = request.app[HUB].api_tokens, request.app[CLOCK]
        token = await tokens.make(store, clock, form.name, form.scopes)
    except PommaiError as error:
        return await household_page(request, HTTPStatus.CONFLICT, api_problem=str(error))
    return await household_page(request, new_token=token)


async def revoke_token(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].api_tokens.revoke(request.match_info["token"])
    except NotFoundError as error:
        raise web.HTTPNotFound(text="It was revoked already.") from error
    return see("/household?done=token-revoked#programs")


async def save_lan(request: web.Request) -> web.StreamResponse:
    settings = read_lan(await request.post())
    try:
        await request.app[HUB].family.save_lan_api(settings)
    except DataError as error:
        return await household_page(
            request, HTTPStatus.CONFLICT, lan=settings, api_problem=str(error)
        )
    return see("/household?done=lan-saved#programs")
