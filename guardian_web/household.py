"""The household: where it is, when it is quiet, who is told, how the guard is, and what left the house."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from guardian_web.adult_form import LEVEL_CHOICES, AdultForm, adult_card
from guardian_web.api_form import Programs, TokenCard, addresses, spaced
from guardian_web.costs import month_costs
from guardian_web.household_form import HouseholdForm
from guardian_web.keys import API_DOOR, CLOCK, HUB
from guardian_web.ledger import ledger_line
from guardian_web.pages import guardian_page, see
from guardian_web.places import countries, helplines, time_zones
from guardian_web.wyoming_form import ALLOWED_CHARACTERS, WyomingForm
from hub.domain.api import LanApi
from hub.errors import PommaiError
from hub.lan.interfaces import own_interfaces
from hub.storage.adults import ADULTS_MAX, URL_MAX
from hub.storage.rows import NAME_MAX

LEDGER_SHOWN = 100
DONE = {
    "saved": "Saved.",
    "adult-saved": "Saved. A test shows whether it arrives.",
    "adult-removed": "Removed. Nothing more is sent there.",
    "wyoming-saved": "Saved, and it holds already.",
    "lan-saved": "Saved, and it holds already.",
    "token-revoked": "Revoked. It is good for nothing any more.",
    "test-sent": "The test was sent, and the service took it. Please look whether it arrived.",
}


async def show(request: web.Request) -> web.StreamResponse:
    return await household_page(request)


async def save(request: web.Request) -> web.StreamResponse:
    family = request.app[HUB].family
    form = HouseholdForm.read(await request.post())
    problems = form.problems()
    if not problems:
        try:
            await family.save_household(form.apply(await family.household()))
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
    family = request.app[HUB].family
    settings = await family.household()
    entries = await family.ledger(LEDGER_SHOWN + 1)
    services = await family.wyoming_services()
    wyoming = wyoming or WyomingForm.of(services)
    month = settings.month_of(request.app[CLOCK].now())
    costs = await family.costs_since(month)
    return await guardian_page(
        request,
        "household.html",
        "household",
        status,
        own="/household",
        form=form or HouseholdForm.of(settings),
        problems=problems or {},
        adults=[adult_card(known) for known in await family.adults()],
        typed=adult or AdultForm(),
        adult_problem=adult_problem,
        level_choices=LEVEL_CHOICES,
        country=settings.country,
        helplines=helplines(settings.country),
        countries=countries(),
        time_zones=time_zones(),
        costs=month_costs(costs, settings, f"{month:%B %Y}"),
        ledger=[ledger_line(entry) for entry in entries[:LEDGER_SHOWN]],
        ledger_most=LEDGER_SHOWN,
        ledger_more=len(entries) > LEDGER_SHOWN,
        wyoming=wyoming,
        wyoming_on=services.on,
        wyoming_networks=wyoming.choices(own_interfaces()),
        wyoming_problem=wyoming_problem,
        wyoming_characters=ALLOWED_CHARACTERS,
        programs=await _programs(request, lan),
        api_problem=api_problem,
        new_token=new_token,
        done=DONE.get(request.query.get("done", ""), ""),
        adults_max=ADULTS_MAX,
        name_max=NAME_MAX,
        url_max=URL_MAX,
    )


async def _programs(request: web.Request, typed: LanApi | None) -> Programs:
    hub, door = request.app[HUB], request.app[API_DOOR]
    kept = await hub.family.lan_api()
    lan, there = typed or kept, own_interfaces()
    gone = dict.fromkeys(lan.interfaces, "not there now")
    return Programs(
        tokens=[TokenCard.of(token) for token in await hub.api_tokens.list()],
        lan=lan,
        networks=[(name, at, name in lan.interfaces) for name, at in (gone | there).items()],
        at=addresses(kept, there, door.port),
        fingerprint=spaced(door.fingerprint),
    )
