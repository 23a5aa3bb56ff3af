"""Programs on other computers of the home that may hear and speak for the toys: looked for, approved, taken away."""

from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, see, typed
from hub.domain.network_services import NetworkService, ServiceKind
from hub.errors import NotFoundError, PommaiError
from hub.translation import gettext as _
from hub.translation import marked

MAX_PLACE_CHARS = 100
MAX_SHOWN = 6
WORDS = {
    ServiceKind.STT: (
        marked("Listens"),
        marked("Models"),
        marked("It gets the sound of your child's voice."),
    ),
    ServiceKind.TTS: (
        marked("Speaks"),
        marked("Voices"),
        marked("It gets the words that a toy says."),
    ),
    ServiceKind.WAKE: (
        marked("Waits for a wake word"),
        marked("Words"),
        marked("It gets all the sound from the room of a device that has no wake word of its own."),
    ),
}
"""What each kind does, what it has to choose from, and what it gets to hear."""
DONE_WORDS = {
    "approved": marked("Approved. Now choose it in the settings of a toy."),
    "approved-wake": marked(
        "Approved. Now choose it on the page of a device that sends the sound of its room."
    ),
    "forgotten": marked("Removed. Nothing is sent there any more."),
}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request, done=DONE_WORDS.get(request.query.get("done", ""), ""))


async def look(request: web.Request) -> web.StreamResponse:
    """What there is, at one place where one was typed."""
    at = (await typed(request, "at"))[:MAX_PLACE_CHARS]
    try:
        found = await request.app[HUB].network_services.look(at)
    except PommaiError as error:
        return await _page(request, problem=str(error), at=at)
    return await _page(request, found=found, at=at)


async def approve(request: web.Request) -> web.StreamResponse:
    at = (await typed(request, "at"))[:MAX_PLACE_CHARS]
    program = await typed(request, "program")
    try:
        kind = _kind(await typed(request, "kind"))
        service = await request.app[HUB].network_services.approve(kind, program, at)
    except PommaiError as error:
        return await _page(request, problem=str(error))
    return see(f"/services?done=approved{'-wake' if service.kind is ServiceKind.WAKE else ''}")


async def forget(request: web.Request) -> web.StreamResponse:
    name = await typed(request, "name")
    try:
        kind = _kind(await typed(request, "kind"))
        await request.app[HUB].network_services.forget(kind, name)
    except PommaiError as error:
        return await _page(request, problem=str(error))
    return see("/services?done=forgotten")


async def _page(
    request: web.Request,
    *,
    found: Sequence[NetworkService] | None = None,
    at: str = "",
    problem: str = "",
    done: str = "",
) -> web.StreamResponse:
    hub = request.app[HUB]
    toys = await hub.toys.list()
    devices = hub.devices.list()

    def users(service: NetworkService) -> list[str]:
        if service.kind is ServiceKind.WAKE:
            return [device.name for device in devices if device.room_heard_by == service.name]
        return [
            toy.name
            for toy in toys
            if service.name
            in (toy.providers.stt if service.kind is ServiceKind.STT else toy.providers.tts)
        ]

    return await guardian_page(
        request,
        "services.html",
        "household",
        HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        own="/services",
        approved=[(each, users(each)) for each in await hub.network_services.approved()],
        found=found,
        words=WORDS,
        some=_some,
        at=at,
        problem=problem,
        done=done,
        place_most=MAX_PLACE_CHARS,
    )


def _kind(text: str) -> ServiceKind:
    try:
        return ServiceKind(text)
    except ValueError as error:
        raise NotFoundError(_("there is no such kind of service")) from error


def _some(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - MAX_SHOWN
    some = ", ".join(names[:MAX_SHOWN])
    return _("%(some)s and %(more)s more", some=some, more=more) if more > 0 else some
