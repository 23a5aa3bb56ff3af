"""The page Privacy: what left the home, the clouds' switch, who agreed to what, and what is kept where."""

from http import HTTPStatus

from aiohttp import web

from guardian_web.household.adults import service_words
from guardian_web.keys import HUB
from guardian_web.pages import guardian_page, page, see
from guardian_web.privacy.download import send_export
from guardian_web.privacy.words import (
    PURPOSES,
    SENT_FOR,
    amount_words,
    clouds_card,
    consent_state,
    entry_words,
    size_words,
    times_words,
    total_lines,
)
from hub.core.privacy.erase import PHRASE
from hub.core.privacy.left_home import known_place
from hub.errors import PommaiError
from hub.translation import gettext as _
from hub.translation import marked

LEDGER_SHOWN = 100
MAX_DIGITS = 9
"""Of a consent's number."""
DONE = {
    "off": marked(
        "All cloud services are turned off. Nothing that is said leaves your home. Alerts still go out."
    ),
    "allowed": marked("The cloud services above may be asked again."),
    "withdrawn": marked(
        "Taken back. No toy speaks with that voice any more, and the copy is deleted."
    ),
}


async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = ""
) -> web.StreamResponse:
    hub = request.app[HUB]
    left = await hub.privacy.left_home.recent()
    entries = await hub.ledger.recent(LEDGER_SHOWN + 1)
    return await guardian_page(
        request,
        "privacy.html",
        "household",
        status,
        own="/privacy",
        clouds=await clouds_card(hub.privacy.clouds),
        access=await hub.privacy.clouds.access(),
        left=left,
        totals=total_lines(left, service_words),
        purposes=PURPOSES,
        consents=await hub.privacy.consents.list(),
        hints=await hub.voice_hints.list(),
        names={child.id: child.name for child in await hub.children.list(archived=True)},
        browsers=[
            (adult, place)
            for adult in await hub.adults.list()
            if (place := known_place(adult.push_host))
        ],
        consent_state=consent_state,
        stored=await hub.privacy.stored(),
        ledger=entries[:LEDGER_SHOWN],
        ledger_most=LEDGER_SHOWN,
        ledger_more=len(entries) > LEDGER_SHOWN,
        sent_for=SENT_FOR,
        entry_words=entry_words,
        amount_words=amount_words,
        size_words=size_words,
        times_words=times_words,
        told_through=told_through,
        done=DONE.get(request.query.get("done", ""), ""),
        problem=problem,
    )


def told_through(provider: str) -> str:
    """How an alert left, as the ledger names it."""
    place = known_place(provider)
    if place is None:
        return service_words(provider)
    return _("A browser, through %(company)s", company=place.company)


async def turn_off(request: web.Request) -> web.StreamResponse:
    try:
        await request.app[HUB].privacy.clouds.turn_off()
    except PommaiError as error:
        why = _(
            "All clouds are off, but that could not be kept for after a restart: %(error)s",
            error=error,
        )
        return await _page(request, HTTPStatus.CONFLICT, why)
    return see("/privacy?done=off#clouds")


async def allow(request: web.Request) -> web.StreamResponse:
    form = await request.post()
    if form.get("agreed") != "yes":
        why = _("Cloud services stay off: please tick that you have read what leaves your home.")
        return await _page(request, HTTPStatus.CONFLICT, why)
    try:
        await request.app[HUB].privacy.clouds.allow([str(line) for line in form.getall("line", [])])
    except PommaiError as error:
        return await _page(
            request, HTTPStatus.CONFLICT, _("Cloud services stay off: %(error)s", error=error)
        )
    return see("/privacy?done=allowed#clouds")


async def export(request: web.Request) -> web.StreamResponse:
    return await send_export(request)


async def show_erase(request: web.Request) -> web.StreamResponse:
    return await _erase_page(request)


async def _erase_page(
    request: web.Request, status: int = HTTPStatus.OK, problem: str = ""
) -> web.StreamResponse:
    return await guardian_page(
        request,
        "erase.html",
        "household",
        status,
        own="/privacy/erase",
        elsewhere=await request.app[HUB].privacy.eraser.elsewhere(),
        phrase=PHRASE,
        problem=problem,
    )


async def erase(request: web.Request) -> web.StreamResponse:
    typed = str((await request.post()).get("typed", ""))
    elsewhere = await request.app[HUB].privacy.eraser.elsewhere()
    try:
        await request.app[HUB].privacy.eraser.erase(typed)
    except PommaiError as error:
        return await _erase_page(request, HTTPStatus.CONFLICT, str(error))
    return page(request, "erased.html", elsewhere=elsewhere)


def number_of_consent(request: web.Request) -> int:
    """As the address names it. Raises HTTPNotFound."""
    number = request.match_info["consent"]
    if not (number.isascii() and number.isdigit() and len(number) <= MAX_DIGITS):
        raise web.HTTPNotFound
    return int(number)


async def withdraw(request: web.Request) -> web.StreamResponse:
    remains = await request.app[HUB].privacy.consents.withdraw(number_of_consent(request))
    if remains:
        why = _(
            "No toy speaks with that voice any more, but the copy could not be deleted: "
            "%(remains)s. Try again later, or delete it in your account there.",
            remains=remains,
        )
        return await _page(request, HTTPStatus.CONFLICT, why)
    return see("/privacy?done=withdrawn#consents")
