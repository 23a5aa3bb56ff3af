"""The household: where it is, when it is not disturbed, who is told, how the guard is, and what it cost."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from guardian_web.household.adults import DIGEST_CHOICES, LEVEL_CHOICES, AdultForm, service_words
from guardian_web.household.ledger import cost_of_judge, month_costs
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
from guardian_web.household.settings import HouseholdForm, countries, helplines, time_zones
from guardian_web.household.ways import WAY_VALUES, Way, read_way
from guardian_web.keys import API_ENDPOINT, CLOCK, HUB
from guardian_web.pages import guardian_page, layer_words, see
from guardian_web.sign_in.visitor import VISITOR
from hub.domain.api import LanAccess
from hub.domain.limits import MAX_ADULTS, MAX_NAME_CHARS, MAX_URL_CHARS
from hub.errors import DataError, DeliveryError, NotFoundError, PommaiError
from hub.lan.offered import own_interfaces

DONE = {
    "saved": "Saved.",
    "adult-saved": "Saved. Send a test to see whether alerts arrive.",
    "adult-removed": "Removed. Nothing more is sent there.",
    "wyoming-saved": "Saved. It is already in effect.",
    "lan-saved": "Saved. It is already in effect.",
    "token-revoked": "Revoked. It doesn't work any more.",
    "test-sent": "The test was sent, and the service accepted it. Please check that it arrived.",
}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def save(request: web.Request) -> web.StreamResponse:
    household = request.app[HUB].household
    form = HouseholdForm.read(await request.post())
    problems = form.problems()
    if not problems:
        try:
            await household.save(form.apply(await household.get()))
        except PommaiError as error:
            problems = {"": str(error)}
    if problems:
        return await _page(request, HTTPStatus.CONFLICT, form=form, problems=problems)
    return see("/household?done=saved")


async def _page(
    request: web.Request,
    status: int = HTTPStatus.OK,
    *,
    wyoming: WyomingForm | None = None,
    lan: LanAccess | None = None,
    **instead: object,
) -> web.StreamResponse:
    """With what was typed in one of its forms and could not be done, if it was so, `instead` of what is kept."""
    hub, endpoint = request.app[HUB], request.app[API_ENDPOINT]
    settings = await hub.household.get()
    services, lan_kept, there = (
        await hub.wyoming_services.get(),
        await hub.lan_api.get(),
        own_interfaces(),
    )
    wyoming, lan = wyoming or WyomingForm.of(services), lan or lan_kept
    month = settings.month_of(request.app[CLOCK].now())
    costs = await hub.ledger.costs_since(month)
    values: dict[str, Any] = {
        "form": HouseholdForm.of(settings),
        "problems": {},
        "adults": [(adult, AdultForm.of(adult)) for adult in await hub.adults.list()],
        "typed": AdultForm(),
        "typed_way": Way.new(),
        "new_way": Way.new(),
        **WAY_VALUES,
        "adult_problem": "",
        "level_choices": LEVEL_CHOICES,
        "digest_choices": DIGEST_CHOICES,
        "service_words": service_words,
        "country": settings.country,
        "helplines": helplines(settings.country),
        "countries": countries(),
        "time_zones": time_zones(),
        "judges": [(use, cost_of_judge(use.name, costs)) for use in await hub.judges.uses()],
        "layer_words": layer_words,
        "judge_advice": await hub.judges.advice(),
        "costs": month_costs(costs, settings, f"{month:%B %Y}"),
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
        "done": DONE.get(request.query.get("done", ""), ""),
        "adults_max": MAX_ADULTS,
        "name_max": MAX_NAME_CHARS,
        "url_max": MAX_URL_CHARS,
    }
    return await guardian_page(
        request, "household.html", "household", status, own="/household", **values | instead
    )


async def save_adult(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    form = AdultForm(str(sent.get("id", "")), " ".join(str(sent.get("name", "")).split()))
    try:
        form = AdultForm.read(sent)
        adult = form.adult()
        await _known(request, form.id)
        await request.app[HUB].adults.save(adult)
    except PommaiError as error:
        return await _page(
            request,
            HTTPStatus.CONFLICT,
            typed=form,
            typed_way=read_way(sent),
            adult_problem=str(error),
        )
    return see("/household?done=adult-saved#adults")


async def send_test(request: web.Request) -> web.StreamResponse:
    adult_id = request.match_info["adult"]
    try:
        await request.app[HUB].adults.send_test(adult_id)
    except DeliveryError as error:
        return await _page(
            request,
            HTTPStatus.CONFLICT,
            typed=AdultForm(id=adult_id),
            adult_problem=f"The test did not arrive: {error}.",
        )
    return see("/household?done=test-sent#adults")


async def remove_adult(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].adults.remove(request.match_info["adult"])
    return see("/household?done=adult-removed#adults")


async def _known(request: web.Request, adult_id: str) -> None:
    """A form must not bring back who was removed meanwhile, or choose an id."""
    adults = await request.app[HUB].adults.list()
    if adult_id and all(adult.id != adult_id for adult in adults):
        raise NotFoundError("They have been removed in the meantime. Please add them again.")


async def save_wyoming(request: web.Request) -> web.StreamResponse:
    form = WyomingForm.read(await request.post())
    try:
        await request.app[HUB].wyoming_services.save(form.settings())
    except DataError as error:
        return await _page(request, HTTPStatus.CONFLICT, wyoming=form, wyoming_problem=str(error))
    return see("/household?done=wyoming-saved#wyoming")


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
    return see("/household?done=token-revoked#programs")


async def save_lan(request: web.Request) -> web.StreamResponse:
    settings = read_lan(await request.post())
    try:
        await request.app[HUB].lan_api.save(settings)
    except DataError as error:
        return await _page(request, HTTPStatus.CONFLICT, lan=settings, api_problem=str(error))
    return see("/household?done=lan-saved#programs")
