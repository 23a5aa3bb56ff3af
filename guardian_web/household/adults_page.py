"""The page of who is told: grown-ups who get alerts, and when they are not disturbed."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from guardian_web.household.adults import DIGEST_CHOICES, LEVEL_CHOICES, AdultForm, service_words
from guardian_web.household.settings import HouseholdForm
from guardian_web.household.views import SAVED, done, save_household
from guardian_web.household.ways import WAY_VALUES, Way, read_way
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see
from hub.domain.limits import MAX_ADULTS, MAX_NAME_CHARS, MAX_URL_CHARS
from hub.errors import DeliveryError, PommaiError
from hub.translation import gettext as _
from hub.translation import marked

PAGE = "/household/adults"
DONE = SAVED | {
    "adult-saved": marked("Saved. Send a test to see whether alerts arrive."),
    "adult-removed": marked("Removed. Nothing more is sent there."),
    "test-sent": marked(
        "The test was sent, and the service accepted it. Please check that it arrived."
    ),
}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, status: int = HTTPStatus.OK, **instead: object
) -> web.StreamResponse:
    """With what was typed and could not be done, if it was so, `instead` of what is kept."""
    hub = request.app[HUB]
    values: dict[str, Any] = {
        "form": HouseholdForm.of(await hub.household.get()),
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
        "done": done(request, DONE),
        "adults_max": MAX_ADULTS,
        "name_max": MAX_NAME_CHARS,
        "url_max": MAX_URL_CHARS,
    }
    return await guardian_page(
        request, "adults.html", "household", status, own=PAGE, **values | instead
    )


async def save(request: web.Request) -> web.StreamResponse:
    sent = await request.post()
    form = AdultForm(str(sent.get("id", "")), " ".join(str(sent.get("name", "")).split()))
    try:
        form = AdultForm.read(sent)
        await request.app[HUB].adults.save(form.adult())
    except PommaiError as error:
        return await _page(
            request,
            HTTPStatus.CONFLICT,
            typed=form,
            typed_way=read_way(sent),
            adult_problem=str(error),
        )
    return see(f"{PAGE}?done=adult-saved")


async def send_test(request: web.Request) -> web.StreamResponse:
    adult_id = request.match_info["adult"]
    try:
        await request.app[HUB].adults.send_test(adult_id)
    except DeliveryError as error:
        return await _page(
            request,
            HTTPStatus.CONFLICT,
            typed=AdultForm(id=adult_id),
            adult_problem=_("The test did not arrive: %(error)s.", error=error),
        )
    return see(f"{PAGE}?done=test-sent")


async def remove(request: web.Request) -> web.StreamResponse:
    await request.app[HUB].adults.remove(request.match_info["adult"])
    return see(f"{PAGE}?done=adult-removed")


async def save_do_not_disturb(request: web.Request) -> web.StreamResponse:
    if typed := await save_household(request):
        form, problems = typed
        return await _page(request, HTTPStatus.CONFLICT, form=form, problems=problems)
    return see(f"{PAGE}?done=saved")
