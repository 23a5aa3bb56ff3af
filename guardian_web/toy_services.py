"""Who may hear and who may speak for a toy: the household's list, or a service in the house that was approved."""

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.toy_form import first
from hub.domain.house_services import HOUSE, ServiceKind
from hub.domain.toys import Toy

LANGUAGES_SHOWN = 4

Choices = dict[str, str]
"""The name in a toy's list to what a parent reads; "" is the household's own list."""


async def services_for(request: web.Request, toy: Toy) -> tuple[Choices, Choices]:
    """To hear, and to speak; what the toy has now is among them, too, unless it was a service that is gone."""
    hears: Choices = {"": "as set for the household"}
    speaks = dict(hears)
    for service in await request.app[HUB].house_services.approved():
        languages = ", ".join(service.languages[:LANGUAGES_SHOWN])
        more = " …" if len(service.languages) > LANGUAGES_SHOWN else ""
        words = f"{service.name.removeprefix(HOUSE)}{f' ({languages}{more})' if languages else ''}"
        if service.kind is ServiceKind.STT:
            hears[service.name] = words
        elif service.kind is ServiceKind.TTS:
            speaks[service.name] = words
    for choices, now in ((hears, toy.providers.stt), (speaks, toy.providers.tts)):
        if not first(now).startswith(HOUSE):
            choices.setdefault(first(now), ", ".join(now))
    return hears, speaks
