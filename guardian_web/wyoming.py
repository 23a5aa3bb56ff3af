"""The services for Home Assistant: turning them on, and choosing where and for whom."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.household import household_page
from guardian_web.keys import HUB
from guardian_web.pages import see
from guardian_web.wyoming_form import WyomingForm
from hub.errors import DataError


async def save(request: web.Request) -> web.StreamResponse:
    form = WyomingForm.read(await request.post())
    try:
        await request.app[HUB].family.save_wyoming_services(form.settings())
    except DataError as error:
        return await household_page(
            request, HTTPStatus.CONFLICT, wyoming=form, wyoming_problem=str(error)
        )
    return see("/household?done=wyoming-saved#wyoming")
