"""Setting up over the API: the steps, the characters, models for this machine, and why a toy doesn't answer."""

from http import HTTPStatus
from typing import Final, Literal

from aiohttp import web

from guardian_web.api import models
from guardian_web.api.call import RouteTable
from guardian_web.api.errors import ApiError, Code
from guardian_web.keys import HUB
from hub.core.first_hour import step_named
from hub.core.toys.toy_checks import Check
from hub.domain.api import Scope
from hub.domain.family.first_hour import SetupStep
from hub.domain.toys import ProviderKind

ROUTES: Final = RouteTable()


class StepAnswer(models.Answer):
    step: SetupStep
    done: bool
    left_out: bool


class SetupAnswer(models.Answer):
    steps: list[StepAnswer]
    reminds: bool
    """The first page lists what is still to do."""


class StepAsk(models.Request):
    state: Literal["done", "later"]


class CharacterAnswer(models.Answer):
    id: str
    name: str
    kind: str
    manner: str
    likes: str
    hello: str


class CharactersAnswer(models.Answer):
    characters: list[CharacterAnswer]


class FindingAnswer(models.Answer):
    check: Check
    ok: bool
    detail: str
    instead: str
    """Of a provider that can't be used: who answers in its place."""


class ToyCheckAnswer(models.Answer):
    findings: list[FindingAnswer]


class ModelAnswer(models.Answer):
    name: str
    kind: ProviderKind
    language: str
    note: str
    size_mb: int
    installed: bool
    suggested: bool
    problem: str


class FetchingAnswer(models.Answer):
    name: str
    done_bytes: int
    total_bytes: int
    problem: str
    ended: bool


class ModelsAnswer(models.Answer):
    models: list[ModelAnswer]
    fetching: FetchingAnswer | None
    """The last one that was asked for."""


@ROUTES.call("GET", "/setup", Scope.STATE)
async def show(request: web.Request) -> SetupAnswer:
    """The steps of setting up, and how far they are."""
    first_hour = request.config_dict[HUB].first_hour
    steps = [
        StepAnswer.model_validate(step, from_attributes=True) for step in await first_hour.steps()
    ]
    return SetupAnswer(steps=steps, reminds=(await first_hour.progress()).reminds)


@ROUTES.call("PUT", "/setup/{step}", Scope.CONTROL, codes=(Code.NOT_FOUND,))
async def mark(request: web.Request, asked: StepAsk) -> SetupAnswer:
    """Mark a step as done, or leave it for later."""
    first_hour, step = request.config_dict[HUB].first_hour, step_named(request.match_info["step"])
    await (first_hour.finish(step) if asked.state == "done" else first_hour.leave_out(step))
    return await show(request)


@ROUTES.call("GET", "/characters", Scope.STATE)
async def characters(request: web.Request) -> CharactersAnswer:
    """The characters that a toy can be given."""
    found = request.config_dict[HUB].characters.list()
    return CharactersAnswer(
        characters=[CharacterAnswer.model_validate(one, from_attributes=True) for one in found]
    )


@ROUTES.call("GET", "/toys/{toy}/check", Scope.STATE, codes=(Code.NOT_FOUND,))
async def check(request: web.Request) -> ToyCheckAnswer:
    """Look at everything that may keep a toy from answering. It makes providers ready, which may take a while."""
    hub = request.config_dict[HUB]
    toy = await hub.toys.get(request.match_info["toy"])
    if toy is None:
        raise ApiError(Code.NOT_FOUND, "there is no such toy: GET /api/v1/toys has them all")
    found = await hub.toy_checks.look(toy)
    return ToyCheckAnswer(
        findings=[FindingAnswer.model_validate(each, from_attributes=True) for each in found]
    )


@ROUTES.call("GET", "/models", Scope.STATE)
async def show_models(request: web.Request) -> ModelsAnswer:
    """The models that this hub would use, with their sizes, and the one on its way."""
    service = request.config_dict[HUB].models
    state = service.state
    return ModelsAnswer(
        models=[
            ModelAnswer.model_validate(offer, from_attributes=True)
            for offer in await service.offers()
        ],
        fetching=FetchingAnswer.model_validate(state, from_attributes=True) if state else None,
    )


@ROUTES.call(
    "POST",
    "/models/{model}/fetch",
    Scope.CONTROL,
    codes=(Code.REFUSED,),
    status=HTTPStatus.ACCEPTED,
)
async def fetch(request: web.Request) -> ModelsAnswer:
    """Begin to fetch one of them; GET /models says how far it is."""
    await request.config_dict[HUB].models.fetch(request.match_info["model"])
    return await show_models(request)
