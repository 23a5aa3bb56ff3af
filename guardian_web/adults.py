"""The grown-ups who are told of alerts: adding, changing, testing and removing them."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.adult_form import AdultForm
from guardian_web.household import household_page
from guardian_web.keys import HUB
from guardian_web.pages import see
from hub.errors import DeliveryError, NotFoundError, PommaiError


async def save(request: web.Request) -> web.StreamResponse:
    form = AdultForm.read(await request.post())
    problem = form.problem()
    if not problem:
        try:
            await _known(request, form.id)
            await request.app[HUB].family.save_adult(form.adult())
        except PommaiError as error:
            problem = str(error)
    if problem:
        return await household_page(request, HTTPStatus.CONFLICT, adult=form, adult_problem=problem)
    return see("/household?done=adult-saved#adults")


async def send_test(request: web.Request) -> web.StreamResponse:
    adult_id = request.match_info["adult"]
    try:
        await request.app[HUB].family.send_test(adult_id)
    except NotFoundError as error:
        raise web.HTTPNotFound(text="They were removed already.") from error
    except DeliveryError as error:
        return await household_page(
            request,
            HTTPStatus.CONFLICT,
            adult=AdultForm(id=adult_id),
            adult_problem=f"The test did not arrive: {error}.",
        )
    return see("/household?done=test-sent#adults")


async def remove(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].family.remove_adult(request.match_info["adult"])
    except NotFoundError as error:
        raise web.HTTPNotFound(text="They were removed already.") from error
    return see("/household?done=adult-removed#adults")


async def _known(request: web.Request, adult_id: str) -> None:
    """A form must not bring back who was removed meanwhile, or choose an id."""
    adults = await request.app[HUB].family.adults()
    if adult_id and all(adult.id != adult_id for adult in adults):
        raise NotFoundError("They were removed meanwhile. Please add them again.")
