"""The audit log's one place: whatever changed something, from a page or over the API, is noted here, in words.

`noted` is wrapped around the handlers. What is noted is who, and the words of the route, with the names of the toy
or the person that it is about; never what a form held, what was said, or a child's name.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from guardian_web.audit.words import CHOICES, SOMEBODY, SOMETHING, WORDS
from guardian_web.keys import HUB
from hub.core.hub import Hub
from hub.domain.family.people import Actor
from hub.errors import PommaiError
from hub.translation import marked

Who = tuple[Actor, str]
"""What kind of one, and the name."""

BECAME: Final = web.RequestKey("became", str)
"""The name of who signed in by this request."""
TOLD: Final = web.RequestKey("told", str)
"""What a handler says that was done, in place of the route's words."""

log = structlog.get_logger()


def noted(handler: Handler, who: Callable[[web.Request], Who | None]) -> Handler:
    """`handler`, with what it did in the log; where `who` gives None, nobody is known who could have done it."""

    async def doing(request: web.Request) -> web.StreamResponse:
        key = key_of(request)
        if key not in WORDS and key not in CHOICES and request.method in {"GET", "HEAD"}:
            return await handler(request)
        about = await _about(request)  # before it is removed, perhaps
        led = None
        try:
            answer = await handler(request)
        except web.HTTPRedirection as elsewhere:  # by a handler that is done, and leads on
            answer = led = elsewhere
        name = request.get(BECAME)
        doer = (Actor.GUARDIAN, name) if name else who(request)
        if answer.status < HTTPStatus.BAD_REQUEST and doer is not None:
            await _note(request, doer, await _words(request, key, about))
        if led is not None:
            raise led
        return answer

    return doing


def key_of(request: web.Request) -> str:
    """The route that was asked for, such as "POST /toys/{toy}/pause"."""
    resource = request.match_info.route.resource
    return f"{request.method} {resource.canonical if resource else request.path}"


async def _words(request: web.Request, key: str, about: dict[str, str]) -> str:
    """ "" where nothing is to be noted."""
    if TOLD in request:
        return request[TOLD]
    words = WORDS.get(key, SOMETHING)
    if key in CHOICES:
        field, chosen, not_chosen = CHOICES[key]
        words = chosen if field in await request.post() else not_chosen
    return marked(words, **about)


async def _note(request: web.Request, who: Who, words: str) -> None:
    if not words:
        return
    try:
        await request.config_dict[HUB].audit.add(*who, words)
    except PommaiError as error:
        # What was done is done; such as the emergency stop where the disk is full.
        log.warning("the audit log lacks a line", who=who[1], what=words, error=str(error))


async def _about(request: web.Request) -> dict[str, str]:
    """The names of those that the address names by their ids, and words for whoever isn't there."""
    hub = request.config_dict[HUB]
    return {
        part: await _name_of(hub, part, request.match_info[part]) or somebody
        for part, somebody in SOMEBODY.items()
        if part in request.match_info
    }


async def _name_of(hub: Hub, part: str, text: str) -> str:
    match part:
        case "toy":
            toys = await hub.toys.list(archived=True)
            return next((toy.name for toy in toys if _is(text, toy.id, toy.name)), "")
        case "adult":
            return next((one.name for one in await hub.adults.list() if one.id == text), "")
        case "person":
            people = await hub.people.everybody()
            return next((one.name for one in people if _is(text, one.id, one.name)), "")
        case "token":
            return next((one.name for one in await hub.api_tokens.list() if one.id == text), "")
        case "device":
            devices = hub.devices.list()
            return next((one.name for one in devices if _is(text, one.key, one.name)), "")
    return ""


def _is(text: str, key: str, name: str) -> bool:
    """Whether an address means this one: pages by the key, the command line by the name, in any case."""
    return text == key or text.casefold() == name.casefold()
