"""The pages on a phone: whether they can be opened there, where, and how a phone comes to trust them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import segno
from aiohttp import web

from guardian_web.household.programs import networks, read_lan, spaced
from guardian_web.keys import HUB, PHONE_ENDPOINT
from guardian_web.pages import guardian_page, page, see
from guardian_web.sign_in.visitor import VISITOR
from hub.domain.api import LanAccess
from hub.errors import DataError
from hub.lan.offered import at_home, own_interfaces
from hub.translation import gettext as _

QR_SCALE = 6
"""Pixels for each of its squares."""


@dataclass(frozen=True, slots=True)
class PhonePage:
    access: LanAccess
    is_set: bool
    """In `pommai.toml`, so that it can't be turned off here."""
    networks: Sequence[tuple[str, str, bool]]
    """Each to choose: its name, its address, and whether it is chosen."""
    at: Sequence[str]
    """Where the pages can be opened now; the first is in the code to scan."""
    own_certificate: bool
    """The family's, which phones know already."""
    fingerprint: str


async def show(request: web.Request) -> web.StreamResponse:
    return await _phone_page(request)


async def save(request: web.Request) -> web.StreamResponse:
    access = read_lan(await request.post())
    try:
        await request.app[HUB].lan_pages.save(access)
    except DataError as error:
        return await _phone_page(request, HTTPStatus.CONFLICT, access, str(error))
    return see("/phone?done=saved")


async def _phone_page(
    request: web.Request,
    status: int = HTTPStatus.OK,
    typed: LanAccess | None = None,
    problem: str = "",
) -> web.Response:
    return await guardian_page(
        request,
        "phone.html",
        "household",
        status,
        own="/phone",
        phone=await _known(request, typed),
        problem=problem,
        done=_("Saved. It is already in effect.") if "done" in request.query else "",
    )


async def _known(request: web.Request, typed: LanAccess | None = None) -> PhonePage:
    endpoint, there = request.app[PHONE_ENDPOINT], own_interfaces()
    now = await endpoint.access()
    access = typed or now
    chosen = access.interfaces if access.on else tuple(at_home(there))
    addresses = [there[name] for name in now.interfaces if now.on and name in there]
    urls = endpoint.urls(addresses, endpoint.port) if addresses else []
    return PhonePage(
        access,
        endpoint.is_set,
        networks(chosen, there),
        urls,
        endpoint.own is not None,
        spaced(endpoint.fingerprint),
    )


async def code(request: web.Request) -> web.StreamResponse:
    """The address as a QR code."""
    known = await _known(request)
    if not known.at:
        raise web.HTTPNotFound(text=_("The pages can't be opened on a phone yet."))
    drawn = io.BytesIO()
    segno.make(known.at[0], error="m").save(drawn, kind="svg", scale=QR_SCALE, light="#fff")
    return web.Response(body=drawn.getvalue(), content_type="image/svg+xml")


async def trust(request: web.Request) -> web.StreamResponse:
    """How a phone comes to trust the hub, for anybody: nobody can sign in before."""
    endpoint = request.app[PHONE_ENDPOINT]
    if endpoint.own:
        raise web.HTTPNotFound(
            text=_("Your own certificate is shown, so there is nothing to trust.")
        )
    fingerprint = spaced(endpoint.fingerprint)
    if request[VISITOR].signed_in:
        return await guardian_page(request, "trust.html", "household", fingerprint=fingerprint)
    return page(request, "trust.html", fingerprint=fingerprint)


async def offline(request: web.Request) -> web.StreamResponse:
    """What an installed app keeps, in the language that is read, and shows where the hub can't be reached."""
    return page(request, "offline.html")


async def certificate(request: web.Request) -> web.StreamResponse:
    return web.Response(
        body=request.app[PHONE_ENDPOINT].authority.der,
        content_type="application/x-x509-ca-cert",
        headers={"Content-Disposition": 'attachment; filename="pommai.crt"'},
    )
