"""Who may sign in to the pages, and who did what; what changes people is for the hub's own command line."""

from http import HTTPStatus
from typing import Annotated, Final

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable, number
from guardian_web.api.errors import ApiError, Code
from guardian_web.keys import HUB
from hub.core.hub import Hub
from hub.domain.api import Scope
from hub.domain.family.people import Actor, Guardian, Role
from hub.domain.limits import MAX_NAME_CHARS
from hub.errors import NotFoundError

ROUTES: Final = RouteTable()

DEEDS_SHOWN: Final = 50
MAX_DEEDS: Final = 200
MAX_NUMBER: Final = 10**15
LIMIT: Final = ("limit", 1, MAX_DEEDS, "how many at most; else 50")
BEFORE: Final = ("before", 1, MAX_NUMBER, "only lines with a smaller number")


class PersonAnswer(models.Answer):
    id: str
    name: str
    role: Role
    second_factor: bool
    devices: Annotated[int, Field(ge=0)]
    """On how many they are signed in."""


class InvitationAnswer(models.Answer):
    id: str
    name: str
    role: Role
    made_by: str
    expires_at: AwareDatetime


class PeopleAnswer(models.Answer):
    people: list[PersonAnswer]
    invitations: list[InvitationAnswer]


class DeedAnswer(models.Answer):
    number: int
    at: AwareDatetime
    actor: Actor
    name: str
    what: str


class LogAnswer(models.Answer):
    log: list[DeedAnswer]


class NewInvitationAnswer(models.Answer):
    path: str
    """What follows the address of the pages; it works once, for a day, and is told only now."""


class InviteAsk(models.Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS)]
    role: Annotated[Role, Field(strict=False)] = Role.GUARDIAN


class NameAsk(models.Request):
    name: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARS)]


class RoleAsk(models.Request):
    role: Annotated[Role, Field(strict=False)]


@ROUTES.call("GET", "/people", Scope.PEOPLE)
async def show(request: web.Request) -> PeopleAnswer:
    """Who may sign in, and who is invited."""
    hub = request.config_dict[HUB]
    return PeopleAnswer(
        people=[await _person_of(hub, one) for one in await hub.people.everybody()],
        invitations=[
            InvitationAnswer.model_validate(one, from_attributes=True)
            for one in await hub.people.invitations()
        ],
    )


@ROUTES.call("GET", "/people/log", Scope.PEOPLE, query=(LIMIT, BEFORE), codes=(Code.INVALID,))
async def log(request: web.Request) -> LogAnswer:
    """Who did what, the newest first; kept for a year."""
    limit = number(request, "limit", 1, MAX_DEEDS) or DEEDS_SHOWN
    deeds = await request.config_dict[HUB].audit.list(
        limit, number(request, "before", 1, MAX_NUMBER)
    )
    return LogAnswer(log=[DeedAnswer.model_validate(one, from_attributes=True) for one in deeds])


@ROUTES.call(
    "POST", "/people/invitations", Scope.OWNER, codes=(Code.REFUSED,), status=HTTPStatus.CREATED
)
async def invite(request: web.Request, asked: InviteAsk) -> NewInvitationAnswer:
    """Invite one more person by a link."""
    hub = request.config_dict[HUB]
    if not asked.name.strip():
        raise ApiError(Code.INVALID, "name: must have a letter at least")
    secret = await hub.people.invite(asked.name, asked.role, "The owner of the hub’s computer")
    return NewInvitationAnswer(path=f"/invitation/{secret}")


@ROUTES.call("DELETE", "/people/invitations/{invitation}", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def revoke(request: web.Request) -> PeopleAnswer:
    """Take an invitation back: its link works no more."""
    await request.config_dict[HUB].people.revoke_invitation(request.match_info["invitation"])
    return await show(request)


@ROUTES.call("PUT", "/people/{person}/name", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def rename(request: web.Request, asked: NameAsk) -> PersonAnswer:
    """Give somebody another name, by name or id."""
    hub, person = request.config_dict[HUB], await _person(request)
    return await _person_of(hub, await hub.people.rename(person.id, asked.name))


@ROUTES.call("POST", "/people/{person}/sign-out", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def sign_out(request: web.Request) -> PersonAnswer:
    """Sign somebody out on every device of theirs, by name or id."""
    hub, person = request.config_dict[HUB], await _person(request)
    await hub.sign_ins.end_all(person.id)
    return await _person_of(hub, person)


@ROUTES.call("PUT", "/people/{person}/role", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def set_role(request: web.Request, asked: RoleAsk) -> PersonAnswer:
    """Change what somebody may do, by name or id; they are signed out."""
    hub, person = request.config_dict[HUB], await _person(request)
    return await _person_of(hub, await hub.people.set_role(person.id, asked.role))


@ROUTES.call("DELETE", "/people/{person}", Scope.OWNER, codes=(Code.NOT_FOUND, Code.REFUSED))
async def remove(request: web.Request) -> PeopleAnswer:
    """Let somebody sign in no more, by name or id; with them end the tokens that they made."""
    person = await _person(request)
    await request.config_dict[HUB].people.remove(person.id)
    return await show(request)


async def _person(request: web.Request) -> Guardian:
    text, hub = request.match_info["person"], request.config_dict[HUB]
    named = await hub.people.named(text)
    if named is not None:
        return named
    try:
        return await hub.people.get(text)
    except NotFoundError as error:
        raise ApiError(Code.NOT_FOUND, f"there is no guardian called {text}") from error


async def _person_of(hub: Hub, guardian: Guardian) -> PersonAnswer:
    return PersonAnswer(
        id=guardian.id,
        name=guardian.name,
        role=guardian.role,
        second_factor=guardian.second_factor,
        devices=len(await hub.sign_ins.of(guardian.id)),
    )
