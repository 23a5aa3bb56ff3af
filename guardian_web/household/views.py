"""The household: where it is, when it is not disturbed, who is told, how the guard is, and what left the home."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from guardian_web.household.adults import LEVEL_CHOICES, AdultForm, adult_card
from guardian_web.household.judges import judge_card
from guardian_web.household.ledger import ledger_line, month_costs
from guardian_web.household.programs import (
    MAX_ALLOWED_CHARS,
    Programs,
    TokenCard,
    TokenForm,
    WyomingForm,
    addresses,
    read_lan,
    spaced,
)
from guardian_web.household.settings import HouseholdForm, countries, helplines, time_zones
from guardian_web.keys import API_ENDPOINT, CLOCK, HUB
from guardian_web.pages import guardian_page, see
from hub.domain.api import LanApi
from hub.domain.limits import MAX_ADULTS, MAX_NAME_CHARS, MAX_URL_CHARS
from hub.errors import DataError, DeliveryError, NotFoundError, PommaiError
from hub.lan.offered import own_interfaces

LEDGER_SHOWN = 100
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
    return await household_page(request)


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
        return await household_page(request, HTTPStatus.CONFLICT, form=form, problems=problems)
    return see("/household?done=saved")


async def household_page(
    request: web.Request,
    status: int = HTTPStatus.OK,
    *,
    form: HouseholdForm | None = None,
    problems: Mapping[str, str] | None = None,
    adult: AdultForm | None = None,
    adult_problem: str = "",
    wyoming: WyomingForm | None = None,
    wyoming_problem: str = "",
    lan: LanApi | None = None,
    api_problem: str = "",
    new_token: str = "",
) -> web.Response:
    """With what was typed in one of its forms and could not be done, if it was so."""
    hub = request.app[HUB]
    settings = await hub.household.get()
    entries = await hub.ledger.recent(LEDGER_SHOWN + 1)
    services = await hub.wyoming_services.get()
    wyoming = wyoming or WyomingForm.of(services)
    month = settings.month_of(request.app[CLOCK].now())
    costs = await hub.ledger.costs_since(month)
    return await guardian_page(
        request,
        "household.html",
        "household",
        status,
        own="/household",
        form=form or HouseholdForm.of(settings),
        problems=problems or {},
        adults=[adult_card(known) for known in await hub.adults.list()],
        typed=adult or AdultForm(),
        adult_problem=adult_problem,
        level_choices=LEVEL_CHOICES,
        country=settings.country,
        helplines=helplines(settings.country),
        countries=countries(),
        time_zones=time_zones(),
        judges=[judge_card(use, costs) for use in await hub.judges.uses()],
        judge_advice=await hub.judges.advice(),
        costs=month_costs(costs, settings, f"{month:%B %Y}"),
        ledger=[ledger_line(entry) for entry in entries[:LEDGER_SHOWN]],
        ledger_most=LEDGER_SHOWN,
        ledger_more=len(entries) > LEDGER_SHOWN,
        wyoming=wyoming,
        wyoming_on=services.on,
        wyoming_networks=wyoming.choices(own_interfaces()),
        wyoming_problem=wyoming_problem,
        wyoming_characters=MAX_ALLOWED_CHARS,
        programs=await _programs(request, lan),
        api_problem=api_problem,
        new_token=new_token,
        done=DONE.get(request.query.get("done", ""), ""),
        adults_max=MAX_ADULTS,
        name_max=MAX_NAME_CHARS,
        url_max=MAX_URL_CHARS,
    )


async def _programs(request: web.Request, typed: LanApi | None) -> Programs:
    hub, endpoint = request.app[HUB], request.app[API_ENDPOINT]
    kept = await hub.lan_api.get()
    lan, there = typed or kept, own_interfaces()
    gone = dict.fromkeys(lan.interfaces, "not there now")
    return Programs(
        tokens=[TokenCard.of(token) for token in await hub.api_tokens.list()],
        lan=lan,
        networks=[(name, at, name in lan.interfaces) for name, at in (gone | there).items()],
        at=addresses(kept, there, endpoint.port),
        fingerprint=spaced(endpoint.fingerprint),
    )


async def save_adult(request: web.Request) -> web.StreamResponse:
    form = AdultForm.read(await request.post())
    problem = form.problem()
    if not problem:
        try:
            await _known(request, form.id)
            await request.app[HUB].adults.save(form.adult())
        except PommaiError as error:
            problem = str(error)
    if problem:
        return await household_page(request, HTTPStatus.CONFLICT, adult=form, adult_problem=problem)
    return see("/household?done=adult-saved#adults")


async def send_test(request: web.Request) -> web.StreamResponse:
    adult_id = request.match_info["adult"]
    try:
        await request.app[HUB].adults.send_test(adult_id)
    except NotFoundError as error:
        raise web.HTTPNotFound(text="They have already been removed.") from error
    except DeliveryError as error:
        return await household_page(
            request,
            HTTPStatus.CONFLICT,
            adult=AdultForm(id=adult_id),
            adult_problem=f"The test did not arrive: {error}.",
        )
    return see("/household?done=test-sent#adults")


async def remove_adult(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].adults.remove(request.match_info["adult"])
    except NotFoundError as error:
        raise web.HTTPNotFound(text="They have already been removed.") from error
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
        return await household_page(
            request, HTTPStatus.CONFLICT, wyoming=form, wyoming_problem=str(error)
        )
    return see("/household?done=wyoming-saved#wyoming")


async def make_token(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone shows the token."""
    try:
        form = TokenForm.read(await request.post())
        token = await request.app[HUB].api_tokens.make(form.name, form.scopes)
    except PommaiError as error:
        return await household_page(request, HTTPStatus.CONFLICT, api_problem=str(error))
    return await household_page(request, new_token=token)


async def revoke_token(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].api_tokens.revoke(request.match_info["token"])
    except NotFoundError as error:
        raise web.HTTPNotFound(text="It has already been revoked.") from error
    return see("/household?done=token-revoked#programs")


async def save_lan(request: web.Request) -> web.StreamResponse:
    settings = read_lan(await request.post())
    try:
        await request.app[HUB].lan_api.save(settings)
    except DataError as error:
        return await household_page(
            request, HTTPStatus.CONFLICT, lan=settings, api_problem=str(error)
        )
    return see("/household?done=lan-saved#programs")
