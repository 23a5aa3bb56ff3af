"""The page of programs: Home Assistant's and other programs' tokens, networks, and speech for them."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from guardian_web.household.programs import (
    MAX_ALLOWED_CHARS,
    SCOPE_WORDS,
    WyomingForm,
    addresses,
    networks,
    read_lan,
    read_token,
    spaced,
)
from guardian_web.household.views import done
from guardian_web.keys import API_ENDPOINT, HUB
from guardian_web.pages import guardian_page, see
from guardian_web.sign_in.visitor import VISITOR
from hub.domain.api import LanAccess
from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import DataError, PommaiError
from hub.lan.offered import own_interfaces
from hub.translation import marked

PAGE = "/household/programs"
DONE = {
    "wyoming-saved": marked("Saved. It is already in effect."),
    "lan-saved": marked("Saved. It is already in effect."),
    "token-revoked": marked("Revoked. It doesn't work any more."),
}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request,
    status: int = HTTPStatus.OK,
    *,
    wyoming: WyomingForm | None = None,
    lan: LanAccess | None = None,
    **instead: object,
) -> web.StreamResponse:
    """With what was typed and could not be done, if it was so, `instead` of what is kept."""
    hub, endpoint = request.app[HUB], request.app[API_ENDPOINT]
    services, lan_kept, there = (
        await hub.wyoming_services.get(),
        await hub.lan_api.get(),
        own_interfaces(),
    )
    wyoming, lan = wyoming or WyomingForm.of(services), lan or lan_kept
    values: dict[str, Any] = {
        "wyoming": wyoming,
        "wyoming_on": services.on,
        "wyoming_networks": networks(wyoming.interfaces, there),
        "wyoming_problem": "",
        "wyoming_characters": MAX_ALLOWED_CHARS,
        "tokens": await hub.api_tokens.list(),
        "scope_words": SCOPE_WORDS,
        "new_token": "",
        "lan": lan,
        "lan_networks": networks(lan.interfaces, there),
        "lan_at": addresses(lan_kept, there, endpoint.port),
        "fingerprint": spaced(endpoint.fingerprint),
        "api_problem": "",
        "done": done(request, DONE),
        "name_max": MAX_NAME_CHARS,
    }
    return await guardian_page(
        request, "programs.html", "household", status, own=PAGE, **values | instead
    )


async def save_wyoming(request: web.Request) -> web.StreamResponse:
    form = WyomingForm.read(await request.post())
    try:
        await request.app[HUB].wyoming_services.save(form.settings())
    except DataError as error:
        return await _page(request, HTTPStatus.CONFLICT, wyoming=form, wyoming_problem=str(error))
    return see(f"{PAGE}?done=wyoming-saved#wyoming")


async def make_token(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone shows the token."""
    try:
        name, scopes = read_token(await request.post())
        token = await request.app[HUB].api_tokens.make(name, scopes, request[VISITOR].guardian)
    except PommaiError as error:
        return await _page(request, HTTPStatus.CONFLICT, api_problem=str(error))
    return await _page(request, new_token=token)


async def revoke_token(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].api_tokens.revoke(request.match_info["token"])
    return see(f"{PAGE}?done=token-revoked#programs")


async def save_lan(request: web.Request) -> web.StreamResponse:
    settings = read_lan(await request.post())
    try:
        await request.app[HUB].lan_api.save(settings)
    except DataError as error:
        return await _page(request, HTTPStatus.CONFLICT, lan=settings, api_problem=str(error))
    return see(f"{PAGE}?done=lan-saved#programs")
