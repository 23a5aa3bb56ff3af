"""The page of people: one's own password and devices, and, for owners, who else may sign in."""

from http import HTTPStatus
from typing import Any

import segno
from aiohttp import web
from markupsafe import Markup

from guardian_web import base_path
from guardian_web.audit.notes import TOLD
from guardian_web.hosts import LOOPBACK
from guardian_web.keys import ACCOUNTS, HUB, PHONE_ENDPOINT
from guardian_web.pages import guardian_page, see, typed
from guardian_web.people.words import IN_ROLE, INVITED, INVITED_AS, MADE, ROLE_CHOICES
from guardian_web.proxy import INGRESS
from guardian_web.sign_in.views import welcome
from guardian_web.sign_in.visitor import VISITOR
from guardian_web.sign_in.whence import device_of, host_for_passkeys
from hub.core.people.passwords import MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS, check_password
from hub.domain.family.people import Role
from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import PommaiError, RefusedError
from hub.lan.offered import own_interfaces
from hub.translation import gettext as _
from hub.translation import marked

PAGE = "/people"
QR_SCALE = 5
DONE = {
    "password": marked("Your new password holds. Every other device of yours was signed out."),
    "signed-out": marked("Signed out."),
    "revoked": marked("Taken back. The link doesn’t work any more."),
    "name": marked("Saved."),
    "role": marked("Saved. They were signed out, and have their new role when they sign in again."),
    "second-off": marked("Your second factor is off."),
    "passkey": marked("Your passkey is ready. Next time you can sign in with it."),
    "passkey-removed": marked(
        "Removed. It opens these pages no more; please delete it in your phone or browser, too."
    ),
    "removed": marked(
        "Removed. They were signed out at once, and programs lost the tokens that they had made."
    ),
}


async def show(request: web.Request) -> web.StreamResponse:
    return await people_page(request)


async def people_page(
    request: web.Request, status: int = HTTPStatus.OK, **instead: object
) -> web.StreamResponse:
    """`problem` is told at the part of the page that `at` names."""
    hub, visitor = request.app[HUB], request[VISITOR]
    me, everybody = visitor.guardian, await hub.people.everybody()
    values: dict[str, Any] = {
        "this_sign_in": visitor.by.sign_in.id if visitor.by else "",
        "sign_ins": await hub.sign_ins.of(me.id),
        "everybody": [(one, len(await hub.sign_ins.of(one.id))) for one in everybody],
        "invitations": await hub.people.invitations() if me.role is Role.OWNER else (),
        "is_owner": me.role is Role.OWNER,
        "may_see_log": me.role.may(Role.GUARDIAN),
        "role_choices": ROLE_CHOICES,
        "in_role": IN_ROLE,
        "invited_as": INVITED_AS,
        "has_second_factor": me.second_factor,
        "codes_left": await hub.second_factors.codes_left(me),
        "codes": (),
        "passkeys": await hub.passkeys.of(me.id),
        "passkey_host": host_for_passkeys(request),
        "passkey_options": "",
        "device": device_of(request),
        "here_by_name": _by_name(request),
        "secret": "",
        "secret_code": "",
        "link": "",
        "link_code": "",
        "only_here": False,
        "in_home_assistant": request.get(INGRESS, False),
        "problem": "",
        "at": "",
        "typed_name": "",
        "done": DONE.get(request.query.get("done", ""), ""),
        "name_max": MAX_NAME_CHARS,
        "password_min": MIN_PASSWORD_CHARS,
        "password_max": MAX_PASSWORD_CHARS,
    }
    return await guardian_page(
        request, "people.html", "household", status, own=PAGE, **values | instead
    )


async def refused(
    request: web.Request, error: PommaiError, at: str, **more: object
) -> web.StreamResponse:
    return await people_page(request, HTTPStatus.CONFLICT, problem=str(error), at=at, **more)


async def change_password(request: web.Request) -> web.StreamResponse:
    """Only for who knows the one of now; every other browser of theirs is signed out."""
    hub, me = request.app[HUB], request[VISITOR].guardian
    form = await request.post()
    password = str(form.get("password", ""))
    try:
        check_password(password, str(form.get("repeated", "")))
        await request.app[ACCOUNTS].confirm(me, str(form.get("current", "")))
        await hub.people.set_password(me, password)
    except RefusedError as error:
        return await refused(request, error, "password")
    request[TOLD] = marked("changed their own password")
    return await welcome(request, me, f"{PAGE}?done=password")


async def sign_one_out(request: web.Request) -> web.StreamResponse:
    me = request[VISITOR].guardian
    await request.app[HUB].sign_ins.end_one(me.id, request.match_info["sign_in"])
    return see(f"{PAGE}?done=signed-out#devices")


async def sign_others_out(request: web.Request) -> web.StreamResponse:
    visitor = request[VISITOR]
    await request.app[HUB].sign_ins.end_all(visitor.guardian.id, but_for=visitor.token)
    return see(f"{PAGE}?done=signed-out#devices")


async def invite(request: web.Request) -> web.StreamResponse:
    """The page of the answer alone shows the link."""
    hub, name = request.app[HUB], await typed(request, "name")
    try:
        role = _role(await typed(request, "role"))
        secret = await hub.people.invite(name, role, request[VISITOR].guardian.name)
    except PommaiError as error:
        return await refused(request, error, "invite", typed_name=name[:MAX_NAME_CHARS])
    request[TOLD] = marked(INVITED[role], name=" ".join(name.split()))
    address, only_here = await _address(request)
    link = f"{address}/invitation/{secret}"
    code = segno.make(link, error="m").svg_inline(scale=QR_SCALE, light="#fff")
    drawn = Markup(code)  # noqa: S704 - made of squares, by segno
    return await people_page(request, link=link, link_code=drawn, only_here=only_here)


async def _address(request: web.Request) -> tuple[str, bool]:
    """Where somebody else can open the pages, and whether that is where this browser is alone."""
    if (request.url.host or "") not in LOOPBACK and not request.get(INGRESS):
        return _here(request), False
    endpoint, there = request.app[PHONE_ENDPOINT], own_interfaces()
    access = await endpoint.access()
    at = [there[name] for name in access.interfaces if access.on and name in there]
    if at:
        return endpoint.urls(at, endpoint.port)[0].rstrip("/"), False
    return _here(request), True


def _here(request: web.Request) -> str:
    """Where this browser has the pages."""
    return f"{request.scheme}://{request.host}{base_path.below('')}"


def _by_name(request: web.Request) -> str:
    """This page by a name, at which browsers make passkeys; "" where it is no page of the hub's own computer."""
    if (request.url.host or "") not in LOOPBACK:
        return ""
    return str(
        request.url.with_host("localhost")
        .with_path(base_path.below(PAGE))
        .with_fragment("passkeys")
    )


async def revoke_invitation(request: web.Request) -> web.StreamResponse:
    gone = await request.app[HUB].people.revoke_invitation(request.match_info["invitation"])
    request[TOLD] = marked("took the invitation of %(name)s back", name=gone.name)
    return see(f"{PAGE}?done=revoked#everybody")


async def rename(request: web.Request) -> web.StreamResponse:
    person = request.match_info["person"]
    try:
        renamed = await request.app[HUB].people.rename(person, await typed(request, "name"))
    except RefusedError as error:
        return await refused(request, error, person)
    request[TOLD] = marked("gave somebody the name %(name)s", name=renamed.name)
    return see(f"{PAGE}?done=name#everybody")


async def change_role(request: web.Request) -> web.StreamResponse:
    person = request.match_info["person"]
    try:
        role = _role(await typed(request, "role"))
        changed = await request.app[HUB].people.set_role(person, role)
    except RefusedError as error:
        return await refused(request, error, person)
    request[TOLD] = marked(MADE[role], name=changed.name)
    return see(f"{PAGE}?done=role#everybody")


async def sign_person_out(request: web.Request) -> web.StreamResponse:
    person = await request.app[HUB].people.get(request.match_info["person"])
    await request.app[HUB].sign_ins.end_all(person.id)
    return see(f"{PAGE}?done=signed-out#everybody")


async def remove(request: web.Request) -> web.StreamResponse:
    person = request.match_info["person"]
    try:
        await request.app[HUB].people.remove(person)
    except RefusedError as error:
        return await refused(request, error, person)
    return see(f"{PAGE}?done=removed#everybody")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise RefusedError(_("Please choose a role.")) from error
