"""The household: an index of what a parent may look for, and its pages of settings, safety and costs."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from guardian_web.household.ledger import MonthCosts, cost_of_judge, month_costs
from guardian_web.household.settings import HouseholdForm, countries, helplines, time_zones
from guardian_web.keys import CLOCK, HUB
from guardian_web.pages import guardian_page, layer_words, see
from hub.domain.household import Cost, Household
from hub.domain.words import month_words
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

PAGE, SETTINGS, SAFETY, COSTS = (
    "/household",
    "/household/settings",
    "/household/safety",
    "/household/costs",
)
SAVED = {"saved": marked("Saved.")}


async def show(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    settings, costs = await _costs(request)
    return await guardian_page(
        request,
        "household.html",
        "household",
        own=PAGE,
        settings=settings,
        country_name=dict(countries()).get(settings.country, settings.country),
        adults=await hub.adults.list(),
        tokens=await hub.api_tokens.list(),
        costs=_month(request, settings, costs),
    )


async def save_settings(request: web.Request) -> web.StreamResponse:
    if typed := await save_household(request):
        return await show_settings(request, *typed)
    return see(f"{SETTINGS}?done=saved")


async def show_settings(
    request: web.Request,
    form: HouseholdForm | None = None,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    hub = request.app[HUB]
    settings = await hub.household.get()
    return await guardian_page(
        request,
        "household_settings.html",
        "household",
        HTTPStatus.CONFLICT if problems else HTTPStatus.OK,
        own=SETTINGS,
        form=form or HouseholdForm.of(settings),
        problems=problems or {},
        country=settings.country,
        helplines=helplines(settings.country),
        countries=countries(),
        time_zones=time_zones(),
        languages=hub.catalogues.names(),
        done=done(request),
    )


async def save_costs(request: web.Request) -> web.StreamResponse:
    if typed := await save_household(request):
        return await show_costs(request, *typed)
    return see(f"{COSTS}?done=saved")


async def show_costs(
    request: web.Request,
    form: HouseholdForm | None = None,
    problems: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    settings, costs = await _costs(request)
    return await guardian_page(
        request,
        "costs.html",
        "household",
        HTTPStatus.CONFLICT if problems else HTTPStatus.OK,
        own=COSTS,
        form=form or HouseholdForm.of(settings),
        problems=problems or {},
        costs=_month(request, settings, costs),
        done=done(request),
    )


async def show_safety(request: web.Request) -> web.StreamResponse:
    hub = request.app[HUB]
    _, costs = await _costs(request)
    return await guardian_page(
        request,
        "safety.html",
        "household",
        own=SAFETY,
        judges=[(use, cost_of_judge(use.name, costs)) for use in await hub.judges.uses()],
        layer_words=layer_words,
        judge_advice=await hub.judges.advice(),
        done="",
    )


async def save_household(
    request: web.Request,
) -> tuple[HouseholdForm, Mapping[str, str]] | None:
    """Those settings that stand in the form that came. What was typed and what is wrong with it, if it can't be."""
    hub = request.app[HUB]
    household = hub.household
    kept = await household.get()
    form = HouseholdForm.read(await request.post(), kept)
    problems = form.problems(hub.catalogues.names())
    if not problems:
        try:
            await household.save(form.apply(kept))
        except PommaiError as error:
            problems = {"": str(error)}
    return (form, problems) if problems else None


def done(request: web.Request, words: Mapping[str, str] = SAVED) -> str:
    """What the page says was done by the form before it."""
    return words.get(request.query.get("done", ""), "")


async def _costs(request: web.Request) -> tuple[Household, list[Cost]]:
    """The settings, and this month's costs by who got what, the dearest first."""
    hub = request.app[HUB]
    settings = await hub.household.get()
    month = settings.month_of(request.app[CLOCK].now())
    return settings, list(await hub.ledger.costs_since(month))


def _month(request: web.Request, settings: Household, costs: list[Cost]) -> MonthCosts:
    month = settings.month_of(request.app[CLOCK].now())
    return month_costs(costs, settings, _(month_words(month)))
