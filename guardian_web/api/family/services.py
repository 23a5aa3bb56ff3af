"""Programs on other computers of the home that may hear and speak for the toys; for the hub's own command line."""

from http import HTTPStatus
from typing import Annotated, Final, Self

from aiohttp import web
from pydantic import Field, StringConstraints

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import Code
from guardian_web.keys import HUB
from guardian_web.network_services.views import MAX_PLACE_CHARS
from hub.domain.api import Scope
from hub.domain.limits import MAX_DESCRIPTION_CHARS
from hub.domain.network_services import NetworkService, ServiceKind

ROUTES: Final = RouteTable()

Kind = Annotated[ServiceKind, Field(strict=False)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DESCRIPTION_CHARS)]
Place = Annotated[str, StringConstraints(max_length=MAX_PLACE_CHARS)]
"""host:port."""


class ServiceAnswer(models.Answer):
    kind: ServiceKind
    program: str
    place: str
    """host:port."""
    version: str
    languages: list[str]
    choices: list[str]
    """Models, voices or wake words."""
    name: str
    """As in a toy's list of providers; "" of one that is not approved."""

    @classmethod
    def of(cls, service: NetworkService) -> Self:
        return cls.model_validate(service, from_attributes=True)


class ServicesAnswer(models.Answer):
    services: list[ServiceAnswer]


class LookAsk(models.Request):
    at: Place = ""
    """To ask there alone; "": where something is announced."""


class ApproveAsk(models.Request):
    kind: Kind
    program: Name
    at: Place


class ForgetAsk(models.Request):
    kind: Kind
    name: Name


@ROUTES.call("GET", "/services", Scope.OWNER)
async def show(request: web.Request) -> ServicesAnswer:
    """What a parent approved."""
    approved = await request.config_dict[HUB].network_services.approved()
    return ServicesAnswer(services=[ServiceAnswer.of(each) for each in approved])


@ROUTES.call("POST", "/services/look", Scope.OWNER, codes=(Code.REFUSED,), cut_short=True)
async def look(request: web.Request, asked: LookAsk) -> ServicesAnswer:
    """Look for what is offered now and is not approved."""
    found = await request.config_dict[HUB].network_services.look(asked.at)
    return ServicesAnswer(services=[ServiceAnswer.of(each) for each in found])


@ROUTES.call(
    "POST",
    "/services",
    Scope.OWNER,
    codes=(Code.NOT_FOUND, Code.REFUSED),
    status=HTTPStatus.CREATED,
)
async def approve(request: web.Request, asked: ApproveAsk) -> ServiceAnswer:
    """Approve one: toys may be set to use it, at that place."""
    services = request.config_dict[HUB].network_services
    return ServiceAnswer.of(await services.approve(asked.kind, asked.program, asked.at))


@ROUTES.call("DELETE", "/services", Scope.OWNER, codes=(Code.NOT_FOUND,))
async def forget(request: web.Request, asked: ForgetAsk) -> ServicesAnswer:
    """Take an approval back: no toy uses it any more. The answer is what is still approved."""
    await request.config_dict[HUB].network_services.forget(asked.kind, asked.name)
    return await show(request)
